"""A grid of picture cards: the thumbnail above two lines of text."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.quick_scrolling import scroll_quickly

Index = QModelIndex | QPersistentModelIndex
SIDE = 96
PAD = theme.SMALL


def set_up_cards(view: QListView, delegate: QStyledItemDelegate, name: str) -> None:
    """Lay out a list as cards from left to right, as many in a row as fit."""
    scroll_quickly(view)
    view.setItemDelegate(delegate)
    # list mode with wrapping lays out by arithmetic; icon mode would build a tree of all items
    view.setViewMode(QListView.ViewMode.ListMode)
    view.setFlow(QListView.Flow.LeftToRight)
    view.setWrapping(True)
    view.setResizeMode(QListView.ResizeMode.Adjust)
    view.setUniformItemSizes(True)
    view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    view.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
    view.setMouseTracking(True)
    view.setAccessibleName(name)


def card_size(metrics: QFontMetrics, room: int = 20) -> QSize:
    """`room`: pixels for the texts beyond the picture's width."""
    return QSize(SIDE + 2 * PAD + room, SIDE + 2 * metrics.height() + 3 * PAD + 4)


def paint_ground(painter: QPainter, option: QStyleOptionViewItem) -> QRect:
    """Paint what shows that a card is selected or pointed at, and return the card's rectangle."""
    card = option.rect.adjusted(2, 2, -2, -2)
    selected = bool(option.state & QStyle.StateFlag.State_Selected)
    if selected or option.state & QStyle.StateFlag.State_MouseOver:
        painter.setBrush(theme.color("tint" if selected else "hover"))
        painter.setPen(QPen(theme.color("accent"), 1.5) if selected else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(card, 4, 4)
    return card


def paint_thumbnail(painter: QPainter, card: QRect, pixmap: QPixmap) -> QRect:
    """Paint the picture into its square, and return where it is."""
    size = pixmap.deviceIndependentSize().toSize()
    place = QRect(card.left() + (card.width() - size.width()) // 2, 0, size.width(), size.height())
    place.moveTop(card.top() + PAD + (SIDE - size.height()) // 2)
    painter.drawPixmap(place, pixmap)
    return place


def text_line(painter: QPainter, card: QRect) -> QRect:
    """The first line below the picture."""
    height = painter.fontMetrics().height()
    return QRect(card.left() + PAD, card.top() + SIDE + 2 * PAD, card.width() - 2 * PAD, height)

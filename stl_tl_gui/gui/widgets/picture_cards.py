"""CardView: a grid of pictures, each above two lines of text; a slider or Ctrl and the wheel make them larger."""

from collections.abc import Callable
from typing import Any

from PIL import Image
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPen, QPixmap, QWheelEvent
from PySide6.QtWidgets import QListView, QSlider, QStyle, QStyleOptionViewItem, QWidget

from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.quick_scrolling import scroll_quickly
from stl_tl_gui.gui.widgets.remembered import remember_card_side, remembered_card_side
from stl_tl_gui.gui.widgets.thumbnails import Thumbnails

Index = QModelIndex | QPersistentModelIndex
CardReader = Callable[[Any, int], Image.Image]
"""Gives the picture of a key, at least so many pixels large where it is: `images.read`."""

PAD = theme.SMALL
_LEAST, _MOST, _STEP = 64, 256, 16
"""Limits of a picture's side and steps between them, in pixels."""
_USUAL, _USUAL_ON_LARGE, _LARGE_SCREEN = 96, 128, 1600


class CardView(QListView):
    """Cards from left to right, as many in a row as fit. Their size is remembered for all such views."""

    side_changed = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.side = _within(remembered_card_side() or _usual_side(self))
        """Of a picture, in pixels."""
        self.thumbnails = Thumbnails(None, self.side, self)
        self._read: CardReader | None = None
        scroll_quickly(self)
        # list mode with wrapping lays out by arithmetic; icon mode would build a tree of all items
        self.setViewMode(QListView.ViewMode.ListMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setAccessibleName(name)

    def set_reader(self, read: CardReader | None) -> None:
        """Where pictures come from, by the keys that the model asks for; None leaves placeholders."""
        self._read, pixels = read, 2 * self.side
        self.thumbnails.set_reader(None if read is None else lambda key: read(key, pixels))
        self.viewport().update()

    def set_side(self, side: int) -> None:
        """Make the pictures larger or smaller; the current one, or the first that is seen, stays in view."""
        side = _within(side)
        if side == self.side:
            return
        current = self.currentIndex()
        seen = current.isValid() and self.viewport().rect().intersects(self.visualRect(current))
        anchor = current if seen else self.indexAt(QPoint(2 * PAD, 2 * PAD))
        self.side = side
        remember_card_side(side)
        self.thumbnails.set_side(side)
        self.set_reader(self._read)
        self.doItemsLayout()
        if anchor.isValid():
            self.scrollTo(anchor)
        self.side_changed.emit(side)

    def slider(self) -> QSlider:
        """A slider for the size."""
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(_LEAST // _STEP, _MOST // _STEP)
        slider.setPageStep(2)
        slider.setFixedWidth(90)
        slider.setAccessibleName("Picture size")
        slider.setToolTip("Picture size (Ctrl + mouse wheel)")
        slider.setValue(self.side // _STEP)
        slider.valueChanged.connect(lambda value: self.set_side(value * _STEP))
        self.side_changed.connect(lambda side: slider.setValue(side // _STEP))
        return slider

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.set_side(self.side + (_STEP if event.angleDelta().y() > 0 else -_STEP))
            event.accept()
        else:
            super().wheelEvent(event)


def _within(side: int) -> int:
    return min(max(side // _STEP * _STEP, _LEAST), _MOST)


def _usual_side(view: QWidget) -> int:
    return _USUAL_ON_LARGE if view.screen().availableGeometry().width() >= _LARGE_SCREEN else _USUAL


def card_size(option: QStyleOptionViewItem, room: int = 20) -> QSize:
    """Of a card of a CardView. `room`: pixels for the texts beyond the picture's width."""
    assert isinstance(option.widget, CardView)
    return size_around(option.widget.side, option.fontMetrics, room)


def size_around(side: int, metrics: QFontMetrics, room: int = 20) -> QSize:
    """Of a card with a picture of that size."""
    return QSize(side + 2 * PAD + room, side + 2 * metrics.height() + 3 * PAD + 4)


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
    place.moveTop(card.top() + PAD + (_side_in(painter, card) - size.height()) // 2)
    painter.drawPixmap(place, pixmap)
    return place


def text_line(painter: QPainter, card: QRect) -> QRect:
    """The first line below the picture."""
    height, side = painter.fontMetrics().height(), _side_in(painter, card)
    return QRect(card.left() + PAD, card.top() + side + 2 * PAD, card.width() - 2 * PAD, height)


def _side_in(painter: QPainter, card: QRect) -> int:
    """The side of the picture: what the texts leave of a card's height."""
    return card.height() - 2 * painter.fontMetrics().height() - 3 * PAD

"""Picture cards that can be made larger."""

from PIL import Image
from PySide6.QtCore import QPoint, QPointF, QStringListModel, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QStyledItemDelegate
from pytestqt.qtbot import QtBot

from stl_tl_gui.gui.widgets import picture_cards as cards
from stl_tl_gui.gui.widgets.picture_cards import CardView


class _Card(QStyledItemDelegate):
    def sizeHint(self, option, index):
        return cards.card_size(option)

    def paint(self, painter, option, index):
        option.widget.thumbnails.pixmap(index.row())


def _view(qtbot: QtBot, read: cards.CardReader) -> CardView:
    view = CardView("Pictures")
    view.setItemDelegate(_Card(view))
    view.setModel(QStringListModel([""] * 500, view))
    view.set_reader(read)
    qtbot.addWidget(view)
    view.resize(600, 400)
    view.show()
    return view


def test_that_the_wheel_with_ctrl_makes_pictures_larger_and_they_are_read_again(qtbot: QtBot) -> None:
    asked: list[int] = []
    view = _view(qtbot, lambda key, at_least: (asked.append(at_least), Image.new("RGB", (300, 200)))[1])
    before = view.visualRect(view.model().index(0, 0)).size()
    qtbot.waitUntil(lambda: view.thumbnails.cached_bytes() > 0)
    turn = QWheelEvent(
        QPointF(50, 50), view.mapToGlobal(QPointF(50, 50)), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    old = view.side
    QApplication.sendEvent(view.viewport(), turn)
    assert view.side == old + 16
    assert view.visualRect(view.model().index(0, 0)).size() == before.grownBy(_margins(16))
    qtbot.waitUntil(lambda: asked[-1] == 2 * view.side)
    qtbot.waitUntil(lambda: view.thumbnails.pixmap(0).deviceIndependentSize().width() == view.side)


def test_that_slider_and_view_follow_each_other_within_limits_and_the_size_is_remembered(qtbot: QtBot) -> None:
    view = _view(qtbot, lambda key, at_least: Image.new("RGB", (8, 8)))
    slider = view.slider()
    qtbot.addWidget(slider)
    view.set_side(10_000)
    assert view.side == 256
    slider.setValue(slider.minimum())
    assert view.side == 64
    assert CardView("Others").side == 64


def test_that_the_current_picture_stays_in_view(qtbot: QtBot) -> None:
    view = _view(qtbot, lambda key, at_least: Image.new("RGB", (8, 8)))
    view.setCurrentIndex(view.model().index(400, 0))
    view.scrollTo(view.currentIndex())
    for side in (256, 64, 128):
        view.set_side(side)
        assert view.viewport().rect().intersects(view.visualRect(view.currentIndex()))


def _margins(more: int):
    from PySide6.QtCore import QMargins

    return QMargins(more, more, 0, 0)

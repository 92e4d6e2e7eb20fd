"""Rows that wrap, combo boxes that elide, and pages that fit a small magnified screen."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from stl_tl_gui.gui.widgets.eliding_combo import ElidingCombo
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow
from stl_tl_gui.gui.window.main_window import MainWindow

SMALL_SCREEN = 911, 512
"""1366 x 768 pixels at 150 percent."""


def row_of(parent: QWidget, width: int, *, fill: bool = False, gap_after: int | None = None) -> list[QRect]:
    """Where a row of that width puts four things of 100 x 20."""
    row = WrappingRow(inside=parent, fill=fill)
    for number in range(4):
        if number == gap_after:
            row.add_gap()
        button = QFrame(parent)
        button.setMinimumSize(100, 20)
        button.setMaximumSize(1000 if fill else 100, 20)
        row.addWidget(button)
    row.setGeometry(QRect(0, 0, width, row.heightForWidth(width)))
    return [button.geometry() for button in parent.findChildren(QFrame)]


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    parent = QWidget()
    qtbot.addWidget(parent)
    return parent


def test_that_a_row_wraps_where_there_is_no_room(parent: QWidget) -> None:
    buttons = row_of(parent, 330)
    assert [button.top() for button in buttons] == [0, 0, 0, 28]
    assert buttons[3].left() == 0


def test_that_what_follows_the_gap_stands_at_the_right(parent: QWidget) -> None:
    buttons = row_of(parent, 600, gap_after=3)
    assert [button.left() for button in buttons] == [0, 108, 216, 500]


def test_that_a_filled_row_leaves_no_room(parent: QWidget) -> None:
    buttons = row_of(parent, 601, fill=True)
    assert buttons[-1].right() == 600
    assert {button.top() for button in buttons} == {0}


def test_that_a_combo_box_may_be_narrower_than_its_texts(qtbot: QtBot) -> None:
    combo = ElidingCombo(4)
    qtbot.addWidget(combo)
    before = combo.minimumSizeHint().width()
    combo.addItem("Warm up the head, then unfreeze all that is below it")
    assert combo.minimumSizeHint().width() == before
    combo.resize(before, combo.sizeHint().height())
    combo.grab()
    combo.fit_list()
    assert combo.view().minimumWidth() > combo.view().sizeHintForColumn(0)


@pytest.fixture
def window(window: MainWindow) -> MainWindow:
    window.resize(*SMALL_SCREEN)
    return window


def all_pages(window: MainWindow) -> list[QWidget]:
    while window.navigation.make_next():
        pass
    return window.navigation.pages


def test_that_a_narrow_combo_leaves_out_parentheses_where_that_is_unambiguous(qtbot: QtBot) -> None:
    combo = ElidingCombo(4)
    qtbot.addWidget(combo)
    combo.addItems(["A model (included)", "Another (first)", "Another (second)"])

    def shown() -> list[str]:
        texts = []
        for width in range(400, 60, -1):
            combo.resize(width, 28)
            texts.append(combo.shown_text())
        return list(dict.fromkeys(texts))

    assert shown()[:2] == ["A model (included)", "A model"]
    combo.setCurrentIndex(2)
    assert shown()[0] == "Another (second)"
    assert all(text.endswith("…") for text in shown()[1:] if text)  # nothing where not even the dots fit


def test_that_no_page_scrolls_sideways_on_a_small_screen_at_150_percent(window: MainWindow, qtbot: QtBot) -> None:
    window.pages.train.view.set_empty(False)
    window.pages.train.form.advanced.setChecked(True)
    window.pages.classify.actions_row.show()
    for page in all_pages(window):
        window.navigation.show_page(page)
        qtbot.waitUntil(page.isVisible)
        for area in (each for each in window.findChildren(QScrollArea) if each.isVisible()):
            assert area.widget().width() <= area.viewport().width()


def test_that_the_page_asks_for_no_more_height_than_it_needs(window: MainWindow) -> None:
    page = window.pages.evaluate
    window.navigation.show_page(page)
    room = page.parentWidget()
    assert room.heightForWidth(774) == page.layout().minimumHeightForWidth(774)


def test_that_curves_keep_a_height_at_which_they_can_be_read(window: MainWindow, qtbot: QtBot) -> None:
    window.navigation.show_page(window.pages.train)
    window.pages.train.view.set_empty(False)
    curves = window.pages.train.view.curves
    qtbot.waitUntil(lambda: curves.height() >= 400)
    buttons = window.pages.train.buttons
    assert buttons.train.mapTo(window, QPoint(0, 0)).y() >= 0  # they stay in place while the run below scrolls


def test_that_tab_stops_only_where_something_can_be_done(window: MainWindow, qtbot: QtBot) -> None:
    for page in all_pages(window):
        window.navigation.show_page(page)
        qtbot.waitUntil(page.isVisible)
        stops = [each for each in window.findChildren(QScrollArea) if each.isVisible()]
        stops = [each for each in stops if each.focusPolicy() != Qt.FocusPolicy.NoFocus]
        assert all(each.accessibleName() for each in stops)  # those that scroll by keyboard, by a name

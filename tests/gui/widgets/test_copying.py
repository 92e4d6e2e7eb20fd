"""What can be copied: tables as text for a spreadsheet, everything as a picture."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QTableView, QWidget
from pytestqt.qtbot import QtBot

from stl_tl_gui.gui.app import make_window
from stl_tl_gui.gui.evaluate.confusion_matrix import ConfusionMatrix
from stl_tl_gui.gui.widgets.copying import copyable, texts_of
from stl_tl_gui.gui.window.main_window import MainWindow

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def view(qtbot: QtBot) -> QTableView:
    view = QTableView()
    qtbot.addWidget(view)
    model = QStandardItemModel(3, 3, view)
    model.setHorizontalHeaderLabels(["Name", "Count", "Picture"])
    for row in range(3):
        model.setItem(row, 0, QStandardItem(f"class {row}"))
        model.setItem(row, 1, QStandardItem(str(10 * row)))
    view.setModel(model)
    view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    copyable(view, lambda: texts_of(view))
    view.show()
    qtbot.waitExposed(view)
    return view


def test_that_ctrl_c_copies_all_rows_or_the_selected_ones_as_a_table(view, qtbot):
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text() == "Name\tCount\nclass 0\t0\nclass 1\t10\nclass 2\t20\n"
    view.selectRow(2)
    qtbot.keyClick(view, Qt.Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text() == "Name\tCount\nclass 2\t20\n"


def test_that_the_menu_has_a_picture_too(view):
    _, picture = view.actions()
    picture.trigger()
    assert QGuiApplication.clipboard().image().width() == 2 * view.width()


def test_that_without_a_table_ctrl_c_copies_the_picture(qtbot):
    label = QWidget()
    label.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    qtbot.addWidget(label)
    copyable(label)
    label.show()
    qtbot.waitExposed(label)
    label.activateWindow()
    label.setFocus()
    qtbot.waitUntil(label.hasFocus)
    QGuiApplication.clipboard().clear()
    qtbot.keyClick(label, Qt.Key.Key_C, CTRL)
    assert not QGuiApplication.clipboard().image().isNull()


@pytest.fixture
def window(qapp, qtbot) -> MainWindow:
    window = make_window(qapp)
    qtbot.addWidget(window)
    while window.navigation.make_next():
        pass
    return window


def test_that_ctrl_c_means_one_thing_in_every_widget(window):
    for page in window.navigation.pages:
        for widget in [page, *page.findChildren(QWidget)]:
            copying = [each.text() for each in widget.actions() if QKeySequence("Ctrl+C") in each.shortcuts()]
            assert len(copying) <= 1, f"{type(widget).__name__} {widget.accessibleName()}: {copying}"


def test_that_every_table_plot_and_matrix_can_be_copied(window):
    shown = [each for page in window.navigation.pages for each in page.findChildren(QTableView)]
    shown += [window.pages.train.view.curves.stack, window.pages.train.form.stages, window.pages.train.preview]
    shown += window.pages.evaluate.findChildren(ConfusionMatrix)
    shown += [window.pages.evaluate.view.grid.list, window.pages.classify.results.details.bars]
    without = [each for each in shown if not any("Copy" in action.text() for action in actions_of(each))]
    assert [f"{type(each).__name__} {each.accessibleName()}" for each in without] == []


def actions_of(widget: QWidget) -> list:
    """Of a widget or of what holds it."""
    parent = widget.parentWidget()
    return [*widget.actions(), *(parent.actions() if parent is not None else [])]

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QGuiApplication, QImage, QPainter, QWheelEvent

from stl_tl_gui.gui.evaluate.confusion_matrix import ConfusionMatrix
from stl_tl_gui.gui.evaluate.matrix_canvas import Matrix
from stl_tl_gui.gui.evaluate.matrix_drawing import (
    cell_text,
    draw_cells,
    fit_grid,
    heat_cells,
    heat_color,
    heat_image,
    ink_on,
    luminance,
)
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.table_text import tab_separated

NAMES = ("cat", "dog", "ship")
COUNTS = np.array([[60, 12, 8], [3, 40, 0], [0, 0, 0]])


@pytest.fixture
def matrix(qtbot):
    widget = ConfusionMatrix()
    qtbot.addWidget(widget)
    widget.resize(500, 400)
    widget.show_matrix(Matrix(COUNTS, NAMES))
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def _click(qtbot, matrix, cell):
    qtbot.mouseClick(matrix.viewport(), Qt.MouseButton.LeftButton, pos=matrix.cell_rect(cell).center())


def test_that_a_click_on_a_cell_names_its_true_and_predicted_class(qtbot, matrix):
    with qtbot.waitSignal(matrix.cell_clicked) as clicked:
        _click(qtbot, matrix, (1, 2))
    assert clicked.args == [1, 2]
    assert matrix.selected() == (1, 2)


def test_that_a_second_click_lets_the_cell_go(qtbot, matrix):
    _click(qtbot, matrix, (0, 1))
    with qtbot.waitSignal(matrix.cleared):
        _click(qtbot, matrix, (0, 1))
    assert matrix.selected() is None


def test_that_arrow_keys_move_and_enter_chooses(qtbot, matrix):
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Left):
        qtbot.keyClick(matrix, key)
    with qtbot.waitSignal(matrix.cell_clicked) as clicked:
        qtbot.keyClick(matrix, Qt.Key.Key_Return)
    assert clicked.args == [0, 1]
    with qtbot.waitSignal(matrix.cleared):
        qtbot.keyClick(matrix, Qt.Key.Key_Escape)


def test_that_names_choose_a_whole_class(qtbot, matrix):
    left = QPoint(20, matrix.cell_rect((1, 0)).center().y())
    with qtbot.waitSignal(matrix.row_clicked) as row:
        qtbot.mouseClick(matrix.viewport(), Qt.MouseButton.LeftButton, pos=left)
    above = QPoint(matrix.cell_rect((0, 2)).center().x(), 20)
    with qtbot.waitSignal(matrix.column_clicked) as column:
        qtbot.mouseClick(matrix.viewport(), Qt.MouseButton.LeftButton, pos=above)
    assert (row.args, column.args) == ([1], [2])


def test_that_hovering_says_what_the_cell_means(qtbot, matrix):
    with qtbot.waitSignal(matrix.described) as described:
        qtbot.mouseMove(matrix.viewport(), matrix.cell_rect((0, 1)).center())
    assert described.args == ["Said dog · really cat: 12 of 80 pictures of “cat” (15.0 %)."]
    assert matrix.matrix.sentence((1, 1)) == "Said dog · right: 40 of 43 pictures of “dog” (93.0 %)."
    assert matrix.matrix.sentence((2, 0)) == "No pictures of “ship”."


def test_that_an_empty_matrix_answers_nothing(qtbot):
    widget = ConfusionMatrix()
    qtbot.addWidget(widget)
    with qtbot.assertNotEmitted(widget.cell_clicked):
        qtbot.mouseClick(widget.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
        qtbot.keyClick(widget, Qt.Key.Key_Return)
        qtbot.keyClick(widget, Qt.Key.Key_Down)
    assert not widget.grab().isNull()


def test_that_the_table_for_a_spreadsheet_holds_all_counts(matrix):
    lines = matrix.matrix.table()
    assert list(lines[0][1:]) == list(NAMES)
    assert list(lines[1]) == ["cat", 60, 12, 8]


def test_that_the_menu_copies_the_table_and_the_picture(matrix):
    copy_table, copy_picture = matrix.actions()
    copy_table.trigger()
    assert QGuiApplication.clipboard().text() == tab_separated(matrix.matrix.table())
    copy_picture.trigger()
    assert not QGuiApplication.clipboard().pixmap().isNull()


def test_that_ctrl_and_the_wheel_zoom_and_the_keyboard_scrolls_along(qtbot, matrix):
    matrix.show_matrix(Matrix(np.eye(60, dtype=np.int64), [str(i) for i in range(60)]))
    before = matrix.grid().width
    for _ in range(6):
        delta, at = QPoint(0, 120), QPointF(100, 100)
        no_button, ctrl = Qt.MouseButton.NoButton, Qt.KeyboardModifier.ControlModifier
        matrix.wheelEvent(QWheelEvent(at, at, delta, delta, no_button, ctrl, Qt.ScrollPhase.NoScrollPhase, False))
    assert matrix.grid().width > 2 * before
    for _ in range(59):
        qtbot.keyClick(matrix, Qt.Key.Key_Right)
    assert matrix.horizontalScrollBar().value() == matrix.horizontalScrollBar().maximum()
    assert matrix.viewport().rect().contains(matrix.cell_rect((0, 59)))


@pytest.mark.parametrize("classes", [2, 10, 40, 100, 200])
def test_that_any_number_of_classes_is_drawn(qtbot, classes):
    widget = ConfusionMatrix()
    qtbot.addWidget(widget)
    widget.resize(500, 450)
    widget.show_matrix(Matrix(np.eye(classes, dtype=np.int64), [f"class number {i}" for i in range(classes)]))
    widget.set_normalized(True)
    widget.select((1, 0))
    assert not widget.grab().isNull()
    assert widget.as_picture().width() >= widget.grid().size.width()


def test_that_ten_classes_fit_without_scrolling(matrix):
    matrix.show_matrix(Matrix(np.eye(10, dtype=np.int64), [f"class {i}" for i in range(10)]))
    assert matrix.horizontalScrollBar().maximum() == 0
    assert matrix.verticalScrollBar().maximum() == 0


@given(st.integers(1, 60), st.integers(200, 900), st.integers(200, 900), st.integers(0, 899), st.integers(0, 899))
def test_that_the_cell_at_a_position_contains_it(classes, width, height, x, y):
    grid = fit_grid(QSize(width, height), ["name"] * classes, QFont())
    found = grid.at(QPoint(x, y), QPoint(0, 0))
    if found is not None and min(found) >= 0:
        assert grid.cell(*found).contains(QPoint(x, y))
    elif x >= grid.left and y >= grid.top:
        assert x >= grid.left + classes * grid.width or y >= grid.top + classes * grid.height


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_that_numbers_can_be_read_on_every_colour(qapp, choice):
    colors = [theme.LIGHT, theme.DARK]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(theme, "is_dark", lambda: choice == "dark")
        patch.setattr(theme, "colors", lambda: colors[choice == "dark"])
        for step in range(101):
            ground = heat_color(step / 100)
            lighter, darker = sorted((luminance(ground), luminance(ink_on(ground))), reverse=True)
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_that_more_is_darker_on_light(qapp):
    levels = [luminance(heat_color(step / 20)) for step in range(21)]
    assert levels == sorted(levels, reverse=not theme.is_dark())


def test_that_the_picture_of_the_cells_has_the_colour_of_each_value(qapp):
    image = heat_image(np.array([[1.0, 0.0], [0.5, 0.0]]))
    assert image.pixelColor(0, 0) == heat_color(1.0)
    assert image.pixelColor(1, 0) == QColor(theme.colors().base)
    assert (image.width(), image.height()) == (2, 2)


def test_that_numbers_are_left_out_where_they_would_not_fit(qapp):
    def painted(counts):
        image = QImage(300, 300, QImage.Format.Format_RGB32)
        image.fill(0)
        painter = QPainter(image)
        grid = fit_grid(QSize(300, 300), ["a"] * len(counts), QFont())
        draw_cells(painter, heat_cells(counts, False), grid, image.rect())
        painter.end()
        return image, grid

    image, grid = painted(np.full((30, 30), 12345))
    cell = grid.cell(3, 7).adjusted(1, 1, -1, -1)
    assert (
        len({image.pixel(x, y) for x in range(cell.left(), cell.right()) for y in range(cell.top(), cell.bottom())})
        == 1
    )


def test_that_percent_signs_are_left_out_where_only_they_do_not_fit(qapp):
    digit = QFontMetrics(theme.scaled_font(QFont(), 0.8)).horizontalAdvance("0")
    grid = replace(fit_grid(QSize(400, 400), ["a"] * 10, QFont()), width=3 * digit + 4, height=40)
    image = QImage(400, 500, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    draw_cells(painter, heat_cells(np.eye(10, dtype=np.int64), True), grid, image.rect())
    painter.end()
    inside = grid.cell(0, 0).adjusted(3, 3, -3, -3)
    xs, ys = range(inside.left(), inside.right()), range(inside.top(), inside.bottom())
    assert len({image.pixel(x, y) for x in xs for y in ys}) > 1  # there is a number


def test_that_texts_of_cells_are_short():
    assert cell_text(12, 0.15, False) == "12"
    assert cell_text(12, 0.15, True) == "15%"
    assert cell_text(1, 0.001, True) == "<1%"
    assert cell_text(0, 0.0, True) == "0%"

import numpy as np
import pytest
from builders import predictions
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy

from stl_tl_gui.engine.data.dataset import ImageSet
from stl_tl_gui.gui.evaluate.picture_filter import PictureFilter, PictureFinder
from stl_tl_gui.gui.evaluate.picture_list import ROW_ROLE, loss_in_words
from stl_tl_gui.gui.evaluate.prediction_grid import PredictionGrid
from stl_tl_gui.gui.evaluate.split_pictures import PictureGone, SplitPictures

NAMES = ("cat", "dog", "Ship")


def make_predictions(n, seed=0, names=NAMES):
    return predictions([f"test/{(i * 7919) % n:05d}.png" for i in range(n)], names, sure=2, seed=seed)


class _Pictures(ImageSet):
    def read(self, index, at_least=None):
        return Image.new("RGB", (96, 96), (index, 0, 0))

    def path(self, index):
        return None

    def subset(self, indices):
        raise NotImplementedError


def plain_rows(table, choice):
    """The same as PictureFinder.rows, as one would write it without thinking of speed."""

    def fits(row):
        said, true = table.class_names[table.predicted[row]], table.class_names[table.targets[row]]
        words = choice.text.casefold().split()
        return (
            (choice.true is None or table.targets[row] == choice.true)
            and (choice.predicted is None or table.predicted[row] == choice.predicted)
            and (not choice.mistakes or table.predicted[row] != table.targets[row])
            and all(any(word in text.casefold() for text in (table.ids[row], said, true)) for word in words)
        )

    key = {
        "surest": lambda row: -table.confidence[row],
        "least_sure": lambda row: table.confidence[row],
        "worst": lambda row: -table.loss[row],
        "best": lambda row: table.loss[row],
        "id": lambda row: table.ids[row],
    }[choice.order]
    return sorted(filter(fits, range(len(table))), key=key)


choices = st.builds(
    PictureFilter,
    true=st.none() | st.integers(0, 2),
    predicted=st.none() | st.integers(0, 2),
    mistakes=st.booleans(),
    text=st.sampled_from(["", "cat", "SHIP", "dog ship", "0001", ".png 2", "nothing like it", "  "]),
    order=st.sampled_from(["surest", "least_sure", "worst", "best", "id"]),
)


@given(st.integers(0, 60), st.integers(0, 5), choices)
@settings(deadline=None)
def test_that_rows_are_chosen_and_ordered_as_a_plain_loop_does(n, seed, choice):
    table = make_predictions(n, seed=seed) if n else make_predictions(0)
    assert PictureFinder(table).rows(choice).tolist() == plain_rows(table, choice)


def test_that_losses_that_are_no_numbers_come_last():
    table = make_predictions(4)
    table.loss[1] = np.nan
    assert PictureFinder(table).rows(PictureFilter(order="worst"))[-1] == 1
    assert PictureFinder(table).rows(PictureFilter(order="best"))[-1] == 1


@pytest.fixture
def grid(qtbot):
    widget = PredictionGrid()
    qtbot.addWidget(widget)
    widget.resize(580, 600)
    widget.set_predictions(make_predictions(200))
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_that_a_cell_shows_exactly_its_pictures(grid):
    grid.show_cell(0, 1)
    table = grid._predictions
    expected = np.flatnonzero((table.targets == 0) & (table.predicted == 1))
    assert sorted(grid.rows()) == expected.tolist()
    assert grid._count.text() == f"{len(expected)} of 200 pictures"
    model = grid.list.model()
    assert [model.index(i).data(ROW_ROLE) for i in range(model.rowCount())] == grid.rows().tolist()


def test_that_only_mistakes_hides_what_was_recognized(qtbot, grid):
    qtbot.mouseClick(grid._mistakes, Qt.MouseButton.LeftButton)
    table = grid._predictions
    assert (table.predicted[grid.rows()] != table.targets[grid.rows()]).all()
    assert len(grid.rows()) == (table.predicted != table.targets).sum()


def test_that_filters_work_together_and_show_all_lifts_them(qtbot, grid):
    grid._true.setCurrentIndex(1)
    grid._predicted.setCurrentIndex(3)
    qtbot.keyClicks(grid._search, "1 PNG")
    assert grid.filter() == PictureFilter(true=0, predicted=2, text="1 PNG")
    assert grid.rows().tolist() == plain_rows(grid._predictions, grid.filter())
    qtbot.mouseClick(grid._all, Qt.MouseButton.LeftButton)
    assert grid.filter() == PictureFilter()
    assert (grid._true.currentIndex(), grid._search.text()) == (0, "")
    assert grid._count.text() == "All 200 pictures"
    assert not grid._all.isEnabled()


def test_that_a_space_can_be_typed_into_the_search(qtbot, grid):
    qtbot.keyClicks(grid._search, "cat ship")
    assert grid._search.text() == "cat ship"


def test_that_nothing_found_says_what_to_do(qtbot, grid):
    qtbot.keyClicks(grid._search, "zebra")
    assert "Show all" in grid._count.text()
    assert not grid.grab().isNull()


def test_that_the_order_is_kept_when_a_cell_is_shown(grid):
    grid._order.setCurrentIndex(grid._order.findData("id"))
    grid.show_cell(1, None)
    ids = [grid._predictions.ids[row] for row in grid.rows()]
    assert ids == sorted(ids)


def test_that_each_change_tells_the_choice_once(qtbot, grid):
    spy = QSignalSpy(grid.filter_changed)
    grid.show_cell(0, 1)
    assert spy.count() == 1


def test_that_enter_opens_the_picture_that_the_arrow_keys_reached(qtbot, grid):
    grid.list.setFocus()
    grid.list.setCurrentIndex(grid.list.model().index(0))
    qtbot.keyClick(grid.list, Qt.Key.Key_Right)
    with qtbot.waitSignal(grid.activated) as opened:
        qtbot.keyClick(grid.list, Qt.Key.Key_Return)
    assert opened.args == [grid.rows()[1]]


def test_that_a_double_click_opens_a_picture(qtbot, grid):
    place = grid.list.visualRect(grid.list.model().index(2)).center()
    qtbot.mouseClick(grid.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    with qtbot.waitSignal(grid.activated) as opened:
        qtbot.mouseDClick(grid.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert opened.args == [grid.rows()[2]]


def test_that_items_say_what_was_right_and_what_was_wrong(grid):
    table = grid._predictions
    for position in range(20):
        words = grid.list.model().index(position).data(Qt.ItemDataRole.ToolTipRole)
        row = grid.rows()[position]
        assert ("· right" if table.predicted[row] == table.targets[row] else "· really") in words
        assert table.ids[row] in words


def test_that_pictures_are_found_by_their_id_and_only_visible_ones_are_read(qtbot, grid):
    table = grid._predictions
    ids = sorted(table.ids)
    source = SplitPictures(_Pictures(ids, np.zeros(len(ids), np.int64)), table.ids)
    assert source.read(3).getpixel((0, 0)) == (ids.index(table.ids[3]), 0, 0)
    thumbnails = grid.list.pictures.thumbnails
    ready = QSignalSpy(thumbnails.ready)
    grid.set_pictures(source)
    grid.grab()
    qtbot.waitUntil(lambda: ready.count() > 0 and not thumbnails._timer.isActive())
    assert ready.count() < 60
    row = int(grid.rows()[0])
    assert thumbnails.pixmap(row).toImage().pixelColor(5, 5).red() == ids.index(table.ids[row])


def test_that_a_picture_that_is_gone_is_named(grid):
    source = SplitPictures(_Pictures([], np.zeros(0, np.int64)), grid._predictions.ids)
    assert source.path(0) is None
    with pytest.raises(PictureGone, match=grid._predictions.ids[0]):
        source.read(0)


def test_that_a_hundred_thousand_pictures_are_shown_filtered_and_scrolled(qtbot, grid):
    table = make_predictions(100_000)
    grid.set_predictions(table)
    qtbot.keyClicks(grid._search, "0123")
    assert grid.rows().tolist() == plain_rows(table, grid.filter())
    grid.choose(PictureFilter(order="id"))
    grid.list.scrollToBottom()
    assert not grid.list.grab().isNull()
    assert grid.list.indexAt(grid.list.viewport().rect().topLeft()).row() > 99_000


def test_that_without_a_table_the_filters_rest(grid):
    grid.set_predictions(None)
    assert not grid.isEnabled()
    assert grid._count.text() == ""
    assert grid.list.model().rowCount() == 0


def test_that_a_note_says_why_there_are_no_pictures(grid):
    grid.set_pictures(None, "The data is gone.")
    assert grid._note.isVisible()
    grid.set_pictures(None)
    assert not grid._note.isVisible()


def test_that_no_loss_is_below_zero():
    assert [loss_in_words(loss) for loss in (-0.0, -0.0004, 0.0, 1.23456)] == ["0.000", "0.000", "0.000", "1.235"]

"""How files are read and divided, as the Data page offers it."""

import pytest
from PySide6.QtCore import Qt

from stl_tl_gui.engine.data.dataset import Dataset
from stl_tl_gui.engine.settings.advice import DEFAULTS
from stl_tl_gui.gui.data.division_bar import DivisionBar


def data(kind: str = "folder", drawn=("val", "test"), **more) -> Dataset:
    splits = dict.fromkeys(("train", "val", "test"))
    return Dataset("x", kind, "/x", ("a", "b"), splits, "f", drawn=drawn, **more)


@pytest.fixture
def bar(qtbot) -> DivisionBar:
    bar = DivisionBar()
    qtbot.addWidget(bar)
    return bar


def test_that_pages_and_channels_are_offered_where_there_are_some(bar):
    bar.set_dataset(data())
    assert bar.pages.isHidden()
    assert bar.channels.isHidden()
    bar.set_dataset(data(several_pages=3, many_channels=2))
    assert not bar.pages.isHidden()
    assert not bar.channels.isHidden()


def test_that_data_that_is_divided_and_has_no_such_files_leaves_nothing_to_choose(bar):
    bar.set_dataset(data(drawn=()))
    assert bar.isHidden()
    bar.set_dataset(data(drawn=(), several_pages=3))
    assert not bar.isHidden()
    assert bar.val.isHidden()
    assert bar.test.isHidden()


def test_that_three_channels_are_typed_and_others_are_not_taken(bar, qtbot):
    bar.set_dataset(data(many_channels=2))
    bar.show()
    asked: list[dict] = []
    bar.changed.connect(asked.append)
    qtbot.keyClicks(bar.channels, "4,2")
    qtbot.keyClick(bar.channels, Qt.Key.Key_Return)
    assert asked == []
    qtbot.keyClicks(bar.channels, ",1")
    qtbot.keyClick(bar.channels, Qt.Key.Key_Return)
    assert asked == [{"channels": "4,2,1"}]


def test_that_values_are_shown_without_asking_for_them(bar):
    asked: list[dict] = []
    bar.changed.connect(asked.append)
    bar.set_values({**DEFAULTS, "val_fraction": 0.125, "test_fraction": 0.0, "pages": "each", "channels": "3,2,1"})
    assert (bar.val.text(), bar.test.text()) == ("12.5\u00a0%", "None")
    assert (bar.val.share(), bar.pages.currentData(), bar.channels.text()) == (0.125, "each", "3,2,1")
    assert asked == []

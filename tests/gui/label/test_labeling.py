"""Labeling a flat folder in the window: few keys, nothing lost, from the drop to training."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.data import open_dataset
from stl_tl_gui.engine.data.corrections import change_corrections, read_corrections, relabel
from stl_tl_gui.engine.events import result_of
from stl_tl_gui.gui.label.label_view import LabelView
from stl_tl_gui.gui.window.main_window import MainWindow

COLORS = {"sky": (60, 120, 230), "leaf": (40, 170, 60), "brick": (190, 70, 40)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """60 pictures of three kinds, in mixed order."""
    random = np.random.default_rng(0)
    place = tmp_path / "photos"
    place.mkdir()
    for number in range(60):
        color = list(COLORS.values())[number % 3]
        pixels = random.normal(color, 12, (48, 48, 3)).clip(0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(place / f"IMG_{number:04}.jpg")
    return place


def kind_of(id: str) -> str:
    return list(COLORS)[int(id[4:8]) % 3]


def labels_in(folder: Path) -> dict[str, str | None]:
    return {id: effect.class_name for id, effect in read_corrections(str(folder)).effects().items()}


class Keys:
    """Counts what the user does."""

    def __init__(self, qtbot: QtBot) -> None:
        self.count, self._qtbot = 0, qtbot

    def press(self, widget, key) -> None:
        self.count += 1
        if isinstance(key, str):
            self._qtbot.keyClicks(widget, key)
        else:
            self._qtbot.keyClick(widget, key)

    def click(self, button) -> None:
        self.count += 1
        self._qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def view(qtbot: QtBot, folder: Path) -> LabelView:
    """With groups by name: nothing is computed."""
    view = LabelView(result_of(open_dataset(str(folder))))
    qtbot.addWidget(view)
    view.resize(1100, 700)
    view.show()
    qtbot.waitExposed(view)
    view.labels.add_classes(["sky", "leaf", "brick"])
    view.grid.setFocus()
    return view


def saved(qtbot: QtBot, view: LabelView) -> None:
    qtbot.waitUntil(lambda: not view.labels.saving)


def test_that_sixty_flat_pictures_become_training_data_in_few_keys(
    window: MainWindow, qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(window.pages.train, "train", lambda: asked.append(window.pages.train.settings().data))
    keys = Keys(qtbot)
    page = window.pages.data
    window.pages.show(page)
    keys.count += 1  # a drop
    window.opener.open([folder])
    qtbot.waitUntil(lambda: page.labeling is not None)
    view = page.labeling
    qtbot.waitUntil(lambda: view.knows_what_is_alike, timeout=60_000)
    for letter in "sky,leaf,brick":
        keys.press(view.names, letter)
    keys.press(view.names, Qt.Key.Key_Return)
    while view.grid.chosen() and keys.count < 60:
        kinds = {kind_of(view.images.ids[row]) for row in view.grid.chosen()}
        assert len(kinds) == 1, "these are easily told apart"
        keys.press(view.grid, str(list(COLORS).index(kinds.pop()) + 1))
    assert view.progress.value() == 60
    keys.click(view.train)
    qtbot.waitUntil(lambda: asked == [str(folder)], timeout=30_000)
    assert keys.count <= 25, keys.count
    assert page.dataset.unready == ""
    assert all(kind_of(id) == name for id, name in labels_in(folder).items())


def test_that_a_number_labels_the_group_and_the_next_one_comes(qtbot: QtBot, view: LabelView, folder: Path) -> None:
    assert len(view.grid.chosen()) == 15
    first = view.images.ids[0]
    qtbot.keyClicks(view.grid, "2")
    assert view.labels.label_of(first) == "leaf"
    assert view.images.ids[view.grid.chosen()[0]] == "IMG_0015.jpg"
    assert view.classes.buttons[1].text().endswith("· 15")
    saved(qtbot, view)
    assert labels_in(folder)[first] == "leaf"
    assert not view.grab().isNull()


def test_that_odd_ones_out_stay_for_the_next_key(qtbot: QtBot, view: LabelView) -> None:
    grid = view.grid
    qtbot.keyClick(grid, Qt.Key.Key_Space)  # the first one is another
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    qtbot.keyClick(grid, Qt.Key.Key_Space)
    assert len(grid.chosen()) == 13
    qtbot.keyClicks(grid, "1")
    assert [view.images.ids[row] for row in grid.chosen()] == ["IMG_0000.jpg", "IMG_0001.jpg"]
    qtbot.keyClicks(grid, "?")
    assert view.labels.is_unsure("IMG_0000.jpg")
    assert "2 not sure" in view.count.text()


def test_that_undo_and_redo_bring_the_group_back_and_are_saved(qtbot: QtBot, view: LabelView, folder: Path) -> None:
    qtbot.keyClicks(view.grid, "1")
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(view, Qt.Key.Key_Z, control)
    assert len(view.grid.chosen()) == 15
    assert view.labels.label_of("IMG_0000.jpg") == ""
    saved(qtbot, view)
    assert labels_in(folder) == {}
    qtbot.keyClick(view, Qt.Key.Key_Z, control | shift)
    saved(qtbot, view)
    assert set(labels_in(folder).values()) == {"sky"}
    assert not view.redo.isEnabled()


def test_that_letters_find_the_class_and_a_click_on_it_does_the_same(qtbot: QtBot, view: LabelView) -> None:
    qtbot.keyClicks(view.grid, "b")
    assert view.labels.label_of("IMG_0000.jpg") == "brick"
    view.labels.add_classes(["black"])
    qtbot.keyClicks(view.grid, "b")
    assert view.picker is not None
    qtbot.keyClicks(view.picker.edit, "l")
    assert view.labels.label_of("IMG_0015.jpg") == "black"
    qtbot.mouseClick(view.classes.buttons[0], Qt.MouseButton.LeftButton)
    assert view.labels.label_of("IMG_0030.jpg") == "sky"


def test_that_labeled_pictures_are_looked_through_and_corrected(qtbot: QtBot, view: LabelView) -> None:
    qtbot.keyClicks(view.grid, "1")
    view.show_what.setCurrentText("sky")
    assert len(view.grid.pictures.rows) == 15
    assert len(view.grid.chosen()) == 1  # none is selected: a key labels the one that has the keyboard
    qtbot.keyClicks(view.grid, "3")
    assert view.labels.label_of("IMG_0000.jpg") == "brick"
    assert len(view.grid.pictures.rows) == 14
    view.show_what.setCurrentText("All")
    assert len(view.grid.pictures.rows) == 60


def test_that_bad_class_names_are_named_and_nothing_is_made(qtbot: QtBot, view: LabelView) -> None:
    view.names.setFocus()
    qtbot.keyClicks(view.names, "owl, cat/dog")
    qtbot.keyClick(view.names, Qt.Key.Key_Return)
    assert "A class name cannot contain /" in view.findChild(QMessageBox).text()
    assert view.labels.class_names == ["sky", "leaf", "brick"]
    assert view.names.text() == "owl, cat/dog"


def test_that_training_waits_for_two_classes_and_for_the_disk(qtbot: QtBot, view: LabelView, folder: Path) -> None:
    qtbot.keyClicks(view.grid, "1")
    assert not view.train.isEnabled()
    qtbot.keyClicks(view.grid, "2")
    assert view.train.isEnabled()
    with qtbot.waitSignal(view.train_requested):
        view.train.click()
    assert len(labels_in(folder)) == 30


def test_that_labels_of_another_window_are_kept(qtbot: QtBot, view: LabelView, folder: Path) -> None:
    other = relabel(["IMG_0059.jpg"], "leaf")
    change_corrections(str(folder), lambda known: known.with_step("Elsewhere", other))
    qtbot.keyClicks(view.grid, "1")
    qtbot.keyClick(view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(view.grid, "3")
    saved(qtbot, view)
    assert labels_in(folder)["IMG_0059.jpg"] == "leaf"
    assert labels_in(folder)["IMG_0000.jpg"] == "brick"


def test_that_labels_leave_as_class_folders_after_a_question(qtbot: QtBot, view: LabelView, tmp_path: Path) -> None:
    qtbot.keyClicks(view.grid, "1")
    files = [(view.images.path(row), name) for row, name in view._labeled()]
    with qtbot.waitSignal(view.copying.ended):
        view.copying.plan(files, tmp_path / "out")
    question = view.copying.question
    assert "Copy 15 files" in question.text()
    assert "sky: 15" in question.informativeText()
    assert not (tmp_path / "out").exists()
    with qtbot.waitSignal(view.said):
        question.buttons()[0].click()
    assert len(list((tmp_path / "out" / "sky").iterdir())) == 15


def test_that_done_leaves_also_where_too_little_is_labeled(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    page = window.pages.data
    page.opening.open(str(folder))
    qtbot.waitUntil(lambda: page.labeling is not None)
    page.labeling.leave.click()
    qtbot.waitUntil(lambda: page.labeling is None and not page.opening.busy)
    assert page.dataset.unready
    assert not page.summary._train.isEnabled()
    assert page.summary._label.isVisibleTo(page.summary)


def test_that_done_shows_the_data_with_its_labels(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    names = [f"IMG_{number:04}.jpg" for number in range(12)]
    for name in names:
        change_corrections(str(folder), lambda known, name=name: known.with_step("", relabel([name], kind_of(name))))
    page = window.pages.data
    page.opening.open(str(folder))
    qtbot.waitUntil(lambda: page.dataset is not None and page.dataset.location == str(folder))
    assert page.labeling is None  # enough is labeled: it opens as data
    page.label()
    page.labeling.leave.click()
    qtbot.waitUntil(lambda: page.labeling is None and not page.opening.busy)
    assert page.dataset.counts()["unlabeled"] == 48
    assert page.summary.isVisible() or not page.isVisible()

"""The division of the pictures on the Data page."""

import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, Qt
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.settings.advice import DEFAULTS
from stl_tl_gui.gui.window.main_window import MainWindow

LONG = 60_000


@pytest.fixture
def slides(tmp_path):
    """Two classes of six patients with four pictures each."""
    for name, color in (("benign", "red"), ("tumor", "blue")):
        (tmp_path / "slides" / name).mkdir(parents=True)
        for patient in range(6):
            for n in range(4):
                Image.new("RGB", (40, 40), color).save(tmp_path / "slides" / name / f"patient{patient}_{n}.png")
    return tmp_path / "slides"


@pytest.fixture
def pages(window: MainWindow, qtbot: QtBot, slides):
    with qtbot.waitSignal(window.pages.data.dataset_opened, timeout=LONG):
        window.pages.show(window.pages.data).opening.open(str(slides))
    return window.pages


def counts(pages) -> dict[str, int]:
    return pages.data.dataset.counts()


def divided(pages, qtbot, wanted) -> None:
    qtbot.waitUntil(lambda: counts(pages) == wanted, timeout=LONG)


def test_that_a_plain_folder_has_a_test_and_its_share_is_chosen_with_the_data(pages, qtbot):
    bar = pages.data.summary.division
    assert counts(pages) == {"train": 37, "val": 4, "test": 7}
    assert (bar.val.text(), bar.test.text()) == ("10\u00a0%", "15\u00a0%")
    bar.test.setFocus()
    bar.test.setValue(25)
    divided(pages, qtbot, {"train": 32, "val": 4, "test": 12})
    assert bar.test.hasFocus() or not bar.window().isActiveWindow()
    assert pages.train.form.values()["test_fraction"] == 0.25
    bar.test.setValue(0)
    divided(pages, qtbot, {"train": 43, "val": 5})
    assert bar.test.isVisible()
    assert bar.test.text() == "None"


def test_that_what_undo_on_the_train_page_changes_is_shown_with_the_data(pages, qtbot):
    bar = pages.data.summary.division
    bar.test.setValue(25)
    divided(pages, qtbot, {"train": 32, "val": 4, "test": 12})
    pages.train.form.history.undo()
    divided(pages, qtbot, {"train": 37, "val": 4, "test": 7})
    assert bar.test.share() == DEFAULTS["test_fraction"]


def test_that_a_change_while_the_data_is_opened_is_not_forgotten(pages, qtbot):
    opening, done = pages.data.opening, []

    def undo(dataset) -> None:
        if not done:
            assert opening.busy  # the job has sent its result, but has not ended
            done.append(dataset.counts())
            pages.train.form.history.undo()
            QCoreApplication.sendPostedEvents(pages)  # at once, while the job still has to end

    opening.opened.connect(undo)
    pages.data.summary.division.test.setValue(25)
    qtbot.waitUntil(lambda: done == [{"train": 32, "val": 4, "test": 12}], timeout=LONG)
    divided(pages, qtbot, {"train": 37, "val": 4, "test": 7})


def test_that_one_click_keeps_patients_together(pages, qtbot):
    bar = pages.data.summary.division
    assert bar.keep.isVisible()
    assert bar.keep.text() == "Keep patients together"
    qtbot.mouseClick(bar.keep, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: pages.data.dataset.advice is None, timeout=LONG)
    assert not bar.keep.isVisible()
    assert pages.train.form.values()["group_by"] == "name"
    splits = pages.data.dataset.splits.values()
    assert sum(len({id.split("/")[1].split("_")[0] for id in images.ids}) for images in splits) == 6
    assert bar.pattern.isVisible()


def test_that_data_with_its_own_test_has_no_test_share(pages, qtbot):
    bar = pages.data.summary.division
    with qtbot.waitSignal(pages.data.dataset_opened, timeout=LONG):
        pages.data.opening.open("sample")
    assert not bar.isHidden()
    assert bar.test.isHidden()
    assert not bar.keep.isVisible()

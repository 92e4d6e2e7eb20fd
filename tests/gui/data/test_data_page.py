"""The data page, with hand-made data sets and with folders that are broken."""

import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QProgressBar, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.data.dataset import DataError, Dataset, ImageSet, Targets, UnreadablePicture
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.gui.data import data_opening
from stl_tl_gui.gui.data.class_table import PICTURES_ROLE, SHARE_ROLE, ClassTable
from stl_tl_gui.gui.data.data_page import DataPage
from stl_tl_gui.gui.widgets.remembered import recent_data, remember_data

Opening = Generator[Progress, None, Dataset]


class FlatPictures(ImageSet):
    """Pictures of one colour, by class."""

    def __init__(self, targets: list[int]) -> None:
        super().__init__([str(index) for index in range(len(targets))], np.array(targets, np.int64))
        self.read_indices: set[int] = set()
        self.read_in: set[int] = set()

    def read(self, index: int, at_least: int | None = None) -> Image.Image:
        self.read_indices.add(index)
        self.read_in.add(threading.get_ident())
        return Image.new("RGB", (60, 40), (40 * int(self.targets[index]), 90, 120))

    def path(self, index: int) -> Path | None:
        return None

    def subset(self, indices: Targets) -> ImageSet:
        raise NotImplementedError


def hand_made(location: str = "sample", **more: Any) -> Dataset:
    splits: dict[Any, ImageSet] = {
        "train": FlatPictures([0] * 30 + [1] * 15 + [2] * 3),
        "val": FlatPictures([0, 0, 1]),
        "test": FlatPictures([0, 1, 2]),
        "unlabeled": FlatPictures([-1] * 7),
    }
    kind = "sample" if location == "sample" else "folder"
    names = ("cat", "dog", "newt")
    return Dataset("Hand-made", kind, location, names, splits, "f00d", **more)  # type: ignore[arg-type]


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[DataPage]:
    page = DataPage()
    qtbot.addWidget(page)
    page.resize(1100, 650)
    page.show()
    return page


@pytest.fixture
def opens(monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[Callable[[], bool]], Opening]]:
    """What opening each location does, in place of reading anything."""
    table: dict[str, Callable[[Callable[[], bool]], Opening]] = {}
    monkeypatch.setattr(data_opening, "open_job", lambda location, splitting=None: table[location])
    return table


def at_once(dataset: Dataset) -> Callable[[Callable[[], bool]], Opening]:
    def job(should_stop: Callable[[], bool]) -> Opening:
        yield Progress(stage="Reading", done=1, total=2)
        return dataset

    return job


def never(should_stop: Callable[[], bool]) -> Opening:
    yield Progress(stage="Drawing the sample", done=120, total=2300)
    while not should_stop():
        threading.Event().wait(0.002)
    raise Cancelled


def texts(page: DataPage) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())


def test_that_an_opened_data_set_is_announced_and_shown(page: DataPage, opens: dict, qtbot: QtBot) -> None:
    dataset = hand_made(notes=("These are drawings.",))
    opens["sample"] = at_once(dataset)
    with qtbot.waitSignal(page.dataset_opened) as opened:
        page.opening.open("sample")
    assert opened.args == [dataset]
    assert page.dataset is dataset
    qtbot.waitUntil(lambda: "Hand-made" in texts(page))
    assert "3 classes · 48 training · 3 validation · 3 test · 7 unlabeled pictures" in texts(page)
    assert "These are drawings." in texts(page)


def test_that_the_table_counts_each_class_in_each_split(page: DataPage, opens: dict, qtbot: QtBot) -> None:
    opens["sample"] = at_once(hand_made())
    with qtbot.waitSignal(page.dataset_opened):
        page.opening.open("sample")
    model = page.findChild(ClassTable).model()
    shown = [[model.index(row, column).data() for column in range(4)] for row in range(3)]
    assert shown == [["cat", "30", "2", "1"], ["dog", "15", "1", "1"], ["newt", "3", "0", "1"]]
    titles = [model.headerData(column, Qt.Orientation.Horizontal) for column in range(5)]
    assert titles == ["Class", "Training", "Validation", "Test", "Some training pictures"]
    assert [model.index(row, 1).data(SHARE_ROLE) for row in range(3)] == [1.0, 0.5, 0.1]


def test_that_each_class_shows_its_own_pictures_read_off_the_gui_thread(
    page: DataPage, opens: dict, qtbot: QtBot
) -> None:
    dataset = hand_made()
    train = dataset.splits["train"]
    assert isinstance(train, FlatPictures)
    opens["sample"] = at_once(dataset)
    with qtbot.waitSignal(page.dataset_opened):
        page.opening.open("sample")
    model = page.findChild(ClassTable).model()
    for row in range(3):
        pictures = model.index(row, 4).data(PICTURES_ROLE)
        assert pictures
        assert {int(train.targets[index]) for index in pictures} == {row}
    qtbot.waitUntil(lambda: len(train.read_indices) >= 3)
    assert threading.get_ident() not in train.read_in


def test_that_other_pictures_can_be_asked_for(page: DataPage, opens: dict, qtbot: QtBot) -> None:
    opens["sample"] = at_once(hand_made())
    with qtbot.waitSignal(page.dataset_opened):
        page.opening.open("sample")
    model = page.findChild(ClassTable).model()
    before = model.index(0, 4).data(PICTURES_ROLE)
    qtbot.waitUntil(lambda: button(page, "Other pictures").isVisible())
    qtbot.mouseClick(button(page, "Other pictures"), Qt.MouseButton.LeftButton)
    assert model.index(0, 4).data(PICTURES_ROLE) != before


def test_that_opening_shows_progress_and_can_be_cancelled(page: DataPage, opens: dict, qtbot: QtBot) -> None:
    opens["sample"] = never
    page.opening.open("sample")
    bar = page.findChild(QProgressBar)
    qtbot.waitUntil(lambda: bar.value() / max(1, bar.maximum()) == pytest.approx(120 / 2300, abs=0.001))
    assert "Drawing the sample: 120 of 2,300 pictures" in texts(page)
    with qtbot.assertNotEmitted(page.dataset_opened):
        qtbot.mouseClick(button(page, "Cancel"), Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not bar.isVisible())
    assert "No data is open yet" in texts(page)


def test_that_data_opened_later_wins_over_data_asked_for_earlier(page: DataPage, opens: dict, qtbot: QtBot) -> None:
    opens["sample"] = never
    opens["/second"] = at_once(hand_made("/second"))
    page.opening.open("sample")
    with qtbot.waitSignal(page.dataset_opened) as opened:
        page.opening.open("/second")
    assert opened.args is not None
    assert opened.args[0].location == "/second"
    qtbot.waitUntil(lambda: "Hand-made" in texts(page))


def test_that_a_folder_that_cannot_be_used_is_explained_where_the_user_looks(
    page: DataPage, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "only").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "only" / "1.png")
    with qtbot.assertNotEmitted(page.dataset_opened):
        page.opening.open(str(tmp_path))
        qtbot.waitUntil(lambda: "Choose other data above" in texts(page))
    assert QApplication.activeModalWidget() is None


def test_that_the_data_before_stays_open_after_a_failure(page: DataPage, opens: dict, qtbot: QtBot) -> None:
    def broken(should_stop: Callable[[], bool]) -> Opening:
        yield Progress(stage="Reading", done=0, total=0)
        raise DataError("“train_X.bin” is cut short.")

    opens["sample"], opens["/broken"] = at_once(hand_made()), broken
    with qtbot.waitSignal(page.dataset_opened):
        page.opening.open("sample")
    page.opening.open("/broken")
    qtbot.waitUntil(lambda: "“train_X.bin” is cut short." in texts(page))
    assert "“Hand-made” is still open." in texts(page)
    assert page.dataset is not None
    assert recent_data() == ["sample"]


def test_that_a_fault_of_ours_becomes_a_dialog(page: DataPage, opens: dict, qtbot: QtBot) -> None:
    def faulty(should_stop: Callable[[], bool]) -> Opening:
        yield Progress(stage="Reading", done=0, total=0)
        raise ZeroDivisionError

    opens["sample"] = faulty
    page.opening.open("sample")
    qtbot.waitUntil(lambda: page.findChild(QMessageBox) is not None)
    assert "ZeroDivisionError" in page.findChild(QMessageBox).detailedText()


def test_that_files_left_out_are_listed_with_reasons(page: DataPage, opens: dict, qtbot: QtBot) -> None:
    files = (UnreadablePicture("cat/1.jpg", "the file is empty"), UnreadablePicture("dog/2.jpg", "not a picture"))
    opens["sample"] = at_once(hand_made(unreadable=files))
    with qtbot.waitSignal(page.dataset_opened):
        page.opening.open("sample")
    fold = next(fold for fold in page.findChildren(QToolButton) if "left out: 2" in fold.text())
    qtbot.waitUntil(fold.isVisible)
    qtbot.mouseClick(fold, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(button(page, "Copy list"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "cat/1.jpg: the file is empty\ndog/2.jpg: not a picture"


def test_that_the_first_start_opens_the_sample_and_later_ones_the_last_data(
    page: DataPage, opens: dict, qtbot: QtBot, tmp_path: Path
) -> None:
    own = str(tmp_path)
    opens["sample"], opens[own] = at_once(hand_made()), at_once(hand_made(own))
    for expected in ("sample", own):
        with qtbot.waitSignal(page.dataset_opened) as opened:
            page.opening.open_last()
        assert opened.args is not None
        assert opened.args[0].location == expected
        remember_data(own)
    assert recent_data() == [own, "sample"]


def test_that_the_sample_is_opened_when_the_last_data_is_gone(page: DataPage, opens: dict, qtbot: QtBot) -> None:
    opens["sample"] = at_once(hand_made())
    remember_data("/no/longer/there")
    with qtbot.waitSignal(page.dataset_opened) as opened:
        page.opening.open_last()
    assert opened.args is not None
    assert opened.args[0].location == "sample"


def test_that_a_click_on_the_sample_opens_it(page: DataPage, opens: dict, qtbot: QtBot) -> None:
    opens["sample"] = at_once(hand_made())
    choice = next(each for each in page.findChildren(QPushButton) if each.accessibleName().startswith("Built-in"))
    with qtbot.waitSignal(page.dataset_opened):
        qtbot.mouseClick(choice, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(choice.isChecked)


def test_that_a_thousand_classes_are_shown_at_once(page: DataPage, opens: dict, qtbot: QtBot) -> None:
    targets = list(np.random.default_rng(0).integers(0, 1000, 20_000))
    splits: dict[Any, ImageSet] = {"train": FlatPictures(targets), "val": FlatPictures([0])}
    names = tuple(f"class {index}" for index in range(1000))
    opens["sample"] = at_once(Dataset("Many", "sample", "sample", names, splits, "f00d"))
    with qtbot.waitSignal(page.dataset_opened):
        page.opening.open("sample")
    qtbot.waitUntil(lambda: len(splits["train"].read_indices) > 0)  # type: ignore[attr-defined]
    assert len(splits["train"].read_indices) < 1000  # type: ignore[attr-defined]


def button(page: DataPage, text: str) -> QPushButton:
    return next(each for each in page.findChildren(QPushButton) if each.text() == text)


def press(qtbot: QtBot, box: QMessageBox, text: str) -> None:
    (button,) = [button for button in box.buttons() if text in button.text()]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def message_boxes(page: DataPage) -> list[QMessageBox]:
    return [box for box in page.findChildren(QMessageBox) if box.isVisible()]


def test_that_stl10_is_downloaded_after_asking_with_speed_pause_and_cancel(
    page: DataPage, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    going, wanted = threading.Event(), []

    def job(folder: Path, unlabeled: bool, splitting: object) -> Any:
        wanted.append((folder, unlabeled))

        def download(should_stop: Callable[[], bool]) -> Opening:
            done = 0
            while not should_stop():
                done += 1_000_000
                yield Progress(
                    stage="Downloading stl10_binary.tar.gz", done=done, total=2_640_397_119, unit="bytes", rate=8e6
                )
                going.wait(0.005)
            raise Cancelled

        return download

    monkeypatch.setattr(data_opening, "download_job", job)
    page.open_stl10()
    press(qtbot, message_boxes(page)[0], "Download")
    (question,) = message_boxes(page)
    assert "2.6 GB are fetched from http://ai.stanford.edu" in question.informativeText()
    press(qtbot, question, "Download")
    assert wanted[0][1] is True
    opening = page._progress
    qtbot.waitUntil(lambda: "8.0 MB/s" in opening._stage.text() and "left" in opening._stage.text())
    assert opening.pause.isVisible()
    qtbot.mouseClick(opening.pause, Qt.MouseButton.LeftButton)
    assert opening.pause.text() == "Go on"
    qtbot.wait(50)
    held = opening._stage.text()
    qtbot.wait(100)
    assert opening._stage.text() == held
    qtbot.mouseClick(opening.pause, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: opening._stage.text() != held)
    cancel = next(each for each in opening.findChildren(QPushButton) if each.text() == "Cancel")
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.opening.busy)


def test_that_a_download_that_was_begun_is_offered_to_go_on(page: DataPage, qtbot: QtBot) -> None:
    from stl_tl_gui.engine.data.stl10_download import archive_file, arrived_of_stl10

    archive_file().parent.mkdir(parents=True)
    archive_file().write_bytes(bytes(300_000_000))
    page.download_stl10()
    (question,) = message_boxes(page)
    assert "0.3 of 2.6 GB are here already" in question.informativeText()
    press(qtbot, question, "Throw away")
    assert arrived_of_stl10() == 0


def test_that_small_data_shows_no_pause(page: DataPage, opens: dict[str, Any], qtbot: QtBot) -> None:
    opens["sample"] = at_once(hand_made())
    with qtbot.waitSignal(page.dataset_opened):
        page.opening.open("sample")
        assert not page._progress.pause.isVisible()

"""The data page: choose a source of pictures, watch it being read, and see what is in it."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from stl_tl_gui.gui import theme
from stl_tl_gui.gui.capture.collect_buttons import CollectButtons
from stl_tl_gui.gui.choice_button import ChoiceButton
from stl_tl_gui.gui.choosing import choose_folder
from stl_tl_gui.gui.data.data_summary import DataSummary
from stl_tl_gui.gui.data.stl10_dialogs import ask_for_stl10, ask_to_import
from stl_tl_gui.gui.dialogs import sentence_of, show_error
from stl_tl_gui.gui.icons import icon
from stl_tl_gui.gui.remembered import forget_data, recent_data, remember_data
from stl_tl_gui.gui.worker import Job, Worker

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.dataset import Dataset
    from stl_tl_gui.engine.events import Progress

SAMPLE = "sample"


class DataPage(QWidget):
    """Opens data in the background. One opening at a time: a new one takes the place of the one under way."""

    dataset_opened = Signal(object)
    """The Dataset."""
    train_requested = Signal()
    settings_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.dataset: Dataset | None = None
        self._worker: Worker | None = None
        self._location = ""
        self._choices = {
            "sample": ChoiceButton(
                "sample",
                self.tr("Built-in sample (drawn)"),
                self.tr("Ten classes of drawn objects, to try everything out at once. Nothing to download."),
            ),
            "stl10": ChoiceButton(
                "archive",
                self.tr("STL-10…"),
                self.tr("The archive “stl10_binary.tar.gz”, or the folder that it was unpacked to."),
            ),
            "folder": ChoiceButton(
                "pictures",
                self.tr("My pictures…"),
                self.tr("A folder with one subfolder per class. You can also drop the folder on this window."),
            ),
        }
        self.collect = CollectButtons()
        self._recent = QPushButton(self.tr("Opened before"))
        self._opening = _Opening(self.stop)
        self._problem = _Problem()
        self._summary = DataSummary()
        self._states = QStackedWidget()
        self._lay_out()
        self._connect()

    def open(self, location: str) -> None:
        """Open "sample", an STL-10 folder or a folder of class folders; `dataset_opened` follows if it can be used."""
        name = self.tr("Opening the sample") if location == SAMPLE else Path(location).name or location
        self._start(open_job(location), location, name)

    def import_archive(self, archive: Path) -> None:
        """Ask whether to import the STL-10 archive; then it is unpacked and opened."""
        from stl_tl_gui.engine.data.stl10_archive import default_folder

        folder = default_folder()
        ask_to_import(
            self,
            archive,
            folder,
            lambda unlabeled: self._start(import_job(archive, folder, unlabeled), str(folder), archive.name),
        )

    def _start(self, job: Job, location: str, name: str) -> None:
        """Run a job that returns a Dataset, in place of the one under way."""
        if self._worker is not None:
            self._worker.stop()
        self._location = location
        self._opening.begin(name)
        self._problem.hide()
        self._states.setCurrentWidget(self._opening)
        self._worker = Worker(job, self)
        self._worker.happened.connect(self._progress)
        self._worker.result.connect(self._opened)
        self._worker.failed.connect(self._failed)
        self._worker.finished.connect(self._finished)
        self._worker.start()

    def open_last(self) -> None:
        """Open what was open last time; on a first start, or when that is gone, the sample."""
        location = next(iter(recent_data()), SAMPLE)
        self.open(location if location == SAMPLE or Path(location).exists() else SAMPLE)

    def stop(self) -> None:
        """Give up the opening under way and go back to the data that was open."""
        if self._worker is not None:
            self._worker.stop()

    def open_sample(self) -> None:
        """Open the sample, unless it is open or being opened."""
        if (self._location if self._worker is not None else self._at_hand()) != SAMPLE:
            self.open(SAMPLE)

    def _at_hand(self) -> str:
        """Where the data is that is open."""
        return self.dataset.location if self.dataset is not None else ""

    def choose(self) -> bool:
        """Ask for a folder of class folders and open it. Returns whether one was chosen."""
        folder = choose_folder(self, "data", self.tr("Choose a folder of class folders"))
        if folder is not None:
            self.open(str(folder))
        return folder is not None

    def open_stl10(self) -> None:
        """Open STL-10 where it was imported, or ask where it is."""
        from stl_tl_gui.engine.data.stl10 import find_binary_folder
        from stl_tl_gui.engine.data.stl10_archive import default_folder

        if find_binary_folder(default_folder()) is not None and self._at_hand() != str(default_folder()):
            self.open(str(default_folder()))
        else:
            ask_for_stl10(self, lambda folder: self.open(str(folder)), self.import_archive)

    def _progress(self, event: "Progress") -> None:
        if self.sender() is self._worker:
            self._opening.show_progress(event)

    def _opened(self, dataset: "Dataset") -> None:
        if self.sender() is not self._worker:
            return
        self.dataset = dataset
        remember_data(dataset.location)
        self._summary.set_dataset(dataset)
        self.collect.set_dataset(dataset)
        self.dataset_opened.emit(dataset)

    def _failed(self, error: Exception) -> None:
        if self.sender() is not self._worker:
            return
        if self._location != self._at_hand():
            forget_data(self._location)
        sentence = sentence_of(error)
        if sentence is None:
            show_error(self, error)
        self._problem.show_problem(
            sentence or self.tr("Something went wrong while this data was opened."), self.dataset
        )

    def _finished(self) -> None:
        if self.sender() is not self._worker:
            return
        self._worker = None
        self._states.setCurrentWidget(self._summary)
        for kind, choice in self._choices.items():
            choice.set_chosen(self.dataset is not None and self.dataset.kind == kind)
        self._fill_recent()

    def _fill_recent(self) -> None:
        menu = self._recent.menu()
        menu.clear()
        for location in recent_data():
            text = self.tr("Built-in sample (drawn)") if location == SAMPLE else location.replace("&", "&&")
            menu.addAction(text).triggered.connect(lambda _=False, location=location: self.open(location))
        self._recent.setEnabled(not menu.isEmpty())

    def _connect(self) -> None:
        self._summary.train_requested.connect(self.train_requested)
        self._summary.settings_requested.connect(self.settings_requested)
        self.collect.collected.connect(self.open)
        self._choices["sample"].clicked.connect(lambda: self.open(SAMPLE))
        self._choices["stl10"].clicked.connect(self.open_stl10)
        self._choices["folder"].clicked.connect(self.choose)
        self._fill_recent()

    def _lay_out(self) -> None:
        self._recent.setMenu(QMenu(self._recent))
        self._recent.setToolTip(self.tr("Open data that was opened before"))
        top = QHBoxLayout()
        top.addWidget(theme.title(self.tr("Data")))
        top.addStretch()
        top.addWidget(self.collect)
        top.addWidget(self._recent)
        choices = QHBoxLayout()
        choices.setSpacing(theme.LARGE)
        for choice in self._choices.values():
            choices.addWidget(choice, 1)
        for state in (self._summary, self._opening):
            self._states.addWidget(state)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.LARGE, theme.LARGE, theme.LARGE, theme.MEDIUM)
        layout.setSpacing(theme.LARGE)
        layout.addLayout(top)
        layout.addLayout(choices)
        layout.addWidget(self._problem)
        layout.addWidget(self._states, 1)


def open_job(location: str) -> Job:
    def job(should_stop: Callable[[], bool]) -> "Generator[Progress, None, Dataset]":
        from stl_tl_gui.engine.data import open_dataset

        return (yield from open_dataset(location, should_stop=should_stop))

    return job


def import_job(archive: Path, folder: Path, unlabeled: bool) -> Job:
    def job(should_stop: Callable[[], bool]) -> "Generator[Progress, None, Dataset]":
        from stl_tl_gui.engine.data import open_dataset
        from stl_tl_gui.engine.data.stl10_archive import import_archive

        yield from import_archive(archive, folder, should_stop, unlabeled=unlabeled)
        return (yield from open_dataset(str(folder), should_stop=should_stop))

    return job


class _Opening(QWidget):
    """What is shown while data is read."""

    def __init__(self, cancel: Callable[[], None]) -> None:
        super().__init__()
        self._stage = QLabel()
        self._bar = QProgressBar()
        self._bar.setAccessibleName(self.tr("Progress of opening the data"))
        button = QPushButton(icon("close"), self.tr("Cancel"))
        button.clicked.connect(cancel)
        row = QHBoxLayout()
        row.addWidget(self._bar, 1)
        row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stage)
        layout.addLayout(row)
        layout.addStretch()

    def begin(self, text: str) -> None:
        self._stage.setText(text + "…")
        self._bar.setRange(0, 0)

    def show_progress(self, event: "Progress") -> None:
        of = f" – {event.done:,} of {event.total:,} {event.unit}" if event.total else ""
        self._stage.setText(event.stage + of)
        self._bar.setRange(0, event.total)
        self._bar.setValue(event.done)


class _Problem(QFrame):
    """Why data could not be opened, in a sentence, where the user is looking."""

    def __init__(self) -> None:
        super().__init__()
        theme.card(self)
        self._picture = QLabel()
        self._sentence = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._sentence.setObjectName("problem")
        self._more = theme.muted("")
        texts = QVBoxLayout()
        texts.setSpacing(theme.TINY)
        texts.addWidget(self._sentence)
        texts.addWidget(self._more)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.LARGE, theme.MEDIUM, theme.LARGE, theme.MEDIUM)
        row.setSpacing(theme.LARGE)
        row.addWidget(self._picture)
        row.addLayout(texts, 1)
        self.hide()

    def show_problem(self, sentence: str, still_open: "Dataset | None") -> None:
        self._picture.setPixmap(icon("warning", "bad").pixmap(28, 28))
        self._sentence.setText(sentence)
        if still_open is None:
            self._more.setText(self.tr("Choose other data above, or start with the built-in sample."))
        else:
            self._more.setText(self.tr("“{name}” is still open.").format(name=still_open.name))
        self.show()

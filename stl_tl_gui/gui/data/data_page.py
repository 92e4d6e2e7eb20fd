"""The data page: choose a source of pictures, watch it being read, and see what is in it."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from stl_tl_gui.gui.background.worker import Job, Worker
from stl_tl_gui.gui.capture.collect_buttons import CollectButtons
from stl_tl_gui.gui.data.data_jobs import correct_job, download_job, import_job, open_job, unpack_job
from stl_tl_gui.gui.data.data_summary import DataSummary
from stl_tl_gui.gui.data.opening_view import OpeningView, ProblemCard
from stl_tl_gui.gui.data.stl10_dialogs import ask_for_stl10, ask_to_download, ask_to_import
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.choice_button import ChoiceButton
from stl_tl_gui.gui.widgets.choosing import choose_file, choose_folder
from stl_tl_gui.gui.widgets.dialogs import sentence_of, show_error
from stl_tl_gui.gui.widgets.remembered import forget_data, recent_data, remember_data

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.corrections import Correction, Corrections
    from stl_tl_gui.engine.data.dataset import Dataset
    from stl_tl_gui.engine.data.splits import Splitting
    from stl_tl_gui.engine.events import Progress

SAMPLE = "sample"


class DataPage(QWidget):
    """Opens data in the background. One opening at a time: a new one takes the place of the one under way."""

    dataset_opened = Signal(object)
    """The Dataset."""
    train_requested = Signal()
    settings_requested = Signal()
    settings_wanted = Signal(dict)
    """Settings of the next run that mend a problem of the data."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.dataset: Dataset | None = None
        self._worker: Worker | None = None
        self._given_up = threading.Event()
        self._location = ""
        self.splitting: Callable[[], Splitting | None] = lambda: None
        """How pictures are divided where the data does not say; None: as usual."""
        self._choices = {
            "sample": ChoiceButton(
                "sample",
                "Built-in sample (drawn)",
                "Ten classes of drawn objects, to try everything out at once. Nothing to download.",
            ),
            "stl10": ChoiceButton(
                "archive",
                "STL-10…",
                "Download it, or open the archive “stl10_binary.tar.gz” or its folder.",
            ),
            "folder": ChoiceButton(
                "pictures",
                "My pictures…",
                "A folder with one subfolder per class. You can also drop it here, or a table (.csv), or a zip.",
            ),
        }
        self.collect = CollectButtons()
        self._recent = QPushButton("Opened before")
        self._opening = OpeningView(self.stop, self.toggle_pause)
        self._problem = ProblemCard()
        self.summary = DataSummary()
        self._states = QStackedWidget()
        self._lay_out()
        self._connect()

    def open(self, location: str) -> None:
        """Open "sample", an STL-10 folder or a folder of class folders; `dataset_opened` follows if it can be used."""
        name = "Opening the sample" if location == SAMPLE else Path(location).name or location
        self._start(open_job(location, self.splitting()), location, name)

    def open_again(self) -> None:
        """Open the data again that is open, as the settings divide it now."""
        if self.dataset is not None:
            self.open(self.dataset.location)

    def correct(self, title: str, corrections: "Sequence[Correction]", location: str = "") -> None:
        """Keep corrections of the data that is open, or of other data, as one step, and open it with them."""
        self._change_corrections(lambda known: known.with_step(title, corrections), location)

    def undo_corrections(self, places: list[int]) -> None:
        """Take steps back, by their places, and open the data again."""
        if self.dataset is not None:
            steps = [self.dataset.corrections.steps[place] for place in places]
            self._change_corrections(lambda known: known.without(steps), undoes=True)

    def _undo_last_correction(self) -> None:
        """Of the data that could not be opened, perhaps because of it."""
        self._change_corrections(lambda known: known.without(known.steps[-1:]), self._location, undoes=True)

    def _change_corrections(
        self, change: "Callable[[Corrections], Corrections]", location: str = "", *, undoes: bool = False
    ) -> None:
        location = location or self._at_hand()
        if location:
            given_up = threading.Event()
            job = correct_job(location, change, self.splitting(), given_up.is_set, undoes=undoes)
            self._start(job, location, "Correcting the data", given_up=given_up)

    def import_archive(self, archive: Path) -> None:
        """Ask whether to import the STL-10 archive; then it is unpacked and opened."""
        from stl_tl_gui.engine.data.stl10_archive import default_folder

        folder = default_folder()
        ask_to_import(
            self,
            archive,
            folder,
            lambda unlabeled: self._start(
                import_job(archive, folder, unlabeled, self.splitting()), str(folder), archive.name
            ),
        )

    def import_pictures(self, archive: Path) -> None:
        """Unpack an archive of class folders among the app's own data, and open it."""
        self._start(unpack_job(archive, self.splitting()), str(archive), archive.name)

    def download_stl10(self) -> None:
        """Ask whether to download STL-10; then it is fetched, unpacked and opened. What has arrived is gone on from."""
        from stl_tl_gui.engine.data.stl10_archive import default_folder

        folder = default_folder()
        name = "Downloading STL-10"
        ask_to_download(
            self,
            folder,
            lambda unlabeled: self._start(
                download_job(folder, unlabeled, self.splitting()), str(folder), name, can_pause=True
            ),
        )

    def _start(
        self,
        job: Job,
        location: str,
        name: str,
        *,
        can_pause: bool = False,
        given_up: threading.Event | None = None,
    ) -> None:
        """Run a job that returns a Dataset, in place of the one under way. `given_up` is set by the user's Cancel."""
        if self._worker is not None:
            self._worker.stop()
        self._given_up = given_up or threading.Event()
        self._location = location
        self._opening.begin(name, can_pause=can_pause)
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
            self._given_up.set()
            self._worker.stop()

    def toggle_pause(self) -> bool:
        """Hold what is under way, or go on with it; returns whether it is held."""
        if self._worker is None:
            return False
        (self._worker.unpause if self._worker.paused else self._worker.pause)()
        return self._worker.paused

    def open_sample(self) -> None:
        """Open the sample, unless it is open or being opened."""
        if (self._location if self._worker is not None else self._at_hand()) != SAMPLE:
            self.open(SAMPLE)

    def _at_hand(self) -> str:
        """Where the data is that is open."""
        return self.dataset.location if self.dataset is not None else ""

    def choose_file(self) -> bool:
        """Ask for a table or an archive of pictures, and open it. Returns whether one was chosen."""
        kinds = "Tables and archives (*.csv *.tsv *.zip *.tar *.tar.gz *.tgz *.tar.bz2 *.tar.xz)"
        path = choose_file(self, "data", "Choose a table or an archive of pictures", kinds)
        if path is not None and path.suffix.lower() in (".csv", ".tsv"):
            self.open(str(path))
        elif path is not None:
            self.import_pictures(path)
        return path is not None

    def choose(self) -> bool:
        """Ask for a folder of class folders and open it. Returns whether one was chosen."""
        folder = choose_folder(self, "data", "Choose a folder of class folders")
        if folder is not None:
            self.open(str(folder))
        return folder is not None

    def open_stl10(self) -> None:
        """Open STL-10 where it was imported, or ask where it is."""
        from stl_tl_gui.engine.data.picture_files import find_binary_folder
        from stl_tl_gui.engine.data.stl10_archive import default_folder

        if find_binary_folder(default_folder()) is not None and self._at_hand() != str(default_folder()):
            self.open(str(default_folder()))
        else:
            ask_for_stl10(self, lambda folder: self.open(str(folder)), self.import_archive, self.download_stl10)

    def _progress(self, event: "Progress") -> None:
        if self.sender() is self._worker:
            self._opening.show_progress(event)

    def _opened(self, dataset: "Dataset") -> None:
        if self.sender() is not self._worker:
            return
        self.dataset = dataset
        remember_data(dataset.location)
        self.summary.set_dataset(dataset)
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
        corrections = getattr(error, "corrections", None)  # of a DataError
        self._problem.show_problem(
            sentence or "Something went wrong while this data was opened.",
            self.dataset,
            last_correction=corrections.steps[-1].title if corrections else "",
        )

    def _finished(self) -> None:
        if self.sender() is not self._worker:
            return
        self._worker = None
        self._states.setCurrentWidget(self.summary)
        for kind, choice in self._choices.items():
            choice.set_chosen(self.dataset is not None and self.dataset.kind == kind)
        self._fill_recent()

    def _fill_recent(self) -> None:
        menu = self._recent.menu()
        menu.clear()
        for location in recent_data():
            text = "Built-in sample (drawn)" if location == SAMPLE else location.replace("&", "&&")
            menu.addAction(text).triggered.connect(lambda _=False, location=location: self.open(location))
        self._recent.setEnabled(not menu.isEmpty())

    def _connect(self) -> None:
        self.summary.train_requested.connect(self.train_requested)
        self.summary.settings_requested.connect(self.settings_requested)
        self.collect.collected.connect(self.open)
        self._problem.undo.clicked.connect(self._undo_last_correction)
        self.summary.correct_requested.connect(self.correct)
        self.summary.undo_requested.connect(self.undo_corrections)
        self.summary.settings_wanted.connect(self.settings_wanted)
        self._choices["sample"].clicked.connect(lambda: self.open(SAMPLE))
        self._choices["stl10"].clicked.connect(self.open_stl10)
        self._choices["folder"].clicked.connect(self.choose)
        self._fill_recent()

    def _lay_out(self) -> None:
        self._recent.setMenu(QMenu(self._recent))
        self._recent.setToolTip("Open data that was opened before")
        top = QHBoxLayout()
        top.addWidget(theme.title("Data"))
        top.addStretch()
        top.addWidget(self.collect)
        top.addWidget(self._recent)
        choices = QHBoxLayout()
        choices.setSpacing(theme.LARGE)
        for choice in self._choices.values():
            choices.addWidget(choice, 1)
        for state in (self.summary, self._opening):
            self._states.addWidget(state)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.LARGE, theme.LARGE, theme.LARGE, theme.MEDIUM)
        layout.setSpacing(theme.LARGE)
        layout.addLayout(top)
        layout.addLayout(choices)
        layout.addWidget(self._problem)
        layout.addWidget(self._states, 1)

"""DataOpening: opens, corrects, imports and downloads data in the background."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.gui.data.data_jobs import correct_job, download_job, import_job, open_job, unpack_job
from stl_tl_gui.gui.widgets.remembered import forget_data, recent_data, remember_data

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.corrections import Correction, Corrections
    from stl_tl_gui.engine.data.dataset import Dataset
    from stl_tl_gui.engine.data.splits import Splitting

SAMPLE = "sample"


class DataOpening(QObject):
    """One job at a time, each of which ends with a Dataset: a new one replaces the one under way."""

    started = Signal(str, bool)
    """What is being done, and whether it can be paused."""
    progressed = Signal(object)
    opened = Signal(object)
    """The Dataset, which is `dataset` now."""
    failed = Signal(Exception)
    ended = Signal()
    """After `opened`, `failed`, or neither when canceled."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.dataset: Dataset | None = None
        self.splitting: Callable[[], Splitting | None] = lambda: None
        """How to split data that has no splits of its own; None: the defaults."""
        self.split_by: Splitting | None = None
        """How the data was split that was opened last; None: by the defaults."""
        self.again = False
        """Whether, at `started`, the open data is opened again."""
        self._location = ""
        self._given_up = threading.Event()
        self._job = LatestJob(self)
        self._job.happened.connect(self.progressed)
        self._job.result.connect(self._opened)
        self._job.failed.connect(self._failed)
        self._job.ended.connect(self.ended)

    @property
    def busy(self) -> bool:
        return self._job.busy

    @property
    def location(self) -> str:
        """Where the open data is; empty if none is open."""
        return self.dataset.location if self.dataset is not None else ""

    def open(self, location: str) -> None:
        """Open "sample", an STL-10 folder, a folder of class folders, or a table."""
        name = "Opening the sample" if location == SAMPLE else Path(location).name or location
        self._start(open_job(location, self._split()), location, name)

    def open_again(self) -> None:
        """Open the same data again, split by the current settings."""
        if self.dataset is not None:
            self.again = True
            self.open(self.dataset.location)
            self.again = False

    def open_last(self) -> None:
        """Open the data of last time; the sample on a first start, or if that data is gone."""
        location = next(iter(recent_data()), SAMPLE)
        self.open(location if location == SAMPLE or Path(location).exists() else SAMPLE)

    def open_sample(self) -> None:
        """Open the sample, unless it is open or being opened."""
        if (self._location if self.busy else self.location) != SAMPLE:
            self.open(SAMPLE)

    def correct(self, title: str, corrections: "Sequence[Correction]", location: str = "") -> None:
        """Save corrections of the open data, or of other data, as one step, and open it with them."""
        self._change_corrections(lambda known: known.with_step(title, corrections), location or self.location)

    def undo_corrections(self, rows: list[int]) -> None:
        """Undo correction steps, numbered from 0 at the oldest, and open the data again."""
        if self.dataset is not None:
            steps = [self.dataset.corrections.steps[row] for row in rows]
            self._change_corrections(lambda known: known.without(steps), self.location, undoes=True)

    def undo_last_correction(self) -> None:
        """Undo the last correction of the data that could not be opened: it may be the reason."""
        self._change_corrections(lambda known: known.without(known.steps[-1:]), self._location, undoes=True)

    def import_stl10(self, archive: Path, folder: Path, unlabeled: bool) -> None:
        """Unpack STL-10's archive and open it."""
        self._start(import_job(archive, folder, unlabeled, self._split()), str(folder), archive.name)

    def download_stl10(self, folder: Path, unlabeled: bool) -> None:
        """Download STL-10, unpack and open it. Continues an earlier download."""
        job = download_job(folder, unlabeled, self._split())
        self._start(job, str(folder), "Downloading STL-10", can_pause=True)

    def import_pictures(self, archive: Path) -> None:
        """Unpack an archive of class folders into the app's own data, and open it."""
        self._start(unpack_job(archive, self._split()), str(archive), archive.name)

    def cancel(self) -> None:
        """Cancel the job under way; the data that was open stays open."""
        self._given_up.set()
        self._job.stop()

    def toggle_pause(self) -> bool:
        """Pause the job under way, or continue it; returns whether it is paused."""
        return self._job.toggle_pause()

    def _split(self) -> "Splitting | None":
        self.split_by = self.splitting()
        return self.split_by

    def _change_corrections(
        self, change: "Callable[[Corrections], Corrections]", location: str, *, undoes: bool = False
    ) -> None:
        if location:
            given_up = threading.Event()
            job = correct_job(location, change, self._split(), given_up.is_set, undoes=undoes)
            self._start(job, location, "Applying corrections", given_up=given_up)

    def _start(
        self, job: Job, location: str, name: str, *, can_pause: bool = False, given_up: threading.Event | None = None
    ) -> None:
        """Run a job that returns a Dataset. `given_up` is set when the user cancels."""
        self._given_up = given_up or threading.Event()
        self._location = location
        self.started.emit(name, can_pause)
        self._job.start(job)

    def _opened(self, dataset: "Dataset") -> None:
        self.dataset = dataset
        remember_data(dataset.location)
        self.opened.emit(dataset)

    def _failed(self, error: Exception) -> None:
        if self._location != self.location:
            forget_data(self._location)
        self.failed.emit(error)

"""Intake: reads pictures that are taken, pasted, or dropped, and saves them, in the background and in order."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QImage

from stl_tl_gui.engine.data.additions import ClassFolders, burst_name, stamp
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.gui.background.jobs import Jobs
from stl_tl_gui.gui.capture.taken import (
    Refused,
    Taken,
    add_job,
    files_job,
    folders_job,
    nothing,
    photo_job,
    picture_job,
    trash_job,
)
from stl_tl_gui.gui.widgets.drop_target import paths_of
from stl_tl_gui.gui.widgets.pasted import image_in


class Intake(QObject):
    """Names pictures by when it was made, by their burst and by their place in it."""

    arrived = Signal(object)
    """A Taken."""
    refused = Signal(list)
    """Why some files cannot be added (list[str]); when all is done."""
    progressed = Signal(object)
    failed = Signal(Exception)
    idle = Signal()

    def __init__(self, ratio: float, parent: QObject) -> None:
        """`ratio`: the screen's pixels per logical pixel."""
        super().__init__(parent)
        self._ratio, self._began = ratio, stamp()
        self._burst = self._number = 0
        self._reasons: list[str] = []
        self._jobs = Jobs(self)
        self._jobs.happened.connect(self._happened)
        self._jobs.failed.connect(self.failed)
        self._jobs.idle.connect(self._ended)

    @property
    def busy(self) -> bool:
        return self._jobs.busy

    def begin_burst(self) -> None:
        """The pictures that come now belong together."""
        self._burst += 1
        self._number = 0

    def take_photo(self, image: QImage) -> None:
        """One more picture of the burst."""
        self._jobs.do(photo_job(image, self._name("camera", ".jpg"), self._ratio))

    def take_from(self, mime: QMimeData) -> bool:
        """Read the files, folders or picture in there. Returns whether there are any."""
        paths, image = paths_of(mime), image_in(mime)
        if paths:
            self.read(paths)
        elif image is not None:
            self.begin_burst()
            self._jobs.do(picture_job(image, self._name("pasted", ".png"), self._ratio))
        return bool(paths) or image is not None

    def read(self, paths: Sequence[Path]) -> None:
        """Read files, and the pictures in folders."""
        self._jobs.do(files_job(paths, self._ratio))

    def find_classes(self, folder: Path, then: Callable[[ClassFolders], object]) -> None:
        """Look which class folders there are in an image folder."""
        self._jobs.do(folders_job(folder), then)

    def after_all(self, then: Callable[[], object]) -> None:
        """Do something when all that was taken so far has arrived."""
        self._jobs.do(nothing, lambda _: then())

    def write(self, taken: Sequence[Taken], folder: Path, then: Callable[[list[Path]], object]) -> None:
        """Put pictures into a class folder."""
        self._jobs.do(add_job(taken, folder), then)

    def trash(self, paths: Sequence[Path], made: Path | None, then: Callable[[], object]) -> None:
        """Move files to the system's trash, with the folder that was made for them."""
        self._jobs.do(trash_job(paths, made), lambda _: then())

    def stop(self) -> None:
        """Cancel all jobs; no half-written files are left."""
        self._jobs.stop()

    def _name(self, origin: str, suffix: str) -> str:
        self._number += 1
        return burst_name(origin, self._began, self._burst, self._number, suffix)

    def _happened(self, event: Any) -> None:
        match event:
            case Progress():
                self.progressed.emit(event)
            case Taken():
                self.arrived.emit(event)
            case Refused():
                self._reasons.append(event.reason)

    def _ended(self) -> None:
        reasons, self._reasons = self._reasons, []
        if reasons:
            self.refused.emit(reasons)
        self.idle.emit()

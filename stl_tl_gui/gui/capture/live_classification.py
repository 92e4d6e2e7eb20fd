"""LiveClassification: classifies the newest frame, again and again; frames in between are skipped."""

import threading
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from stl_tl_gui.engine.events import Progress
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.gui.widgets.pasted import to_pil

if TYPE_CHECKING:
    from stl_tl_gui.engine.evaluation.inference import Classified, Classifier

_PATIENCE = 0.05
"""Seconds between two questions whether to stop, while there is no frame."""


class Newest:
    """A place for one frame: a newer one replaces it, so that classification keeps up."""

    def __init__(self) -> None:
        self._arrived = threading.Condition()
        self._frame: QImage | None = None

    def put(self, frame: QImage) -> None:
        with self._arrived:
            self._frame = frame
            self._arrived.notify()

    def take(self, patience: float) -> QImage | None:
        """The newest frame not yet taken; None if there is none within so many seconds."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._frame is not None, patience)
            frame, self._frame = self._frame, None
            return frame


class LiveClassification(QObject):
    """One model at a time, in one thread for as long as it is on."""

    classified = Signal(object)
    """The Classified of the newest frame."""
    failed = Signal(Exception)
    """It is off now."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._newest = Newest()
        self._job = LatestJob(self)
        self._job.happened.connect(self.classified)
        self._job.failed.connect(self.failed)

    @property
    def on(self) -> bool:
        return self._job.busy

    def start(self, model: "Classifier") -> None:
        """Classify with this model from now on, in place of the one before."""
        self._newest = Newest()
        self._job.start(classify_job(model, self._newest))

    def stop(self) -> None:
        """Stop; the thread ends with the current frame."""
        self._job.drop()

    def show(self, frame: QImage) -> None:
        """A new frame. Never waits."""
        self._newest.put(frame)


def classify_job(model: "Classifier", newest: Newest) -> Job:
    """Yields a Classified per frame until it is to stop."""

    def job(should_stop: Callable[[], bool]) -> Generator["Classified", None, None]:
        while not should_stop():
            frame = newest.take(_PATIENCE)
            if frame is None:
                continue
            for event in model.classify([to_pil(frame)], should_stop):
                if not isinstance(event, Progress):
                    yield event

    return job

"""Classification: opens models and classifies pictures in the background, in the order asked for."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from stl_tl_gui.engine.events import Progress
from stl_tl_gui.gui.background.engine_import import import_engine
from stl_tl_gui.gui.background.jobs import Jobs
from stl_tl_gui.gui.background.timers import make_timer
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.gui.widgets.pasted import Pasted, Source

if TYPE_CHECKING:
    from stl_tl_gui.engine.evaluation.inference import Classified, Classifier

_REDRAW = 100
"""Milliseconds between batches of results: they come faster than a table should be changed."""

Opener = Callable[..., "Classifier"]
"""`open_classifier` of the engine, or a stand-in."""


class Classification(QObject):
    """One model at a time. Pictures wait while there is none yet, or while another is being opened."""

    opened = Signal(object, object)
    """The Classifier in use from now on, and the Path it came from."""
    not_opened = Signal(object, object)
    """The Path and the error. The previous model stays in use."""
    arrived = Signal(list)
    """Some results (list[Classified]), in order."""
    progressed = Signal(object)
    failed = Signal(Exception)
    idle = Signal()
    """No job is running any more."""

    def __init__(self, parent: QObject, opener: Opener | None = None) -> None:
        super().__init__(parent)
        self.model: Classifier | None = None
        self._opener = opener
        self._openings: list[tuple[Path, tuple[str, ...] | None, str | None]] = []
        """The models that are being opened, or are to be."""
        self._todo: list[Source] = []
        self._results: list[Classified] = []
        self._jobs = Jobs(self)
        self._timer = make_timer(self, _REDRAW, self.flush)
        self._jobs.happened.connect(self._happened)
        self._jobs.failed.connect(self.failed)
        self._jobs.idle.connect(self._ended)

    @property
    def waiting(self) -> int:
        """Files, folders and pictures that wait for a model."""
        return len(self._todo)

    @property
    def opening(self) -> bool:
        """Whether a model is being opened."""
        return bool(self._openings)

    @property
    def busy(self) -> bool:
        return self._jobs.busy

    def open(self, path: Path, class_names: tuple[str, ...] | None, backbone: str | None) -> None:
        """Use the model of a run folder or checkpoint file, after the job that is running."""
        self._openings.append((path, class_names, backbone))
        job = _open_job(path, class_names, backbone, self._opener)
        self._jobs.do(job, partial(self._opened, path), partial(self._not_opened, path))

    def classify(self, sources: Sequence[Source]) -> None:
        """Classify these after the job that is running."""
        self._todo += sources
        self._start()

    def again(self, sources: Sequence[Source]) -> None:
        """Classify these before everything that waits; for a slot of `opened`."""
        self._todo[:0] = sources

    def cancel(self) -> None:
        """Stop classifying, and forget what waits. The model that was chosen last is still opened."""
        self._todo.clear()
        self._jobs.stop()
        wanted, self._openings = self._openings[-1:], []
        for each in wanted:
            self.open(*each)

    def shut_down(self) -> None:
        """Stop and wait until no thread is left."""
        self._jobs.shut_down()

    def flush(self) -> None:
        """Emit the results that have come since the last time."""
        results, self._results = self._results, []
        if results:
            self.arrived.emit(results)

    def _start(self) -> None:
        if self.model is not None and not self._openings and self._todo:
            self._timer.start()
            self._jobs.do(_classify_job(self.model, self._todo))
            self._todo = []

    def _opened(self, path: Path, model: "Classifier") -> None:
        self._forget(path)
        self.flush()
        self.model = model
        self.opened.emit(model, path)
        self._start()

    def _not_opened(self, path: Path, error: Exception) -> None:
        self._forget(path)
        self.not_opened.emit(path, error)
        self._start()

    def _forget(self, path: Path) -> None:
        """A model that is not being opened any more."""
        place = next((place for place, (other, *_) in enumerate(self._openings) if other == path), None)
        if place is not None:
            del self._openings[place]

    def _happened(self, event: "Progress | Classified") -> None:
        if isinstance(event, Progress):
            self.progressed.emit(event)
        else:
            self._results.append(event)

    def _ended(self) -> None:
        self._timer.stop()
        self.flush()
        self.idle.emit()


def _open_job(path: Path, class_names: tuple[str, ...] | None, backbone: str | None, opener: Opener | None) -> Job:
    """Returns the Classifier. torch is first imported here."""

    def job(should_stop: Callable[[], bool]) -> Generator[Progress, None, "Classifier"]:
        yield Progress(stage=f"Opening “{path.name}”", done=0, total=0)
        if opener is not None:
            return opener(path, class_names=class_names, backbone=backbone)
        import_engine()
        from stl_tl_gui.engine.evaluation.inference import open_classifier

        return open_classifier(path, class_names=class_names, backbone=backbone)

    return job


def _classify_job(model: "Classifier", sources: Sequence[Source]) -> Job:
    """Yields a Classified for each picture, pasted ones under their own names."""

    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, None]:
        yield Progress(stage="Classifying", done=0, total=0)
        names = iter([source.name for source in sources if isinstance(source, Pasted)])
        pictures = [source.image if isinstance(source, Pasted) else source for source in sources]
        event: Any
        for event in model.classify(pictures, should_stop):
            nameless = not isinstance(event, Progress) and event.path is None
            yield replace(event, name=next(names)) if nameless else event

    return job

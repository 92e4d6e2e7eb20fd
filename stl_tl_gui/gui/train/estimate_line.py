"""EstimateLine: time and memory of a run with the current settings, measured in the background."""

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QWidget

from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.gui.background.engine_import import import_engine
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.background.timers import make_timer
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.gui.widgets.dialogs import sentence_of
from stl_tl_gui.words.quantities import rough_duration

if TYPE_CHECKING:
    from stl_tl_gui.engine.training.estimate import Estimate

_WAIT = 800
"""Milliseconds without a change before measuring starts."""
_ALL_THE_SAME = {
    "learning_rate", "weight_decay", "schedule", "seed", "weights", "class_weighting", "label_smoothing",
    "early_stopping", "stage_rate", "blend",
}  # fmt: skip
"""Settings that affect neither time nor memory."""


class EstimateLine(QLabel):
    """One or two lines of text. Measures only while visible and while nothing trains."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "muted")
        self.setWordWrap(True)
        self.setAccessibleName("Estimated time and memory")
        self.setMinimumHeight(self.fontMetrics().lineSpacing())  # the page must not jump
        self.setToolTip(
            "Measured with a few steps on random pictures. Features cached by earlier runs make a run faster, early "
            "stopping makes it shorter."
        )
        self._settings: TrainSettings | None = None
        self._key = ""
        self._resting = False
        self._known: dict[str, str] = {}
        """Measured so far, in words, by the settings that matter."""
        self._timer = make_timer(self, _WAIT, self._measure, once=True)
        self._job = LatestJob(self)
        self._job.result.connect(self._show_result)
        self._job.failed.connect(self._show_failure)

    @property
    def measuring(self) -> bool:
        return self._timer.isActive() or self._job.busy

    def show_for(self, settings: TrainSettings | None, fingerprint: str = "") -> None:
        """Estimate a run with these settings on such data, a moment later; None where no run is possible."""
        key = "" if settings is None else fingerprint + settings.model_dump_json(exclude=_ALL_THE_SAME)
        if key != self._key:
            self._key, self._settings = key, settings
            self._restart()

    def rest(self, resting: bool) -> None:
        """Pause measuring, or continue: a run in training would slow down and falsify the result."""
        if resting != self._resting:
            self._resting = resting
            self._restart()

    def showEvent(self, event: QShowEvent) -> None:  # Qt's name
        super().showEvent(event)
        self._restart()

    def hideEvent(self, event: QHideEvent) -> None:  # Qt's name
        super().hideEvent(event)
        self._restart()

    def _restart(self) -> None:
        """Drop the current measurement, and show what is known."""
        self._job.drop()
        self._timer.stop()
        if self._settings is None or self._resting:
            self.clear()
        elif self._key in self._known:
            self.setText(self._known[self._key])
        elif self.isVisible():
            self.setText("Estimating time and memory…")
            self._timer.start()

    def _measure(self) -> None:
        assert self._settings is not None
        self._job.start(_estimate_job(self._settings))

    def _show_result(self, found: "Estimate") -> None:
        self._learn(in_words(found))

    def _show_failure(self, error: Exception) -> None:
        reason = sentence_of(error) or "Measuring failed."
        self._learn(f"No time estimate. {reason}", keep=False)

    def _learn(self, text: str, *, keep: bool = True) -> None:
        self.setText(text)
        if keep:
            self._known[self._key] = text


def in_words(found: "Estimate") -> str:
    """“About 42 s per epoch, 7 min in all, 1.1 GB of memory (measured on this CPU)”, and a warning if that is tight."""
    if found.first_result is not None:
        first, all_of_it = rough_duration(found.first_result), rough_duration(found.total)
        said = f"First model after about {first}; at most about {all_of_it} in all (measured on this {found.device})"
        return f"{said}. {_tight(found)}" if found.is_tight else said
    parts = []
    if found.preparing > max(1.0, 0.5 * found.phases[-1].per_epoch):
        parts.append(f"{rough_duration(found.preparing)} to prepare")
    epoch = "{time} per epoch" if len(found.phases) == 1 else "{time} per epoch of all layers"
    parts.append(epoch.format(time=rough_duration(found.phases[-1].per_epoch)))
    parts.append(f"{rough_duration(found.total)} in all")
    if found.memory is not None and not found.is_tight:
        memory = "{n:.1f} GB of GPU memory" if found.on_gpu else "{n:.1f} GB of memory"
        parts.append(memory.format(n=found.memory / 1e9))
    text = "About {parts} (measured on this {device})"
    said = text.format(parts=", ".join(parts), device=found.device)
    return f"{said}. {_tight(found)}" if found.is_tight else said


def _tight(found: "Estimate") -> str:
    """“Needs about 3.1 GB; 2.4 GB are free. Batches will be computed in parts.”"""
    assert found.free is not None
    what = "GB of GPU memory" if found.on_gpu else "GB"
    does = "Batches will be computed in parts."
    if found.parts == 1:
        does = "Close other programs, or choose a smaller input size."
    return f"Needs about {found.needed / 1e9:.1f} {what}; {found.free / 1e9:.1f} GB are free. {does}"


def _estimate_job(settings: TrainSettings) -> Job:
    def job(should_stop: Callable[[], bool]) -> "Generator[Any, None, Estimate]":
        import_engine()
        from stl_tl_gui.engine.training.estimate import estimate

        return (yield from estimate(settings, should_stop))

    return job

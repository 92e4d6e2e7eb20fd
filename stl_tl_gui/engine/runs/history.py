"""What a run's log says, read in one place for all: runs page, comparison, earlier runs, curves, report."""

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate

from stl_tl_gui.engine.events import BatchEnd, EpochEnd, EvaluationEnd, Event, Notice, PhaseStart, RunEnd, RunStart


def _numbers() -> "array[float]":
    return array("d")


@dataclass
class History:
    """What counts of a run so far. Accuracies are in [0, 1], losses in nats and perhaps not finite.

    Epochs and batches that a resumed run went through again count once, as they were in the end.
    """

    start: RunStart | None = None
    """The last one: a run that was resumed has several."""
    end: RunEnd | None = None
    """How the run ended; None while it is training."""
    epochs: list[EpochEnd] = field(default_factory=list)
    phases: list[PhaseStart] = field(default_factory=list)
    evaluations: dict[str, EvaluationEnd] = field(default_factory=dict)
    """The last one of each split of the run's own data, with the model that is kept."""
    notices: list[str] = field(default_factory=list)
    trained_for: float = 0.0
    """Seconds of training up to the last end."""
    steps: "array[float]" = field(default_factory=_numbers)
    """The optimizer steps whose events were read, and below their losses and learning rates."""
    losses: "array[float]" = field(default_factory=_numbers)
    rates: "array[float]" = field(default_factory=_numbers)
    clock: "array[float]" = field(default_factory=_numbers)
    """When each of them ended, in seconds since the run began; pauses between resumed parts do not count."""
    epoch_clock: "array[float]" = field(default_factory=_numbers)
    """When each finished epoch ended."""
    phase_clock: "array[float]" = field(default_factory=_numbers)
    """When each phase began."""
    _began: float | None = None
    _now: float = 0.0

    def take(self, event: Event) -> None:
        """Add an event; they come oldest first."""
        self._follow_clock(event)
        match event:
            case BatchEnd():
                self.clock.append(self._now)
                self.steps.append(event.step)
                self.losses.append(event.loss)
                self.rates.append(event.learning_rate)
            case EpochEnd():
                self.epoch_clock.append(self._now)
                self.epochs.append(event)
                if event.best:
                    self.evaluations.clear()  # they were of another model
            case RunStart():
                self._resume(event)
            case PhaseStart():
                self.phase_clock.append(self._now)
                self.phases.append(event)
            case EvaluationEnd(data=""):
                self.evaluations[event.split] = event
            case Notice():
                self.notices.append(event.message)
            case RunEnd():
                self.end, self.trained_for = event, event.seconds

    def _follow_clock(self, event: Event) -> None:
        """Events from a log are stamped with the time; a run's clock stands still until it is resumed."""
        stamp = getattr(event, "time", 0.0)  # those of a queue, which come along in the window, have none
        if not stamp:
            return
        if self._began is None or isinstance(event, RunStart):
            self._began = stamp - self._now
        self._now = max(self._now, stamp - self._began)

    def _resume(self, start: RunStart) -> None:
        """Forget what came after the checkpoint that the run resumes from: it is repeated."""
        self.start, self.end = start, None
        self.epochs = [epoch for epoch in self.epochs if epoch.epoch <= start.epochs_done]
        del self.epoch_clock[len(self.epochs) :]
        done = start.epochs_done + start.batches_done / max(1, start.batches_per_epoch)
        self.phases = [phase for phase in self.phases if phase.epoch - 1 < done]
        del self.phase_clock[len(self.phases) :]
        kept = bisect_right(self.steps, start.epochs_done * start.batches_per_epoch + start.batches_done)
        for column in (self.steps, self.losses, self.rates, self.clock):
            del column[kept:]

    @property
    def last_time(self) -> float:
        """When the last event was logged, in seconds since 1970; 0 before the first."""
        return self._began + self._now if self._began is not None else 0.0

    @property
    def epoch(self) -> EpochEnd | None:
        """The last finished one."""
        return self.epochs[-1] if self.epochs else None

    @property
    def kept(self) -> EpochEnd | None:
        """The epoch whose model is kept; in logs that do not say, the first of the best."""
        finite = [epoch for epoch in self.epochs if math.isfinite(epoch.val_accuracy)]
        best = max(finite, key=lambda epoch: epoch.val_accuracy, default=None)
        return next((epoch for epoch in reversed(self.epochs) if epoch.best), best)

    @property
    def best_val_accuracy(self) -> float | None:
        """That of the model that is kept, which may be an average of several."""
        if self.end is not None and self.end.best_val_accuracy is not None:
            return self.end.best_val_accuracy
        return self.kept.val_accuracy if self.kept is not None else None

    @property
    def averaged_accuracy(self) -> float | None:
        """The validation accuracy of the averaged weights (WiSE-FT), if they were kept."""
        if self.start is None or self.end is None or not self.start.settings.get("blend"):
            return None
        averaged = self.end.best_val_accuracy
        return averaged if self.kept is not None and averaged != self.kept.val_accuracy else None

    @property
    def test_accuracy(self) -> float | None:
        return self.evaluations["test"].accuracy if "test" in self.evaluations else None

    def numbers(self) -> list[int]:
        """The finished epochs, 1-based."""
        return [epoch.epoch for epoch in self.epochs]

    def seconds(self) -> list[float]:
        """Training time from the start of the run to the end of each epoch."""
        return list(accumulate(epoch.seconds for epoch in self.epochs))

    def curve(self, name: str) -> list[float]:
        """A figure after each epoch, by its field of EpochEnd."""
        return [getattr(epoch, name) for epoch in self.epochs]


def history(events: Iterable[Event]) -> History:
    """What counts of a run's events."""
    found = History()
    for event in events:
        found.take(event)
    return found

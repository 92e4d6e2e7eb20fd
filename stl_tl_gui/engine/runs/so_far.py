"""A run in progress: the window feeds it events as they come."""

import math
from dataclasses import dataclass, field

from stl_tl_gui.engine.events import BatchEnd, EpochEnd, Event, PhaseStart, Progress, RunEnd, RunStart
from stl_tl_gui.engine.runs.history import History
from stl_tl_gui.engine.settings.phases import frozen_in_phases


class Smoothed:
    """An exponential moving average without the bias toward zero at the start (as in Adam, Kingma and Ba 2015)."""

    def __init__(self, over: float) -> None:
        self._keep = 1 - 1 / over
        self._sum = self._weight = 0.0

    def add(self, value: float) -> float:
        """Add a value, unless it is not finite, and return the average."""
        if math.isfinite(value):
            self._sum = self._keep * self._sum + (1 - self._keep) * value
            self._weight = self._keep * self._weight + (1 - self._keep)
        return self.value

    @property
    def value(self) -> float:
        return self._sum / self._weight if self._weight else math.nan


def smoothed_over(batches_per_epoch: int) -> float:
    """How many batches to average the training loss over: short and long epochs both give a readable curve."""
    return min(max(batches_per_epoch / 2, 5.0), 50.0)


class Pace:
    """How long a run still takes: measured time per batch, and the rest of an epoch, such as validation.

    Not known while the head warms up: that is much faster than training all layers.
    """

    def __init__(self, start: RunStart) -> None:
        self._pictures = float(start.settings.get("batch_size", 1))
        self._batches, self._epochs = start.batches_per_epoch, start.epochs
        warms_up = len(frozen_in_phases(start.settings.get("freeze", "none"))) > 1
        self._warm_up = int(start.settings.get("head_epochs", 0)) if warms_up else 0
        self._per_batch, self._besides = Smoothed(20), Smoothed(2)

    def take(self, event: BatchEnd | EpochEnd) -> None:
        """Measure with an event."""
        if event.epoch <= self._warm_up:
            return
        if isinstance(event, BatchEnd):
            if event.images_per_second > 0:
                self._per_batch.add(self._pictures / event.images_per_second)
        elif math.isfinite(self._per_batch.value):
            self._besides.add(max(0.0, event.seconds - self._batches * self._per_batch.value))

    def seconds_left(self, steps_done: int) -> float | None:
        """Seconds until the last epoch ends, or None before anything was measured."""
        per_batch = self._per_batch.value
        if not math.isfinite(per_batch):
            return None
        if not self._epochs:  # decided on the way
            return None
        batches = max(0, self._epochs * self._batches - steps_done)
        besides = self._besides.value if math.isfinite(self._besides.value) else 0.0
        return batches * per_batch + math.ceil(batches / max(1, self._batches)) * besides


@dataclass
class RunSoFar(History):
    """A run in progress: its history so far, and what happens now."""

    batch: BatchEnd | None = None
    stage: Progress | None = None
    """What is being prepared or predicted, outside the training itself."""
    pace: Pace | None = None
    loss: Smoothed = field(default_factory=lambda: Smoothed(5))

    def take(self, event: Event) -> None:
        super().take(event)
        match event:
            case BatchEnd():
                self.batch, self.stage = event, None
                self.loss.add(event.loss)
                if self.pace is not None:
                    self.pace.take(event)
            case EpochEnd() if self.pace is not None:
                self.pace.take(event)
            case RunStart():
                self.batch, self.stage, self.pace = None, None, Pace(event)
                self.loss = self._new_loss()
            case PhaseStart():
                self.loss = self._new_loss()
            case Progress():
                self.stage = event
            case RunEnd():
                self.stage = None

    def _new_loss(self) -> Smoothed:
        return Smoothed(smoothed_over(self.start.batches_per_epoch if self.start else 10))

    @property
    def is_automatic(self) -> bool:
        """Whether the run decides on the way how many epochs it has."""
        return self.start is not None and not self.start.epochs

    @property
    def phase(self) -> PhaseStart | None:
        """The current one, or the last."""
        return self.phases[-1] if self.phases else None

    @property
    def is_training(self) -> bool:
        """Whether batches are being trained: not before the first, nor after the last epoch."""
        if self.start is None or self.batch is None or self.end is not None:
            return False
        if self.is_automatic:
            return self.stage is None
        return self.epoch is None or self.epoch.epoch < self.start.epochs

    @property
    def epoch_now(self) -> int:
        """The current epoch, 1-based; 0 before the first."""
        if self.batch is not None:
            return self.batch.epoch
        return self.start.epochs_done + bool(self.start.batches_done) if self.start else 0

    @property
    def progress(self) -> tuple[int, int]:
        """Batches done, and batches in all."""
        start = self.start
        if start is None:
            return 0, 1
        if self.is_automatic:
            return self._progress_of_phase()
        steps = max(1, start.epochs * start.batches_per_epoch)
        if self.end is not None and self.end.reason == "completed":
            return steps, steps
        before = start.epochs_done * start.batches_per_epoch + start.batches_done
        return (self.batch.step if self.batch else before), steps

    def _progress_of_phase(self) -> tuple[int, int]:
        """Batches done, and batches in all, of the current phase."""
        if self.end is not None:
            return 1, 1
        if self.phase is None or self.batch is None or not self.phase.epochs:
            return 0, 1
        before = (self.batch.epoch - self.phase.epoch) * self.batch.batches
        return max(0, before + self.batch.batch), self.phase.epochs * self.batch.batches

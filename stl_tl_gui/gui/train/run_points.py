"""RunPoints: the curves of a run as points, gathered from its events."""

import math

import numpy as np

from stl_tl_gui.engine.events import BatchEnd, EpochEnd, Event, PhaseStart, RunEnd, RunStart
from stl_tl_gui.engine.runs.so_far import Smoothed, smoothed_over
from stl_tl_gui.gui.train.points import Points
from stl_tl_gui.gui.widgets.table_text import Row

NAMES = ("batch_loss", "loss", "val_loss", "train_accuracy", "val_accuracy", "learning_rate")
"""The loss of each batch and its moving average, the figures of each epoch (accuracies in percent), and the rate."""


class RunPoints:
    """Storing an event is cheap: there are thousands."""

    def __init__(self) -> None:
        self.over: int | None = None
        """Batches that the training loss is averaged over; None: as many as suit the run."""
        self.clear()

    def clear(self) -> None:
        """Forget all points."""
        self._points = {name: Points() for name in NAMES}
        self.phases: list[tuple[float, str]] = []
        """Where the training changed, and how, in words."""
        self.last: EpochEnd | None = None
        self.epochs = 0
        """How long the run is to be; 0 when it is over."""
        self._batches = 1
        self._smoothed = Smoothed(5)

    def of(self, name: str) -> Points:
        """One of NAMES."""
        return self._points[name]

    @property
    def smoothed_over(self) -> int:
        """Batches that the training loss is averaged over."""
        return self.over if self.over is not None else round(smoothed_over(self._batches))

    def smooth_over(self, batches: int | None) -> None:
        """Average the training loss over so many batches from its beginning on; 1 is not at all, None automatic."""
        self.over = batches
        raw, smooth = self._points["batch_loss"], Points()
        restarts = [x for x, _ in self.phases]
        self._smoothed = Smoothed(self.smoothed_over)
        for x, y in zip(raw.x.tolist(), raw.y.tolist(), strict=True):
            if restarts and x > restarts[0]:
                restarts.pop(0)
                self._smoothed = Smoothed(self.smoothed_over)
            smooth.add(x, self._smoothed.add(y))
        self._points["loss"] = smooth

    def take(self, event: Event) -> bool:
        """Store what the event tells. Returns whether there is anything new to draw."""
        match event:
            case BatchEnd():
                self._add_batch(event)
            case EpochEnd():
                self._add_epoch(event)
            case RunStart():
                self._start(event)
            case PhaseStart(phase="all") if event.epoch > 1:
                self.phases.append((event.epoch - 1.0, "all layers learn"))
                self._smoothed = Smoothed(self.smoothed_over)
            case RunEnd():
                self.epochs = 0
            case _:
                return False
        return True

    def best(self) -> tuple[float, float] | None:
        """The epoch with the best validation accuracy, and that accuracy in percent."""
        accuracies = self._points["val_accuracy"]
        if not len(accuracies):
            return None
        index = int(np.argmax(accuracies.y))
        return float(accuracies.x[index]), float(accuracies.y[index])

    def summary(self) -> str:
        """What the curves show, in words."""
        if self.last is None:
            return "No epoch is finished yet."
        last = self.last
        text = f"Validation accuracy {100 * last.val_accuracy:.1f} % at epoch {last.epoch}, "
        text += f"training loss {last.train_loss:.3g}."
        best = self.best()
        if best is not None:
            words = "Best validation accuracy {best:.1f} % at epoch {epoch:.0f}."
            text += " " + words.format(best=best[1], epoch=best[0])
        return text

    def table(self) -> list[Row]:
        """All points for other programs: a header, then a row for each place on the time axis. Accuracies in [0, 1]."""
        rows: dict[float, dict[str, float]] = {}
        for name in NAMES:
            points = self._points[name]
            scale = 0.01 if name.endswith("accuracy") else 1
            for x, y in zip(points.x.tolist(), points.y.tolist(), strict=True):
                rows.setdefault(round(x, 6), {})[name] = scale * y
        return [["epoch", *NAMES], *([x, *(rows[x].get(name) for name in NAMES)] for x in sorted(rows))]

    def _start(self, event: RunStart) -> None:
        done = event.epochs_done + event.batches_done / max(1, event.batches_per_epoch)
        if done == 0:
            self.clear()
        for points in self._points.values():
            points.forget_after(done)
        self.phases = [phase for phase in self.phases if phase[0] <= done]
        self._batches, self.epochs = max(1, event.batches_per_epoch), event.epochs
        self.smooth_over(self.over)

    def _add_batch(self, event: BatchEnd) -> None:
        x = event.step / self._batches
        if math.isfinite(event.loss):
            self._points["batch_loss"].add(x, event.loss)
            self._points["loss"].add(x, self._smoothed.add(event.loss))
        self._points["learning_rate"].add(x, event.learning_rate)

    def _add_epoch(self, event: EpochEnd) -> None:
        x = float(event.epoch)
        self._points["val_loss"].add(x, event.val_loss)
        self._points["train_accuracy"].add(x, 100 * event.train_accuracy)
        self._points["val_accuracy"].add(x, 100 * event.val_accuracy)
        self.last = event

"""RunPoints: the curves of a run as points, gathered from its events."""

import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stl_tl_gui.engine.events import BatchEnd, Event, PhaseStart, RunStart
from stl_tl_gui.engine.runs.history import History
from stl_tl_gui.engine.runs.so_far import Smoothed, smoothed_over
from stl_tl_gui.gui.widgets.table_text import Row
from stl_tl_gui.words.quantities import percent

NAMES = ("batch_loss", "loss", "val_loss", "train_accuracy", "val_accuracy", "learning_rate")
"""The loss of each batch and its moving average, the figures of each epoch (accuracies in percent), and the rate."""

_PHASES_NAMED = 6
"""For so many names of phases there is room above the curves."""
_IN_MINUTES = 180.0
"""A longer run's time is shown in minutes."""

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Points:
    """A curve over the epochs, only where both numbers are finite."""

    x: Numbers
    y: Numbers

    def __len__(self) -> int:
        return len(self.x)


def finite(x: Iterable[float], y: Iterable[float]) -> Points:
    """The points whose two numbers are finite."""
    xs, ys = np.array(x, np.float64), np.array(y, np.float64)
    there = np.isfinite(xs) & np.isfinite(ys)
    return Points(xs[there], ys[there])


class RunPoints(History):
    """A run's history as curves. Taking an event is cheap: there are thousands."""

    def __init__(self, over: int | None = None) -> None:
        """`over`: how many batches the training loss is averaged over; None: as many as suit the run."""
        super().__init__()
        self.over = over
        self._smoothed = Smoothed(self.smoothed_over)
        self._means = array("d")
        """The averaged losses, one for each step."""
        self.over_time = False
        """Whether the horizontal axis is the time since the run began, not the epochs."""

    @property
    def planned_epochs(self) -> int:
        """How long the run will be; 0 when it has ended."""
        return self.start.epochs if self.start is not None and self.end is None else 0

    @property
    def batches_per_epoch(self) -> int:
        return max(1, self.start.batches_per_epoch) if self.start else 1

    @property
    def smoothed_over(self) -> int:
        """Batches that the training loss is averaged over."""
        return self.over if self.over is not None else round(smoothed_over(self.batches_per_epoch))

    def smooth_over(self, batches: int | None) -> None:
        """Average the training loss over so many batches from its start; 1 turns it off, None is automatic."""
        self.over = batches
        restarts = [(phase.epoch - 1) * self.batches_per_epoch for phase in self.phases if phase.epoch > 1]
        self._smoothed, self._means = Smoothed(self.smoothed_over), array("d")
        for step, loss in zip(self.steps, self.losses, strict=True):
            if restarts and step > restarts[0]:
                restarts.pop(0)
                self._smoothed = Smoothed(self.smoothed_over)
            self._means.append(self._smoothed.add(loss))

    def take(self, event: Event) -> None:
        super().take(event)
        match event:
            case BatchEnd():
                self._means.append(self._smoothed.add(event.loss))
            case RunStart():
                self.smooth_over(self.over)
            case PhaseStart():
                self._smoothed = Smoothed(self.smoothed_over)

    def of(self, name: str) -> Points:
        """One of NAMES."""
        if name == "learning_rate":
            return finite(self._places_of_steps(), self.rates)
        if name in ("batch_loss", "loss"):
            steps = np.where(np.isfinite(self.losses), self._places_of_steps(), np.nan)
            return finite(steps, self.losses if name == "batch_loss" else self._means)
        scale = 100 if name.endswith("accuracy") else 1
        return finite(self._places_of_epochs(), scale * np.array(self.curve(name)))

    @property
    def class_names(self) -> list[str]:
        """The classes whose accuracies are known."""
        known = self.start is not None and any(epoch.class_accuracies for epoch in self.epochs)
        return list(self.start.class_names) if self.start is not None and known else []

    def of_class(self, name: str) -> Points:
        """The validation accuracy of a class after each epoch, in percent."""
        names = self.class_names
        if name not in names:
            return finite((), ())
        place = names.index(name)
        found = (epoch.class_accuracies[place] if epoch.class_accuracies else None for epoch in self.epochs)
        values = [math.nan if share is None else 100 * share for share in found]
        return finite(self._places_of_epochs(), values)

    @property
    def seconds_per_unit(self) -> float:
        """Of the time axis: it counts seconds, and minutes once there are three."""
        return 60.0 if self.epoch_clock and self.epoch_clock[-1] > _IN_MINUTES else 1.0

    @property
    def unit(self) -> str:
        """What the horizontal axis counts."""
        if not self.over_time:
            return "Epoch"
        return "Minutes" if self.seconds_per_unit > 1 else "Seconds"

    def _places_of_steps(self) -> Numbers:
        if self.over_time:
            return np.array(self.clock) / self.seconds_per_unit
        return np.array(self.steps) / self.batches_per_epoch

    def _places_of_epochs(self) -> Numbers:
        if self.over_time:
            return np.array(self.epoch_clock) / self.seconds_per_unit
        return np.array(self.numbers(), np.float64)

    def changes(self) -> list[tuple[float, str]]:
        """Where a new phase began during the run, and what it is; no text where it would cover the one before."""
        found: list[tuple[float, str]] = []
        room = max(self._places_of_epochs(), default=0.0) / _PHASES_NAMED
        for phase, began in zip(self.phases, self.phase_clock, strict=True):
            if phase.epoch > 1 and (phase.phase == "all" or phase.input_size):
                said = {"head": f"{phase.input_size} px", "stages": "top stages", "all": "all layers learn"}
                place = began / self.seconds_per_unit if self.over_time else phase.epoch - 1.0
                named = max((other for other, text in found if text), default=-math.inf)
                found.append((place, said[phase.phase] if place >= named + room else ""))
        return found

    def best_point(self) -> tuple[float, float] | None:
        """The place and the validation accuracy, in percent, of the model that is kept."""
        if self.kept is None or self.best_val_accuracy is None:
            return None
        after = self.epochs[-1] if self.averaged_accuracy is not None else self.kept  # averaged in the end
        return float(self._places_of_epochs()[self.epochs.index(after)]), 100 * self.best_val_accuracy

    def in_words(self) -> str:
        """What the curves show."""
        if self.epoch is None:
            return "No epoch is finished yet."
        text = f"Validation accuracy {percent(self.epoch.val_accuracy)} at epoch {self.epoch.epoch}, "
        text += f"training loss {self.epoch.train_loss:.3g}."
        if self.kept is not None:
            text += f" Best validation accuracy {percent(self.best_val_accuracy)} at epoch {self.kept.epoch}."
        return text

    def table(self) -> list[Row]:
        """All points for other programs: a header, then a row for each place on the time axis. Accuracies in [0, 1]."""
        rows: dict[float, dict[str, float]] = {}
        for name in NAMES:
            points = self.of(name)
            scale = 0.01 if name.endswith("accuracy") else 1
            for place, value in zip(points.x.tolist(), points.y.tolist(), strict=True):
                rows.setdefault(round(place, 6), {})[name] = scale * value
        return [[self.unit.lower(), *NAMES], *([x, *(rows[x].get(name) for name in NAMES)] for x in sorted(rows))]

"""Figures of a benchmark: measurements by round, and ratios that hold on a busy computer too."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any, Literal

from stl_tl_gui.engine.benchmark.settings import BenchmarkSettings, TaskName

Side = Literal["app", "again", "steady", "automatic", "quick_look", "recommended", "best_accuracy", "plain", "bare"]
Unit = Literal["pictures/s", "ms", "s", "MB"]

SIDES: dict[Side, str] = {
    "app": "this app, from the call to the result, with empty caches",
    "again": "this app, a second run on the same pictures with another learning rate",
    "steady": "this app, from the end of the first full batch to the end of the last one",
    "automatic": "this app's default recipe with empty caches, from the call to the first kept model so accurate",
    "quick_look": "the same of the preset “Quick look”",
    "recommended": "the same of the preset “Recommended”",
    "best_accuracy": "the same of the preset “Best accuracy”",
    "plain": "the plain PyTorch loop that courses teach",
    "bare": "the model's arithmetic alone, in the app's precision, on one batch that is on the device",
}
"""What is compared, for display."""


@dataclass(frozen=True)
class Measured:
    """One measurement: figures in the task's unit, and notes on how they were measured."""

    figures: Mapping[Side, float | None]
    """None where a side did not reach what was asked for."""
    notes: tuple[str, ...] = ()


@dataclass
class TaskResult:
    """One kind of work with one backbone. Each list of `rounds` has one figure per round, in `unit`.

    It is None where the side did not reach what was asked for.
    """

    task: TaskName
    backbone: str
    """Empty for tasks without a backbone."""
    unit: Unit
    rounds: dict[Side, list[float | None]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, measured: list[Measured]) -> None:
        """Add a whole round."""
        for each in measured:
            for side, figure in each.figures.items():
                self.rounds.setdefault(side, []).append(figure)
            self.notes += [note for note in each.notes if note not in self.notes]

    def median(self, side: Side) -> float | None:
        """Median over the rounds; None where it was not measured, or not reached in half of the rounds or more."""
        if side not in self.rounds:
            return None
        found = median(math.inf if figure is None else figure for figure in self.rounds[side])
        return found if math.isfinite(found) else None

    @property
    def times_plain(self) -> float | None:
        """How many times as fast as the plain course loop the app is."""
        return self._ratio("app", "plain")

    @property
    def share_of_bare(self) -> float | None:
        """The app's speed as a share of the bare arithmetic's."""
        return self._ratio("steady", "bare")

    def _ratio(self, ours: Side, theirs: Side) -> float | None:
        first, second = self.median(ours), self.median(theirs)
        return _faster(self.unit, first, second)

    def _ratios(self, ours: Side, theirs: Side) -> list[float | None]:
        pairs = zip(self.rounds.get(ours, []), self.rounds.get(theirs, []), strict=False)
        return [_faster(self.unit, first, second) for first, second in pairs]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON: medians and their ratios, and the same for each round."""
        return {
            "task": self.task,
            "backbone": self.backbone or None,
            "unit": self.unit,
            **{side: self.median(side) for side in SIDES},
            "times_plain": self.times_plain,
            "share_of_bare": self.share_of_bare,
            "rounds": {
                **self.rounds,
                "times_plain": self._ratios("app", "plain"),
                "share_of_bare": self._ratios("steady", "bare"),
            },
            "notes": self.notes,
        }


def _faster(unit: Unit, ours: float | None, theirs: float | None) -> float | None:
    if ours is None or theirs is None:
        return None
    return ours / theirs if unit == "pictures/s" else theirs / ours


@dataclass
class Report:
    """The results of a benchmark."""

    settings: BenchmarkSettings
    facts: dict[str, Any]
    rows: list[TaskResult] = field(default_factory=list)
    stopped: bool = False
    """Whether it was stopped before everything was measured."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "device": self.facts,
            "settings": asdict(self.settings),
            "sides": SIDES,
            "stopped": self.stopped,
            "results": [row.to_dict() for row in self.rows],
        }

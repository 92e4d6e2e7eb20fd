"""The result of a run: its accuracy on pictures it did not learn from, and what to make of it."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import numpy as np

from stl_tl_gui.engine.evaluation.metrics import Confusion, confusion, wilson_interval
from stl_tl_gui.engine.events import EpochEnd
from stl_tl_gui.engine.runs.history import History
from stl_tl_gui.engine.runs.predictions import DamagedPredictions, read_predictions
from stl_tl_gui.engine.runs.run import Run

_LEARNED, _GAP = 0.9, 0.1
"""A model learns by heart where it knows this share of the training pictures, and so many fewer of the others."""
_RISE = 0.02
"""Validation accuracy gained in the last third of the epochs that more epochs would probably add to."""
_FEW = 50
"""With fewer pictures, one more or less changes the accuracy by over two points."""
_PAIR_SHARE, _PAIR_LEAST, _PAIR_TIMES = 0.3, 4, 2
"""Two classes are mixed up where they have this share of all mistakes, so many of them, and this many times as many as
if mistakes were spread evenly."""
_FOUND, _OTHERS = 0.5, 0.7
"""A class is missed where less than this is found of it, though the model is right this often."""


@dataclass(frozen=True)
class NoBetterThanGuessing:
    """Always answering with the most frequent class is about as good."""

    name: str
    share: float


@dataclass(frozen=True)
class ByHeart:
    """Right on training pictures, less so on others: overfitting. Accuracies in [0, 1]."""

    training: float
    validation: float


@dataclass(frozen=True)
class StillRising:
    """Validation accuracy was rising when the last epoch ended."""


@dataclass(frozen=True)
class MixedUp:
    """Two classes have a large share of the mistakes."""

    names: tuple[str, str]
    count: int
    mistakes: int


@dataclass(frozen=True)
class Missed:
    """A class whose pictures are rarely found."""

    name: str
    found: int
    count: int


@dataclass(frozen=True)
class FewPictures:
    """Too few pictures to be sure of the figure."""

    count: int


@dataclass(frozen=True)
class NoMistake:
    """All right."""

    count: int


@dataclass(frozen=True)
class NothingStandsOut:
    """Mistakes are spread over the classes."""


Verdict = NoBetterThanGuessing | ByHeart | StillRising | MixedUp | Missed | FewPictures | NoMistake | NothingStandsOut


@dataclass(frozen=True)
class Result:
    """The figures of the test pictures, or of the validation pictures where there are none."""

    split: Literal["test", "val"]
    figures: Confusion
    verdict: Verdict
    unreadable: int = 0
    """Pictures of the split that could not be read."""

    @property
    def guessing(self) -> tuple[str, float]:
        """The most frequent class of these pictures, and its share in [0, 1]: what guessing gives."""
        return _most_frequent(self.figures)


def result_of(run: Run) -> Result | None:
    """The result of a run, or None before its model was tested. Raises NotARun, OSError."""
    log = run.history()
    for split in ("test", "val"):
        with suppress(DamagedPredictions):
            figures = confusion(read_predictions(run.predictions(split)))
            if figures.count:
                end = log.evaluations.get(split)
                return Result(split, figures, verdict_of(log, figures), end.unreadable if end else 0)
    return None


def verdict_of(log: History, figures: Confusion) -> Verdict:
    """What counts most about a result, the worst news first."""
    return next(_worst_first(log, figures))


def _worst_first(log: History, figures: Confusion) -> Iterator[Verdict]:
    name, share = _most_frequent(figures)
    if figures.interval[0] <= share:
        yield NoBetterThanGuessing(name, share)
    kept = log.kept
    if kept is not None and _learned_by_heart(kept, log.start.counts.get("val", 0) if log.start else 0):
        yield ByHeart(kept.train_accuracy, kept.val_accuracy)
    if _still_rising(log):
        yield StillRising()
    yield from _weak_classes(figures)
    mistakes = figures.count - int(np.trace(figures.counts))
    if figures.count < _FEW:
        yield FewPictures(figures.count)
    yield NothingStandsOut() if mistakes else NoMistake(figures.count)


def _most_frequent(figures: Confusion) -> tuple[str, float]:
    largest = int(figures.support.argmax())
    return figures.class_names[largest], float(figures.support[largest]) / figures.count


def _learned_by_heart(kept: EpochEnd, pictures: int) -> bool:
    """Whether training pictures are known far better than the validation pictures, and not by chance."""
    could_be = wilson_interval(kept.val_accuracy, pictures)[1]
    gap = kept.train_accuracy - kept.val_accuracy
    return kept.train_accuracy >= _LEARNED and gap >= _GAP and kept.train_accuracy > could_be


def _still_rising(log: History) -> bool:
    """Whether a run of planned epochs ended while its validation accuracy rose."""
    n = len(log.epochs)
    if log.start is None or not log.start.epochs or n < 3 or log.end is None or log.end.reason != "completed":
        return False
    last, before = log.epochs[-1].val_accuracy, max(each.val_accuracy for each in log.epochs[: n - n // 3])
    return last - before >= _RISE


def _weak_classes(figures: Confusion) -> Iterator[Verdict]:
    wrong = figures.counts.copy()
    np.fill_diagonal(wrong, 0)
    mistakes = int(wrong.sum())
    pairs = np.triu(wrong + wrong.T)
    first, second = np.unravel_index(int(pairs.argmax()), pairs.shape)
    count, names = int(pairs[first, second]), figures.class_names
    even = 2 / (len(names) * (len(names) - 1)) if len(names) > 1 else 1.0
    if count >= _PAIR_LEAST and count > max(_PAIR_SHARE, _PAIR_TIMES * even) * mistakes:
        yield MixedUp((names[first], names[second]), count, mistakes)
    there = figures.support > 0
    found = np.where(there, figures.recall, 1.0)
    worst = int(found.argmin())
    if found[worst] < _FOUND and figures.accuracy >= _OTHERS:
        yield Missed(names[worst], int(figures.counts[worst, worst]), int(figures.support[worst]))

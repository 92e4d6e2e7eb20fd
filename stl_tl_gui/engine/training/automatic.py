"""Automatic: decides phase after phase what a run does next, by what the phases before it brought and cost.

First the head is fitted at growing input sizes, until a larger one no longer helps; then layers learn, the top ones
first, until that no longer helps. `following` is a pure function, so that a resumed run decides as it would have.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch

from stl_tl_gui.engine.settings.backbones import Backbone
from stl_tl_gui.engine.settings.phases import SIZES, Phase
from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.engine.settings.timm_models import backbone_row

_SOON = 4.0
"""Seconds in which there should be a first result."""
_FIRST_SHARE, _SHARE = 0.85, 0.85
"""Shares of the time left that the first phase, and each further one, may be expected to take."""
_LARGEST_STEP = 1.8
"""The next size is at most this many times as large: a size far beyond the best one only costs time."""
_TOP_SHARE = 0.9
"""The top stages that learn first have at least this share of the parameters."""
_EPOCHS = {"top": 7, "all": 6}
_MODELS = 4
"""So many times the top stages learn from the same start, in other batches, and are averaged (Wortsman et al. 2022,
"Model soups")."""
_LARGEST_TO_TUNE = 256
"""Above this many pixels, fine-tuning costs more than it gains."""
_FEWEST_EPOCHS = 3
_ALL_RATE = 0.3
"""All layers learn at this share of the rate at which the top ones did."""
_MOSTLY_RIGHT = 0.9
"""Where the first fine-tuned model has this validation accuracy, its lower layers see what matters: more models of the
top ones are averaged. Otherwise, time is better spent on all layers."""
_BACKWARD = 3.0
"""A training step takes this many times as long as predicting."""
_FEWEST_TO_JUDGE = 20
"""With fewer validation pictures nobody can tell whether fine-tuning gains."""


@dataclass(frozen=True)
class Outcome:
    """What a phase brought."""

    phase: Phase
    seconds: float
    """All of it, with reading pictures, validation and test."""
    kept: bool
    """Whether its model is the best so far."""
    accuracy: float = 0.0
    """On the validation pictures, in [0, 1]."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for a checkpoint."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Outcome":
        """What `to_dict` gave."""
        return cls(**{**values, "phase": Phase(**values["phase"])})


@dataclass(frozen=True)
class Work:
    """How much there is to do, and how fast this computer does it."""

    train: int
    val: int
    test: int
    """Pictures of each split; `test` is 0 where the validation pictures give the result."""
    seconds: tuple[float, ...]
    """To predict one picture of `input_size` pixels: of each stage from the picture up, and the head."""
    input_size: int
    reading: float
    """Seconds to read one picture."""

    def of_fit(self, size: int) -> float:
        """Seconds to fit and test the head at an input size."""
        return (self.train + self.val + self.test) * (self.reading + sum(self.seconds) * self._scale(size))

    def of_features(self, size: int, frozen: int, views: int) -> float:
        """Seconds to prepare a phase whose first `frozen` stages do not learn, and to test it in the end."""
        passes = views * self.train + self.val if frozen else 0
        below = sum(self.seconds[:frozen]) * passes + sum(self.seconds) * self.test
        return (self.train + self.val + self.test) * self.reading + below * self._scale(size)

    def of_epoch(self, size: int, frozen: int) -> float:
        """Seconds of an epoch above the first `frozen` stages."""
        above = sum(self.seconds[frozen:]) * self._scale(size)
        return above * (_BACKWARD * self.train + self.val)

    def _scale(self, size: int) -> float:
        return (size / self.input_size) ** 2


@dataclass(frozen=True)
class Ending:
    """Why there is no further phase."""

    reason: str


def following(settings: TrainSettings, work: Work, done: Sequence[Outcome], left: float) -> Phase | Ending:
    """The phase after those that are done, with `left` seconds to go (infinite without a time limit)."""
    first = done[-1].phase.end if done else 0
    size = _next_size(settings, work, done, left)
    if size is not None:
        return Phase("head", first, 1, fits=True, input_size=size)
    if not any(outcome.kept for outcome in done):
        return Ending("Nothing could be trained.")
    return _fine_tuning(settings, work, done, left, first)


def _next_size(settings: TrainSettings, work: Work, done: Sequence[Outcome], left: float) -> int | None:
    """The next input size at which to fit the head; None when it is time for the layers below."""
    fits = [outcome for outcome in done if outcome.phase.fits]
    if settings.input_size:
        return None if fits else settings.input_size
    if len(fits) < len(done):
        return None
    if not fits:
        soon = min(_FIRST_SHARE * left, _SOON)
        return max((size for size in SIZES if work.of_fit(size) <= soon), default=SIZES[0])
    best = max(fits, key=lambda fit: (fit.kept, fit.phase.first)).phase.input_size
    slower = fits[-1].seconds / max(work.of_fit(fits[-1].phase.input_size), 1e-9)
    affordable = [size for size in SIZES if slower * work.of_fit(size) <= _SHARE * left]
    return _beside(best, {fit.phase.input_size for fit in fits}, affordable)


def _beside(best: int, tried: set[int], affordable: Sequence[int]) -> int | None:
    """The size to try after these: up in large steps, then between the best and its neighbors that are not as good."""
    above, below = (
        min((size for size in tried if size > best), default=None),
        max((s for s in tried if s < best), default=0),
    )
    if above is None:
        return max((size for size in affordable if best < size <= _LARGEST_STEP * best), default=None)
    for low, high in ((best, above), (below, best)):
        between = [size for size in affordable if low < size < high]
        if between:
            return between[len(between) // 2]
    return None


def _fine_tuning(
    settings: TrainSettings, work: Work, done: Sequence[Outcome], left: float, first: int
) -> Phase | Ending:
    """The next phase in which layers below the head learn, or the fit of the head that it starts from."""
    if settings.protocol == "stl10":
        return Ending("Done. STL-10’s protocol has no validation pictures that could tell whether fine-tuning gains.")
    if work.val < _FEWEST_TO_JUDGE:
        return Ending(f"Done. With {work.val} validation pictures, nobody can tell whether fine-tuning gains.")
    freeze = _next_to_learn(settings, done)
    if freeze is None:
        return Ending("Done: training longer no longer gains.")
    best = next(outcome for outcome in reversed(done) if outcome.kept).phase.input_size
    size = settings.input_size or min(best, _LARGEST_TO_TUNE)
    rate, most = (_ALL_RATE, _EPOCHS["all"]) if freeze == "none" else (1.0, _EPOCHS["top"])
    phase = Phase(freeze, first, 0, rate, settings.stage_rate, input_size=size, keeps_averages=True)
    time = _SHARE * left / _slower(settings, work, done)
    lengths = (replace(phase, epochs=epochs) for epochs in range(most, _FEWEST_EPOCHS - 1, -1))
    longest = next((each for each in lengths if expected_seconds(settings, work, each, done) <= time), None)
    if longest is None:
        return Ending("Done: the time limit leaves no time for the next step.")
    if done[-1].phase.fits and done[-1].phase.input_size != size:
        return Phase("head", first, 1, fits=True, input_size=size)
    return longest


def _slower(settings: TrainSettings, work: Work, done: Sequence[Outcome]) -> float:
    """How many times as long as expected the last phase took, where that tells anything about the next one."""
    last, before = done[-1], done[:-1]
    if last.phase.fits:
        return 1.0
    return max(last.seconds / expected_seconds(settings, work, last.phase, before), 0.2)


def _next_to_learn(settings: TrainSettings, done: Sequence[Outcome]) -> str | None:
    """What to freeze next: the top stages learn a few times, then all do; None when that no longer gains."""
    top = top_stages(backbone_row(settings.backbone))
    tuned = [outcome for outcome in done if not outcome.phase.fits]
    of_all = [outcome for outcome in tuned if outcome.phase.freeze == "none"]
    if not tuned:
        return top
    if of_all:
        return "none" if of_all[-1].kept else None
    wrong = tuned[0].kept and tuned[0].accuracy < _MOSTLY_RIGHT
    if len(tuned) < (1 if wrong else _MODELS) and top != "none":
        return top
    kept = [outcome for outcome in tuned if outcome.kept]
    return "none" if kept and kept[-1].accuracy < _MOSTLY_RIGHT else None


Plan = list[tuple[Phase, float]]
"""Phases with their probable seconds."""


def planned(settings: TrainSettings, work: Work) -> list[Plan]:
    """What a run usually does: each phase gains, but a second one of all layers. The longest plan comes first.

    Whether the top stages learn several times, or all layers follow, depends on the accuracy: there is a plan for each.
    """
    plans = [_planned(settings, work, accuracy) for accuracy in (0.0, 1.0)]
    return sorted(plans, key=lambda plan: sum(seconds for _, seconds in plan), reverse=True)


def _planned(settings: TrainSettings, work: Work, accuracy: float) -> Plan:
    done: list[Outcome] = []
    left = settings.budget or math.inf
    while isinstance(phase := following(settings, work, done, left), Phase):
        again = any(outcome.phase.freeze == "none" for outcome in done)
        done.append(Outcome(phase, expected_seconds(settings, work, phase, done), not again, accuracy))
        left -= done[-1].seconds
    return [(outcome.phase, outcome.seconds) for outcome in done if outcome.kept]


def top_stages(row: Backbone) -> str:
    """What to freeze so that the fewest stages learn that have at least half of the parameters."""
    parameters = [stage.parameters for stage in row.stages]
    learning = 1
    while sum(parameters[-learning:]) < _TOP_SHARE * sum(parameters):
        learning += 1
    return row.stages[-learning - 1].name if learning < len(parameters) else "none"


def expected_seconds(settings: TrainSettings, work: Work, phase: Phase, done: Sequence[Outcome]) -> float:
    """How long a phase probably takes after those that are done, whose features are cached."""
    if phase.fits:
        return work.of_fit(phase.input_size)
    frozen = backbone_row(settings.backbone).frozen_stages(phase.freeze)
    cached = any((each.phase.freeze, each.phase.input_size) == (phase.freeze, phase.input_size) for each in done)
    features = work.of_features(phase.input_size, frozen, 0 if cached else min(settings.views, phase.epochs))
    return features + phase.epochs * work.of_epoch(phase.input_size, frozen)


def gain_in_errors(losses: torch.Tensor, before: torch.Tensor) -> float:
    """By how many standard errors the losses (n,) of pictures are lower than before, on average.

    The differences are paired: how hard a picture is does not count.
    """
    difference = (before - losses).double()
    mean = difference.mean().item()
    error = difference.std().item() / math.sqrt(len(difference)) if len(difference) > 1 else 0.0
    return mean / error if error else math.copysign(math.inf, mean) if mean else 0.0

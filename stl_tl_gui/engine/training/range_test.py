"""Range test: which learning rate the losses at increasing rates suggest. Knows numbers only."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RANGES = {"adamw": (1e-6, 1.0), "adam": (1e-6, 1.0), "sgd": (1e-5, 10.0)}
"""The smallest and the largest rate to try, by optimizer."""
_WIDTH = 4.0
"""Standard deviation of the smoothing, in steps: a quarter of a power of ten where it is a hundred steps for six."""
_DIVERGED = 4.0
"""A loss this many times the lowest has diverged, as in fastai."""
_FEWEST = 10
_LEAST_FALL = 0.1
"""A smaller relative fall of the loss says nothing, nor does one within the noise."""
_LUCK = 6.0
"""In about one of 500 tests, the lowest of a hundred steps lies this many standard errors below the first by luck."""

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RangeTest:
    """The tested learning rates, the smallest first, and the result."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    """Of the batch at each rate, before its step."""
    smoothed: tuple[float, ...]
    suggestion: float | None
    why: str
    """Why this suggestion, or why none, in words."""


def smoothed(losses: Sequence[float] | Numbers) -> Numbers:
    """Geometric means over neighboring steps, weighted by a Gaussian: single batches are noisy. The ends stay in place.

    (n,) to (n,). NaN counts as infinite, and a loss of zero as almost zero.
    """
    logs = np.log(np.clip(np.nan_to_num(np.asarray(losses, np.float64), nan=np.inf), 1e-9, 1e9))
    reach = math.ceil(3 * _WIDTH)
    weights = np.exp(-((np.arange(-reach, reach + 1) / _WIDTH) ** 2) / 2)
    inside = slice(reach, reach + len(logs))
    means: Numbers = np.convolve(logs, weights)[inside] / np.convolve(np.ones(len(logs)), weights)[inside]
    return np.exp(means)


def has_diverged(losses: Sequence[float]) -> bool:
    """Whether larger rates would show nothing more."""
    if not math.isfinite(losses[-1]):
        return True
    curve = smoothed(losses)
    return bool(curve[-1] > _DIVERGED * curve.min())


def judge(rates: Sequence[float], losses: Sequence[float]) -> RangeTest:
    """Suggest the rate at which the smoothed logarithm of the loss falls most steeply, before it is lowest.

    That is what Smith 2017, "Cyclical learning rates for training neural networks", section 3.3, reads off such a
    curve, and fastai's `steep`; of the logarithm, so that a fall from 0.4 to 0.2 counts as one from 4 to 2. There the
    steps help most, with a margin to where they do harm.
    """
    curve = smoothed(losses)
    suggestion, why = _suggestion(np.asarray(rates, np.float64), np.asarray(losses, np.float64), curve)
    return RangeTest(tuple(map(float, rates)), tuple(map(float, losses)), tuple(curve.tolist()), suggestion, why)


def _suggestion(rates: Numbers, losses: Numbers, curve: Numbers) -> tuple[float | None, str]:
    if len(rates) < _FEWEST:
        return None, "The loss diverged immediately: it falls at no learning rate."
    lowest = int(curve.argmin())
    start = float(np.exp(np.log(curve[: _FEWEST // 2]).mean()))
    fall = 1 - float(curve[lowest]) / start
    if fall < max(_LEAST_FALL, _LUCK * _noise(losses, curve)):
        return None, (
            f"The loss hardly falls at any learning rate (from {start:.2g} to {curve[lowest]:.2g} at best, which may "
            "be chance). Keep the recommended rate."
        )
    steepest = int(np.gradient(np.log(curve))[: lowest + 1].argmin())
    rate = float(f"{rates[steepest]:.1e}")
    beyond = "above that it rises" if lowest < len(rates) - 1 else "larger rates were not tested"
    return rate, f"The loss falls most steeply at {rate:.2g}. It is lowest at {rates[lowest]:.2g}; {beyond}."


def _noise(losses: Numbers, curve: Numbers) -> float:
    """Relative standard error of a point of the smoothed curve, estimated from its first half.

    Beyond the first half, the loss itself moves fast.
    """
    half = len(losses) // 2
    scatter = np.std(np.log(np.clip(losses[:half], 1e-9, 1e9) / curve[:half]))
    return float(scatter / math.sqrt(2 * math.sqrt(math.pi) * _WIDTH))

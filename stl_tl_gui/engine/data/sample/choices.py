"""Random choices of a drawing."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

Random = np.random.Generator
T = TypeVar("T")


def pick(rng: Random, choices: Sequence[T]) -> T:
    """One of the choices, each as likely."""
    return choices[int(rng.integers(len(choices)))]


def chance(rng: Random, probability: float) -> bool:
    """True that often."""
    return bool(rng.random() < probability)

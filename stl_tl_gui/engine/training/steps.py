"""Steps: what goes into an optimizer step, what comes out, and the sums over an epoch of them."""

import math
from dataclasses import dataclass
from itertools import pairwise

import torch

from stl_tl_gui.engine.machine.randomness import Randomness


def cut_evenly(n: int, most: int | None) -> list[slice]:
    """The rows of a batch of n in parts of at most `most`, which differ in size by at most one; None: all in one part.

    Unless `most` is 1, no part has a single picture, from which BatchNorm cannot learn.
    """
    parts = math.ceil(n / most) if most else 1
    if most != 1:
        parts = min(parts, max(1, n // 2))
    cuts = [n * number // parts for number in range(parts + 1)]
    return [slice(start, end) for start, end in pairwise(cuts)]


@dataclass(frozen=True)
class Batch:
    """Inputs of one step, on the device."""

    number: int
    """0-based, in the epoch."""
    gathered: torch.Tensor
    targets: torch.Tensor
    random: Randomness


@dataclass(frozen=True)
class StepResult:
    """One optimizer step. A GPU may still be computing its figures."""

    batch: int
    """1-based, in the epoch."""
    loss: torch.Tensor
    correct: torch.Tensor
    images: int
    learning_rate: float


@dataclass
class EpochSums:
    """Sums over the steps of the current epoch."""

    loss: float = 0.0
    correct: float = 0.0
    images: float = 0.0
    seconds: float = 0.0

    def add(self, step: StepResult) -> float:
        """Add a step; returns its loss. Waits until the device has computed it."""
        loss = step.loss.item()
        self.loss += loss * step.images
        self.correct += step.correct.item()
        self.images += step.images
        return loss

    @property
    def mean_loss(self) -> float:
        return self.loss / max(self.images, 1)

    @property
    def accuracy(self) -> float:
        return self.correct / max(self.images, 1)

    @property
    def images_per_second(self) -> float:
        return self.images / max(self.seconds, 1e-9)

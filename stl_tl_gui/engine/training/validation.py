"""Validation: what a model says of pictures it did not learn from, and the figures that follow."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch.nn.functional import cross_entropy

_FACTORS = torch.logspace(-0.8, 0.8, 65, dtype=torch.float64)
"""Few pictures that are all classified correctly ask for an infinite one."""


@dataclass(frozen=True)
class Validation:
    """Logits (n, c) and class indices (n,), on the CPU."""

    logits: torch.Tensor
    targets: torch.Tensor

    @cached_property
    def losses(self) -> torch.Tensor:
        """Cross-entropy of each picture (n,), in nats."""
        return cross_entropy(self.logits, self.targets, reduction="none")

    @property
    def loss(self) -> float:
        return float(self.losses.mean())

    @property
    def accuracy(self) -> float:
        return (self.logits.argmax(1) == self.targets).double().mean().item()

    def class_accuracies(self, n_classes: int) -> tuple[float | None, ...]:
        """Share of the pictures of each class that are right, to four digits; None for a class without pictures."""
        counts = torch.bincount(self.targets, minlength=n_classes)
        right = torch.bincount(self.targets[self.logits.argmax(1) == self.targets], minlength=n_classes)
        pairs = zip(right.tolist(), counts.tolist(), strict=True)
        return tuple(round(found / count, 4) if count else None for found, count in pairs)

    def calibration(self) -> float:
        """The factor on the logits that gives the lowest loss (temperature scaling, Guo et al. 2017): 1 / T."""
        logits = self.logits.double()
        losses = [cross_entropy(logits * factor, self.targets) for factor in _FACTORS]
        return float(_FACTORS[int(torch.stack(losses).argmin())])

    def scaled(self, factor: float) -> "Validation":
        """The same with logits multiplied by a factor."""
        return Validation(self.logits * factor, self.targets)

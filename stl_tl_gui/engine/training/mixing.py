"""Mixup: a batch blended with itself in another order, and a loss for both labels (Zhang et al. 2018)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from stl_tl_gui.engine.training.steps import Batch


@dataclass(frozen=True)
class Mixed:
    """Pictures or features (b, ...), each a blend of two; `share` of it is the first."""

    images: torch.Tensor
    first: torch.Tensor
    """Class indices (b,)."""
    second: torch.Tensor | None
    share: float

    @property
    def targets(self) -> torch.Tensor:
        """The class (b,) that each blend has most of."""
        return self.first if self.second is None or self.share >= 0.5 else self.second

    def loss(self, of: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
        """The loss `of` the targets, each counted by its share."""
        if self.second is None:
            return of(self.first)
        return self.share * of(self.first) + (1 - self.share) * of(self.second)


def mix(images: torch.Tensor, batch: Batch, alpha: float) -> Mixed:
    """Blend a batch by a share drawn from Beta(alpha, alpha); 0 leaves it as it is."""
    if not alpha:
        return Mixed(images, batch.targets, None, 1.0)
    share = float(np.random.default_rng(batch.random.seed).beta(alpha, alpha))
    order = batch.random.permutation(len(images)).to(images.device)
    return Mixed(torch.lerp(images[order], images, share), batch.targets, batch.targets[order], share)

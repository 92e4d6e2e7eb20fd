"""The gradient of a batch, added up from parts that fit into memory (gradient accumulation)."""

from collections.abc import Callable

import torch
from torch.nn.functional import cross_entropy

from stl_tl_gui.engine.training.mixing import Mixed
from stl_tl_gui.engine.training.optimizer import ScaledOptimizer
from stl_tl_gui.engine.training.steps import cut_evenly


def add_gradients(
    logits_of: Callable[[slice], torch.Tensor],
    mixed: Mixed,
    at_once: int | None,
    optimizer: ScaledOptimizer,
    weights: torch.Tensor | None,
    smoothing: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Loss and number of correct predictions of a batch whose gradients are computed for `at_once` pictures at a time.

    `logits_of` gives the logits of some rows of it. But for rounding, and random numbers drawn by the model, the
    gradient is that of the whole batch if the model has no BatchNorm, which sees one part at a time.
    """
    optimizer.inner.zero_grad()
    losses, correct = [], []
    for rows in cut_evenly(len(mixed.images), at_once):
        logits = logits_of(rows)
        loss = mixed.loss(lambda targets: share_of_loss(logits, targets, rows, weights, smoothing))  # noqa: B023
        optimizer.add_gradient(loss)
        losses.append(loss.detach())
        correct.append((logits.argmax(1) == mixed.targets[rows]).sum())
    return torch.stack(losses).sum(), torch.stack(correct).sum()


def share_of_loss(
    logits: torch.Tensor, targets: torch.Tensor, rows: slice, weights: torch.Tensor | None, smoothing: float
) -> torch.Tensor:
    """What some rows contribute to the mean loss of a batch; `logits` are theirs, `targets` the whole batch's."""
    own = targets[rows]
    loss = cross_entropy(logits, own, weight=weights, label_smoothing=smoothing)
    if len(own) == len(targets):
        return loss
    share = len(own) / len(targets) if weights is None else weights[own].sum() / weights[targets].sum()
    return loss * share

"""Head fit: the head as a multinomial logistic regression on kept features, fitted to convergence.

Takes less than a second for a thousand pictures, where gradient steps on batches would take many epochs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn.functional import cross_entropy

from stl_tl_gui.engine.machine.compiling import spare_the_compiler
from stl_tl_gui.engine.machine.randomness import Randomness

DECAYS = (0.1, 0.02, 0.004)
"""Weight decays to choose from, for features of standard deviation 1. The first solution is the easiest to find."""

spare_the_compiler()

_FOLDS = 5
_STEPS = 30
_SMALLEST_SCALE = 1e-6


@dataclass(frozen=True)
class HeadFit:
    """A linear head, logits = features @ weight.T + bias, and how well such a head does on pictures it has not seen."""

    weight: torch.Tensor
    """(c, d)"""
    bias: torch.Tensor
    """(c,)"""
    decay: float
    """The weight decay with the lowest mean of `losses`."""
    losses: torch.Tensor
    """Cross-entropy of each picture (n,), in nats, under a head fitted without its fold (cross-validation)."""
    accuracy: float
    """Share of pictures that those heads classify correctly, in [0, 1]."""


def fit_head(
    features: torch.Tensor,
    targets: torch.Tensor,
    n_classes: int,
    seed: int,
    class_weights: torch.Tensor | None = None,
    decays: Sequence[float] = DECAYS,
) -> HeadFit:
    """The head that minimizes cross-entropy plus weight decay; the decay is chosen by cross-validation.

    `features` (n, d) float32; `targets` (n,) class indices; `class_weights` (c,) as in `cross_entropy`. Heads without
    each of up to five folds, stratified by class, and the one with all pictures are solved for side by side by L-BFGS.
    """
    scale = features.std().clamp(min=_SMALLEST_SCALE)
    scaled, fold = features / scale, _folds(targets, seed)
    learns = fold[:, None] != torch.arange(int(fold.max()) + 2, device=fold.device)  # the last leaves out nothing
    weights = learns if class_weights is None else learns * class_weights[targets][:, None]
    weights = weights / weights.sum(0).clamp(min=_SMALLEST_SCALE)
    solution = scaled.new_zeros(learns.shape[1], n_classes, features.shape[1] + 1)
    found: list[HeadFit] = []
    for decay in decays:
        solution = _solve(scaled, targets, weights, decay, solution)
        logits = _logits(scaled, solution)[torch.arange(len(fold), device=fold.device), fold]
        losses = cross_entropy(logits, targets, reduction="none")
        accuracy = (logits.argmax(1) == targets).double().mean().item()
        found.append(HeadFit(solution[-1, :, :-1] / scale, solution[-1, :, -1], decay, losses, accuracy))
    return min(found, key=lambda fit: float(fit.losses.mean()))


def _folds(targets: torch.Tensor, seed: int) -> torch.Tensor:
    """The fold of each picture (n,). Each class is spread evenly."""
    order = Randomness(seed).permutation(len(targets)).to(targets.device)
    order = order[targets[order].argsort(stable=True)]
    fold = torch.empty_like(targets)
    fold[order] = torch.arange(len(targets), device=targets.device) % min(_FOLDS, len(targets))
    return fold


def _logits(features: torch.Tensor, heads: torch.Tensor) -> torch.Tensor:
    """Of each picture under each head (n, h, c); heads are (h, c, d + 1), with biases in the last column."""
    weight, bias = heads[..., :-1].flatten(0, 1), heads[..., -1]
    return (features @ weight.T).view(len(features), *bias.shape) + bias


def _solve(
    features: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, decay: float, start: torch.Tensor
) -> torch.Tensor:
    """The heads (h, c, d + 1) that minimize their weighted losses; `weights` (n, h) add up to 1 for each head."""
    heads = start.clone().requires_grad_()
    optimizer = torch.optim.LBFGS(
        [heads], max_iter=_STEPS, tolerance_grad=1e-5, tolerance_change=1e-6, line_search_fn="strong_wolfe"
    )
    repeated = targets[:, None].expand(weights.shape)

    def objective() -> torch.Tensor:
        optimizer.zero_grad()
        losses = cross_entropy(_logits(features, heads).transpose(1, 2), repeated, reduction="none")
        total = (losses * weights).sum() + decay / 2 * heads[..., :-1].square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(objective)  # type: ignore[no-untyped-call]
    return heads.detach()

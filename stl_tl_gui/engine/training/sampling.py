"""Which pictures an epoch goes through, and how often those of each class."""

import torch

from stl_tl_gui.engine.machine.randomness import Randomness


def epoch_order(targets: torch.Tensor, sampling: str, random: Randomness) -> torch.Tensor:
    """Indices (n,) of the pictures of an epoch, in training order; targets are class indices (n,).

    “all”: each once. “balanced”: equally many of each class that has pictures, n in all. Pictures of a small class
    repeat, each at most once more often than another one of its class.
    """
    n = len(targets)
    if sampling == "all":
        return random.permutation(n)
    chosen = []
    labels = torch.unique(targets)
    for share, label in zip(_shares(n, len(labels)), labels, strict=True):
        members = (targets == label).nonzero().flatten()
        rounds = [members[random.permutation(len(members))] for _ in range(-(-share // len(members)))]
        chosen.append(torch.cat(rounds)[:share])
    together = torch.cat(chosen)
    return together[random.permutation(n)]


def _shares(n: int, n_classes: int) -> list[int]:
    """How many pictures of each class a balanced epoch of n pictures shows."""
    return [n // n_classes + (place < n % n_classes) for place in range(n_classes)]

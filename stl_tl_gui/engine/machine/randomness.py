"""Random numbers that depend only on a seed and a position in the run, so that a resumed run draws the same."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_lock = threading.Lock()


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """PyTorch's own random numbers, for new layers and dropout, from a seed; afterwards they are as they were before.

    Other threads wait.
    """
    with _lock, torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


class Randomness:
    """The random numbers of one position, such as (seed, epoch, batch)."""

    def __init__(self, *position: int) -> None:
        digest = hashlib.sha256(repr(position).encode()).digest()
        self.seed = int.from_bytes(digest[:7], "little")
        self.generator = torch.Generator().manual_seed(self.seed)

    def permutation(self, n: int) -> torch.Tensor:
        return torch.randperm(n, generator=self.generator)

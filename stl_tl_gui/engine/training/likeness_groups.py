"""Groups of pictures that look alike, by k-means on their features (Lloyd 1982; Arthur and Vassilvitskii 2007)."""

import numpy as np
import numpy.typing as npt
import torch

Rows = npt.NDArray[np.int64]

_USUAL, _ROUNDS = 15, 25
"""Pictures in a group, on average, and how often groups are formed anew at most."""
_TRIES, _PICTURES_TRIED = 8, 20_000
"""So often k-means begins anew, of few pictures: the best of the results counts."""
_BLOCK = 4096
"""Pictures that are compared with all centers at once."""


def groups_of(features: torch.Tensor, usual: int = _USUAL) -> list[Rows]:
    """Rows of features (n, d) of unit length in groups: neighbors look alike, in a group the typical come first.

    The same features give the same groups.
    """
    n = len(features)
    if n == 0:
        return []
    k, tries = max(1, round(n / usual)), max(1, min(_TRIES, _PICTURES_TRIED // n))
    centers = max((_centers(features, k, seed) for seed in range(tries)), key=lambda each: _fit(features, each))
    similarity, assigned = _nearest(features, centers)
    groups = []
    for number in _chained(centers):
        rows = torch.nonzero(assigned == number)[:, 0]
        if len(rows):
            groups.append(rows[similarity[rows].argsort(descending=True, stable=True)].numpy())
    return groups


def _fit(features: torch.Tensor, centers: torch.Tensor) -> float:
    """How alike pictures and their nearest centers are, on average."""
    return float(_nearest(features, centers)[0].mean())


def _centers(features: torch.Tensor, k: int, seed: int) -> torch.Tensor:
    """Centers (k, d) of unit length that no longer move, or nearly so."""
    centers = _seeds(features, k, seed)
    assigned = torch.full((len(features),), -1)
    for _ in range(_ROUNDS):
        _, nearest = _nearest(features, centers)
        if torch.equal(nearest, assigned):
            break
        assigned = nearest
        sums = torch.zeros_like(centers).index_add_(0, assigned, features)
        lonely = sums.norm(dim=1) == 0
        centers = torch.where(lonely[:, None], centers, torch.nn.functional.normalize(sums, dim=1))
    return centers


def _seeds(features: torch.Tensor, k: int, seed: int) -> torch.Tensor:
    """Centers (k, d) far from each other: each is drawn by its squared distance to those before."""
    random = torch.Generator().manual_seed(seed)
    chosen = [int(torch.randint(len(features), (1,), generator=random))]
    distance = 1 - features @ features[chosen[0]]
    for _ in range(k - 1):
        weights = distance.clamp(min=0)
        place = (
            int(torch.multinomial(weights, 1, generator=random)) if weights.sum() > 0 else len(chosen) % len(features)
        )
        chosen.append(place)
        distance = torch.minimum(distance, 1 - features @ features[place])
    return features[chosen].clone()


def _nearest(features: torch.Tensor, centers: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """How alike each picture (n,) and its nearest center are, and which that is."""
    found = [(block @ centers.T).max(dim=1) for block in torch.split(features, _BLOCK)]
    return torch.cat([each.values for each in found]), torch.cat([each.indices for each in found])


def _chained(centers: torch.Tensor) -> list[int]:
    """The centers in an order in which each is followed by the most similar one that is left."""
    left = set(range(1, len(centers)))
    chain = [0]
    while left:
        similarity = centers @ centers[chain[-1]]
        chain.append(max(left, key=lambda number: float(similarity[number])))
        left.remove(chain[-1])
    return chain

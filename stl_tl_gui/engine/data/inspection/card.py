"""The data card: the contents of a data set and its problems, the most harmful first."""

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np

from stl_tl_gui.engine.data.dataset import Dataset
from stl_tl_gui.engine.data.inspection.pictures import Pictures, measured_pictures
from stl_tl_gui.engine.data.inspection.problems import (
    Harm,
    Problem,
    Remedy,
    copies,
    few_pictures,
    imbalance,
    low_quality,
    odd_modes,
    odd_shapes,
)
from stl_tl_gui.engine.data.likeness import alike, mirrored
from stl_tl_gui.engine.events import Progress, ShouldStop

__all__ = ["DataCard", "Problem", "Remedy", "inspect"]


@dataclass(frozen=True)
class DataCard:
    """What was found in a data set."""

    counts: dict[str, dict[str, int]]
    """Pictures per split, then per class; of the unlabeled ones under an empty name."""
    sizes: tuple[tuple[int, int], tuple[int, int], tuple[int, int]] | None
    """Width and height in pixels of the smallest picture, the one in the middle, and the largest, by their areas."""
    modes: dict[str, int]
    """How pixels are stored (Pillow's names), the most frequent first."""
    unreadable: int
    problems: tuple[Problem, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "counts": self.counts,
            "sizes": self.sizes,
            "modes": self.modes,
            "unreadable": self.unreadable,
            "problems": [
                {
                    "kind": each.kind,
                    "harm": each.harm.name.lower(),
                    "sentence": each.sentence,
                    "advice": each.advice,
                    "pictures": [list(group) for group in each.groups],
                }
                for each in self.problems
            ],
        }


def inspect(dataset: Dataset, should_stop: ShouldStop = lambda: False) -> Generator[Progress, None, DataCard]:
    """Look at all labeled pictures. Those that were measured when they were checked are not read again.

    Yields Progress; raises Cancelled.
    """
    pictures = yield from measured_pictures(dataset, should_stop)
    yield Progress(stage="Comparing pictures", done=0, total=0)
    turned = mirrored(pictures.facts, pictures.targets, should_stop)
    pairs = np.concatenate([alike(pictures.facts, should_stop), turned])
    found = [
        *_unreadable(dataset),
        *few_pictures(pictures),
        *imbalance(pictures),
        *copies(pictures, pairs),
        *low_quality(pictures),
        *odd_shapes(pictures),
        *odd_modes(pictures),
    ]
    found.sort(key=lambda problem: (-problem.harm, -problem.count))
    return DataCard(
        counts=_counts(dataset),
        sizes=_sizes(pictures),
        modes=dict(Counter(facts.mode for facts in pictures.facts if facts is not None).most_common()),
        unreadable=len(dataset.unreadable),
        problems=tuple(found),
    )


def _unreadable(dataset: Dataset) -> list[Problem]:
    if not dataset.unreadable:
        return []
    first, count = dataset.unreadable[0], len(dataset.unreadable)
    files = "One file" if count == 1 else f"{count:,} files"
    return [
        Problem(
            "unreadable",
            Harm.MEDIUM,
            f"{files} cannot be read, such as {first.id}, which {first.reason}.",
            "They are left out. Repair or remove them.",
        )
    ]


def _counts(dataset: Dataset) -> dict[str, dict[str, int]]:
    counts = {}
    for name, images in dataset.splits.items():
        if name == "unlabeled":
            counts[str(name)] = {"": len(images)}
        else:
            per_class = zip(dataset.class_names, dataset.class_counts(name).tolist(), strict=True)
            counts[str(name)] = dict(per_class)
    return counts


def _sizes(pictures: Pictures) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]] | None:
    known = [(facts.width, facts.height) for facts in pictures.facts if facts is not None]
    if not known:
        return None
    order = np.argsort([width * height for width, height in known], kind="stable")
    smallest, middle, largest = (known[order[place]] for place in (0, len(order) // 2, -1))
    return smallest, middle, largest

"""From a source's pictures to its splits: corrected, grouped, and some held out."""

from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stl_tl_gui.engine.data.corrections import LABELED_SPLITS, Corrections, Effect
from stl_tl_gui.engine.data.dataset import (
    SPLIT_ORDER,
    DataError,
    GroupingAdvice,
    ImageSet,
    JoinedImages,
    SplitName,
    digest,
)
from stl_tl_gui.engine.data.grouping import find_groups
from stl_tl_gui.engine.data.grouping_advice import advise
from stl_tl_gui.engine.data.splits import Splitting, add_missing_splits
from stl_tl_gui.engine.events import Progress, ShouldStop

Splits = dict[SplitName, ImageSet]


class NothingLeft(DataError):
    """The corrections leave no two classes with training pictures."""


@dataclass(frozen=True)
class Division:
    """A source's pictures, divided into splits."""

    class_names: tuple[str, ...]
    """Without classes that the corrections left no picture of."""
    splits: Splits
    drawn: tuple[SplitName, ...]
    """The splits that the source does not have."""
    notes: list[str]
    advice: GroupingAdvice | None = None
    """Pictures that should be kept together, where nothing is."""


def divide(
    given: Mapping[SplitName, ImageSet],
    class_names: Sequence[str],
    splitting: Splitting,
    corrections: Corrections,
    depth: int,
    should_stop: ShouldStop,
) -> Generator[Progress, None, Division]:
    """The splits of a data set, and notes about what was corrected and grouped.

    `depth` is how many folders of the ids name split and class. Pictures that were moved by a correction are where they
    were moved to; the others are drawn. Raises ClassTooSmall, TooFewGroups, NoFolds, NothingLeft, Cancelled.
    """
    with _naming(corrections):
        rest, moved, notes = _corrected(given, class_names, corrections)
        emptied = _used(given) - _used(rest) - _used(moved)
        if emptied and len(class_names) - len(emptied) >= 2:
            notes.append(f"No class any more: {', '.join(f'“{class_names[label]}”' for label in sorted(emptied))}.")
            rest, moved = _renumbered(rest, emptied), _renumbered(moved, emptied)
            class_names = [name for label, name in enumerate(class_names) if label not in emptied]
        groups = yield from find_groups(rest["train"], splitting, depth, should_stop)
        if groups is not None:
            n = len(np.unique(groups))
            notes.append(f"Split by group: {len(groups):,} pictures in {n:,} groups, each in one split.")
        splits = add_missing_splits(rest, class_names, splitting, groups)
        drawn = tuple(name for name in splits if name not in given)
        divides = bool(drawn) and splitting.group_by == "none" and splitting.test_fraction < 1
        advice = advise(rest["train"].ids, rest["train"].targets, depth) if divides else None
        for split, images in moved.items():
            splits[split] = joined([splits[split], images]) if split in splits else images
        splits = {name: splits[name] for name in SPLIT_ORDER if name in splits}
        if corrections and splitting.test_fraction < 1 and _classes(splits) < 2 <= _classes(given):
            raise NothingLeft("The corrections leave training pictures of fewer than two classes. Undo some of them.")
        return Division(tuple(class_names), splits, drawn, notes, advice)


@contextmanager
def _naming(corrections: Corrections) -> Iterator[None]:
    """Attach the corrections to errors of corrected data: they may be the reason."""
    try:
        yield
    except DataError as error:
        error.corrections = corrections if corrections else None
        raise


def _classes(splits: Mapping[SplitName, ImageSet]) -> int:
    return len(np.unique(splits["train"].targets))


def _used(splits: Mapping[SplitName, ImageSet]) -> set[int]:
    """The labels that pictures have."""
    labels = (set(np.unique(images.targets).tolist()) for images in splits.values())
    return set().union(*labels) - {-1}


def _renumbered(splits: Splits, without: Collection[int]) -> Splits:
    """The same pictures, with labels that leave no gap where some classes are gone."""

    def renumber(targets: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return targets - sum((targets > label).astype(np.int64) for label in without)

    return {split: images.with_targets(renumber(images.targets)) for split, images in splits.items()}


def joined(parts: Sequence[ImageSet]) -> ImageSet:
    """The pictures of some sets as one set."""
    there = [part for part in parts if len(part)]
    return there[0] if len(there) == 1 else JoinedImages(there or parts[:1])


def fingerprint_with(fingerprint: str, corrections: Corrections) -> str:
    """The fingerprint of data with its corrections: its own where there are none."""
    return digest(fingerprint, corrections.revision)[:16] if corrections.revision else fingerprint


def _corrected(
    given: Mapping[SplitName, ImageSet], class_names: Sequence[str], corrections: Corrections
) -> tuple[Splits, Splits, list[str]]:
    """The pictures that stay where they are, those that were moved, by their new split, and notes."""
    if not corrections:
        return dict(given), {}, []
    effects, labels = corrections.effects(), {name: label for label, name in enumerate(class_names)}
    rest: Splits = {}
    moved: dict[SplitName, list[ImageSet]] = {}
    seen, left_out, relabeled, moves = 0, 0, 0, 0
    for split, images in given.items():
        found = [(row, effects[id]) for row, id in enumerate(images.ids) if id in effects]
        seen += len(found)
        targets, stays = images.targets.copy(), np.ones(len(images), bool)
        for row, effect in found:
            label = labels.get(effect.class_name or "", targets[row])
            relabeled += int(label != targets[row] and not effect.left_out)
            left_out += int(effect.left_out)
            targets[row] = label
            stays[row] = not effect.left_out
        corrected = images.with_targets(targets)
        for goal in LABELED_SPLITS:
            rows = [row for row, effect in found if stays[row] and targets[row] >= 0 and _goal(effect, split) == goal]
            if rows:
                moves += len(rows) * (goal != split)
                stays[rows] = False
                moved.setdefault(goal, []).append(corrected.subset(np.array(rows, np.int64)))
        rest[split] = corrected if stays.all() else corrected.subset(np.flatnonzero(stays))
    notes = [_summary(left_out, relabeled, moves)]
    if missing := len(effects) - seen:
        notes.append(f"Corrections of pictures that no longer exist are ignored: {missing:,}.")
    unknown = {effect.class_name for effect in effects.values() if effect.class_name} - set(class_names)
    if unknown:
        notes.append(f"Corrections to unknown classes are ignored: {', '.join(sorted(unknown))}.")
    return rest, {split: joined(parts) for split, parts in moved.items()}, notes


def _goal(effect: Effect, split: SplitName) -> SplitName | None:
    """Where a picture was put; an unlabeled one that was given a class goes to the training pictures."""
    if effect.split is not None:
        return effect.split
    return "train" if split == "unlabeled" and effect.class_name is not None else None


def _summary(left_out: int, relabeled: int, moved: int) -> str:
    numbers = ((left_out, "left out"), (relabeled, "relabeled"), (moved, "moved to another split"))
    parts = [f"{count:,} {what}" for count, what in numbers if count]
    return f"Corrected: {', '.join(parts)}." if parts else "The corrections have no effect on this data."

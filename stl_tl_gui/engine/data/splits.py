"""Which pictures are held out for validation and testing: stratified, seeded, the same on every machine."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stl_tl_gui.engine.data.dataset import SPLIT_ORDER, DataError, ImageSet, SplitName, Targets
from stl_tl_gui.engine.settings.groups.data import GroupBy, Pages, Protocol, chosen_channels
from stl_tl_gui.engine.settings.settings import TrainSettings

Indices = npt.NDArray[np.int64]
Groups = npt.NDArray[np.int64]
"""A number (n,) per picture; those with the same number stay on the same side of every split."""


class ClassTooSmall(DataError):
    """A class has too few pictures to hold some out."""


class TooFewGroups(DataError):
    """Pictures that must stay together leave nothing to hold out."""


class NoFolds(DataError):
    """The data cannot be divided into the folds that were asked for."""


@dataclass(frozen=True)
class Splitting:
    """How files are read and pictures divided, where the data does not say. See the settings of the same names."""

    val_fraction: float = 0.1
    test_fraction: float = 0.0
    """With 1, pictures without a test split of their own are all for the test."""
    seed: int = 0
    protocol: Protocol = "single"
    folds: int = 5
    fold: int = 1
    group_by: GroupBy = "none"
    group_pattern: str = ""
    pages: Pages = "first"
    channels: tuple[int, ...] = ()


def splitting_of(settings: TrainSettings) -> Splitting:
    """From the settings of a run."""
    return Splitting(
        settings.val_fraction,
        settings.test_fraction,
        settings.seed,
        settings.protocol,
        settings.folds,
        max(1, settings.fold),
        settings.group_by,
        settings.group_pattern,
        settings.pages,
        chosen_channels(settings.channels),
    )


USUAL_SPLITTING = splitting_of(TrainSettings())
"""Of a new run, where nothing else is chosen."""


def require_no_predefined_folds(splitting: Splitting) -> None:
    """For data that has none. Raises NoFolds."""
    if splitting.protocol == "stl10":
        raise NoFolds("This data has no predefined folds (“fold_indices.txt” of STL-10). Choose “Cross-validation”.")


def add_missing_splits(
    splits: Mapping[SplitName, ImageSet],
    class_names: Sequence[str],
    splitting: Splitting,
    groups: Groups | None = None,
) -> dict[SplitName, ImageSet]:
    """The given splits, and missing ones held out from the training pictures: test first, then val.

    `groups` are those of the training pictures. Raises ClassTooSmall, TooFewGroups, NoFolds.
    """
    train = splits["train"]
    make_test = "test" not in splits and splitting.test_fraction > 0
    if make_test and splitting.test_fraction == 1:
        nothing = train.subset(np.empty(0, np.int64))
        return {"train": nothing, "val": splits.get("val", nothing), "test": train}
    make_val = "val" not in splits
    if splitting.protocol == "kfold" and not make_val:
        raise NoFolds(
            "This data already has validation pictures, so cross-validation cannot make folds. Choose the protocol "
            "“One split”."
        )
    if make_val:
        _check_sizes(train.targets, class_names)
    made: dict[SplitName, ImageSet] = {}
    if make_test:
        kept, held_out = _test(train.targets, groups, splitting, needed=2 + make_val)
        if len(held_out):
            made["test"], train = train.subset(held_out), train.subset(kept)
            groups = None if groups is None else groups[kept]
    if make_val:
        with _naming_test_share(made):
            kept, held_out = _validation(train.targets, groups, splitting)
        made["val"], train = train.subset(held_out), train.subset(kept)
    found: dict[SplitName, ImageSet] = {**splits, **made, "train": train}
    return {name: found[name] for name in SPLIT_ORDER if name in found}


def _test(targets: Targets, groups: Groups | None, splitting: Splitting, needed: int) -> tuple[Indices, Indices]:
    """Which pictures are kept and which are for the test: none of a class with fewer than `needed` pictures."""
    small = np.bincount(targets)[targets] < needed
    together = small if groups is None else np.isin(groups, groups[small])
    rows = np.flatnonzero(~together)
    if not len(rows):
        return np.arange(len(targets)), rows
    inner = None if groups is None else groups[rows]
    with _naming_test_share({"test"}):
        _, held_out = hold_out(targets[rows], inner, splitting.test_fraction, splitting.seed)
    return np.setdiff1d(np.arange(len(targets)), rows[held_out]), rows[held_out]


@contextmanager
def _naming_test_share(made: Collection[str]) -> Iterator[None]:
    """Say of groups that are too few what else would help."""
    try:
        yield
    except TooFewGroups as error:
        raise (TooFewGroups(f"{error} Or set the test share to 0.") if made else error) from None


def _validation(targets: Targets, groups: Groups | None, splitting: Splitting) -> tuple[Indices, Indices]:
    if splitting.protocol != "kfold":
        return hold_out(targets, groups, splitting.val_fraction, splitting.seed)
    numbers = fold_numbers(targets, groups, splitting.folds, splitting.seed)
    return np.flatnonzero(numbers != splitting.fold - 1), np.flatnonzero(numbers == splitting.fold - 1)


def hold_out(targets: Targets, groups: Groups | None, fraction: float, seed: int) -> tuple[Indices, Indices]:
    """Which of the pictures are kept and which are held out, each ascending; no group is on both sides.

    Raises TooFewGroups.
    """
    if groups is None:
        return split_indices(targets, fraction, seed)
    parts = _deal(targets, groups, np.array([1 - fraction, fraction]), seed)
    for label in np.unique(targets):
        _learn_some(parts, targets, groups, label)
    for label in np.unique(targets):
        _hold_out_some(parts, targets, groups, label)
    if not parts.any():
        raise TooFewGroups(
            "Pictures of one group stay in one split, but each class needs all of its groups for training. Nothing is "
            "left for validation or testing. Choose another way to group pictures."
        )
    return np.flatnonzero(parts == 0), np.flatnonzero(parts == 1)


def _learn_some(parts: Indices, targets: Targets, groups: Groups, label: int) -> None:
    """Keep a class's smallest group where none is kept."""
    if not (parts[targets == label] == 0).any():
        parts[groups == _smallest_first(groups[targets == label])[0]] = 0


def _hold_out_some(parts: Indices, targets: Targets, groups: Groups, label: int) -> None:
    """Hold out a class's smallest group where none is held out and each class keeps something."""
    if (parts[targets == label] == 1).any():
        return
    for group in _smallest_first(groups[targets == label]):
        if np.isin(targets[groups == group], targets[(parts == 0) & (groups != group)]).all():
            parts[groups == group] = 1
            return


def _smallest_first(groups: Groups) -> Groups:
    names, sizes = np.unique(groups, return_counts=True)
    return names[np.argsort(sizes, kind="stable")]


def split_indices(targets: Targets, fraction: float, seed: int) -> tuple[Indices, Indices]:
    """Which of the pictures are kept and which are held out, each ascending; targets are class indices (n,).

    Of each class about the same share is held out: as many in all as `fraction` of n rounds to, shared among the
    classes by largest remainder. A class of two pictures or more has at least one on each side (this goes before the
    exact number), a class of one stays on the kept side. Each class is drawn by its own stream of random numbers:
    pictures added to one do not move those of another.
    """
    assert 0 < fraction < 1
    held_out: list[Indices] = []
    for label, share in enumerate(_shares(np.bincount(targets), fraction)):
        held_out.append(_shuffled(targets, label, seed)[:share])
    chosen = np.zeros(len(targets), bool)
    if held_out:
        chosen[np.concatenate(held_out)] = True
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def _shuffled(targets: Targets, label: int, seed: int) -> Indices:
    return np.random.default_rng([seed, label]).permutation(np.flatnonzero(targets == label))


def _shares(counts: npt.NDArray[np.int64], fraction: float) -> Indices:
    """How many of each class are held out."""
    quotas = fraction * counts
    least, most = (counts >= 2).astype(np.int64), np.maximum(counts - 1, 0)
    shares: Indices = np.clip(np.floor(quotas).astype(np.int64), least, most)
    missing = np.clip(np.floor(quotas.sum() + 0.5), least.sum(), most.sum()) - shares.sum()
    step = 1 if missing > 0 else -1
    for _ in range(abs(int(missing))):
        remainders = step * (quotas - shares)
        remainders[shares == (most if step > 0 else least)] = -np.inf
        shares[np.argmax(remainders)] += step
    return shares


def fold_numbers(targets: Targets, groups: Groups | None, folds: int, seed: int) -> Indices:
    """The fold (n,), 0-based, of each picture: folds are of equal size, and so are their shares of each class.

    With groups, as equal as whole groups allow. Raises NoFolds, TooFewGroups.
    """
    units = len(targets) if groups is None else len(np.unique(groups))
    if units < folds:
        what = "pictures" if groups is None else "groups of pictures"
        raise NoFolds(f"{units:,} {what} are too few for {folds} folds. Choose fewer folds.")
    if groups is not None:
        return _deal(targets, groups, np.full(folds, 1 / folds), seed)
    numbers = np.empty(len(targets), np.int64)
    classes = [_shuffled(targets, label, seed) for label in np.unique(targets)]
    numbers[np.concatenate(classes)] = np.arange(len(targets)) % folds  # the next class starts where this one ended
    return numbers


def _deal(targets: Targets, groups: Groups, shares: npt.NDArray[np.float64], seed: int) -> Indices:
    """Whole groups dealt out to parts (n,), so that each part has about its share of each class.

    The largest first, those of one size in random order, each to the part that comes nearest to its share by it. Each
    part has something. Raises TooFewGroups.
    """
    _, group = np.unique(groups, return_inverse=True)
    counts = np.zeros((group.max(initial=-1) + 1, targets.max(initial=-1) + 1), np.int64)
    np.add.at(counts, (group, targets), 1)
    if len(counts) < len(shares):
        together = "all pictures belong to one group" if len(counts) == 1 else f"there are {len(counts)} groups"
        raise TooFewGroups(
            f"Pictures of one group stay in one split, but {together}. Nothing is left for validation or testing. "
            "Choose another way to group pictures."
        )
    totals = counts.sum(axis=0)
    wanted = np.outer(shares, totals)
    order = np.random.default_rng(seed).permutation(len(counts))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    parts, dealt = np.empty(len(counts), np.int64), np.zeros_like(wanted)
    for row in order:
        missing = wanted - dealt  # of how much the squared distance falls, each class by its own size
        gains = (counts[row] * (2 * missing - counts[row]) / np.maximum(totals, 1) / shares[:, None]).sum(axis=1)
        parts[row] = np.argmax(gains)
        dealt[parts[row]] += counts[row]
    _give_each_part_some(parts, counts, len(shares))
    result: Indices = parts[group]
    return result


def _give_each_part_some(parts: Indices, counts: npt.NDArray[np.int64], n_parts: int) -> None:
    """Move small groups to parts that have nothing."""
    sizes = counts.sum(axis=1)
    for part in range(n_parts):
        if not (parts == part).any():
            spare = [row for row in range(len(parts)) if (parts == parts[row]).sum() > 1]
            parts[min(spare, key=lambda row: sizes[row])] = part


def _check_sizes(targets: Targets, class_names: Sequence[str]) -> None:
    counts = np.bincount(targets, minlength=len(class_names))
    if (counts[counts > 0] < 2).all():
        name = class_names[int(np.flatnonzero(counts)[0])] if counts.any() else class_names[0]
        raise ClassTooSmall(
            f"Each class has one picture, such as “{name}”; at least one class needs two, as some are held out for "
            "validation. Add pictures."
        )

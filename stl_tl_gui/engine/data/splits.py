"""Which pictures are kept aside for validation and for the test: stratified, seeded, the same on every machine."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from stl_tl_gui.engine.data.dataset import DataError, ImageSet, SplitName, Targets

Indices = npt.NDArray[np.int64]


class ClassTooSmall(DataError):
    """A class has too few pictures to keep some aside."""


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
        members = np.flatnonzero(targets == label)
        held_out.append(np.random.default_rng([seed, label]).permutation(members)[:share])
    chosen = np.zeros(len(targets), bool)
    if held_out:
        chosen[np.concatenate(held_out)] = True
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


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


def add_missing_splits(
    splits: Mapping[SplitName, ImageSet],
    class_names: Sequence[str],
    *,
    val_fraction: float,
    test_fraction: float,
    seed: int,
) -> dict[SplitName, ImageSet]:
    """The given splits, and those that are not there taken from the training pictures: test first, then val.

    No test split is made where `test_fraction` is 0; where it is 1, all training pictures become the test split (for
    trying a model on other pictures) and nothing is left to train on. Raises ClassTooSmall.
    """
    train = splits["train"]
    make_test = "test" not in splits and test_fraction > 0
    if make_test and test_fraction == 1:
        nothing = train.subset(np.empty(0, np.int64))
        return {"train": nothing, "val": splits.get("val", nothing), "test": train}
    make_val = "val" not in splits
    _check_sizes(train.targets, class_names, needed=1 + make_test + make_val)
    made: dict[SplitName, ImageSet] = {}
    if make_test:
        kept, held_out = split_indices(train.targets, test_fraction, seed)
        train, made["test"] = train.subset(kept), train.subset(held_out)
    if make_val:
        kept, held_out = split_indices(train.targets, val_fraction, seed)
        train, made["val"] = train.subset(kept), train.subset(held_out)
    found: dict[SplitName, ImageSet] = {**splits, **made, "train": train}
    order: tuple[SplitName, ...] = ("train", "val", "test", "unlabeled")
    return {name: found[name] for name in order if name in found}


def _check_sizes(targets: Targets, class_names: Sequence[str], needed: int) -> None:
    numbers = ("no pictures", "one picture", "two pictures", "three pictures")
    for name, count in zip(class_names, np.bincount(targets, minlength=len(class_names)), strict=True):
        if 0 < count < needed:
            aside = "for validation" if needed == 2 else "for validation and for the test"
            raise ClassTooSmall(
                f"Class “{name}” has {numbers[count]}; at least {numbers[needed]} are needed, as some are kept aside "
                f"{aside}. Add pictures to it or take the class out."
            )

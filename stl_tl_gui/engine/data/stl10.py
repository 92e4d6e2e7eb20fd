"""The official STL-10 binary folder, and folders of the same format with other pictures."""

import hashlib
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from stl_tl_gui.engine.data.checksums import md5
from stl_tl_gui.engine.data.corrections import Corrections
from stl_tl_gui.engine.data.dataset import Dataset, ImageSet, SplitName
from stl_tl_gui.engine.data.division import divide, fingerprint_with
from stl_tl_gui.engine.data.picture_files import find_binary_folder
from stl_tl_gui.engine.data.splits import NoFolds, Splitting, split_indices
from stl_tl_gui.engine.data.stl10_files import BYTES_PER_PICTURE, FileMissing, open_splits, read_class_names, read_folds
from stl_tl_gui.engine.events import Progress, ShouldStop

OFFICIAL_FILES = {
    "train_y.bin": "5a34089d4802c674881badbb80307741",
    "test_y.bin": "36f9794fa4beb8a2c72628de14fa638e",
    "train_X.bin": "918c2871b30a85fa023e0c44e0bee87f",
    "test_X.bin": "7f263ba9f9e0b06b93213547f721ac82",
    "unlabeled_X.bin": "5242ba1fed5e4be9e1e742405eb56ca4",
}

_OFFICIAL_UNLABELED = 100_000

SAMPLE_NAME = "Built-in sample (drawn)"
SAMPLE_NOTE = "Drawn by the app, not photos: good for trying things out, not for judging a model."


def open_stl10(
    folder: Path,
    splitting: Splitting,
    corrections: Corrections,
    should_stop: ShouldStop,
    *,
    kind: Literal["stl10", "sample"] = "stl10",
) -> Generator[Progress, None, Dataset]:
    """Open, check and split a folder of this format, given itself or by its parent.

    Test and unlabeled pictures may be missing. Raises the DataErrors of this room, ClassTooSmall, Cancelled.
    """
    files = find_binary_folder(folder) or folder
    try:
        class_names = read_class_names(files / "class_names.txt")
        given = open_splits(files, class_names)
        sums = yield from _label_sums(files, given, should_stop)
        official, note = yield from _is_official(files, sums, should_stop)
    except OSError as error:
        name = Path(str(error.filename)).name if error.filename else "A file"
        raise FileMissing(f"“{name}” in “{files}” cannot be read: {error.strerror or error}.") from None
    notes = [SAMPLE_NOTE if kind == "sample" else note]
    if splitting.protocol == "stl10":
        given, note = _predefined_fold(files, given, splitting)
        notes.append(note)
    divided = yield from divide(given, class_names, splitting, corrections, 0, should_stop)
    return Dataset(
        name=SAMPLE_NAME if kind == "sample" else "STL-10" if official else _name(files),
        kind=kind,
        location="sample" if kind == "sample" else str(folder),
        class_names=divided.class_names,
        splits=divided.splits,
        drawn=divided.drawn,
        fingerprint=fingerprint_with(_fingerprint(class_names, sums), corrections),
        notes=(*notes, *divided.notes, *_absent_classes(class_names, given)),
        corrections=corrections,
    )


def _name(files: Path) -> str:
    return (files.parent if files.name == "stl10_binary" else files).name or str(files)


def _label_sums(
    files: Path, splits: dict[SplitName, ImageSet], should_stop: ShouldStop
) -> Generator[Progress, None, dict[str, str]]:
    """MD5 checksums of the files with labels and their pictures: small ones first."""
    names = [f"{split}_{part}.bin" for part in "yX" for split in ("train", "test") if split in splits]
    sums = {}
    for name in names:
        sums[name] = yield from md5(files / name, should_stop)
    return sums


def _is_official(
    files: Path, sums: dict[str, str], should_stop: ShouldStop
) -> Generator[Progress, None, tuple[bool, str]]:
    """Whether this is the official data, and the sentence that says so."""
    other = [f"“{name}”" for name, found in sums.items() if found != OFFICIAL_FILES[name]]
    if len(other) == len(sums):
        return False, "Not the official STL-10 data: other pictures in the same format."
    unlabeled = files / "unlabeled_X.bin"
    present = unlabeled.exists()
    if present and not other and not (yield from _is_official_unlabeled(unlabeled, should_stop)):
        other.append(f"“{unlabeled.name}”")
    if other:
        verb = "differs" if len(other) == 1 else "differ"
        return False, f"Not entirely the official STL-10 data: {' and '.join(other)} {verb} (MD5 checksum)."
    absent = [name for name, there in (("test", "test_X.bin" in sums), ("unlabeled", present)) if not there]
    without = f", without the {' and the '.join(absent)} pictures" if absent else ""
    return True, f"The official STL-10 data (recognized by its MD5 checksums){without}."


def _is_official_unlabeled(file: Path, should_stop: ShouldStop) -> Generator[Progress, None, bool]:
    if file.stat().st_size != _OFFICIAL_UNLABELED * BYTES_PER_PICTURE:
        return False
    return (yield from md5(file, should_stop)) == OFFICIAL_FILES[file.name]


def _absent_classes(class_names: Sequence[str], splits: dict[SplitName, ImageSet]) -> list[str]:
    counts = np.bincount(splits["train"].targets, minlength=len(class_names))
    absent = [f"“{name}”" for name, count in zip(class_names, counts, strict=True) if count == 0]
    return [f"No training pictures of {', '.join(absent)}."] if absent else []


def _fingerprint(class_names: Sequence[str], sums: dict[str, str]) -> str:
    facts = [*class_names, *(f"{name} {found}" for name, found in sorted(sums.items()))]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]


def _predefined_fold(
    files: Path, given: dict[SplitName, ImageSet], splitting: Splitting
) -> tuple[dict[SplitName, ImageSet], str]:
    """The training pictures of one fold; as many others only show progress: no epoch is chosen by them."""
    folds, train = read_folds(files), given["train"]
    if splitting.fold > len(folds):
        raise NoFolds(f"There is no fold {splitting.fold}: “fold_indices.txt” has {len(folds)}. Choose one of these.")
    fold = folds[splitting.fold - 1]
    others = np.setdiff1d(np.arange(len(train)), fold)
    if not len(others):
        raise NoFolds(f"Fold {splitting.fold} has all training pictures; none are left for validation.")
    if len(others) > len(fold):
        others = others[split_indices(train.targets[others], len(fold) / len(others), splitting.seed)[1]]
    note = (
        f"Fold {splitting.fold} of {len(folds)}: trains on its {len(fold):,} pictures; {len(others):,} others only "
        "show progress. The last epoch is the result."
    )
    return {**given, "train": train.subset(fold), "val": train.subset(others)}, note

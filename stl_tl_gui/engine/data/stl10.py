"""The official STL-10 binary folder, and folders of the same format with other pictures.

Format: https://cs.stanford.edu/~acoates/stl10/ . Pictures are uint8, 3x96x96, each channel column-major; labels are
uint8 from 1.
"""

import hashlib
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from stl_tl_gui.engine.data.checksums import md5
from stl_tl_gui.engine.data.corrections import Corrections
from stl_tl_gui.engine.data.dataset import (
    DataError,
    Dataset,
    ImageSet,
    ShouldStop,
    SplitName,
    Targets,
    digest,
    state_of,
)
from stl_tl_gui.engine.data.division import divide, fingerprint_with
from stl_tl_gui.engine.data.picture_files import find_binary_folder
from stl_tl_gui.engine.data.splits import Indices, NoFolds, Splitting, split_indices
from stl_tl_gui.engine.events import Progress

SIDE = 96
BYTES_PER_PICTURE = 3 * SIDE * SIDE

OFFICIAL_FILES = {
    "train_y.bin": "5a34089d4802c674881badbb80307741",
    "test_y.bin": "36f9794fa4beb8a2c72628de14fa638e",
    "train_X.bin": "918c2871b30a85fa023e0c44e0bee87f",
    "test_X.bin": "7f263ba9f9e0b06b93213547f721ac82",
    "unlabeled_X.bin": "5242ba1fed5e4be9e1e742405eb56ca4",
}

_OFFICIAL_UNLABELED = 100_000

SAMPLE_NAME = "Built-in sample (drawn)"
SAMPLE_NOTE = (
    "These pictures are drawn by the app, not photos: good for trying things out, not for judging a model's worth."
)


class FileMissing(DataError):
    """A file that belongs to the format is not there, or cannot be opened."""


class FileTruncated(DataError):
    """A file of pictures has another size than its labels say."""


class LabelOutOfRange(DataError):
    """A label belongs to no class."""


class InvalidClassNames(DataError):
    """class_names.txt does not name the classes."""


class InvalidFolds(DataError):
    """fold_indices.txt does not list training pictures."""


class BinaryImages(ImageSet):
    """Pictures of one .bin file, read from it when they are wanted; a mapped file that is cut off ends the process."""

    def __init__(self, file: Path, rows: Indices, ids: Sequence[str], targets: Targets) -> None:
        super().__init__(ids, targets)
        self._file = file
        self._rows = rows

    def _stored(self, rows: Indices) -> npt.NDArray[np.uint8]:
        """Pictures (n, 3, 96, 96) as they are in the file, columns first. Raises FileTruncated, OSError."""
        stored = np.empty((len(rows), 3, SIDE, SIDE), np.uint8)
        with self._file.open("rb", buffering=0) as file:
            for row, picture in zip(rows, stored, strict=True):
                file.seek(int(row) * BYTES_PER_PICTURE)
                if file.readinto(picture) != BYTES_PER_PICTURE:  # type: ignore[arg-type]
                    raise FileTruncated(f"“{self._file.name}” in “{self._file.parent}” has become shorter meanwhile.")
        return stored

    def read(self, index: int, at_least: int | None = None) -> Image.Image:
        (stored,) = self._stored(self._rows[[index]])
        return Image.fromarray(np.ascontiguousarray(stored.transpose(2, 1, 0)))

    def squares(self, indices: Indices, side: int) -> npt.NDArray[np.uint8] | None:
        return self._stored(self._rows[indices]).transpose(0, 1, 3, 2) if side == SIDE else None

    def path(self, index: int) -> Path | None:
        return None

    def identity(self) -> str:
        return digest(state_of(self._file), *map(str, self._rows))

    def subset(self, indices: Indices) -> "BinaryImages":
        ids = [self.ids[index] for index in indices]
        return BinaryImages(self._file, self._rows[indices], ids, self.targets[indices])


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
        class_names = _class_names(files / "class_names.txt")
        given = _open_splits(files, class_names)
        sums = yield from _label_sums(files, given, should_stop)
        official, note = yield from _verdict(files, sums, should_stop)
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
        class_names=class_names,
        splits=divided.splits,
        drawn=divided.drawn,
        fingerprint=fingerprint_with(_fingerprint(class_names, sums), corrections),
        notes=(*notes, *divided.notes, *_absent_classes(class_names, given)),
        corrections=corrections,
    )


def _name(files: Path) -> str:
    return (files.parent if files.name == "stl10_binary" else files).name or str(files)


def _class_names(file: Path) -> tuple[str, ...]:
    if not file.is_file():
        raise FileMissing(f"“class_names.txt” is missing in “{file.parent}”: it names the classes, one a line.")
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise InvalidClassNames(f"“{file.name}” in “{file.parent}” is not a UTF-8 text file.") from None
    names = tuple(line.strip() for line in lines if line.strip())
    if len(names) < 2:
        raise InvalidClassNames(f"“{file.name}” names {len(names)} classes; at least two are needed, one a line.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidClassNames(f"“{file.name}” names the class “{twice[0]}” more than once.")
    return names


def _open_splits(files: Path, class_names: Sequence[str]) -> dict[SplitName, ImageSet]:
    splits: dict[SplitName, ImageSet] = {"train": _labelled(files, "train", class_names)}
    if (files / "test_X.bin").exists() or (files / "test_y.bin").exists():
        splits["test"] = _labelled(files, "test", class_names)
    unlabeled = files / "unlabeled_X.bin"
    if unlabeled.exists() and unlabeled.stat().st_size > 0:
        count, rest = divmod(unlabeled.stat().st_size, BYTES_PER_PICTURE)
        if rest:
            raise FileTruncated(_size_sentence(unlabeled, count + 1, f"{count + 1:,} whole pictures"))
        splits["unlabeled"] = _binary_images(unlabeled, "unlabeled", np.full(count, -1, np.int64))
    return splits


def _labelled(files: Path, split: SplitName, class_names: Sequence[str]) -> ImageSet:
    pictures, labels = files / f"{split}_X.bin", files / f"{split}_y.bin"
    for file, other in ((pictures, labels), (labels, pictures)):
        if not file.is_file():
            raise FileMissing(f"“{file.name}” is missing in “{files}”, and “{other.name}” is of no use without it.")
    values = np.fromfile(labels, np.uint8).astype(np.int64)
    if not len(values):
        raise FileTruncated(f"“{labels.name}” in “{files}” is empty: there is not one {split} picture.")
    if pictures.stat().st_size != len(values) * BYTES_PER_PICTURE:
        raise FileTruncated(_size_sentence(pictures, len(values), f"the {len(values):,} labels in “{labels.name}”"))
    wrong = np.flatnonzero((values < 1) | (values > len(class_names)))
    if len(wrong):
        first = int(wrong[0])
        raise LabelOutOfRange(
            f"“{labels.name}” has label {values[first]} at position {first} (counted from 0), but labels go from 1 to "
            f"{len(class_names)}, as “class_names.txt” names {len(class_names)} classes."
        )
    return _binary_images(pictures, split, values - 1)


def _size_sentence(file: Path, count: int, needed_for: str) -> str:
    expected, found = count * BYTES_PER_PICTURE, file.stat().st_size
    fault = "is cut off" if found < expected else "is too long"
    return (
        f"“{file.name}” in “{file.parent}” {fault}: for {needed_for} it should have {expected:,} bytes, but it has "
        f"{found:,}. Copy or download it again."
    )


def _binary_images(file: Path, split: SplitName, targets: Targets) -> BinaryImages:
    ids = [f"{split}/{number:06}" for number in range(len(targets))]
    return BinaryImages(file, np.arange(len(targets)), ids, targets)


def _label_sums(
    files: Path, splits: dict[SplitName, ImageSet], should_stop: ShouldStop
) -> Generator[Progress, None, dict[str, str]]:
    """MD5 sums of the files with labels and their pictures: small ones first."""
    names = [f"{split}_{part}.bin" for part in "yX" for split in ("train", "test") if split in splits]
    sums = {}
    for name in names:
        sums[name] = yield from md5(files / name, should_stop)
    return sums


def _verdict(files: Path, sums: dict[str, str], should_stop: ShouldStop) -> Generator[Progress, None, tuple[bool, str]]:
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
        return False, f"Not wholly the official STL-10 data: {' and '.join(other)} {verb}, by MD5 checksum."
    absent = [name for name, there in (("test", "test_X.bin" in sums), ("unlabeled", present)) if not there]
    without = f", without the {' and the '.join(absent)} pictures" if absent else ""
    return True, f"The official STL-10 data (checked by MD5){without}."


def _is_official_unlabeled(file: Path, should_stop: ShouldStop) -> Generator[Progress, None, bool]:
    if file.stat().st_size != _OFFICIAL_UNLABELED * BYTES_PER_PICTURE:
        return False
    return (yield from md5(file, should_stop)) == OFFICIAL_FILES[file.name]


def _absent_classes(class_names: Sequence[str], splits: dict[SplitName, ImageSet]) -> list[str]:
    counts = np.bincount(splits["train"].targets, minlength=len(class_names))
    absent = [f"“{name}”" for name, count in zip(class_names, counts, strict=True) if count == 0]
    return [f"There are no training pictures of {', '.join(absent)}."] if absent else []


def _fingerprint(class_names: Sequence[str], sums: dict[str, str]) -> str:
    facts = [*class_names, *(f"{name} {found}" for name, found in sorted(sums.items()))]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]


def read_folds(folder: Path) -> list[Indices]:
    """The predefined folds of fold_indices.txt: per line the 0-based indices of its training pictures.

    Raises FileMissing and InvalidFolds.
    """
    files = find_binary_folder(folder) or folder
    file = files / "fold_indices.txt"
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
        count = (files / "train_y.bin").stat().st_size
    except OSError as error:
        name = Path(str(error.filename)).name
        raise FileMissing(f"The folds cannot be read: “{name}” in “{files}”: {error.strerror or error}.") from None
    folds = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            folds.append(_fold(line, number, count))
    if not folds:
        raise InvalidFolds(f"“{file.name}” in “{files}” is empty.")
    return folds


def _predefined_fold(
    files: Path, given: dict[SplitName, ImageSet], splitting: Splitting
) -> tuple[dict[SplitName, ImageSet], str]:
    """The training pictures of one fold; as many of the others serve to watch the training, not to choose by."""
    folds, train = read_folds(files), given["train"]
    if splitting.fold > len(folds):
        raise NoFolds(f"“fold_indices.txt” has {len(folds)} folds: fold {splitting.fold} is none of them.")
    fold = folds[splitting.fold - 1]
    others = np.setdiff1d(np.arange(len(train)), fold)
    if not len(others):
        raise NoFolds(f"Fold {splitting.fold} has all training pictures, which leaves none to watch the training by.")
    if len(others) > len(fold):
        others = others[split_indices(train.targets[others], len(fold) / len(others), splitting.seed)[1]]
    note = (
        f"Fold {splitting.fold} of {len(folds)}: training on its {len(fold):,} pictures; {len(others):,} of the others "
        "are only for watching. The result is that of the last epoch."
    )
    return {**given, "train": train.subset(fold), "val": train.subset(others)}, note


def _fold(line: str, number: int, count: int) -> Indices:
    try:
        fold = np.array([int(word) for word in line.split()], np.int64)
    except (ValueError, OverflowError):
        raise InvalidFolds(f"Line {number} of “fold_indices.txt” holds something else than whole numbers.") from None
    wrong = fold[(fold < 0) | (fold >= count)]
    if len(wrong):
        raise InvalidFolds(
            f"Line {number} of “fold_indices.txt” has index {wrong[0]}, but there are {count:,} training pictures "
            f"(0 to {count - 1:,})."
        )
    return fold

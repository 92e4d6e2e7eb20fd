"""The files of STL-10's format: pictures, labels, class names, folds.

Format: https://cs.stanford.edu/~acoates/stl10/ . Pictures are uint8, 3x96x96, each channel column-major; labels are
uint8 from 1.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from stl_tl_gui.engine.data.dataset import DataError, ImageSet, SplitName, Targets, digest, state_of
from stl_tl_gui.engine.data.picture_files import find_binary_folder
from stl_tl_gui.engine.data.splits import Indices

SIDE = 96
BYTES_PER_PICTURE = 3 * SIDE * SIDE


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


def read_class_names(file: Path) -> tuple[str, ...]:
    """The classes in the order of their labels. Raises FileMissing, InvalidClassNames, OSError."""
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


def open_splits(files: Path, class_names: Sequence[str]) -> dict[SplitName, ImageSet]:
    """The splits that a folder has. Raises FileMissing, FileTruncated, LabelOutOfRange, OSError."""
    splits: dict[SplitName, ImageSet] = {"train": _labeled(files, "train", class_names)}
    if (files / "test_X.bin").exists() or (files / "test_y.bin").exists():
        splits["test"] = _labeled(files, "test", class_names)
    unlabeled = files / "unlabeled_X.bin"
    if unlabeled.exists() and unlabeled.stat().st_size > 0:
        count, rest = divmod(unlabeled.stat().st_size, BYTES_PER_PICTURE)
        if rest:
            raise FileTruncated(_size_sentence(unlabeled, count + 1, f"{count + 1:,} whole pictures"))
        splits["unlabeled"] = _binary_images(unlabeled, "unlabeled", np.full(count, -1, np.int64))
    return splits


def _labeled(files: Path, split: SplitName, class_names: Sequence[str]) -> ImageSet:
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

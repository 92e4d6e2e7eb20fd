"""The interface of all sources of pictures: a Dataset has one ImageSet per split."""

import copy
import hashlib
import shlex
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image

from stl_tl_gui.engine.data.corrections import Corrections
from stl_tl_gui.engine.data.picture_facts import PictureFacts
from stl_tl_gui.engine.errors import UserError

Targets = npt.NDArray[np.int64]
SplitName = Literal["train", "val", "test", "unlabeled"]
SPLIT_ORDER: tuple[SplitName, ...] = get_args(SplitName)


class PicturesGone(UserError):
    """No picture of a split can be read any more."""

    def __init__(self, count: int, split: str) -> None:
        what = {"train": "training", "val": "validation"}.get(split, split)
        super().__init__(
            f"None of the {count:,} {what} pictures can be read any more. Connect the drive or share where they are, "
            "and try again; nothing that was trained is lost."
        )


class DataError(UserError):
    """The data cannot be used as it is."""

    corrections: Corrections | None = None
    """The corrections in effect, if they may be the reason."""


def digest(*facts: str) -> str:
    """A short text that changes when any fact does."""
    return hashlib.sha256("\0".join(facts).encode("utf-8", "backslashreplace")).hexdigest()[:32]


def state_of(file: Path | None) -> str:
    """A text that changes when a file does. Always different for a missing file."""
    with suppress(OSError):
        if file is not None:
            status = file.stat()
            facts = (status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns)  # the last two show renames
            return " ".join(map(str, (file, *facts)))
    return uuid.uuid4().hex


@dataclass(frozen=True)
class UnreadablePicture:
    """A file that was left out, and why."""

    id: str
    reason: str


class ImageSet(ABC):
    """The pictures of one split."""

    def __init__(self, ids: Sequence[str], targets: Targets) -> None:
        assert len(ids) == len(targets)
        self.ids = ids
        """One stable id per picture: the same picture has the same id on every machine and in every run."""
        self.targets = targets
        """Class indices (n,), int64; -1 where there is no label."""

    def __len__(self) -> int:
        return len(self.ids)

    @abstractmethod
    def read(self, index: int, at_least: int | None = None) -> Image.Image:
        """The picture as RGB, upright. With `at_least`, it may come smaller, its shorter side not below that.

        Raises UnreadableImage (decoding.py) with a sentence.
        """

    @abstractmethod
    def path(self, index: int) -> Path | None:
        """The picture's file, or None where it lives inside a larger file."""

    def squares(self, indices: npt.NDArray[np.int64], side: int) -> npt.NDArray[np.uint8] | None:
        """The chosen pictures (n, 3, side, side) at once, where they are stored as squares of that side; else None."""
        return None

    def identity(self) -> str:
        """Changes when any picture may have, so that results computed from the pictures can be cached under it."""
        return digest(*(state_of(self.path(index)) for index in range(len(self))))

    @abstractmethod
    def subset(self, indices: npt.NDArray[np.int64]) -> "ImageSet":
        """The chosen pictures, in that order."""

    def facts(self, index: int) -> PictureFacts | None:
        """What was measured of the picture when it was checked; None where it was not."""
        return None

    def with_targets(self, targets: Targets) -> "ImageSet":
        """The same pictures under other class indices (n,)."""
        assert len(targets) == len(self)
        other = copy.copy(self)
        other.targets = targets
        return other


class JoinedImages(ImageSet):
    """The pictures of some sets, one set after the other."""

    def __init__(self, parts: Sequence[ImageSet]) -> None:
        super().__init__([id for part in parts for id in part.ids], np.concatenate([part.targets for part in parts]))
        self._places = [(part, index) for part in parts for index in range(len(part))]

    def read(self, index: int, at_least: int | None = None) -> Image.Image:
        part, inner = self._places[index]
        return part.read(inner, at_least)

    def path(self, index: int) -> Path | None:
        part, inner = self._places[index]
        return part.path(inner)

    def facts(self, index: int) -> PictureFacts | None:
        part, inner = self._places[index]
        return part.facts(inner)

    def squares(self, indices: npt.NDArray[np.int64], side: int) -> npt.NDArray[np.uint8] | None:
        pixels = np.empty((len(indices), 3, side, side), np.uint8)
        for part in {id(part): part for part, _ in self._places}.values():
            rows = [row for row, index in enumerate(indices) if self._places[index][0] is part]
            found = part.squares(np.array([self._places[indices[row]][1] for row in rows], np.int64), side)
            if found is None:
                return None
            pixels[rows] = found
        return pixels

    def identity(self) -> str:
        parts = {id(part): part for part, _ in self._places}
        known = {key: part.identity() for key, part in parts.items()}
        return digest(*(f"{known[id(part)]} {index}" for part, index in self._places))

    def subset(self, indices: npt.NDArray[np.int64]) -> "JoinedImages":
        other = copy.copy(self)
        other.ids, other.targets = [self.ids[index] for index in indices], self.targets[indices]
        other._places = [self._places[index] for index in indices]
        return other


@dataclass(frozen=True)
class GroupingAdvice:
    """A way to keep together what belongs together."""

    settings: dict[str, Any]
    """“group_by”, and perhaps “group_pattern”."""
    button: str
    """“Keep patients together”"""
    sentence: str
    """Why."""


@dataclass(frozen=True)
class Dataset:
    """A source of pictures, opened, checked and split."""

    name: str
    """For display: "Built-in sample (drawn)", "STL-10", or the folder's name."""
    kind: Literal["sample", "stl10", "folder", "table"]
    location: str
    """What opens it again: "sample" or an absolute path."""
    class_names: tuple[str, ...]
    splits: dict[SplitName, ImageSet]
    """"train" and "val" always; "test" and "unlabeled" where the source has them."""
    fingerprint: str
    """Changes when pictures, labels or class names do."""
    notes: tuple[str, ...] = ()
    """Sentences for the user: official STL-10 or not, what was left out."""
    unreadable: tuple[UnreadablePicture, ...] = field(default=())
    drawn: tuple[SplitName, ...] = ()
    """Splits that the source lacks, held out from its training pictures."""
    corrections: Corrections = field(default_factory=Corrections)
    """Its corrections; runs record their revision."""
    unready: str = ""
    """Why no model can be trained on it yet, in a sentence."""
    several_pages: int = 0
    """Files with several pages."""
    many_channels: int = 0
    """Pictures with more than three channels, also where one of them is transparency."""
    advice: GroupingAdvice | None = None
    """Pictures that should be kept together in one split, where nothing is."""

    def counts(self) -> dict[str, int]:
        """Pictures per split."""
        return {name: len(images) for name, images in self.splits.items()}

    def class_counts(self, split: SplitName) -> npt.NDArray[np.int64]:
        """Pictures per class (n_classes,) of a labeled split."""
        return np.bincount(self.splits[split].targets, minlength=len(self.class_names))

    def remarks(self, most: int = 20) -> Iterator[str]:
        """A sentence for each note and each picture that was left out, of these no more than `most`."""
        yield from self.notes
        if self.advice is not None:
            flags = (f"--{name.replace('_', '-')} {shlex.quote(value)}" for name, value in self.advice.settings.items())
            yield f"{self.advice.sentence} {self.advice.button}: train with {' '.join(flags)}."
        for picture in self.unreadable[:most]:
            yield f"Left out: {picture.id} {picture.reason}."
        if len(self.unreadable) > most:
            yield f"Left out: {len(self.unreadable) - most:,} more."

    def evaluation_split(self) -> Literal["val", "test"]:
        """The split that results are reported on: test where there is one."""
        return "test" if "test" in self.splits else "val"

"""Which subfolders of an image folder are classes, and which are splits with classes below them."""

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from stl_tl_gui.engine.data.corrections import LABELED_SPLITS
from stl_tl_gui.engine.data.dataset import DataError, SplitName
from stl_tl_gui.engine.data.decoding import FOREIGN_SUFFIXES, IMAGE_SUFFIXES, printable
from stl_tl_gui.engine.data.picture_files import entries, holds_pictures, suffix
from stl_tl_gui.engine.errors import reported_as

SPLIT_NAMES: dict[str, SplitName] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
    "dev": "val",
    "development": "val",
    "eval": "test",
    "evaluation": "test",
    "holdout": "test",
    "unlabeled": "unlabeled",
    "unlabelled": "unlabeled",
    "pred": "unlabeled",
    "predict": "unlabeled",
    "prediction": "unlabeled",
}
"""The split that the lower-case name of a folder, or the word in a table, stands for."""
_BESIDE_THE_WORD = frozenset(("set", "data", "dataset", "images", "imgs", "pictures", "photos", "seg", "split"))
"""Words that come with the name of a split: “training_set”, “seg_train”, “test images”."""


def split_called(name: str) -> SplitName | None:
    """The split that the name of a folder stands for, with usual words and numbers around it: “test1”, “train_set”."""
    words = [
        word
        for word in re.split(r"[\s_.-]+", name.casefold())
        if word.strip("0123456789") and word not in _BESIDE_THE_WORD
    ]
    if len(words) != 1:
        return None
    word = words[0].rstrip("0123456789")
    return SPLIT_NAMES.get(word, SPLIT_NAMES.get(word.removesuffix("set")))


_FEW_CLASSES = 10
"""Doubtful classes are versions or sources of the same pictures, of which there are few."""


class FolderMissing(DataError):
    """The folder does not exist, is a file, or cannot be read."""


class NoClassFolders(DataError):
    """The pictures are not in one subfolder per class."""


class NoImages(DataError):
    """No picture can be read."""


@dataclass
class Layout:
    """Which subfolder means what."""

    class_folders: dict[SplitName, list[Path]] = field(default_factory=dict)
    unlabeled: Path | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def flat(self) -> bool:
        """Whether no folder names a class: all pictures are unlabeled, but for the labels in the list beside them."""
        return not self.class_folders


def relative_name(folder: Path, path: Path) -> str:
    """The path below the folder, with slashes, as text that is the same on every machine."""
    # macOS hands out names with accents taken apart
    return unicodedata.normalize("NFC", printable(below(folder, path)))


def below(folder: Path, path: Path) -> str:
    """The path below the folder, with slashes; the full path of one elsewhere."""
    return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()


def find_layout(folder: Path) -> Layout:
    """What each subfolder means. Raises FolderMissing, NoClassFolders, NoImages."""
    folders, files = _entries(folder)
    splits, others, layout = _find_splits(folders)
    if "train" in splits:
        layout.notes += [f"The folder “{printable(other.name)}” beside “train” is not used." for other in others]
        layout.class_folders = {split: _entries(splits[split])[0] for split in LABELED_SPLITS if split in splits}
    else:
        if not others and not splits.keys() - {"unlabeled"} and (splits or any(map(_is_picture, files))):
            layout.unlabeled = splits.get("unlabeled", folder)
            return layout
        if not others or all(split_called(other.name) is not None for other in others):
            raise _no_classes(folder, splits, others, files)
        layout.notes += [
            f"“{printable(other.name)}” is used as a class, but has a “train” folder. Did you mean to open “{other}”?"
            for other in others
            if (other / "train").is_dir()
        ]
        layout.class_folders = {"train": _without_flat_splits(others, layout)}
        layout.class_folders |= {split: _entries(splits[split])[0] for split in ("val", "test") if split in splits}
    layout.unlabeled = splits.get("unlabeled")
    layout.notes += _doubts(layout.class_folders["train"])
    loose = [file for file in files if suffix(file.name) in IMAGE_SUFFIXES]
    loose += [file for split in LABELED_SPLITS if split in splits for file in _loose_pictures(splits[split])]
    if loose:
        example = f"such as “{relative_name(folder, loose[0])}”"
        layout.notes.append(f"Pictures outside class folders are not used: {len(loose):,} of them, {example}.")
    return layout


def _doubts(classes: list[Path]) -> list[str]:
    """What speaks against folders being classes: all of them have the same folders inside."""
    if not 2 <= len(classes) <= _FEW_CLASSES:
        return []
    inside = [{each.name.casefold() for each in _entries(folder)[0]} for folder in classes]
    if len(inside[0]) < 2 or any(names != inside[0] for names in inside):
        return []
    names, within = (_listed(sorted(each)) for each in ({folder.name for folder in classes}, inside[0]))
    return [
        f"The folders {names} are used as classes, but each has the folders {within}. If those are the classes, open "
        f"one of them, such as “{classes[0]}”."
    ]


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(f"“{name}”" for name in names[:-1]), f"“{names[-1]}”")))


def _is_picture(file: Path) -> bool:
    return suffix(file.name) in IMAGE_SUFFIXES


def _without_flat_splits(folders: list[Path], layout: Layout) -> list[Path]:
    """The class folders among these: not a “test” with pictures of no class, unless it is one of only two."""
    flat = [folder for folder in folders if split_called(folder.name) in ("val", "test")]
    classes = [folder for folder in folders if folder not in flat]
    if len(classes) < 2:
        return folders
    layout.notes += [
        f"“{folder.name}” contains no class folders and is not used. If it is a class, rename it." for folder in flat
    ]
    return classes


def _entries(folder: Path) -> tuple[list[Path], list[Path]]:
    with reported_as(FolderMissing, f"The folder “{folder}” cannot be read"):
        return entries(folder)


def _loose_pictures(folder: Path) -> list[Path]:
    return [file for file in _entries(folder)[1] if suffix(file.name) in IMAGE_SUFFIXES]


def _find_splits(folders: list[Path]) -> tuple[dict[SplitName, Path], list[Path], Layout]:
    """Subfolders that are splits, all others, and a layout with notes on the former.

    “train” can also be a class (beside “bus” and “car”): a split has subfolders, and no classes beside it unless there
    is also a val or test folder.
    """
    layout = Layout()
    splits: dict[SplitName, Path] = {}
    others = []
    for folder in folders:
        split, folder = split_called(folder.name), _inner(folder)
        if split is None or (split != "unlabeled" and not _entries(folder)[0]):
            others.append(folder)
        elif split in splits:
            layout.notes.append(f"The folder “{folder.name}” is not used because “{splits[split].name}” exists too.")
        else:
            splits[split] = folder
    if "train" in splits:
        _take_flat_splits(splits, others, layout)
    if "train" in splits and not splits.keys() & {"val", "test"} and any(map(holds_pictures, others)):
        others.append(splits.pop("train"))
    return splits, others, layout


def _take_flat_splits(splits: dict[SplitName, Path], others: list[Path], layout: Layout) -> None:
    """A “test” without class folders beside “train” has pictures to predict, as in competitions: they are unlabeled."""
    flat = [folder for folder in others if split_called(folder.name) is not None]
    if len(flat) != len(others) or "unlabeled" in splits:
        return
    for folder in flat[:1]:
        splits["unlabeled"] = folder
        others.remove(folder)
        layout.notes.append(f"“{folder.name}” has no class folders: its pictures are for prediction, not for testing.")


def _inner(folder: Path) -> Path:
    """The folder itself, or the only one in it where that has the same name, as archives often have: “test/test”."""
    folders, files = _entries(folder)
    return folders[0] if len(folders) == 1 and not files and folders[0].name == folder.name else folder


def _no_classes(
    folder: Path, splits: dict[SplitName, Path], others: list[Path], files: list[Path]
) -> NoClassFolders | NoImages:
    expected = "Put pictures into one subfolder per class, such as “cat” and “dog”"
    pictures = [file for file in files if suffix(file.name) in IMAGE_SUFFIXES | FOREIGN_SUFFIXES]
    if splits.keys() & {"val", "test"}:
        names = " and ".join(f"“{path.name}”" for path in splits.values())
        return NoClassFolders(f"“{folder}” has {names}, but no “train” folder. Add one with the training pictures.")
    if others:
        first = others[0].name
        return NoClassFolders(f"“{first}” in “{folder}” has no subfolders. {expected} inside “{first}”.")
    if pictures:
        count = "one picture" if len(pictures) == 1 else f"{len(pictures):,} pictures"
        example = printable(pictures[0].name)
        return NoClassFolders(f"“{folder}” has {count} directly in it, such as “{example}”. {expected}.")
    found = f"only other files, such as “{printable(files[0].name)}”" if files else "it is empty"
    return NoImages(f"No pictures in “{folder}”: {found}. {expected}.")

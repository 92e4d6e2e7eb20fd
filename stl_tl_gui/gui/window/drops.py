"""Recognizes dropped files and folders by their names alone, fast even for huge folders."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Literal

from stl_tl_gui.engine.data.decoding import IMAGE_SUFFIXES
from stl_tl_gui.engine.data.folder_layout import split_called
from stl_tl_gui.engine.data.picture_archive import is_archive
from stl_tl_gui.engine.data.table import TABLE_SUFFIXES
from stl_tl_gui.engine.models.weight_store import CHECKPOINT_SUFFIXES
from stl_tl_gui.engine.settings.backbones import BACKBONES

Kind = Literal["pictures", "data", "archive", "picture_archive", "run", "checkpoint", "weights", "unknown"]
"""Pictures to classify, a data set (a folder of class folders or STL-10's, or a table), STL-10's archive, another one,
a run folder, a model, ImageNet weights of backbones or a folder of them."""

_STL10_ARCHIVE = "stl10_binary"
_ENTRIES = 500
"""How far into a folder to look."""


def kind_of(path: Path) -> Kind:
    """What a dropped path is. A folder that contains pictures itself is pictures; one whose folders do is data."""
    try:
        if path.is_dir():
            return _kind_of_folder(path)
    except OSError:  # no permission
        return "unknown"
    if path.name in _weights_names():
        return "weights"
    suffix = path.suffix.lower()
    if suffix in IMAGE_SUFFIXES:
        return "pictures"
    if suffix in CHECKPOINT_SUFFIXES:
        return "checkpoint"
    if suffix in TABLE_SUFFIXES:
        return "data"
    if is_archive(path.name):
        return "archive" if path.name.lower().startswith(_STL10_ARCHIVE) else "picture_archive"
    return "unknown"


def kind_of_all(paths: list[Path]) -> Kind:
    """What several paths dropped together are: pictures or weights if any is, so that one odd file does not matter."""
    if len(paths) == 1:
        return kind_of(paths[0])
    kinds = {kind_of(path) for path in paths}
    several: tuple[Kind, ...] = ("pictures", "weights")
    return next((kind for kind in several if kind in kinds), "unknown")


def _weights_names() -> set[str]:
    return {row.weights.file_name for row in BACKBONES.values()}


def data_around(paths: list[Path]) -> Path | None:
    """The data set whose class folder these pictures are in, or are; None where there is none."""
    folders = {path if path.is_dir() else path.parent for path in paths}
    parents = {folder.parent for folder in folders}
    if len(parents) != 1:
        return None
    (parent,) = parents
    return parent if kind_of(parent) == "data" else None


def _kind_of_folder(folder: Path) -> Kind:
    entries = list(_entries(folder))
    names = {entry.name for entry in entries}
    if "settings.json" in names:
        return "run"
    if names & {"train_X.bin", "stl10_binary"}:
        return "data"
    if any(_is_picture(entry) for entry in entries):
        return "pictures"
    if names & _weights_names():
        return "weights"
    folders = [entry for entry in entries if entry.is_dir()]
    if any(split_called(entry.name) not in (None, "unlabeled") and _holds_classes(entry) for entry in folders):
        return "data"
    with_pictures = list(islice((entry for entry in folders if _holds_pictures(entry)), 2))
    if len(with_pictures) == 1 and len(folders) == 1:
        return "pictures"  # a single folder is no set of classes
    return "data" if with_pictures else "unknown"


def _holds_classes(folder: Path) -> bool:
    return any(entry.is_dir() and _holds_pictures(entry) for entry in _entries(folder))


def _holds_pictures(folder: Path) -> bool:
    return any(_is_picture(entry) for entry in _entries(folder))


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")


def _entries(folder: Path) -> Iterator[Path]:
    try:
        yield from islice(folder.iterdir(), _ENTRIES)
    except OSError:
        return

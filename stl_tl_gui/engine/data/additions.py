"""Additions: new pictures put into the class folders of an image folder, all or none, and never over existing files."""

import os
import shutil
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

from PIL import Image

from stl_tl_gui.engine.data.folder_layout import (
    SPLIT_NAMES,
    FolderMissing,
    NoClassFolders,
    NoImages,
    find_layout,
    relative_name,
)
from stl_tl_gui.engine.data.picture_files import holds_pictures, is_reserved
from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.engine.storage.files import write_atomically
from stl_tl_gui.engine.storage.places import data_folder

_QUALITY = 95
_NOT_IN_NAMES = '/\\:*?"<>|'
_LONGEST = 100


class BadClassName(UserError):
    """A name that cannot be that of a class folder."""


class NotAdded(UserError):
    """Pictures that could not be written where they belong."""


@dataclass(frozen=True)
class Addition:
    """A picture to add: its file name, and its bytes or the file to copy."""

    name: str
    content: bytes | Path


@dataclass(frozen=True)
class ClassFolders:
    """The class folders of an image folder by their names, and the folder that they are in."""

    parent: Path
    by_name: dict[str, Path]

    def folder(self, name: str) -> Path:
        """The folder of a class, ignoring case; for a new class, the folder to create. Raises BadClassName."""
        name = name.strip()
        known = {each.casefold(): path for each, path in self.by_name.items()}
        if name.casefold() in known:
            return known[name.casefold()]
        require_class_name(name)
        return self.parent / name


def find_class_folders(folder: Path) -> ClassFolders:
    """Those of an image folder; new ones go beside them. A folder that is missing or empty has none."""
    try:
        found = find_layout(folder).class_folders["train"]
    except (FolderMissing, NoClassFolders, NoImages):
        found = []
    parent = found[0].parent if found else folder
    return ClassFolders(parent, {relative_name(parent, path): path for path in sorted(found)})


def require_class_name(name: str) -> None:
    """Raises BadClassName for names that are not valid folder names on every system."""
    if not name:
        raise BadClassName("Enter a class name, such as “cat”.")
    wrong = sorted({sign for sign in name if sign in _NOT_IN_NAMES or not sign.isprintable()})
    if wrong:
        raise BadClassName(f"A class name cannot contain {' '.join(wrong)} because it becomes a folder name.")
    if name.startswith(".") or name.endswith(".") or is_reserved(name):
        raise BadClassName(f"“{name}” is not a valid folder name on every computer. Choose another name.")
    if name.casefold() in SPLIT_NAMES:
        raise BadClassName(f"“{name}” is the name of a split. Choose another name.")
    if len(name) > _LONGEST:
        raise BadClassName(f"A class name can have at most {_LONGEST} characters.")


def new_data_folder() -> Path:
    """Where a new data set of the user's own pictures starts: the last one where that has fewer than two classes."""
    number = 1
    while len(_filled(folder := data_folder() / _numbered("my pictures", number))) >= 2:
        number += 1
    return folder


def _filled(folder: Path) -> list[Path]:
    return [path for path in find_class_folders(folder).by_name.values() if holds_pictures(path)]


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name} {number}"


def stamp() -> str:
    """The current time as in file names: "20261127-141502"."""
    return time.strftime("%Y%m%d-%H%M%S")


def burst_name(origin: str, began: str, burst: int, number: int, suffix: str) -> str:
    """ "camera-20261127-141502-b03-001.jpg": but for the last number, pictures of one burst have one name.

    So they are one group where splits keep groups together by file names.
    """
    return f"{origin}-{began}-b{burst:02}-{number:03}{suffix}"


def jpeg(picture: Image.Image) -> bytes:
    """A photo as a file, with hardly a loss."""
    file = BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=_QUALITY, subsampling=0)
    return file.getvalue()


def png(picture: Image.Image) -> bytes:
    """A picture as a file, without loss."""
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def add(
    additions: Sequence[Addition], folder: Path, should_stop: Callable[[], bool]
) -> Generator[Progress, None, list[Path]]:
    """Write pictures into a class folder, created if needed; returns their files. All of them, or none.

    An existing name gets a number. Raises NotAdded, Cancelled.
    """
    written: list[Path] = []
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for addition in additions:
            if should_stop():
                raise Cancelled
            path = _free(folder / addition.name)
            _write(path, addition.content)
            written.append(path)
            yield Progress(stage="Adding pictures", done=len(written), total=len(additions), unit="pictures")
    except OSError as error:
        _take_back(written, folder if made else None)
        where = f"“{folder.name}” in “{folder.parent}”"
        raise NotAdded(f"The pictures could not be saved in {where}: {error.strerror or error}.") from error
    except BaseException:
        _take_back(written, folder if made else None)
        raise
    return written


def _free(path: Path) -> Path:
    number, free = 2, path
    while os.path.lexists(free):  # a broken link is a file too
        free = path.with_name(f"{path.stem} ({number}){path.suffix}")
        number += 1
    return free


def _write(path: Path, content: bytes | Path) -> None:
    if isinstance(content, bytes):
        write_atomically(path, content)
        return

    def copy(file: IO[bytes]) -> None:
        with content.open("rb") as source:
            shutil.copyfileobj(source, file)

    write_atomically(path, write=copy)


def _take_back(written: Sequence[Path], made: Path | None) -> None:
    with suppress(OSError):  # the first error is reported, not this one
        for path in written:
            path.unlink(missing_ok=True)
        if made is not None:
            made.rmdir()

"""Finds pictures below a folder: skips hidden and other files, follows links but no loops."""

import os
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from stl_tl_gui.engine.data.decoding import FOREIGN_SUFFIXES, HEIC_NEEDS, HEIC_SUFFIXES, IMAGE_SUFFIXES, printable
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import Progress, ShouldStop

_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
"""What Windows allows no file or folder to be called, whatever its suffix."""
_OTHER_PROGRAMS = ("__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information")


@dataclass(frozen=True)
class PictureFile:
    """A file that should be a picture by its name."""

    path: Path
    size: int
    mtime_ns: int


@dataclass
class Found:
    """What lies below a folder."""

    pictures: list[PictureFile] = field(default_factory=list)
    """In the order of their paths, which is the same on every machine."""
    refused: list[tuple[Path, str]] = field(default_factory=list)
    """Pictures that cannot be opened here, and why as the rest of a sentence."""
    closed: list[tuple[Path, str]] = field(default_factory=list)
    """Folders that cannot be looked into, and why."""


def is_hidden(name: str) -> bool:
    """Whether a file or folder is hidden or belongs to another program."""
    return name.startswith(".") or name in _OTHER_PROGRAMS


def is_reserved(name: str) -> bool:
    """Whether Windows cannot have a file or folder of this name."""
    return name.partition(".")[0].casefold() in _RESERVED


def suffix(name: str) -> str:
    """The lower-case suffix of a file name, with its dot."""
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 - many times faster than Path, for 100,000 names


def refused_format(ending: str) -> str:
    """Why a picture of a format in FOREIGN_SUFFIXES is left out, as the rest of a sentence."""
    if ending in HEIC_SUFFIXES:
        return HEIC_NEEDS
    return f"has a format that cannot be opened here ({ending}); save it as JPEG or PNG"


def entries(folder: Path) -> tuple[list[Path], list[Path]]:
    """The visible subfolders and files directly in a folder, by name. Raises OSError."""
    with os.scandir(folder) as found:
        visible = sorted((entry for entry in found if not is_hidden(entry.name)), key=lambda entry: entry.name)
    return (
        [folder / entry.name for entry in visible if entry.is_dir()],
        [folder / entry.name for entry in visible if not entry.is_dir()],
    )


def find_pictures(folder: Path, outside: Iterable[Path], should_stop: ShouldStop) -> Generator[Progress, None, Found]:
    """All pictures below a folder, however deep. Links that lead back to `outside` are not followed.

    Yields progress after each folder; raises Cancelled.
    """
    found = Found()
    seen = {_identity(path) for path in outside}
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            identity = _identity(here)
            folders, files = entries(here)
        except OSError as error:
            found.closed.append((here, error.strerror or str(error)))
            continue
        if identity in seen:
            continue
        seen.add(identity)
        waiting += folders
        for file in files:
            if should_stop():
                raise Cancelled
            _add(found, file)
        yield Progress(stage=f"Finding pictures in {printable(folder.name)}", done=len(found.pictures), total=0)
    found.pictures.sort(key=lambda picture: picture.path.as_posix())
    return found


def holds_pictures(folder: Path) -> bool:
    """Whether there is a picture anywhere below a folder."""
    for _, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not is_hidden(name)]
        if any(suffix(name) in IMAGE_SUFFIXES and not is_hidden(name) for name in files):
            return True
    return False


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


def _add(found: Found, file: Path) -> None:
    ending = suffix(file.name)
    if ending in FOREIGN_SUFFIXES:
        found.refused.append((file, refused_format(ending)))
    elif ending in IMAGE_SUFFIXES:
        try:
            status = file.stat()
        except OSError as error:
            found.refused.append((file, f"cannot be read: {error.strerror or error}"))
        else:
            found.pictures.append(PictureFile(file, status.st_size, status.st_mtime_ns))


def find_binary_folder(folder: Path) -> Path | None:
    """The folder itself or its stl10_binary subfolder, whichever contains train_X.bin."""
    return next((found for found in (folder, folder / "stl10_binary") if (found / "train_X.bin").is_file()), None)

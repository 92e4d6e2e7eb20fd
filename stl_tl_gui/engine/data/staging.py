"""A folder that is made beside its place, so that nothing half is ever there, even after the power went."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from stl_tl_gui.engine.data.dataset import DataError
from stl_tl_gui.engine.storage.locks import remove_lock

_MARGIN = 50 * 10**6
"""Bytes of the disk that are left free."""


class NoRoomForData(DataError):
    """The folder cannot be written, or the disk is full."""


class BeingMade(DataError):
    """Another window or command is making this folder."""


@contextmanager
def staging_folder(folder: Path) -> Iterator[Path]:
    """An empty folder beside one that is to be made; what is left in it in the end is removed.

    So is what a process left here that was killed. Raises BeingMade, OSError.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = folder.parent / f".{folder.name[:60]}.partial"
    lock = FileLock(staging.with_suffix(".lock"), blocking=False, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise BeingMade(f"“{folder}” is being made by another window or command.") from None
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        remove_lock(lock)


def require_room(folder: Path, size: int) -> None:
    """Raise NoRoomForData unless so many bytes, and some more, are free where a folder is or is to be made."""
    free = shutil.disk_usage(_nearest(folder)).free
    if free < size + _MARGIN:
        raise NoRoomForData(
            f"There is not enough room in “{folder.parent}”: {size / 1e9:.1f} GB are needed, {free / 1e9:.1f} GB free."
        )


def _nearest(folder: Path) -> Path:
    """The folder itself, or that above it which is there."""
    place = folder.absolute()
    return next((each for each in (place, *place.parents) if each.exists()), place)

"""Staging folders: new data is complete before it moves into place, even after a power failure."""

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
    """Another window or command is creating this folder."""


@contextmanager
def staging_folder(folder: Path) -> Iterator[Path]:
    """An empty folder next to the one to create; removed at the end with what is left in it.

    Leftovers of a killed process are removed first. Raises BeingMade, OSError.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = folder.parent / f".{folder.name[:60]}.partial"
    lock = FileLock(staging.with_suffix(".lock"), blocking=False, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise BeingMade(f"Another window or command is creating “{folder}”. Wait until it has finished.") from None
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        remove_lock(lock)


def require_room(folder: Path, size: int) -> None:
    """Raise NoRoomForData unless this many bytes, plus a margin, are free on the disk of a folder."""
    free = shutil.disk_usage(_nearest(folder)).free
    if free < size + _MARGIN:
        raise NoRoomForData(
            f"Not enough disk space in “{folder.parent}”: {size / 1e9:.1f} GB needed, {free / 1e9:.1f} GB free."
        )


def _nearest(folder: Path) -> Path:
    """The folder itself or its nearest existing parent."""
    place = folder.absolute()
    return next((each for each in (place, *place.parents) if each.exists()), place)

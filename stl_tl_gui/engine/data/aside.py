"""A folder that is made beside its place, so that nothing half is ever there, even after the power went."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from stl_tl_gui.engine.data.dataset import DataError


class BeingMade(DataError):
    """Another window or command is making this folder."""


@contextmanager
def aside_of(folder: Path) -> Iterator[Path]:
    """An empty folder beside one that is to be made; what is left in it in the end is removed.

    So is what a process left here that was killed. Raises BeingMade, OSError.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.with_name(f".{folder.name[:60]}.partial")
    lock = FileLock(aside.with_suffix(".lock"), blocking=False, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise BeingMade(f"“{folder}” is being made by another window or command.") from None
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        lock.release()
        with suppress(OSError):
            Path(lock.lock_file).unlink()

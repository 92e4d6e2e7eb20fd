"""File locks: windows and commands change a file that they share one after the other."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from stl_tl_gui.engine.errors import UserError

_PATIENCE = 1.0
"""Seconds to wait for another process, which needs milliseconds."""


def remove_lock(lock: BaseFileLock) -> None:
    """Release a lock and remove its file.

    The file is removed while the lock is held: else a process that waits for the old file and one that makes a new
    file would both get the lock. Windows cannot remove an open file.
    """
    path = Path(lock.lock_file)
    if os.name != "nt":
        with suppress(OSError):  # in a folder that has become read-only the file stays, and is free
            path.unlink(missing_ok=True)
    lock.release()
    with suppress(OSError):
        if os.name == "nt":
            path.unlink(missing_ok=True)


@contextmanager
def locked(lock_file: Path, busy: UserError, *, patience: float = _PATIENCE, remove: bool = False) -> Iterator[None]:
    """Hold a lock. Raises `busy` if another process keeps it. `remove` deletes the lock's file afterwards.

    Continues without a lock where the file system has none or cannot be written; writing then fails by itself.
    """
    lock = FileLock(lock_file, timeout=patience, thread_local=False)
    try:
        lock_file.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise busy from None
    except (OSError, NotImplementedError):
        yield
        return
    try:
        yield
    finally:
        if remove:
            remove_lock(lock)
        else:
            lock.release()

"""Turns: windows and commands that read a small file, change it and write it do so one after the other."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from stl_tl_gui.engine.errors import UserError

_PATIENCE = 1.0
"""Seconds to wait for another, which takes milliseconds."""


def remove_lock(lock: BaseFileLock) -> None:
    """Let go of a lock and remove its file.

    Removed while it is held, or one who waits for the old file and one who makes a new one would both get in. Windows
    removes no file that is open.
    """
    path = Path(lock.lock_file)
    if os.name != "nt":
        path.unlink(missing_ok=True)
    lock.release()
    with suppress(OSError):
        if os.name == "nt":
            path.unlink(missing_ok=True)


@contextmanager
def locked(lock_file: Path, busy: UserError, *, patience: float = _PATIENCE, remove: bool = False) -> Iterator[None]:
    """Keep others out. Raises `busy` if they do not let go. With `remove`, the file of the lock is gone afterwards.

    Where there can be no locks, or nothing can be written, all are let in: what follows will tell.
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

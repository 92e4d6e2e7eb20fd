"""Turns: windows and commands that read a small file, change it and write it do so one after the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from stl_tl_gui.engine.errors import UserError

_PATIENCE = 1.0
"""Seconds to wait for another, which takes milliseconds."""


@contextmanager
def turn(lock_file: Path, busy: UserError) -> Iterator[None]:
    """Keep others out. Raises `busy` if they do not let go.

    Where there can be no locks, or nothing can be written, all are let in: what follows will tell.
    """
    lock = FileLock(lock_file, timeout=_PATIENCE, thread_local=False)
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
        lock.release()

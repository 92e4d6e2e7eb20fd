"""Atomic writing: a file is complete or missing."""

import os
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

_PARTIAL = ".partial"
_DAY = 86400
"""Seconds."""


def write_atomically(
    path: Path, content: bytes | None = None, *, write: Callable[[IO[bytes]], object] | None = None
) -> None:
    """Replace a file whole or not at all, even if the power fails: written beside it, flushed to disk, then renamed.

    Give either the bytes or `write`, a function that writes to the open binary file.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}{_PARTIAL}")
    try:
        with temporary.open("xb") as file:
            if write is not None:
                write(file)
            else:
                assert content is not None
                file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def is_leftover(path: Path) -> bool:
    """Whether a file is what a process that was killed left behind while it wrote another one."""
    return path.name.startswith(".") and path.name.endswith(_PARTIAL)


def remove_leftovers(folder: Path) -> None:
    """Remove what killed processes left in a folder into which several write; files under way stay.

    Processes of other computers, whose numbers tell nothing here, have a day.
    """
    with suppress(OSError):
        for path in filter(is_leftover, list(folder.iterdir())):
            number = path.name.removesuffix(_PARTIAL).rpartition(".")[2].partition("-")[0]
            old = time.time() - path.stat().st_mtime > _DAY
            if old or (number.isdecimal() and not _is_alive(int(number))):
                path.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    """Whether a process with this number may exist on this computer; on Windows nobody can tell without harm."""
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _sync_folder(folder: Path) -> None:
    """Flush the new name to disk, where the system knows how (not Windows)."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)

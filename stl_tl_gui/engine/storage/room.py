"""Room on the disk: what is needed before a run, and waiting for it when it runs out."""

import errno
import shutil
import time
from collections.abc import Callable, Generator
from pathlib import Path

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.events import Progress, ShouldStop

_LOOK_EVERY, _PATIENCE = 1.0, 3600.0
"""Seconds between tries to write on a full disk, and in all."""
_FULL = (errno.ENOSPC, errno.EDQUOT)


class NoRoomForRun(UserError):
    """The disk has no room for the checkpoints of a run."""


def is_full(error: OSError) -> bool:
    """Whether a file could not be written because the disk, or the user's share of it, is full."""
    return error.errno in _FULL


def require_room(folder: Path, needed: int) -> None:
    """Raise NoRoomForRun if a folder that may not exist yet has less than so many bytes to write."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise NoRoomForRun(
            f"The checkpoints of this run need about {_megabytes(needed)}, but the disk of “{there}” has "
            f"{_megabytes(free)} left. Free some space, or keep runs elsewhere."
        )


def when_there_is_room(write: Callable[[], object], should_stop: ShouldStop) -> Generator[Progress, None, None]:
    """Write; on a full disk, say so and try again until there is room. Raises the OSError when that takes too long, or
    when stopped meanwhile.
    """
    started = time.monotonic()
    while True:
        try:
            write()
        except OSError as error:
            if not is_full(error) or should_stop() or time.monotonic() - started > _PATIENCE:
                raise
            yield Progress(stage="The disk is full: waiting for room", done=0, total=0)
            time.sleep(_LOOK_EVERY)
        else:
            return


def _megabytes(count: int) -> str:
    return f"{max(1, round(count / 1e6)):,} MB"

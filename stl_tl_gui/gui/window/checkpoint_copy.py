"""The job that saves a run's checkpoint where the user wants it."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.gui.worker import Job

if TYPE_CHECKING:
    from stl_tl_gui.engine.events import Progress
    from stl_tl_gui.engine.runs import Run


class NoCheckpoint(UserError):
    """A checkpoint is to be saved before there is one."""


def copy_job(run: "Run | None", target: Path) -> Job:
    """A job that copies a run's best checkpoint, or its last if there is none yet. Raises NoCheckpoint, OSError."""

    def job(should_stop: Callable[[], bool]) -> "Generator[Progress, None, None]":
        from stl_tl_gui.engine.events import Progress
        from stl_tl_gui.engine.runs import write_atomically

        found = [path for path in (run.best, run.last) if path.exists()] if run is not None else []
        if not found:
            raise NoCheckpoint("There is no checkpoint yet: the first one is saved after the first epoch.")
        yield Progress(stage="Saving the checkpoint", done=0, total=0)
        content = found[0].read_bytes()
        try:
            write_atomically(target, content)
        except OSError as error:  # it names a file of its own that the user has never heard of
            raise OSError(error.errno, error.strerror, str(target)) from error

    return job

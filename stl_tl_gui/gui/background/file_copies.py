"""Jobs that copy a run's files to where the user wants them, whole or not at all."""

import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.gui.background.worker import Job

if TYPE_CHECKING:
    from stl_tl_gui.engine.events import Progress
    from stl_tl_gui.engine.runs.run import Run


class NoCheckpoint(UserError):
    """No checkpoint to save yet."""


class NotCopied(UserError):
    """A file cannot be read, or its copy cannot be written."""


def checkpoint_job(run: "Run | None", target: Path) -> Job:
    """A job that copies a run's best checkpoint, or its last if there is none yet. Raises NoCheckpoint, NotCopied."""

    def job(should_stop: Callable[[], bool]) -> "Generator[Progress, None, None]":
        found = [path for path in (run.best, run.last) if path.exists()] if run is not None else []
        if not found:
            raise NoCheckpoint("No checkpoint yet. The first one is saved after the first epoch.")
        yield from copy_job(found[0], target)(should_stop)

    return job


def copy_job(source: Path, target: Path) -> Job:
    """A job that copies a file; onto itself, it does nothing. Raises NotCopied."""

    def job(should_stop: Callable[[], bool]) -> "Generator[Progress, None, None]":
        from stl_tl_gui.engine.events import Progress
        from stl_tl_gui.engine.storage.files import write_atomically

        yield Progress(stage=f"Saving {target.name}", done=0, total=0)
        if source.resolve() == target.resolve():
            return
        try:
            with source.open("rb") as content:
                write_atomically(target, write=lambda file: shutil.copyfileobj(content, file))
        except OSError as error:
            raise NotCopied(f"“{target}” could not be saved: {error.strerror or error}.") from None

    return job

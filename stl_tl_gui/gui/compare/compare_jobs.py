"""The background jobs of the compare page."""

from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path

from stl_tl_gui.engine.comparison import ComparedRun, RunReader, key_of
from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.evaluation.metrics import Confusion
from stl_tl_gui.engine.runs.run import Run, find_runs
from stl_tl_gui.gui.background.worker import Job

Table = Confusion | str | None
"""A confusion matrix, or why its table cannot be read, or None where there is none."""


def read_job(reader: RunReader, others: Iterable[Run]) -> Job:
    """Returns all runs in the default place, and of these others those that still exist."""

    def job(should_stop: Callable[[], bool]) -> Generator[None, None, list[ComparedRun]]:
        yield
        found = []
        there = [run for run in others if run.folder.exists()]
        for run in {key_of(run): run for run in (*there, *find_runs())}.values():
            if should_stop():
                raise Cancelled
            found.append(reader.read(run))
        return found

    return job


def confusions_job(reader: RunReader, paths: Sequence[Path | None]) -> Job:
    """Returns a Table for each path of a prediction table."""

    def job(should_stop: Callable[[], bool]) -> Generator[None, None, list[Table]]:
        yield
        return [_table(reader, path) for path in paths]

    return job


def _table(reader: RunReader, path: Path | None) -> Table:
    if path is None or not path.exists():
        return None
    try:
        return reader.confusion(path)
    except UserError as error:
        return str(error)

"""Jobs on run folders: list them, read what a new run takes from one, move some to the trash."""

from collections.abc import Generator, Iterable
from contextlib import suppress
from pathlib import Path

from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.events import Progress, ShouldStop
from stl_tl_gui.engine.runs.notes import RunNotes, write_notes
from stl_tl_gui.engine.runs.run import Run, RunSummary, list_runs
from stl_tl_gui.engine.runs.run_data import place_of_data
from stl_tl_gui.engine.runs.starting_points import StartingPoint, starting_point
from stl_tl_gui.engine.settings.settings import TrainSettings


class NotTrashed(UserError):
    """A run could not be moved to the trash."""


def read_runs(should_stop: ShouldStop) -> Generator[Progress, None, list[RunSummary]]:
    """A job that lists all runs."""
    yield from ()
    return list_runs()


def read_runs_and(shown: Path | None, should_stop: ShouldStop) -> Generator[Progress, None, list[RunSummary]]:
    """A job that lists all runs, and one more that may be elsewhere, newest first."""
    yield from ()
    runs = list_runs()
    if shown is not None and not any(each.run.folder == shown for each in runs):
        with suppress(UserError, OSError):
            runs = sorted([*runs, Run(shown).summary()], key=lambda each: each.created, reverse=True)
    return runs


def read_start(run: Run, should_stop: ShouldStop) -> Generator[Progress, None, StartingPoint]:
    """A job that finds the weights of a run for another one. Raises NotARun, InvalidSettings, NoWeights."""
    yield from ()
    return starting_point(run)


def read_settings(run: Run, should_stop: ShouldStop) -> Generator[Progress, None, TrainSettings]:
    """A job that reads a run's settings, with the place where its data is now. Raises NotARun, InvalidSettings."""
    yield from ()
    return run.settings().model_copy(update={"data": place_of_data(run)})


def write_notes_job(run: Run, notes: RunNotes, should_stop: ShouldStop) -> Generator[Progress, None, None]:
    """A job that writes what the user noted about a run. Raises NotesNotWritable."""
    yield from ()
    write_notes(run.folder, notes)


def trash_runs(runs: Iterable[Run], should_stop: ShouldStop) -> Generator[Progress, None, None]:
    """A job that moves run folders to the system's trash. Never deletes. Raises NotTrashed, Cancelled."""
    from send2trash import send2trash

    runs = list(runs)
    for done, run in enumerate(runs):
        if should_stop():
            raise Cancelled
        if run.state() == "running":
            raise NotTrashed(f"The run “{run.name}” is still training. Stop it first.")
        try:
            send2trash(str(run.folder))
        except OSError as error:
            reason = error.strerror or str(error) or "the system has no trash for this folder"
            raise NotTrashed(f"“{run.name}” could not be moved to the trash: {reason}. It is still there.") from error
        yield Progress(stage="Moving runs to the trash", done=done + 1, total=len(runs), unit="runs")

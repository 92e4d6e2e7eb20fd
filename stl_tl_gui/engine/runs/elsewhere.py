"""A run that another process trains: watch its log as it grows, and ask that process to stop and save.

Both go through files of the run's folder, so they work for every window, command and computer that sees it.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pydantic import ValidationError

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.events import Event, RunEnd, RunStart, ShouldStop, from_json
from stl_tl_gui.engine.runs.run import SILENT_AFTER, Run

_LOOK_EVERY = 0.5
"""Seconds between two looks for a request: training does not feel it, also on a slow network drive."""
_READ_EVERY = 0.2
"""Seconds between two looks for new lines of a log."""


class NotTraining(UserError):
    """No process trains the run."""


def ask_to_stop(run: Run) -> None:
    """Ask the process that trains a run to stop after its batch and to save. Raises NotTraining, NotARun, OSError."""
    if run.state() != "running":
        raise NotTraining(f"“{run.name}” is not being trained now.")
    run.stop_request.touch()


@contextmanager
def stoppable(run: Run, should_stop: ShouldStop) -> Iterator[ShouldStop]:
    """Whether to stop a run that this process trains: its own reasons, or another process that asks."""
    _withdraw(run)  # of a process that was killed before it could follow
    looked, asked = time.monotonic(), False

    def stop() -> bool:
        nonlocal looked, asked
        if time.monotonic() - looked >= _LOOK_EVERY:
            looked, asked = time.monotonic(), asked or run.stop_request.exists()
        return asked or should_stop()

    try:
        yield stop
    finally:
        _withdraw(run)


def _withdraw(run: Run) -> None:
    with suppress(OSError):
        run.stop_request.unlink(missing_ok=True)


def new_events(run: Run, should_stop: ShouldStop) -> Iterator[list[Event]]:
    """The events of a run, some at a time, as another process logs them; ends with the run, or when nobody trains it.

    The first ones are those so far. The list is empty where there was nothing new for a moment. Raises OSError.
    """
    with (run.folder / "events.jsonl").open("rb") as file:
        rest, last = b"", time.monotonic()
        while not should_stop():
            trained = _is_trained(run, last)  # asked before the log is read: its last line is not missed
            *lines, rest = (rest + file.read()).split(b"\n")
            events = [event for line in lines if (event := _event(run, line)) is not None]
            yield events
            if not trained or (events and isinstance(events[-1], RunEnd)):
                return
            if events:
                last = time.monotonic()
            else:
                time.sleep(_READ_EVERY)


def _is_trained(run: Run, last_event: float) -> bool:
    """Whether a process still trains a run; where there are no locks, a run that is silent for long has ended."""
    silent = time.monotonic() - last_event
    locked = run.is_locked() if silent > _LOOK_EVERY else True
    return silent < SILENT_AFTER if locked is None else locked


def _event(run: Run, line: bytes) -> Event | None:
    try:
        event = from_json(line)
    except ValidationError:
        return None
    return event.model_copy(update={"run": os.fspath(run.folder)}) if isinstance(event, RunStart) else event

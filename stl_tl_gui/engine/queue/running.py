"""Working through the queue: generators of events that the window and the terminal only follow."""

import logging
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import Event, RunEnd, RunStart, ShouldStop
from stl_tl_gui.engine.queue.queue import Queue, QueueBusy, QueuedJob, QueueUnusable
from stl_tl_gui.engine.settings.settings import TrainSettings

_TRIES = 60
"""Each takes a second."""


@dataclass(frozen=True)
class JobStart:
    """The next run of a job starts, or continues."""

    job: QueuedJob
    event: Literal["job_start"] = "job_start"


@dataclass(frozen=True)
class JobEnd:
    """A run of a job has ended, which may have failed before it had a folder. After a fold the job waits again."""

    job: QueuedJob
    event: Literal["job_end"] = "job_end"


@dataclass(frozen=True)
class QueueEnd:
    """The last event. Finished: no job waits. Paused: `should_begin` said no."""

    reason: Literal["finished", "paused", "stopped"]
    event: Literal["queue_end"] = "queue_end"


QueueEvent = Event | JobStart | JobEnd | QueueEnd
Result = TypeVar("Result")


def work_off(
    queue: Queue,
    should_stop: ShouldStop,
    should_begin: Callable[[], bool] = lambda: True,
    should_skip: Callable[[str], bool] = lambda job_id: False,
) -> Generator[QueueEvent, None, None]:
    """Train the waiting jobs, one run after the other; the last event is a QueueEnd.

    A run that fails is marked, and the next one starts. A run that is stopped is saved and waits to be resumed.
    `should_begin` is asked before each run. `should_skip` is asked at every batch about the current job: once true, its
    run is stopped and saved, and the next one starts. Raises QueueUnusable.
    """
    job = None
    while not should_stop() and not (job and job.interrupted):
        if not should_begin():
            return (yield QueueEnd("paused"))
        job = _patiently(queue.claim)
        if job is None:
            return (yield QueueEnd("finished"))
        try:
            yield JobStart(job)
            job = yield from _do(queue, job, should_stop, partial(should_skip, job.id))
            _patiently(partial(queue.release, job))
        finally:
            queue.let_go(job.id)  # after an error: then the job waits again
        yield JobEnd(job)
    yield QueueEnd("stopped")
    return None


def train_folds(
    settings: TrainSettings, folder: Path | None, should_stop: ShouldStop
) -> Generator[QueueEvent, None, QueuedJob]:
    """Train on each fold in turn, each in a subfolder of `folder`, until a run fails or is stopped.

    Returns the job with the results. Raises what `train` raises.
    """
    job = QueuedJob(settings=settings)
    while job.state == "waiting" and not job.interrupted:
        yield JobStart(job.model_copy(update={"state": "running"}))
        place = folder and folder / f"fold {len(job.folds) + 1:02}"
        job = yield from _run(job, place, should_stop)
        yield JobEnd(job)
    return job


def _do(
    queue: Queue, job: QueuedJob, should_stop: ShouldStop, should_skip: ShouldStop
) -> Generator[Event, None, QueuedJob]:
    """Do the next run of a claimed job; returns the job after it. A run that fails must not stop the others."""
    begun = job

    def note(now: QueuedJob) -> None:
        nonlocal begun
        begun = now
        with suppress(QueueUnusable):  # it is written again when the run has ended
            _patiently(partial(queue.update, [now.id], run=now.run))

    try:
        job = yield from _run(job, None, lambda: should_stop() or should_skip(), note)
    except (Cancelled, KeyboardInterrupt):  # Ctrl+C for the second time: at once
        job = begun.after_run(RunEnd(reason="stopped", message="Stopped on request."))
    except Exception as error:  # noqa: BLE001 - one failed run must not stop the others
        job = begun.after_run(RunEnd(reason="failed", message=_reason(error)))
    return job.model_copy(update={"state": "skipped"}) if job.interrupted and should_skip() else job


def _run(
    job: QueuedJob, folder: Path | None, should_stop: ShouldStop, note: Callable[[QueuedJob], None] = lambda job: None
) -> Generator[Event, None, QueuedJob]:
    """Do the next run of a job, or resume it. Passes its folder to `note`; returns the job after it."""
    from stl_tl_gui.engine.training.train import resume, train  # torch

    run = job.run_to_resume()
    events = resume(run, None, should_stop) if run is not None else train(job.next_run, folder, should_stop)
    end = None
    for event in events:
        if isinstance(event, RunStart):
            job = job.model_copy(update={"run": Path(event.run)})
            note(job)
        elif isinstance(event, RunEnd):
            end = event
        yield event
    assert end is not None, "a run ends with a RunEnd"
    return job.after_run(end)


def _reason(error: Exception) -> str:
    from stl_tl_gui.engine.training.failures import explain, known_reason

    if known_reason(error) is None:
        logging.getLogger(__name__).error("A run of the queue failed", exc_info=error)
    return explain(error)


def _patiently(do: Callable[[], Result]) -> Result:
    """Retry while the file is busy: a run of hours must not be lost because of one busy second."""
    for _ in range(_TRIES):
        with suppress(QueueBusy):
            return do()
    return do()

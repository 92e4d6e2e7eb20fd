"""The time left for the queue, estimated from the runs so far."""

from collections.abc import Sequence

from stl_tl_gui.engine.queue.queue import QueuedJob
from stl_tl_gui.engine.runs.so_far import RunSoFar
from stl_tl_gui.engine.settings.advice import work
from stl_tl_gui.engine.settings.phases import phases

_Measured = tuple[str, float, float]
"""Backbone, seconds and the work done in that time."""


def seconds_left(jobs: Sequence[QueuedJob], here: QueuedJob | None, so_far: RunSoFar) -> float | None:
    """Seconds until every waiting job is done; None before anything was measured.

    `here` is the job that trains now and `so_far` its progress. A waiting job is expected to need as much time per work
    as runs with the same backbone did, else as all runs did.
    """
    measured: list[_Measured] = [
        (job.settings.backbone, job.seconds, _work(job)) for job in jobs if job.state == "done" and job.seconds
    ]
    left = 0.0
    if here is not None:
        known = _seconds_left_here(so_far)
        if known is not None:
            measured.append((here.settings.backbone, known, _work_left(here, so_far)))
        estimate = known if known is not None else _expected(here, measured)
        if estimate is None:
            return None
        left = estimate
    for job in jobs:
        if job.state == "waiting":
            expected = _expected(job, measured)
            if expected is None:
                return None
            left += expected
    return left


def _seconds_left_here(so_far: RunSoFar) -> float | None:
    if so_far.pace is None or so_far.batch is None or not so_far.is_training:
        return None
    return so_far.pace.seconds_left(so_far.batch.step)


def _work_left(here: QueuedJob, so_far: RunSoFar) -> float:
    """The work left for all layers. 0 if frozen ones are computed already: that pace says nothing of other runs."""
    if phases(here.settings)[-1].freeze != "none":
        return 0.0
    done, steps = so_far.progress
    return work({**here.settings.model_dump(), "freeze": "none"}) * (1 - done / steps)


def _work(job: QueuedJob) -> float:
    return work(job.settings.model_dump())


def _expected(job: QueuedJob, measured: Sequence[_Measured]) -> float | None:
    measured = [row for row in measured if row[2] > 0]
    alike = [row for row in measured if row[0] == job.settings.backbone] or measured
    works = sum(row[2] for row in alike)
    return sum(row[1] for row in alike) / works * _work(job) if works else None

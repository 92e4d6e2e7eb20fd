"""The queue: runs to train one after the other, in one file that several windows and commands share."""

import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, Literal

from filelock import BaseFileLock, FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.events import RunEnd
from stl_tl_gui.engine.runs.run import FINISHED as RUN_FINISHED
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.settings.settings import TrainSettings, fold_runs
from stl_tl_gui.engine.storage.files import write_atomically
from stl_tl_gui.engine.storage.locks import locked, remove_lock
from stl_tl_gui.engine.storage.places import queue_file

FORMAT = 1

JobState = Literal["waiting", "running", "done", "failed", "skipped"]
FINISHED: tuple[JobState, ...] = ("done", "failed", "skipped")


class QueueUnusable(UserError):
    """The queue file cannot be read or written, or another process keeps it locked too long."""


class QueueBusy(QueueUnusable):
    """Another process has locked the file."""


class FoldResult(BaseModel):
    """The result of one fold. Accuracies are in [0, 1]."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    run: Path | None
    val_accuracy: float | None = None
    test_accuracy: float | None = None
    seconds: float = 0.0


class QueuedJob(BaseModel):
    """One run that waits, is running, or has finished; or one run for each fold. Accuracies are in [0, 1].

    With folds, the accuracies are the means of the finished folds, and the seconds are their sum.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    id: str = Field(default_factory=lambda: uuid.uuid4().hex[:12])
    settings: TrainSettings
    state: JobState = "waiting"
    run: Path | None = None
    """The run folder, once there is one."""
    message: str = ""
    """Why it failed, or why it waits although it has already started."""
    val_accuracy: float | None = None
    test_accuracy: float | None = None
    seconds: float = 0.0
    folds: tuple[FoldResult, ...] = ()
    """The finished folds, in order."""

    @property
    def fold_count(self) -> int:
        """How many runs this job has."""
        return len(fold_runs(self.settings))

    @property
    def next_run(self) -> TrainSettings:
        """The settings of the current or next run."""
        runs = fold_runs(self.settings)
        return runs[min(len(self.folds), len(runs) - 1)]

    @property
    def runs(self) -> list[Path]:
        """The run folders so far."""
        done = [fold.run for fold in self.folds if fold.run is not None]
        return done if self.run is None or self.run in done else [*done, self.run]

    def deviation(self, accuracy: Literal["val_accuracy", "test_accuracy"]) -> float | None:
        """The standard deviation of an accuracy over the finished folds; None for fewer than two."""
        values = [value for fold in self.folds if (value := getattr(fold, accuracy)) is not None]
        return stdev(values) if len(values) > 1 else None

    @property
    def interrupted(self) -> bool:
        """Whether it waits to be resumed, or to start again, after it was stopped or interrupted."""
        return self.state == "waiting" and bool(self.message)

    def run_to_resume(self) -> Run | None:
        """The run to resume, or None if there is no checkpoint: then it starts from the first epoch."""
        run = Run(self.run) if self.run is not None else None
        return run if run is not None and run.last.is_file() else None

    def after_run(self, end: RunEnd) -> "QueuedJob":
        """The job after its run ended so. Stopped, it waits to be resumed; after a fold, it waits for the next one."""
        states: dict[str, JobState] = {"failed": "failed", "stopped": "waiting"}
        done = end.reason not in states
        val, test = end.best_val_accuracy, end.test_accuracy
        result = FoldResult(run=self.run, val_accuracy=val, test_accuracy=test, seconds=end.seconds)
        folds = (*self.folds, result) if done and self.fold_count > 1 else self.folds
        counted = folds if self.fold_count > 1 else (result,)
        next_fold = done and len(folds) < self.fold_count and self.fold_count > 1
        values = {
            "state": "waiting" if next_fold else states.get(end.reason, "done"),
            "message": "" if done else end.message,
            "run": None if next_fold else self.run,
            "folds": folds,
            "val_accuracy": _mean(each.val_accuracy for each in counted),
            "test_accuracy": _mean(each.test_accuracy for each in counted),
            "seconds": sum(each.seconds for each in counted),
        }
        return self.model_copy(update=values)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def remove_jobs(jobs: Iterable[QueuedJob], ids: Iterable[str]) -> list[QueuedJob]:
    """The jobs without those with these ids. One that is running stays."""
    gone = set(ids)
    return [job for job in jobs if job.id not in gone or job.state == "running"]


def move_jobs(jobs: Sequence[QueuedJob], ids: Iterable[str], place: int) -> list[QueuedJob]:
    """The jobs with those of these ids, in their order, moved before the one that was at `place`."""
    chosen = set(ids)
    before = [job for job in jobs[: max(0, place)] if job.id not in chosen]
    after = [job for job in jobs[max(0, place) :] if job.id not in chosen]
    return [*before, *(job for job in jobs if job.id in chosen), *after]


def restore_jobs(jobs: Sequence[QueuedJob], removed: Iterable[tuple[int, QueuedJob]]) -> list[QueuedJob]:
    """The jobs with removed ones back at their old places, given from the top; those that are there already stay."""
    result, known = list(jobs), {job.id for job in jobs}
    for place, job in removed:
        if job.id not in known:
            result.insert(place, job)
    return result


class Queue:
    """The file. Each method reads or changes it as a whole; any number of processes may use it at the same time.

    All raise QueueUnusable. A claimed job belongs to this object until `release`, or until the process ends: then the
    system drops the claim, and the job waits again.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or queue_file()
        self.damage = ""
        """What was wrong with the file when it was read, and where a copy of it is kept."""
        self._claims: dict[str, BaseFileLock | None] = {}

    def jobs(self) -> list[QueuedJob]:
        """All jobs, the next one first."""
        if not self.path.exists():
            return []
        with self._turn():
            return self._read()

    def edit(self, change: Callable[[list[QueuedJob]], list[QueuedJob]]) -> list[QueuedJob]:
        """Replace the jobs in the file by what a function makes of them; returns the new ones."""
        with self._turn():
            jobs = change(self._read())
            self._write(jobs)
        return jobs

    def add(self, settings: Iterable[TrainSettings]) -> list[QueuedJob]:
        """Append a job for each settings; returns the new ones."""
        new = [QueuedJob(settings=each) for each in settings]
        self.edit(lambda jobs: [*jobs, *new])
        return new

    def update(self, ids: Iterable[str], **values: Any) -> None:
        """Change fields of these jobs, if they are still in the file."""
        chosen = set(ids)
        self.edit(lambda jobs: [job.model_copy(update=values) if job.id in chosen else job for job in jobs])

    def claim(self) -> QueuedJob | None:
        """Claim the next waiting job for this object; None if there is none."""
        with self._turn():
            jobs, claimed = self._read(), None
            for place, job in enumerate(jobs):
                if job.state != "waiting":
                    continue
                if job.run is not None and Run(job.run).is_locked():  # resumed by hand
                    continue
                jobs[place] = job = _as_its_run_is(job)
                if job.state == "waiting" and self._take(job.id):
                    jobs[place] = claimed = job.model_copy(update={"state": "running", "message": ""})
                    break
            try:
                self._write(jobs)
            except QueueUnusable:
                if claimed is not None:
                    self.let_go(claimed.id)
                raise
        return claimed

    def release(self, job: QueuedJob) -> None:
        """Write the new state of a claimed job and drop the claim. While the file is busy, it stays claimed."""
        self.edit(lambda jobs: [job if each.id == job.id else each for each in jobs])
        self.let_go(job.id)

    def let_go(self, job_id: str) -> None:
        """Drop the claim on a job, if there is one. A job that was not released waits again."""
        lock = self._claims.pop(job_id, None)
        if lock is not None:
            remove_lock(lock)

    def _take(self, job_id: str) -> bool:
        """Take a job's lock, unless another process has it."""
        lock = FileLock(self.path.with_name(f"{job_id}.lock"), blocking=False, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            return False
        except (OSError, NotImplementedError):  # a place without locks: one process at a time is all that is safe there
            self._claims[job_id] = None
        else:
            self._claims[job_id] = lock
        return True

    def _is_abandoned(self, job: QueuedJob) -> bool:
        """Whether the process that claimed a job has ended."""
        if job.state != "running" or job.id in self._claims:
            return False
        free = self._take(job.id)
        self.let_go(job.id)
        return free

    def _read(self) -> list[QueuedJob]:
        try:
            document = json.loads(self.path.read_bytes())
            format_, entries = document["format"], list(document["jobs"])
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._unusable("read", error) from None
        except (ValueError, KeyError, TypeError):
            self._keep_aside("The queue file is damaged, so the queue starts empty.")
            self._write([])
            return []
        if format_ != FORMAT:
            raise QueueUnusable(f"“{self.path}” was written by a newer version of this app. Please update the app.")
        jobs = [job for entry in entries if (job := _job(entry)) is not None]
        if len(jobs) < len(entries):
            self._keep_aside(f"{len(entries) - len(jobs)} of {len(entries)} runs in the queue could not be read.")
            self._write(jobs)
        return [_interrupted(job) if self._is_abandoned(job) else job for job in jobs]

    def _write(self, jobs: Iterable[QueuedJob]) -> None:
        document = {"format": FORMAT, "jobs": [job.model_dump(mode="json") for job in jobs]}
        try:
            write_atomically(self.path, json.dumps(document, indent=1).encode())
        except OSError as error:
            raise self._unusable("written", error) from None

    def _keep_aside(self, what: str) -> None:
        kept = self.path.with_name(f"damaged {datetime.now():%Y-%m-%d %H.%M.%S.%f}.json")
        try:
            write_atomically(kept, self.path.read_bytes())
        except OSError as error:
            raise self._unusable("read", error) from None
        self.damage = f"{what} A copy of the file is kept: “{kept}”."

    def _unusable(self, what: str, error: OSError) -> QueueUnusable:
        return QueueUnusable(f"The queue in “{self.path}” cannot be {what}: {error.strerror or error}.")

    def _turn(self) -> AbstractContextManager[None]:
        busy = QueueBusy("The queue is in use by another window or command. Try again in a moment.")
        return locked(self.path.with_suffix(".lock"), busy)


def _job(entry: Any) -> QueuedJob | None:
    try:
        return QueuedJob.model_validate(entry)
    except ValidationError:
        return None


def _interrupted(job: QueuedJob) -> QueuedJob:
    return job.model_copy(
        update={"state": "waiting", "message": "Interrupted: the app or the computer stopped unexpectedly."}
    )


def _as_its_run_is(job: QueuedJob) -> QueuedJob:
    """A waiting job whose run was completed meanwhile (resumed by hand, or interrupted at the very end) is done."""
    if job.run is None:
        return job
    try:
        summary = Run(job.run).summary()
    except UserError:  # the folder is gone
        return job.model_copy(update={"run": None})
    if summary.state not in RUN_FINISHED:
        return job
    best, test = summary.best_val_accuracy, summary.test_accuracy
    end = RunEnd(reason="completed", message="", best_val_accuracy=best, test_accuracy=test, seconds=summary.seconds)
    return job.after_run(end)

"""The queue in words: what distinguishes jobs, their progress, their results."""

from collections.abc import Sequence

from stl_tl_gui.engine.queue.queue import FINISHED, JobState, QueuedJob
from stl_tl_gui.engine.runs.so_far import RunSoFar
from stl_tl_gui.engine.settings.variants import missing_weights
from stl_tl_gui.words.progress import progress_in_words, time_left
from stl_tl_gui.words.quantities import number_of, percent


def state_name(state: JobState) -> str:
    return state.capitalize()


def note_of(job: QueuedJob, so_far: RunSoFar | None) -> str:
    """The note beside a job: its progress, why it failed, or what to download first.

    `so_far` is given for the job that trains in this window.
    """
    if so_far is not None:
        return _joined(fold_words(job), _progress(so_far))
    if job.state == "running":
        return "Running in another window or command"
    row = missing_weights(job.settings) if job.state == "waiting" and not job.folds else None
    if row is not None and not job.message:
        return f"Weights not on this computer: {row.weights.megabytes:.0f}\u00a0MB to download"
    return _joined(fold_words(job), job.message)


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def fold_words(job: QueuedJob) -> str:
    """“Fold 3 of 10”, or how many are done; empty for a job with one run."""
    n, done = job.fold_count, len(job.folds)
    if n == 1:
        return ""
    if job.state == "running":
        return f"Fold {min(done + 1, n)} of {n}"
    return f"{n} folds" if done in (0, n) else f"{done} of {n} folds done"


def accuracy_words(accuracy: float | None, deviation: float | None = None) -> str:
    """“81.2 %”, or with a standard deviation, “81.2 % ± 1.1”."""
    return percent(accuracy) + (f" ± {100 * deviation:.1f}" if deviation is not None else "")


def _progress(so_far: RunSoFar) -> str:
    if so_far.start is None:
        return progress_in_words(so_far.stage) if so_far.stage is not None else "Getting ready…"
    epoch = f"Epoch {max(1, so_far.epoch_now)}"
    text = epoch if so_far.is_automatic else f"{epoch} of {so_far.start.epochs}"
    if so_far.stage is not None:
        return f"{text} · {progress_in_words(so_far.stage)}"
    left = so_far.pace.seconds_left(so_far.batch.step) if so_far.pace and so_far.batch else None
    return f"{text} · {time_left(left)}" if left is not None else text


def summary(
    jobs: Sequence[QueuedJob], here: QueuedJob | None, seconds: float | None, *, on: bool, working: bool
) -> str:
    """The queue in one line. `here`: the job that trains in this window, which is `working` through the queue.

    If it is `on` and not working, it starts when another training has ended.
    """
    waiting = sum(job.state == "waiting" for job in jobs)
    finished = sum(job.state in FINISHED for job in jobs)
    failed = sum(job.state == "failed" for job in jobs)
    if not jobs:
        return "Add several runs to train them one after the other."
    if here is not None:
        text = f"Run {finished + 1} of {len(jobs)}"
        if not on and waiting:
            return f"{text} · then the queue pauses"
        return f"{text} · {time_left(seconds)}" if seconds is not None else text
    if on and not working:
        return f"Starts after the current run: {number_of(waiting, 'run')}"
    if not waiting:
        done = f"All {finished} runs finished" if finished > 1 else "The run finished"
        return f"{done} · {failed} failed" if failed else done
    if not on and any(job.interrupted for job in jobs):
        return f"The queue was interrupted: {number_of(waiting, 'run')} to go"
    return f"{number_of(waiting, 'run')} to go"

"""Folds on the command line: a run for each, and their results with mean and standard deviation."""

import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stl_tl_gui.engine.events import RunEnd, RunStart
from stl_tl_gui.engine.queue.queue import QueuedJob, after_run, outcome
from stl_tl_gui.engine.settings.settings import TrainSettings

Accuracy = Literal["val_accuracy", "test_accuracy"]
_messages = Console(stderr=True, highlight=False, soft_wrap=True)


def in_percent(job: QueuedJob, accuracy: Accuracy) -> str:
    """A job's accuracy, of several folds with its standard deviation: “71.2% ± 0.8%”."""
    value, deviation = getattr(job, accuracy), job.deviation(accuracy)
    if value is None:
        return ""
    return f"{value:.1%}" if deviation is None else f"{value:.1%} ± {deviation:.1%}"


def print_folds(job: QueuedJob) -> None:
    """The table of a job that is made of folds, on stdout."""
    table = Table("fold", "run", "val", "test", "time")
    for number, fold in enumerate(job.folds, start=1):
        accuracies = ("" if value is None else f"{value:.1%}" for value in (fold.val_accuracy, fold.test_accuracy))
        table.add_row(str(number), escape(fold.run.name if fold.run else ""), *accuracies, f"{fold.seconds:.0f} s")
    table.add_section()
    mean = (in_percent(job, "val_accuracy"), in_percent(job, "test_accuracy"))
    table.add_row("mean", f"of {len(job.folds)}, ± standard deviation", *mean, f"{job.seconds:.0f} s")
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def train_folds(settings: TrainSettings, folder: Path | None, follow: Callable[..., Any]) -> int:
    """Train on each fold in turn, in folders of their own below `folder`; returns 1 if a run failed, else 0.

    Stopping ends it; the runs that are done stay.
    """
    job = QueuedJob(settings=settings)
    while len(job.folds) < job.fold_count:
        number = len(job.folds) + 1
        last: dict[type, Any] = {}
        _messages.print(f"Fold {number} of {job.fold_count}:")

        def watch(event: object, last: dict[type, Any] = last) -> None:
            last[type(event)] = event

        follow(_training(job.next_run, folder and folder / f"fold {number:02}"), False, watch)
        end = last[RunEnd]
        if outcome(end)["state"] != "done":
            _messages.print(escape(f"Fold {number}: {end.message}"))
            if job.folds:
                print_folds(job)
            return int(end.reason == "failed")
        job = job.model_copy(update={"run": Path(last[RunStart].run)})
        job = job.model_copy(update=after_run(job, outcome(end)))
    print_folds(job)
    return 0


def _training(settings: TrainSettings, folder: Path | None) -> Callable[..., Generator[Any, None, Any]]:
    from stl_tl_gui.engine.training.train import train

    return lambda should_stop: train(settings, folder, should_stop)

"""Runs side by side: how their settings and results differ, and which have the best accuracy for their cost."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, Literal

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.evaluation.metrics import Confusion, confusion
from stl_tl_gui.engine.queue.queue import JobState, QueuedJob
from stl_tl_gui.engine.runs.history import History
from stl_tl_gui.engine.runs.predictions import read_predictions
from stl_tl_gui.engine.runs.run import FINISHED, Run, RunState
from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.engine.settings.variants import differing

Split = Literal["test", "val"]
SPLITS: tuple[Split, ...] = ("test", "val")
State = RunState | JobState | Literal["unreadable"]
Better = Literal["high", "low"]

FACTS: dict[str, Better | None] = {
    "best_val_accuracy": "high",
    "test_accuracy": "high",
    "parameters": "low",
    "trainable_parameters": None,
    "seconds": "low",
    "checkpoint_bytes": "low",
    "epochs": None,
}
"""The facts of a run, and whether high or low values are better; None where neither is."""

ACCURACIES = ("best_val_accuracy", "test_accuracy")


@dataclass(frozen=True)
class ComparedRun:
    """One run with everything that is compared. Unknown values are None. Accuracies are in [0, 1]."""

    key: str
    """Unique: its folder, or the id of a waiting job of the queue."""
    name: str
    state: State
    run: Run | None = None
    settings: TrainSettings | None = None
    problem: str = ""
    """Why it cannot be read, or why it has not started, in a sentence."""
    created: datetime | None = None
    called: str = ""
    """The name that the user gave it."""
    best_val_accuracy: float | None = None
    test_accuracy: float | None = None
    parameters: int | None = None
    trainable_parameters: int | None = None
    seconds: float | None = None
    """Of training, once the run has ended."""
    checkpoint_bytes: int | None = None
    epochs: int | None = None
    """Finished ones."""
    device: str = ""
    fingerprint: str = ""
    """Of the data."""
    evaluated: tuple[Split, ...] = ()
    """The splits of its own data that have a prediction table."""
    history: History = field(default_factory=History)


@dataclass(frozen=True)
class Difference:
    """A setting that differs between runs."""

    name: str
    title: str
    values: tuple[Any, ...]
    """One per run, None where a run's settings cannot be read."""


class RunReader:
    """Reads each run again only when its files have changed."""

    def __init__(self) -> None:
        self._runs: dict[Path, tuple[object, ComparedRun]] = {}
        self._confusions: dict[Path, tuple[object, Confusion]] = {}

    def read(self, run: Run) -> ComparedRun:
        """Read a run. For one that cannot be read, `problem` says why; nothing is raised."""
        files = [run.folder / "settings.json", run.folder / "events.jsonl", run.best, *map(run.predictions, SPLITS)]
        stamp = [_stamp(path) for path in files]
        known = self._runs.get(run.folder)
        if known is not None and known[0] == stamp and known[1].state != "running":
            return known[1]
        found = read_run(run)
        self._runs[run.folder] = stamp, found
        return found

    def confusion(self, path: Path) -> Confusion:
        """The confusion matrix of a prediction table. Raises DamagedPredictions."""
        stamp, known = _stamp(path), self._confusions.get(path)
        if known is not None and known[0] == stamp:
            return known[1]
        found = confusion(read_predictions(path))
        self._confusions[path] = stamp, found
        return found


def key_of(run: Run) -> str:
    """Unique for a run, whatever its folder is called."""
    return str(run.folder.absolute())


def read_run(run: Run) -> ComparedRun:
    """Read a run from its folder. For one that cannot be read, `problem` says why; nothing is raised."""
    try:
        history = run.history()
        summary = run.summary(history)
        fingerprint = str(run.facts().get("data_fingerprint", ""))
    except UserError as error:
        return ComparedRun(key_of(run), run.name, "unreadable", run, problem=str(error))
    except OSError as error:
        problem = f"“{run.folder}” cannot be read: {error.strerror or error}."
        return ComparedRun(key_of(run), run.name, "unreadable", run, problem=problem)
    over = summary.state not in ("running", "interrupted")
    return ComparedRun(
        key=key_of(run),
        name=run.name,
        state=summary.state,
        run=run,
        settings=summary.settings,
        created=summary.created,
        called=summary.notes.name,
        best_val_accuracy=summary.best_val_accuracy,
        test_accuracy=summary.test_accuracy,
        parameters=summary.parameters,
        trainable_parameters=summary.trainable_parameters,
        seconds=summary.seconds if over and summary.seconds > 0 else None,
        checkpoint_bytes=_size(run.best),
        epochs=len(history.epochs),
        device=history.start.device if history.start is not None else "",
        fingerprint=fingerprint,
        evaluated=tuple(split for split in SPLITS if run.predictions(split).exists()),
        history=history,
    )


def planned(job: QueuedJob) -> ComparedRun:
    """A job of the queue that has no run folder yet."""
    return ComparedRun(f"job {job.id}", "", job.state, settings=job.settings, problem=job.message)


def differences(runs: Sequence[ComparedRun]) -> list[Difference]:
    """What differs in the settings of runs, in the order of the form. Runs without settings are ignored."""
    names = differing([run.settings for run in runs if run.settings is not None])
    return [Difference(name, title_of_setting(name), tuple(_setting(run, name) for run in runs)) for name in names]


def title_of_setting(name: str) -> str:
    return TrainSettings.model_fields[name].title or name


def _setting(run: ComparedRun, name: str) -> Any:
    return getattr(run.settings, name) if run.settings is not None else None


def same_data(runs: Iterable[ComparedRun]) -> bool:
    """Whether all runs were trained on the same pictures, as far as known."""
    return len({run.fingerprint for run in runs if run.fingerprint}) <= 1


def best_of(runs: Sequence[ComparedRun], fact: str) -> set[int]:
    """The indices of the runs that are best in one of FACTS; none where that says nothing.

    That is: all values are equal, neither end is better, or accuracies are on different data.
    """
    better, values = FACTS[fact], {place: getattr(run, fact) for place, run in enumerate(runs)}
    known = {place: value for place, value in values.items() if value is not None}
    if better is None or len(set(known.values())) < 2 or (fact in ACCURACIES and not same_data(runs)):
        return set()
    best = (max if better == "high" else min)(known.values())
    return {place for place, value in known.items() if value == best}


def plain_rows(runs: Sequence[ComparedRun], names: Sequence[str]) -> list[list[str | int | float | None]]:
    """The comparison for other programs: a header, then full values, accuracies as fractions in [0, 1]."""
    different = differences(runs)
    header: list[str | int | float | None] = ["run", *(each.name for each in different), "state", *FACTS, "folder"]
    rows = [header]
    for place, run in enumerate(runs):
        settings = [each.values[place] for each in different]
        folder = str(run.run.folder) if run.run is not None else ""
        rows.append([names[place], *settings, run.state, *(getattr(run, fact) for fact in FACTS), folder])
    return rows


@dataclass(frozen=True)
class Mean:
    """Runs that differ only in fold and seed, and their mean accuracies. Accuracies are in [0, 1]."""

    settings: TrainSettings
    count: int
    accuracies: dict[str, tuple[float, float]]
    """Mean and standard deviation, by the names in ACCURACIES, of those that all runs have."""


def means(runs: Sequence[ComparedRun]) -> list[Mean]:
    """One for each group of two or more finished runs on the same pictures that differ in fold or seed only."""
    groups: dict[tuple[str, TrainSettings], list[ComparedRun]] = {}
    for run in runs:
        if run.settings is not None and run.best_val_accuracy is not None and run.state in FINISHED:
            alike = run.settings.model_copy(update={"fold": 0, "seed": 0})
            groups.setdefault((run.fingerprint, alike), []).append(run)
    return [_mean(alike, group) for (_, alike), group in groups.items() if len(group) > 1]


def _mean(alike: TrainSettings, runs: Sequence[ComparedRun]) -> Mean:
    values = {fact: [value for run in runs if (value := getattr(run, fact)) is not None] for fact in ACCURACIES}
    whole = {fact: (fmean(each), stdev(each)) for fact, each in values.items() if len(each) == len(runs)}
    return Mean(alike, len(runs), whole)


def pareto_front(points: Sequence[tuple[float, float]]) -> list[int]:
    """The indices of the Pareto-optimal points (cost, accuracy), the cheapest first.

    A point is dominated by one that costs no more and is at least as accurate, and better in one of the two. Points
    that are not finite are ignored.
    """
    finite = [place for place, point in enumerate(points) if all(map(math.isfinite, point))]
    front: list[int] = []
    for place in sorted(finite, key=lambda place: (points[place][0], -points[place][1])):
        if not front or points[place][1] > points[front[-1]][1] or points[place] == points[front[-1]]:
            front.append(place)
    return front


def _size(path: Path) -> int | None:
    stamp = _stamp(path)
    return stamp[1] if stamp is not None else None


def _stamp(path: Path) -> tuple[int, int] | None:
    """Time and size of a file; None where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size

"""EarlierRuns: earlier runs on the same pictures, as references to beat. Read in the background."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.runs.run import Run, RunSummary, list_runs
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.background.worker import Job

Numbers = npt.NDArray[np.float64]

MOST = 8
"""Only this many of the best are shown: more would be unreadable."""


@dataclass(frozen=True)
class EarlierRun:
    """The figures of a run after each of its epochs, all of the same length."""

    run: Run
    epochs: Numbers
    seconds: Numbers
    """When each epoch ended, since the run began."""
    val_loss: Numbers
    val_accuracy: Numbers
    """In percent."""

    @property
    def best(self) -> float:
        """Its best validation accuracy in percent."""
        return float(self.val_accuracy.max())


class EarlierRuns(QObject):
    """Finds them for a run, once."""

    found = Signal(object)
    """list[EarlierRun], the best first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job = LatestJob(self)
        self._job.result.connect(self.found)
        self._for: Run | None = None

    def look_for(self, run: Run) -> None:
        """Look for runs trained on the same pictures before this one."""
        if run != self._for:
            self._for = run
            self._job.start(_find_job(run))


def end_to_end(
    runs: list[EarlierRun], name: str, place: str = "epochs"
) -> tuple[Numbers, Numbers, npt.NDArray[np.int32]]:
    """All runs as one curve: x and y (fields of EarlierRun), and for each point whether a line leads to the next."""
    x = np.concatenate([np.empty(0), *(getattr(run, place) for run in runs)])
    y = np.concatenate([np.empty(0), *(getattr(run, name) for run in runs)])
    joined = np.ones(len(x), np.int32)
    joined[np.cumsum([len(run.epochs) for run in runs], dtype=np.int64) - 1] = 0
    return x, y, joined


def name_in_legend(runs: list[EarlierRun]) -> str:
    return f"to beat: {runs[0].best:.1f} %" if len(runs) == 1 else f"{len(runs)} earlier runs"


def _find_job(run: Run) -> Job:
    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, list[EarlierRun]]:
        yield from ()
        return earlier_runs(run, should_stop)

    return job


def earlier_runs(run: Run, should_stop: Callable[[], bool]) -> list[EarlierRun]:
    """The best runs in the same folder that were trained on the same pictures before this one."""
    try:
        pictures, created = _pictures(run), run.summary().created
    except (UserError, OSError):
        return []
    before = [each for each in list_runs(run.folder.parent) if each.run != run and each.created <= created]
    before = [each for each in before if each.best_val_accuracy is not None]
    before.sort(key=lambda each: -(each.best_val_accuracy or 0.0))
    found: list[EarlierRun] = []
    for summary in before:
        if should_stop() or len(found) == MOST:
            break
        found += _read(summary, pictures)
    return found


def _pictures(run: Run) -> str:
    """Equal for two runs that were trained on the same pictures."""
    return str(run.facts().get("data_fingerprint") or run.settings().data)


def _read(summary: RunSummary, pictures: str) -> list[EarlierRun]:
    try:
        if _pictures(summary.run) != pictures:
            return []
        log = summary.run.history()
    except (UserError, OSError):
        return []
    ends = zip(log.epochs, log.epoch_clock, strict=True)
    rows = [(end.epoch, seconds, end.val_loss, 100 * end.val_accuracy) for end, seconds in ends]
    table = np.array([row for row in rows if np.isfinite(row).all()], np.float64).reshape(-1, 4)
    return [EarlierRun(summary.run, *table.T)] if len(table) else []

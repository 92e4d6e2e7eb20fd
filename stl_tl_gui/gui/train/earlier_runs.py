"""EarlierRuns: how earlier runs on the same pictures went, as references to beat. Read in the background."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.events import EpochEnd
from stl_tl_gui.engine.runs.run import Run, RunSummary, list_runs
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.background.worker import Job

MOST = 8
"""So many of the best are shown at most: more would be a thicket."""


@dataclass(frozen=True)
class EarlierRun:
    """The figures of a run after each of its epochs, all of the same length."""

    run: Run
    epochs: npt.NDArray[np.float64]
    val_loss: npt.NDArray[np.float64]
    val_accuracy: npt.NDArray[np.float64]
    """In percent."""

    @property
    def best(self) -> float:
        """Its best validation accuracy in percent."""
        return float(self.val_accuracy.max())


class EarlierRuns(QObject):
    """Finds them for a run and keeps them until it is asked for another one's."""

    found = Signal(object)
    """list[EarlierRun], the best first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job = LatestJob(self)
        self._job.result.connect(self.found)
        self._for: Run | None = None

    def look_for(self, run: Run) -> None:
        """Look for runs that learnt the same pictures as this one, before it."""
        if run != self._for:
            self._for = run
            self._job.start(_find_job(run))


def _find_job(run: Run) -> Job:
    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, list[EarlierRun]]:
        yield from ()
        return earlier_runs(run, should_stop)

    return job


def earlier_runs(run: Run, should_stop: Callable[[], bool]) -> list[EarlierRun]:
    """The best of the runs beside this one that learnt the same pictures before it did."""
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
    """What tells whether two runs learnt the same pictures."""
    return str(run.facts().get("data_fingerprint") or run.settings().data)


def _read(summary: RunSummary, pictures: str) -> list[EarlierRun]:
    try:
        if _pictures(summary.run) != pictures:
            return []
        ends = {event.epoch: event for event in summary.run.events(batches=False) if isinstance(event, EpochEnd)}
    except (UserError, OSError):
        return []
    rows = [(end.epoch, end.val_loss, 100 * end.val_accuracy) for _, end in sorted(ends.items())]
    table = np.array([row for row in rows if np.isfinite(row).all()], np.float64).reshape(-1, 3)
    return [EarlierRun(summary.run, *table.T)] if len(table) else []

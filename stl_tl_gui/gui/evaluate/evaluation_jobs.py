"""The background jobs of the evaluate page. Each imports what needs torch only when it runs."""

from collections.abc import Callable, Generator

from PySide6.QtCore import QObject

from stl_tl_gui.engine.data.dataset import Dataset
from stl_tl_gui.engine.evaluation.held_out import is_held_out
from stl_tl_gui.engine.events import Event
from stl_tl_gui.engine.runs.predictions import Predictions, read_predictions
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.gui.background.engine_import import import_engine
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.gui.evaluate.evaluation_header import Split

ShouldStop = Callable[[], bool]


class Evaluation(LatestJob):
    """Evaluates a run, which need not be the one that is shown. The result is the split."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.run: Run | None = None
        self.split: Split = "test"

    def evaluate(self, run: Run, split: Split) -> None:
        self.run, self.split = run, split
        self.start(evaluate_job(run, split))


Table = tuple[Predictions, bool]
"""Of a split, and whether its pictures were predicted by the models of the other folds."""


def read_job(run: Run, split: Split) -> Job:
    """Returns the Table of a split."""

    def job(should_stop: ShouldStop) -> Generator[None, None, Table]:
        yield
        return read_predictions(run.predictions(split)), split == "train" and is_held_out(run)

    return job


def open_data_job(run: Run) -> Job:
    """Returns the Dataset that a run used."""

    def job(should_stop: ShouldStop) -> Generator[Event, None, Dataset]:
        import_engine()
        from stl_tl_gui.engine.runs.run_data import open_run_data

        return (yield from open_run_data(run, should_stop))

    return job


def evaluate_job(run: Run, split: Split) -> Job:
    """Predicts a split and writes its table; returns the split."""

    def job(should_stop: ShouldStop) -> Generator[Event, None, Split]:
        import_engine()
        from stl_tl_gui.engine.evaluation.evaluate import evaluate

        yield from evaluate(run, split, None, should_stop)
        return split

    return job

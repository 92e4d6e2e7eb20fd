"""The evaluate page: what a run's model gets right and wrong, picture by picture."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from stl_tl_gui.engine.data.dataset import Dataset
from stl_tl_gui.engine.events import Event, Progress, RunEnd, RunStart
from stl_tl_gui.engine.runs.predictions import Predictions
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.data.corrections_dialog import CorrectionsDialog
from stl_tl_gui.gui.evaluate.evaluation_export import ExportMenu
from stl_tl_gui.gui.evaluate.evaluation_header import EvaluationHeader, Split
from stl_tl_gui.gui.evaluate.evaluation_jobs import evaluate_job, open_data_job, read_job
from stl_tl_gui.gui.evaluate.evaluation_state import about, advice, caution, reasons, said_of, tables
from stl_tl_gui.gui.evaluate.evaluation_view import EvaluationView
from stl_tl_gui.gui.evaluate.split_pictures import SplitPictures
from stl_tl_gui.gui.runs.moved_data import choose, run_of, show_error_or_ask
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.dialogs import sentence_of, show_error
from stl_tl_gui.gui.widgets.empty_state import EmptyState
from stl_tl_gui.gui.widgets.table_text import breakable


class EvaluatePage(QWidget):
    """Shows the prediction tables of one run, and makes them on demand.

    Three jobs in the background: reading a table and its figures, opening the run's pictures, and evaluating.
    """

    evaluated = Signal(object)
    """The Run whose table was made here."""
    correct_requested = Signal(str, list, str)
    """A title, corrections, and the location of the data that they are of."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.run: Run | None = None
        self.split: Split = "test"
        self.predictions: Predictions | None = None
        self.header, self.view = EvaluationHeader(), EvaluationView()
        self.export = ExportMenu(self.view.figures, self)
        self.reading, self.opening, self.evaluating = LatestJob(self), LatestJob(self), LatestJob(self)
        self._training: Run | None = None
        self._judged: Run | None = None
        """The run that is evaluated, which need not be the one that is shown."""
        self._data: Dataset | None = None
        self._problem = ""
        self._empty = EmptyState()
        self._states = QStackedWidget()
        self._lay_out()
        self._connect()
        self._update()

    def show_run(self, run: Run) -> None:
        """Show a run: its table at once, where it has one."""
        if run != self.run:
            self.opening.drop()
            self._data = None
        self.run = run
        self._show_table(next(iter(tables(run)), None))

    def on_event(self, event: Event) -> None:
        """Keep up with the run that goes on in this window."""
        match event:
            case RunStart():
                self._training = Run(Path(event.run))
            case RunEnd():
                self._training = None
            case _:
                return
        self._update(self.reading.busy)

    def evaluate(self, split: Split) -> None:
        """Predict a split of the run's data with its best model, in the background."""
        assert self.run is not None
        self._judge(self.run, split)

    def _judge(self, run: Run, split: Split) -> None:
        self._evaluating, self._judged = split, run
        self.evaluating.start(evaluate_job(run, split))
        self.header.show_busy("Getting ready…")
        self._update(self.reading.busy)

    def _show_table(self, split: Split | None) -> None:
        """Read a table of the run and show it; None: there is none."""
        self.reading.drop()
        self.predictions, self._problem = None, ""
        self.view.show_predictions(None)
        self.split = split or self.split
        self._update(reading=split is not None)
        if split is not None:
            assert self.run is not None
            self.export.table = self.run.predictions(split)
            self.reading.start(read_job(self.run, split))

    def _show_predictions(self, predictions: Predictions) -> None:
        assert self.run is not None
        self.predictions = predictions
        self.view.show_predictions(predictions)
        if self._data is not None:
            self._show_pictures(self._data)
        else:
            self._open_pictures()
        self._update()

    def correct_pictures(self) -> CorrectionsDialog | None:
        """Show the pictures that the grid shows, to correct the data that they come from."""
        if self._data is None or self.predictions is None:
            return None
        grid = self.view.grid
        ids = [self.predictions.ids[row] for row in grid.rows()]
        title = "Correct the data by what the model says of it"
        dialog = CorrectionsDialog(self._data, ids, title, self, said_of(self.predictions))
        location = self._data.location
        dialog.corrected.connect(lambda title, made: self.correct_requested.emit(title, made, location))
        dialog.open()
        return dialog

    def _open_pictures(self) -> None:
        assert self.run is not None
        self.header.find_pictures.hide()
        self.view.set_pictures(None, "Opening the pictures…")
        if not self.opening.busy:
            self.opening.start(open_data_job(self.run))

    def _show_pictures(self, data: Dataset) -> None:
        self._data = data
        if self.predictions is None:
            return
        images = data.splits.get(self.split)
        if images is None:
            self.view.set_pictures(None, "The pictures cannot be shown: the data has no such pictures now.")
        else:
            self.view.set_pictures(SplitPictures(images, self.predictions.ids))

    def _evaluated(self, split: Split) -> None:
        """Show it, if its run is still looked at; the table is kept in any case."""
        if self.run == self._judged:
            self._show_table(split)
        self.evaluated.emit(self._judged)

    def _reading_failed(self, error: Exception) -> None:
        sentence = sentence_of(error)
        if sentence is None or self.predictions is not None:
            show_error(self, error)
        self._problem = sentence or "The results of this run could not be read."
        self._update()

    def _opening_failed(self, error: Exception) -> None:
        reason = sentence_of(error)
        if reason is None:
            show_error(self, error)
        self.view.set_pictures(None, "The pictures cannot be shown. {}".format(reason or "").strip())
        self.header.find_pictures.setVisible(run_of(error) is not None)

    def _evaluating_failed(self, error: Exception) -> None:
        assert self._judged is not None
        show_error_or_ask(self, partial(self._judge, self._judged, self._evaluating), error)

    def _progress(self, event: Event) -> None:
        if isinstance(event, Progress):
            other = self._judged if self._judged != self.run else None
            self.header.show_progress(event, of=other.name if other is not None else "")

    def _update(self, reading: bool = False) -> None:
        """Show which tables there are and what can be done, or what to do first."""
        training = self.run is not None and self.run == self._training
        self.header.run.setText(breakable(about(self.run), at_signs=False))
        self.header.run.setToolTip(str(self.run.folder) if self.run is not None else "")
        self.header.show_result(self.predictions, self.split)
        self.header.show_caution(caution(self.run) if self.predictions is not None else "")
        self.header.show_splits(tables(self.run), self.split)
        self.header.show_reasons(reasons(self.run, training, self.evaluating.busy))
        if not self.evaluating.busy:
            self.header.show_busy("")
        self._empty.say(*advice(self.run, training, self._problem))
        shown = self.predictions is not None or reading
        self._states.setCurrentWidget(self.view if shown else self._empty)

    def _connect(self) -> None:
        self.header.evaluate_requested.connect(self.evaluate)
        self.view.grid.correct_requested.connect(self.correct_pictures)
        self.header.split_chosen.connect(self._show_table)
        self.header.cancel_requested.connect(self.evaluating.stop)
        self.reading.happened.connect(self._show_predictions)
        self.reading.result.connect(self.view.show_metrics)
        self.reading.failed.connect(self._reading_failed)
        self.opening.result.connect(self._show_pictures)
        self.opening.failed.connect(self._opening_failed)
        self.evaluating.happened.connect(self._progress)
        self.evaluating.result.connect(self._evaluated)
        self.evaluating.failed.connect(self._evaluating_failed)
        self.header.find_pictures.clicked.connect(lambda: choose(self, self.run, self._open_pictures))
        self.evaluating.ended.connect(lambda: self._update(self.reading.busy))

    def _lay_out(self) -> None:
        self.header.export.setMenu(self.export)
        self._states.addWidget(self._empty)
        self._states.addWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.LARGE, theme.LARGE, theme.LARGE, theme.MEDIUM)
        layout.setSpacing(theme.MEDIUM)
        layout.addWidget(self.header)
        layout.addWidget(self._states, 1)

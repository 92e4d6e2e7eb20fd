"""The evaluate page: what a run's model gets right and wrong, picture by picture."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from stl_tl_gui.engine.evaluation.metrics import confusion
from stl_tl_gui.engine.evaluation.relabeled import relabeled
from stl_tl_gui.engine.events import Event, Progress, RunEnd, RunStart
from stl_tl_gui.engine.runs.predictions import Predictions
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.data.corrections_dialog import title_of
from stl_tl_gui.gui.evaluate.evaluation_export import ExportMenu
from stl_tl_gui.gui.evaluate.evaluation_header import EvaluationHeader, Split
from stl_tl_gui.gui.evaluate.evaluation_jobs import Evaluation, Table, read_job
from stl_tl_gui.gui.evaluate.evaluation_state import advice, caution, fixes_words, reasons, tables
from stl_tl_gui.gui.evaluate.evaluation_view import EvaluationView
from stl_tl_gui.gui.evaluate.label_fixes import LabelFixes
from stl_tl_gui.gui.evaluate.run_pictures import RunPictures
from stl_tl_gui.gui.runs.moved_data import choose, show_error_or_ask
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.dialogs import sentence_of, show_error
from stl_tl_gui.gui.widgets.empty_state import EmptyState


class EvaluatePage(QWidget):
    """Shows the prediction tables of one run, and makes them on demand.

    Three jobs in the background: reading a table, opening the run's pictures, and evaluating.
    """

    evaluated = Signal(object)
    """The Run whose table was made here."""
    said = Signal(str)
    labels_changed = Signal(str)
    """The location of the data whose labels were corrected here."""
    retrain_requested = Signal(object)
    """The Run to train again on the corrected data."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.run: Run | None = None
        self.split: Split = "test"
        self.predictions: Predictions | None = None
        self.header, self.view = EvaluationHeader(), EvaluationView()
        self.export = ExportMenu(self.view.figures, self)
        self.reading, self.evaluating = LatestJob(self), Evaluation(self)
        self.pictures = RunPictures(self)
        self.fixes = LabelFixes(self)
        self._training: Run | None = None
        self._problem, self._held_out = "", False
        self._relabeled = False
        """Whether the labels shown are other than those of the table."""
        self._empty = EmptyState()
        self._states = QStackedWidget()
        self._lay_out()
        self._connect()
        self._update()

    def show_run(self, run: Run | None) -> None:
        """Show a run: its table at once, where it has one; None: nothing."""
        if run != self.run:
            self.predictions = None
            self.pictures.forget()
            self.fixes.open(None)
        self.run = run
        self._show_table(next(iter(tables(run)), None))

    def on_event(self, event: Event) -> None:
        """Keep up with the run that is being trained in this window."""
        match event:
            case RunStart():
                self._training = Run(Path(event.run))
            case RunEnd():
                self._training = None
            case _:
                return
        self._update()

    def evaluate(self, split: Split) -> None:
        """Predict a split of the run's data with its best model, in the background."""
        assert self.run is not None
        self._evaluate(self.run, split)

    def _evaluate(self, run: Run, split: Split) -> None:
        self.evaluating.evaluate(run, split)
        self._progress(Progress(stage="Getting ready", done=0, total=0))
        self._update()

    def _show_table(self, split: Split | None) -> None:
        """Read a table of the run and show it; None: no table."""
        self.reading.drop()
        self.split, self._problem = split or self.split, ""
        self._show_predictions(None)
        if split is not None:
            assert self.run is not None
            self.export.table = self.run.predictions(split)
            self.reading.start(read_job(self.run, split))
        self._update()

    def _show_read(self, table: Table) -> None:
        predictions, self._held_out = table
        self._show_predictions(predictions)

    def _show_predictions(self, predictions: Predictions | None) -> None:
        self.predictions = predictions
        figures = confusion(predictions) if predictions is not None else None
        self._relabeled = False
        self.view.show_predictions(predictions, figures)
        self.header.show_result(figures, self.split)
        if predictions is not None:
            self._show_pictures()
            self._open_pictures()
        self._show_labels()

    def _open_pictures(self) -> None:
        if self.run is not None:
            self.pictures.open(self.run)

    def _pictures_opened(self) -> None:
        self._show_pictures()
        data = self.pictures.data
        if data is not None:
            self.fixes.open(self.run, data.location)

    def _show_labels(self) -> None:
        """Show the labels of today, and what they change."""
        fixes, table = self.fixes, self.predictions
        self.header.show_fixes("", can_undo=fixes.can_undo)
        self.view.allow_fixes(table.class_names if table is not None and fixes.ready else (), fixes.can_undo)
        if table is None or not (fixes.effects or self._relabeled):
            return
        now = relabeled(table, fixes.effects, self.split)
        self._relabeled = bool(fixes.effects)
        self.view.show_labels(now)
        self.header.show_result(now.figures, self.split)
        words = fixes_words(len(fixes.effects), confusion(table).accuracy if now.changed else None)
        self.header.show_fixes(words, can_undo=fixes.can_undo)

    def _show_pictures(self) -> None:
        if self.predictions is not None:
            self.view.set_pictures(*self.pictures.of_table(self.predictions.ids, self.split))
        self.header.find_pictures.setVisible(self.pictures.moved)

    def _evaluated(self, split: Split) -> None:
        """Show the table if its run is still shown; it is saved in any case."""
        if self.run == self.evaluating.run:
            self._show_table(split)
        self.evaluated.emit(self.evaluating.run)

    def _reading_failed(self, error: Exception) -> None:
        sentence = sentence_of(error)
        if sentence is None:
            show_error(self, error)
        self._problem = sentence or "The results of this run could not be read."

    def _evaluating_failed(self, error: Exception) -> None:
        run, split = self.evaluating.run, self.evaluating.split
        assert run is not None
        show_error_or_ask(self, partial(self._evaluate, run, split), error)

    def _progress(self, event: Event) -> None:
        if isinstance(event, Progress):
            other = self.evaluating.run if self.evaluating.run != self.run else None
            stage = f"{other.name}: {event.stage}" if other is not None else event.stage
            self.header.line.show_progress(event.model_copy(update={"stage": stage}))

    def _update(self) -> None:
        """Show which tables there are and what can be done, or what to do first."""
        training = self.run is not None and self.run == self._training
        self.header.selector.show_run(self.run)
        self.header.show_caution(
            caution(self.run, self.split, held_out=self._held_out) if self.predictions is not None else ""
        )
        self.header.show_splits(tables(self.run), self.split)
        self.header.show_reasons(reasons(self.run, training, self.evaluating.busy))
        self.header.line.setVisible(self.evaluating.busy)
        self._empty.say(*advice(self.run, training, self._problem))
        shown = self.predictions is not None or self.reading.busy
        self._states.setCurrentWidget(self.view if shown else self._empty)

    def _connect(self) -> None:
        self.header.evaluate_requested.connect(self.evaluate)
        self.export.said.connect(self.said)
        self.header.split_chosen.connect(self._show_table)
        self.header.line.cancelled.connect(self.evaluating.stop)
        self.header.find_pictures.clicked.connect(lambda: choose(self, self.run, self._open_pictures))
        self.view.fixed.connect(lambda made: self.fixes.fix(title_of(made), made))
        self.view.undo_requested.connect(self.fixes.undo)
        self.header.undo.clicked.connect(self.fixes.undo)
        self.header.retrain_requested.connect(lambda: self.retrain_requested.emit(self.run))
        self.fixes.changed.connect(self._show_labels)
        self.fixes.saved.connect(self.labels_changed)
        self.fixes.failed.connect(partial(show_error, self))
        self.pictures.changed.connect(self._pictures_opened)
        self.reading.result.connect(self._show_read)
        self.reading.failed.connect(self._reading_failed)
        self.reading.ended.connect(self._update)
        self.evaluating.happened.connect(self._progress)
        self.evaluating.result.connect(self._evaluated)
        self.evaluating.failed.connect(self._evaluating_failed)
        self.evaluating.ended.connect(self._update)

    def _lay_out(self) -> None:
        self.header.export.setMenu(self.export)
        self._states.addWidget(self._empty)
        self._states.addWidget(self.view)
        layouts.column(self.header, (self._states, 1), inside=self, spacing=theme.MEDIUM, margins=layouts.PAGE)

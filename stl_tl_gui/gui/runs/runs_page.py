"""The page that lists all runs, to open, compare, train longer or again, start from, or move to the trash."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QModelIndex, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from stl_tl_gui.engine.events import EvaluationEnd, Event, RunEnd, RunStart
from stl_tl_gui.engine.runs.notes import RunNotes
from stl_tl_gui.engine.runs.run import Run, RunSummary
from stl_tl_gui.engine.runs.run_table import plain_rows
from stl_tl_gui.engine.storage.places import runs_folder
from stl_tl_gui.gui.background.jobs import Jobs
from stl_tl_gui.gui.queue.queue_panel import QueuePanel
from stl_tl_gui.gui.runs.resume_dialog import ResumeDialog
from stl_tl_gui.gui.runs.run_actions import RunActions
from stl_tl_gui.gui.runs.run_filters import RunFilters
from stl_tl_gui.gui.runs.run_jobs import read_runs, read_settings, read_start, trash_runs, write_notes_job
from stl_tl_gui.gui.runs.runs_model import NAME_COLUMN, NOTE_COLUMN, STAR_COLUMN, TAGS_COLUMN
from stl_tl_gui.gui.runs.runs_table import RunsTable
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.choosing import choose_new_file
from stl_tl_gui.gui.widgets.dialogs import ask, attempt, show_error
from stl_tl_gui.gui.widgets.empty_state import EmptyState
from stl_tl_gui.gui.widgets.table_text import save_csv
from stl_tl_gui.words.quantities import number_of


class RunsPage(QWidget):
    """All runs in the default place."""

    said = Signal(str)
    run_opened = Signal(object)
    """The Run to show."""
    compare_requested = Signal(list)
    """The Runs to see side by side."""
    resume_requested = Signal(object, object)
    """The Run to train longer, and its total number of epochs."""

    again_requested = Signal(object, str)
    """The TrainSettings to train again with, and the name of their run."""
    start_requested = Signal(object)
    """The StartingPoint of a new run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.jobs = Jobs(self)
        self.jobs.failed.connect(lambda error: show_error(self, error))
        self._running_here: str | None = None
        self.table = RunsTable()
        self.actions_row = RunActions(
            self.table,
            {
                "open": self._open,
                "compare": lambda: self.compare_requested.emit([each.run for each in self.table.selected()]),
                "resume": self._resume,
                "again": self._train_again,
                "start": self._start_from,
                "rename": lambda: self.table.edit_cell(NAME_COLUMN),
                "star": self.table.toggle_stars,
                "tags": lambda: self.table.edit_cell(TAGS_COLUMN),
                "note": lambda: self.table.edit_cell(NOTE_COLUMN),
                "reveal": self._reveal,
                "trash": self._ask_to_trash,
                "copy": self.table.copy,
                "export": self._export,
                "refresh": self.refresh,
            },
        )
        self._status = theme.muted("")
        self._views = _views(self.table)
        title = theme.title("Runs")
        self.filters = RunFilters(self.table.shown)
        above = layouts.row((self.filters, 1), self.actions_row.about_all)
        parts = (title, self.actions_row, above, (self._views, 1), self._status)
        layouts.column(*parts, inside=self, spacing=theme.MEDIUM, margins=layouts.PAGE)
        self.addAction(self.actions_row.refresh)  # F5 works also while the table is hidden
        self.table.doubleClicked.connect(self._double_clicked)
        self.table.runs.noted.connect(self._note)
        self.filters.changed.connect(self._follow)
        self.table.selectionModel().selectionChanged.connect(self._follow)
        self._follow()

    def add_queue(self, panel: QueuePanel) -> None:
        """Show the queue above the table."""
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(1, panel)
        panel.run_opened.connect(self.run_opened)

    def refresh(self) -> None:
        """Read the runs again, in the background."""
        if not self.jobs.is_waiting(read_runs):
            self.jobs.do(read_runs, self._show)

    def on_event(self, event: Event) -> None:
        """Follow the run that trains in this window."""
        match event:
            case RunStart():
                self._running_here = event.run
            case RunEnd():
                self._running_here = None
            case EvaluationEnd():
                pass
            case _:
                return
        self.refresh()

    def trash(self, runs: list[Run]) -> None:
        """Move runs to the system's trash, in the background and without a question."""
        self.jobs.do(lambda should_stop: trash_runs(runs, should_stop))
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.jobs.shut_down()
        super().closeEvent(event)

    def _show(self, summaries: list[RunSummary]) -> None:
        self.table.set_summaries(map(self._with_state, summaries))
        self.filters.set_runs(summaries)
        self.filters.setVisible(bool(summaries))
        self._views.setCurrentIndex(0 if summaries else 1)
        self._follow()

    def _with_state(self, summary: RunSummary) -> RunSummary:
        """A run of this window counts as running until it ends, even if it is paused for long."""
        here = str(summary.run.folder) == self._running_here
        return replace(summary, state="running") if here else summary

    def _follow(self) -> None:
        shown = self.table.model().rowCount()
        selected = self.table.selected()
        self.actions_row.follow(selected, shown, self._running_here)
        chosen = f", {len(selected)} selected" if len(selected) > 1 else ""
        n = len(self.table.runs.summaries)
        of = f"{shown:,} of " if shown < n else ""
        self._status.setText(f"{of}{number_of(n, 'run')}{chosen} in {runs_folder()}" if n else "")

    def _double_clicked(self, index: QModelIndex) -> None:
        if index.column() != STAR_COLUMN:
            self._open()

    def _open(self) -> None:
        for summary in self.table.selected()[:1]:
            self.run_opened.emit(summary.run)

    def _resume(self) -> None:
        summary = self.table.selected()[0]
        if not attempt(self, summary.run.require):  # the folder has gone since the table was read
            self.refresh()
            return
        if summary.settings.recipe == "automatic":
            self.resume_requested.emit(summary.run, None)
            return
        dialog = ResumeDialog(summary, self)
        dialog.chosen.connect(self.resume_requested)
        dialog.open()

    def _train_again(self) -> None:
        run = self.table.selected()[0].run
        self.jobs.do(partial(read_settings, run), lambda settings: self.again_requested.emit(settings, run.name))

    def _start_from(self) -> None:
        self.jobs.do(partial(read_start, self.table.selected()[0].run), self.start_requested.emit)

    def _note(self, run: Run, notes: RunNotes) -> None:
        """Write a run's notes in the background, and show them."""
        self.jobs.do(partial(write_notes_job, run, notes))
        self.refresh()

    def _reveal(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.table.selected()[0].run.folder)))

    def _ask_to_trash(self) -> None:
        runs = [summary.run for summary in self.table.selected()]
        one = f"Move the run “{runs[0].name}” to the trash?"
        text = one if len(runs) == 1 else f"Move {len(runs)} runs to the trash?"
        more = "This includes checkpoints and results. You can restore them from the system's trash."
        ask(self, text, more, {"Move to trash": lambda: self.trash(runs)})

    def _export(self) -> None:
        path = choose_new_file(self, "tables", "Save the table", "runs.csv", "CSV table (*.csv)")
        if path is not None:
            self.save_table(path)

    def save_table(self, path: Path) -> None:
        """Write the whole table as CSV, in the order shown."""
        if attempt(self, lambda: save_csv(path, plain_rows(self.table.summaries()))):
            self.said.emit(f"Saved “{path}”.")


def _views(table: QWidget) -> QStackedWidget:
    """The table, or what to do while there is none."""
    views, empty = QStackedWidget(), EmptyState()
    empty.say("No runs yet", "Choose pictures on the Data page, then train. Every run is kept and listed here.")
    views.addWidget(table)
    views.addWidget(empty)
    return views

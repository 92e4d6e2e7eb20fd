"""QueuePanel: the queue on a page: one line with its progress and, unless folded, its jobs below."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QToolButton, QWidget

from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.gui.background.timers import make_timer
from stl_tl_gui.gui.queue.queue_actions import QueueActions
from stl_tl_gui.gui.queue.queue_run import QueueRun
from stl_tl_gui.gui.queue.queue_table import QueueTable
from stl_tl_gui.gui.queue.queue_time import seconds_left
from stl_tl_gui.gui.queue.removal import Removal
from stl_tl_gui.gui.queue.variants_dialog import VariantsDialog
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.actions import button, explain, make_action
from stl_tl_gui.gui.widgets.dialogs import attempt
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.remembered import remembered
from stl_tl_gui.words.queue import summary

_REDRAW = 500
_LOOK = 2000
"""Milliseconds between redraws while a job trains, and between looks at the file, which others may change."""
_FOLDED = "queue/folded"


class QueuePanel(QFrame):
    """The line, the table and the buttons."""

    run_opened = Signal(object)
    """The Run to show."""

    compare_requested = Signal(list)
    """The jobs whose runs to compare."""

    def __init__(self, queue: QueueRun, present: Callable[[], TrainSettings], parent: QWidget | None = None) -> None:
        """`present` gives the settings to base variants on; it may raise InvalidSettings."""
        super().__init__(parent)
        self._queue, self._present = queue, present
        self.table = QueueTable()
        self.removal = Removal(self, queue, self.table.select)
        self.actions_row = QueueActions(self.table, queue, self.removal)
        self.add = make_action(self, "Queue variants…", "", lambda: attempt(self, self.choose_variants), sign="queue")
        explain(self.add, "Choose backbones, freezing, and weights to compare; adds one run for each combination")
        self.go = make_action(self, "", "", self._toggle)
        self.fold = QToolButton()
        self.line, self.trouble, self.message = theme.muted(""), theme.muted(""), theme.muted("")
        self._body = QWidget()
        self._lay_out()
        self._redraw = make_timer(self, _REDRAW, self._show_progress)
        self._looking = make_timer(self, _LOOK, queue.look)
        self.fold.setChecked(bool(remembered().value(_FOLDED, False, type=bool)))
        self.fold.toggled.connect(lambda folded: remembered().setValue(_FOLDED, folded))
        self.fold.toggled.connect(self._fold)
        queue.changed.connect(self._show)
        self.actions_row.run_opened.connect(self.run_opened)
        self.actions_row.compare_requested.connect(self.compare_requested)
        self.table.selectionModel().selectionChanged.connect(self._follow)
        self.table.queue_model.dropped.connect(self.actions_row.reorder)
        self.table.doubleClicked.connect(self.actions_row.open_selected)
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._looking.start()
        self._queue.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        self._looking.stop()
        self._redraw.stop()
        super().hideEvent(event)

    def _show(self) -> None:
        """Show the queue as it is now."""
        queue = self._queue
        waiting = sum(job.state == "waiting" for job in queue.jobs)
        interrupted = not queue.on and queue.job is None and any(job.interrupted for job in queue.jobs)
        self.trouble.setText("\n".join(filter(None, (queue.trouble, queue.damage))))
        self.trouble.setVisible(bool(self.trouble.text()))
        go_on = "Continue" if interrupted or queue.job is not None else "Start"
        self.go.setText("Pause after this run" if queue.on else go_on)
        self.go.setIcon(icon("pause") if queue.on else icon("play"))
        self.go.setEnabled(queue.on or waiting > 0)
        explain(self.go, _about_go(queue.on, waiting))
        self._show_progress()
        self._fold()
        if queue.job is not None and self.isVisible():
            self._redraw.start()
        else:
            self._redraw.stop()

    def _show_progress(self) -> None:
        queue = self._queue
        seconds = seconds_left(queue.jobs, queue.job, queue.so_far)
        self.line.setText(summary(queue.jobs, queue.job, seconds, on=queue.on, working=queue.working))
        self.table.set_jobs(queue.jobs, queue.job, queue.so_far)
        self._follow()

    def _follow(self) -> None:
        selected = self.table.selected()
        self.actions_row.follow()
        said = selected[0].message if len(selected) == 1 else ""
        self.message.setText(said)
        self.message.setVisible(bool(said))

    def _fold(self) -> None:
        folded = self.fold.isChecked() or not self._queue.jobs
        self.fold.setIcon(icon("folded" if folded else "unfolded"))
        self.fold.setToolTip("Show the queue's runs" if folded else "Hide the queue's runs")
        self.fold.setEnabled(bool(self._queue.jobs))
        self._body.setVisible(not folded)

    def _toggle(self) -> None:
        (self._queue.pause if self._queue.on else self._queue.start)()

    def choose_variants(self) -> None:
        """Ask which variants of the current settings to add. Raises InvalidSettings if there are none."""
        queued = [job.settings for job in self._queue.jobs if job.state in ("waiting", "running")]
        dialog = VariantsDialog(self._present(), queued, self)
        dialog.chosen.connect(self._queue.add)
        dialog.open()

    def _lay_out(self) -> None:
        self.fold.setCheckable(True)
        self.fold.setAutoRaise(True)
        self.fold.setAccessibleName("Hide the queue's runs")
        self.trouble.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        heading, buttons = theme.heading("Queue"), (button(self.add), button(self.go))
        head = layouts.row(self.fold, heading, (self.line, 1), self.removal, *buttons, spacing=theme.MEDIUM)
        layouts.column(self.table, self.message, self.actions_row, inside=self._body, spacing=theme.MEDIUM)
        theme.card(self)
        layouts.column(head, self.trouble, self._body, inside=self, spacing=theme.MEDIUM, margins=theme.MEDIUM)


def _about_go(on: bool, waiting: int) -> str:
    if on:
        return "Finish the current run, then start no other"
    if waiting:
        return "Train the waiting runs, one after the other"
    return "Add runs first"

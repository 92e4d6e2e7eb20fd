"""QueuePanel: the queue on a page: one line that says how far it is, and below it, unless folded, its jobs."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from stl_tl_gui.engine.queue.queue import FINISHED, QueuedJob, moved, put_back, without
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.gui.queue.queue_actions import QueueActions
from stl_tl_gui.gui.queue.queue_run import QueueRun
from stl_tl_gui.gui.queue.queue_table import QueueTable
from stl_tl_gui.gui.queue.queue_time import seconds_left
from stl_tl_gui.gui.queue.variants_dialog import VariantsDialog
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.actions import button, explain, make_action
from stl_tl_gui.gui.widgets.dialogs import attempt
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.remembered import remembered
from stl_tl_gui.words.queue import summary

_REDRAW = 500
_LOOK = 2000
"""Milliseconds between redraws while a job trains, and between looks at the file, which others may change."""
_UNDO_SHOWN = 20_000
_FOLDED = "queue/folded"


class QueuePanel(QFrame):
    """All that can be done with the queue."""

    run_opened = Signal(object)
    """The Run to show."""

    compare_requested = Signal(list)
    """The jobs whose runs are to be seen side by side."""

    def __init__(self, queue: QueueRun, present: Callable[[], TrainSettings], parent: QWidget | None = None) -> None:
        """`present` gives the settings on which variants are based; it may raise InvalidSettings."""
        super().__init__(parent)
        self._queue, self._present = queue, present
        self._removed: list[tuple[int, QueuedJob]] = []
        self.table = QueueTable()
        self.actions_row = QueueActions(
            self.table,
            {
                "open": self._open,
                "skip": lambda: queue.skip(self._chosen()),
                "retry": self._retry,
                "remove": lambda: self._remove(self.table.selected()),
                "up": lambda: self._step(-1),
                "down": lambda: self._step(1),
                "compare": self._compare,
                "clear": lambda: self._remove([job for job in queue.jobs if job.state in FINISHED]),
            },
        )
        self.add = make_action(self, "Add variants…", "", self._add_variants, sign="queue")
        explain(self.add, "Choose backbones, freezings and weights to compare: one run for each combination")
        self.go = make_action(self, "", "", self._toggle)
        self.undo = make_action(self, "", "", self._undo, sign="undo", keys=QKeySequence.keyBindings(_undo_key()))
        self._undo_button = button(self.undo)
        self._undo_hiding = QTimer(self, singleShot=True)
        self._undo_hiding.setInterval(_UNDO_SHOWN)
        self._undo_hiding.timeout.connect(self._undo_button.hide)
        self.fold = QToolButton()
        self.line, self.remark, self.message = theme.muted(""), theme.muted(""), theme.muted("")
        self._body = QWidget()
        self._lay_out()
        self._redraw = QTimer(self)
        self._redraw.setInterval(_REDRAW)
        self._redraw.timeout.connect(self._show_progress)
        self._looking = QTimer(self)
        self._looking.setInterval(_LOOK)
        self._looking.timeout.connect(queue.look)
        self.fold.setChecked(bool(remembered().value(_FOLDED, False, type=bool)))
        self.fold.toggled.connect(lambda folded: remembered().setValue(_FOLDED, folded))
        self.fold.toggled.connect(self._fold)
        queue.changed.connect(self._show)
        self.table.selectionModel().selectionChanged.connect(self._follow)
        self.table.queue_model.dropped.connect(self._move)
        self.table.doubleClicked.connect(self._open)
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
        self.remark.setText("\n".join(filter(None, (queue.trouble, queue.remark))))
        self.remark.setVisible(bool(self.remark.text()))
        go_on = "Continue" if interrupted or queue.job is not None else "Start"
        self.go.setText("Pause after this run" if queue.on else go_on)
        self.go.setIcon(icon("pause") if queue.on else icon("play"))
        self.go.setEnabled(queue.on or waiting > 0)
        explain(self.go, _what_it_does(queue.on, waiting))
        self._show_progress()
        self._fold()
        if queue.job is not None and self.isVisible():
            self._redraw.start()
        else:
            self._redraw.stop()

    def _show_progress(self) -> None:
        queue = self._queue
        seconds = seconds_left(queue.jobs, queue.job, queue.so_far)
        self.line.setText(summary(queue.jobs, queue.on, queue.job, seconds))
        self.table.set_jobs(queue.jobs, queue.job, queue.so_far)
        self._follow()

    def _follow(self) -> None:
        selected = self.table.selected()
        self.actions_row.follow(self._queue.jobs, selected, self._queue.job)
        said = selected[0].message if len(selected) == 1 else ""
        self.message.setText(said)
        self.message.setVisible(bool(said))

    def _fold(self) -> None:
        folded = self.fold.isChecked() or not self._queue.jobs
        self.fold.setIcon(icon("folded" if folded else "unfolded"))
        self.fold.setToolTip("Show the runs of the queue" if folded else "Fold the queue away")
        self.fold.setEnabled(bool(self._queue.jobs))
        self._body.setVisible(not folded)

    def _toggle(self) -> None:
        (self._queue.pause if self._queue.on else self._queue.start)()

    def _add_variants(self) -> None:
        attempt(self, self.choose_variants)

    def choose_variants(self) -> None:
        """Ask which variants of the present settings to add. Raises InvalidSettings where there are none."""
        queued = [job.settings for job in self._queue.jobs if job.state in ("waiting", "running")]
        dialog = VariantsDialog(self._present(), queued, self)
        dialog.chosen.connect(self._queue.add)
        dialog.open()

    def _chosen(self) -> list[str]:
        return [job.id for job in self.table.selected()]

    def _open(self) -> None:
        for job in self.table.selected()[:1]:
            if job.runs:
                self.run_opened.emit(Run(job.runs[-1]))

    def _compare(self) -> None:
        """The selected jobs, if these are several runs; else all."""
        selected = self.table.selected()
        several = sum(job.fold_count for job in selected) > 1
        self.compare_requested.emit(selected if several else list(self._queue.jobs))

    def _retry(self) -> None:
        ids = [job.id for job in self.table.selected() if job.state in ("failed", "skipped")]
        self._queue.change(lambda queue: queue.update(ids, state="waiting", message=""))

    def _remove(self, jobs: Sequence[QueuedJob]) -> None:
        ids = {job.id for job in jobs if job.state != "running"}
        removed = [(place, job) for place, job in enumerate(self._queue.jobs) if job.id in ids]
        if removed and self._queue.change(lambda queue: queue.edit(lambda jobs: without(jobs, ids))):
            self._removed = removed
            count = len(removed)
            self.undo.setText(f"Undo: bring {count} runs back" if count > 1 else "Undo: bring the run back")
            explain(self.undo, "Put what was removed last where it was")
            self._undo_button.show()
            self._undo_hiding.start()

    def _undo(self) -> None:
        removed, self._removed = self._removed, []
        self._undo_button.hide()
        if removed:
            self._queue.change(lambda queue: queue.edit(lambda jobs: put_back(jobs, removed)))
            self.table.select(job.id for _, job in removed)

    def _step(self, by: int) -> None:
        """Move the selected jobs up (-1) or down (1) past one other."""
        ids = self._chosen()
        rows = [row for row, job in enumerate(self._queue.jobs) if job.id in ids]
        if rows:
            self._move(ids, rows[0] - 1 if by < 0 else rows[-1] + 2)

    def _move(self, ids: Sequence[str], place: int) -> None:
        self._queue.change(lambda queue: queue.edit(lambda jobs: moved(jobs, ids, place)))

    def _lay_out(self) -> None:
        self.fold.setCheckable(True)
        self.fold.setAutoRaise(True)
        self.fold.setAccessibleName("Fold the queue")
        self._undo_button.hide()
        self.remark.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        head = QHBoxLayout()
        head.setSpacing(theme.MEDIUM)
        head.addWidget(self.fold)
        head.addWidget(theme.heading("Queue"))
        head.addWidget(self.line, stretch=1)
        buttons: list[QPushButton] = [self._undo_button, button(self.add), button(self.go)]
        for each in buttons:
            head.addWidget(each)
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(theme.MEDIUM)
        for part in (self.table, self.message, self.actions_row):
            body.addWidget(part)
        theme.card(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MEDIUM, theme.MEDIUM, theme.MEDIUM, theme.MEDIUM)
        layout.setSpacing(theme.MEDIUM)
        layout.addLayout(head)
        layout.addWidget(self.remark)
        layout.addWidget(self._body)


def _undo_key() -> QKeySequence.StandardKey:
    return QKeySequence.StandardKey.Undo


def _what_it_does(on: bool, waiting: int) -> str:
    if on:
        return "The run under way goes on to its end; no other one begins"
    if waiting:
        return "Train what waits, one run after the other"
    return "Nothing waits: add runs first"

"""RecentRuns: the newest runs as large buttons, each with its accuracy."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from stl_tl_gui.gui.background.jobs import Jobs
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.choice_button import ChoiceButton
from stl_tl_gui.gui.widgets.dialogs import show_error

if TYPE_CHECKING:
    from stl_tl_gui.engine.events import Event
    from stl_tl_gui.engine.runs.run import RunSummary

_SHOWN, _COLUMNS = 6, 3


class RecentRuns(QWidget):
    """After `start`, reads the runs in the background at each `refresh`."""

    run_opened = Signal(object)
    """The Run to show."""
    all_wanted = Signal()
    """All runs are to be shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = Jobs(self)
        self._jobs.failed.connect(lambda error: show_error(self, error))
        self._started = False
        self._shown: list[RunSummary] = []
        self._all = QPushButton("All runs")
        self._all.clicked.connect(self.all_wanted)
        self._all.hide()
        self._none = theme.muted("No runs yet. Every run you train is kept and appears here.")
        self._cards = QGridLayout()
        self._cards.setSpacing(theme.MEDIUM)
        top = layouts.row(theme.heading("Recent runs"), None, self._all)
        layouts.column(top, self._none, self._cards, inside=self, spacing=theme.MEDIUM)

    def start(self) -> None:
        self._started = True
        self.refresh()

    def refresh(self) -> None:
        """Read the runs again."""
        if not self._started:
            return
        from stl_tl_gui.gui.runs.run_jobs import read_runs

        if not self._jobs.is_waiting(read_runs):
            self._jobs.do(read_runs, self._show)

    def on_event(self, event: "Event") -> None:
        """Follow the run that trains in this window."""
        from stl_tl_gui.engine.events import EvaluationEnd, RunEnd, RunStart

        if isinstance(event, RunStart | RunEnd | EvaluationEnd) and self.isVisible():
            self.refresh()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._jobs.shut_down()
        super().closeEvent(event)

    def _show(self, summaries: "list[RunSummary]") -> None:
        newest = sorted(summaries, key=lambda summary: summary.created, reverse=True)[:_SHOWN]
        self._none.setVisible(not newest)
        self._all.setVisible(bool(newest))
        if newest == self._shown:
            return  # keep the focus
        self._shown = newest
        while (item := self._cards.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for place, summary in enumerate(newest):
            card = run_card(summary)
            card.clicked.connect(lambda _=False, run=summary.run: self.run_opened.emit(run))
            self._cards.addWidget(card, place // _COLUMNS, place % _COLUMNS)
        for column in range(_COLUMNS):
            self._cards.setColumnStretch(column, 1)


def run_card(summary: "RunSummary") -> ChoiceButton:
    """A run in two lines, with its accuracy."""
    from stl_tl_gui.gui.runs.runs_model import STATE_ICONS, short_date
    from stl_tl_gui.words.quantities import percent
    from stl_tl_gui.words.run import learning_words, run_title, sentence_case, state_name, weights_words

    settings = summary.settings
    title = run_title(summary)
    about = " · ".join(
        (sentence_case(learning_words(settings)), weights_words(settings.weights), short_date(summary.created))
    )
    tested = summary.test_accuracy is not None
    accuracy = summary.test_accuracy if tested else summary.best_val_accuracy
    caption = "" if accuracy is None else "test" if tested else "validation"
    icon_name, color = STATE_ICONS[summary.state]
    card = ChoiceButton(icon_name, title, about, icon_color=color, trailing=_figure(percent(accuracy), caption))
    card.setToolTip(f"{summary.run.name}\n{state_name(summary.state)}")
    card.setAccessibleDescription(f"{about}, {percent(accuracy)} {caption}, {state_name(summary.state)}")
    return card


def _figure(number: str, caption: str) -> QWidget:
    figure = QWidget()
    column = layouts.column(inside=figure, spacing=0)
    large = theme.heading(number)
    small = QLabel(caption)
    small.setProperty("role", "muted")
    for label in (large, small):
        label.setAlignment(Qt.AlignmentFlag.AlignRight)
        column.addWidget(label)
    column.addStretch()
    return figure

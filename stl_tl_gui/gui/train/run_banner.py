"""RunBanner: the result of a run, or how it ended, and what to do next."""

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QLabel, QPushButton, QWidget

from stl_tl_gui.engine.evaluation.result import Result
from stl_tl_gui.engine.events import RunEnd
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.gui.train.result_figure import ResultFigure
from stl_tl_gui.gui.train.transfer_answer import TransferAnswer
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import IconLabel
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow
from stl_tl_gui.words.result import verdict_words

_LEAST, _NARROW = 300, 520
"""Pixels that the figure needs alone, and those below which the texts stand under it."""


class RunBanner(QFrame):
    """A large figure or an icon; beside it (or below) a heading, sentences, and buttons. Hidden while empty.

    How a run ended is said at once; its figure, what it means and what transfer gave follow when they are read.
    """

    mistakes_requested = Signal()
    trial_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.card(self)
        self._icon = IconLabel("info", "accent", 20, self)
        self._icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.figure = ResultFigure()
        self._heading = theme.heading("")
        self._heading.setWordWrap(True)
        self._message = QLabel(self)
        self._message.setWordWrap(True)
        self._message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._next = theme.muted("")
        self.transfer = TransferAnswer()
        self.mistakes = QPushButton("See mistakes")
        self.mistakes.setToolTip("Look at the pictures that the model gets wrong")
        self.trial = QPushButton("Try a picture")
        self.trial.setToolTip("Classify your own pictures with this model")
        buttons = WrappingRow(self.mistakes, self.trial, self.transfer.compare)
        parts = (self._heading, self.transfer, self._message, self._next, buttons)
        texts = layouts.column(*parts, spacing=theme.SMALL)
        self._row = layouts.row(
            self._icon, self.figure, (texts, 1), inside=self, spacing=theme.LARGE, margins=layouts.CARD
        )
        self.setMinimumWidth(_LEAST)  # else it asks for the width of all beside each other
        self.mistakes.clicked.connect(self.mistakes_requested)
        self.trial.clicked.connect(self.trial_requested)
        self.figure.found.connect(self._show_result)
        self.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        direction = QBoxLayout.Direction
        self._row.setDirection(direction.TopToBottom if self.width() < _NARROW else direction.LeftToRight)

    def text(self) -> str:
        """All of its text."""
        labels = (self._heading.text(), self.figure.text(), self._message.text(), self.transfer.text())
        return "\n".join(filter(None, (*labels, self._next.text())))

    def show_end(self, end: RunEnd | None, run: Run | None) -> None:
        """Say how a run ended, or that it has not; then read its result."""
        heading, following = {
            None: ("This run is not finished", ""),
            "completed": ("Training complete", ""),
            "early_stopped": ("Training stopped early", "The best epoch is kept."),
            "stopped": ("Training stopped", ""),
            "failed": ("Training failed", "Change the settings on the left and train again."),
        }[end.reason if end else None]
        message = end.message if end else "It was interrupted, or is still training elsewhere."
        resumable = run is not None and run.to_resume is not None
        if resumable and (end is None or end.reason in ("failed", "early_stopped")):  # a stopped run says so itself
            following = f"{following} Press Resume to continue from the last checkpoint.".strip()
        self.say(heading, message, following, bad=end is not None and end.reason == "failed")
        if run is not None and end is not None and end.reason != "failed":
            self.figure.ask(run)
            self.transfer.ask(run)

    def clear(self) -> None:
        """Show nothing."""
        self.transfer.clear()
        self.figure.clear()
        self.hide()

    def say(self, heading: str, message: str, following: str = "", *, bad: bool = False) -> None:
        """Show a heading, a message, and what to do next."""
        self.transfer.clear()
        self.figure.clear()
        for button in (self.mistakes, self.trial):
            button.hide()
        self._icon.show_icon(*("warning", "bad") if bad else ("info", "accent"))
        self._icon.show()
        self._set_texts(heading, message, following)
        self.show()

    def _show_result(self, result: Result) -> None:
        """Put the figure in place of the icon, and what it means above how the run ended."""
        ended = f"{self._heading.text()}. {self._message.text()}"
        self._icon.hide()
        self._set_texts(verdict_words(result.verdict), ended, self._next.text())
        all_right = int(np.trace(result.figures.counts)) == result.figures.count
        self.mistakes.setText("See the pictures" if all_right else "See mistakes")
        for button in (self.mistakes, self.trial):
            button.show()

    def _set_texts(self, heading: str, message: str, following: str) -> None:
        for label, text in ((self._heading, heading), (self._message, message), (self._next, following)):
            label.setText(text)
            label.setVisible(bool(text))
        self.setAccessibleName(heading)
        self.setAccessibleDescription(f"{message} {following}".strip())

"""ResultFigure: the accuracy of a finished run, large, with its interval and what guessing gives."""

from collections.abc import Callable, Generator
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from stl_tl_gui.engine.evaluation.result import Result, result_of
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.words.quantities import percent
from stl_tl_gui.words.result import figure_title, guessing_words, interval_words

_INTERVAL_TIP = "With other pictures of the same kind, the accuracy would probably be in this range."
_VALIDATION_TIP = "There are no test pictures. Validation pictures helped to choose the model, so they flatter it."


class ResultFigure(QWidget):
    """Hidden until the figures are read, in the background."""

    found = Signal(object)
    """The Result that is shown from now on."""
    shown = Signal(bool)
    """Whether there is one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._caption = theme.muted("")
        self._number = theme.big_number("")
        self._number.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._interval, self._guessing = theme.muted(""), theme.muted("")
        self._interval.setToolTip(_INTERVAL_TIP)
        parts = (self._caption, self._number, self._interval, self._guessing)
        for label in parts:
            label.setWordWrap(False)
        layouts.column(*parts, None, inside=self, spacing=theme.TINY)
        self._job = LatestJob(self)
        self._job.result.connect(self._show)  # without a table of predictions there is no figure
        self.hide()

    def text(self) -> str:
        """All that it shows; empty while it is hidden."""
        labels = (self._caption, self._number, self._interval, self._guessing)
        return "" if self.isHidden() else "\n".join(label.text() for label in labels)

    def ask(self, run: Run) -> None:
        """Read the figures of a finished run."""
        self.clear()
        self._job.start(_reading_job(run))

    def clear(self) -> None:
        """Show nothing."""
        self._job.drop()
        self.hide()
        self.shown.emit(False)

    def _show(self, result: Result | None) -> None:
        if result is None:
            return
        self._caption.setText(figure_title(result))
        self._caption.setToolTip(_VALIDATION_TIP if result.split == "val" else "")
        self._number.setText(percent(result.figures.accuracy))
        self._number.setAccessibleName(f"{figure_title(result)} {self._number.text()}, {interval_words(result)}")
        self._interval.setText(interval_words(result))
        self._guessing.setText(guessing_words(result))
        self.show()
        self.shown.emit(True)
        self.found.emit(result)


def _reading_job(run: Run) -> Job:
    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, Result | None]:
        yield from ()
        return result_of(run)

    return job

"""RunReadout: a run in large numbers, a progress bar and one line of status, shown by a slow timer."""

import math

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QWidget

from stl_tl_gui.engine.events import Event
from stl_tl_gui.engine.runs.so_far import RunSoFar
from stl_tl_gui.gui.background.timers import make_timer
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow
from stl_tl_gui.words.quantities import percent
from stl_tl_gui.words.run import machine_in_full, status_of

_REFRESH_EVERY = 100
_TILES = (
    ("Epoch", "One epoch is one pass over all training pictures."),
    (
        "Validation accuracy",
        "How many of the validation pictures the model gets right now. It does not learn from them: they show whether "
        "it has understood, or only learned by heart.",
    ),
    ("Best", "The validation accuracy of the model that is kept: the one that you evaluate, try and export."),
    (
        "Training loss",
        "How wrong the model is on the pictures that it learns from. 0 is perfect; guessing among 10 classes is 2.3.",
    ),
    (
        "Test accuracy",
        "How many of the test pictures the model gets right. They played no part in training or in choosing the model.",
    ),
)
"""Caption and explanation, in the words of a first lesson."""


class RunReadout(QWidget):
    """The latest numbers of a run, large enough to read from a distance."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.run = RunSoFar()
        self._override = ""
        self._without_test = False
        self.epoch, self.accuracy, self.best, self.loss, self.test = (_Tile(*words, self) for words in _TILES)
        self.bar = QProgressBar(self)
        self.bar.setAccessibleName("Progress")
        self.status = QLabel(self)
        self.status.setWordWrap(True)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lay_out()
        self._timer = make_timer(self, _REFRESH_EVERY, self.refresh, once=True)
        self.refresh()

    def show_run(self, run: RunSoFar) -> None:
        """Show another run."""
        self.run = run
        self.status.setMinimumHeight(0)
        self.refresh()

    def say(self, text: str) -> None:
        """Show a sentence in place of the status ("Paused"), until an empty one is given."""
        self._override = text
        self.refresh()

    def leave_out_test(self, without: bool) -> None:
        """Whether the test accuracy is shown elsewhere, larger."""
        self._without_test = without
        self.refresh()

    def end_stage(self) -> None:
        """Forget the current preparation."""
        self.run.stage = None
        self.refresh()

    def on_event(self, event: Event) -> None:
        """Store what the event says; it is shown with the next tick."""
        self.run.take(event)
        if not self._timer.isActive():
            self._timer.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.status.setMinimumHeight(0)

    def refresh(self) -> None:
        """Show what is stored."""
        self._timer.stop()
        self._show_numbers()
        self._show_progress()
        self.status.setText(self._override or status_of(self.run))
        needed = self.status.heightForWidth(self.status.width())
        self.status.setMinimumHeight(max(self.status.minimumHeight(), needed))  # curves stay where they are
        start = self.run.start
        self.status.setToolTip(f"Trained on {machine_in_full(start)}" if start else "")

    def _lay_out(self) -> None:
        tiles = WrappingRow(self.epoch, self.accuracy, self.best, self.loss, self.test, fill=True)
        layouts.column(tiles, self.bar, self.status, inside=self, spacing=theme.MEDIUM)

    def _show_numbers(self) -> None:
        run = self.run
        of = f" / {run.start.epochs}" if run.start and not run.is_automatic else ""
        self.epoch.show_text(f"{run.epoch_now}{of}" if run.start else "–")
        self.accuracy.show_text(percent(run.epoch.val_accuracy if run.epoch else None))
        if run.averaged_accuracy is not None:
            self.best.show_text(percent(run.averaged_accuracy), "averaged")
        elif run.kept:
            self.best.show_text(percent(run.best_val_accuracy), f"epoch {run.kept.epoch}")
        else:
            self.best.show_text("–")
        self.loss.show_text(f"{run.loss.value:#.3g}".rstrip(".") if math.isfinite(run.loss.value) else "–")
        self.test.show_text(percent(run.test_accuracy))
        self.test.setVisible(run.test_accuracy is not None and not self._without_test)

    def _show_progress(self) -> None:
        run = self.run
        if run.stage is not None and not run.is_training:
            done, total = run.stage.done, run.stage.total  # a total of 0 is shown as busy
        else:
            done, total = run.progress
        self.bar.setVisible(run.end is None)
        self.bar.setRange(0, total)
        self.bar.setValue(done)


class _Tile(QFrame):
    """A caption and a large number."""

    def __init__(self, caption: str, explanation: str, parent: QWidget) -> None:
        super().__init__(parent)
        theme.card(self)
        self.setToolTip(f"<qt>{explanation}</qt>")  # rich text wraps
        self._caption = caption
        self.number = theme.number("–")
        self._detail = theme.muted(caption)
        self._detail.setWordWrap(False)
        layouts.column(self._detail, self.number, inside=self, spacing=0, margins=theme.MEDIUM)

    def show_text(self, text: str, detail: str = "") -> None:
        if text == self.number.text() and not detail:
            return
        self.number.setText(text)
        self._detail.setText(f"{self._caption} ({detail})" if detail else self._caption)
        self.number.setAccessibleName(f"{self._detail.text()}: {text}")

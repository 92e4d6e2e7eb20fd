"""RunReadout: a run in large numbers, a progress bar and one line of status, shown by a slow timer."""

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QWidget

from stl_tl_gui.engine.events import Event
from stl_tl_gui.engine.runs.so_far import RunSoFar
from stl_tl_gui.gui.background.timers import make_timer
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow
from stl_tl_gui.words.quantities import percent
from stl_tl_gui.words.run import machine_in_full, status_of

_REFRESH_EVERY = 100


class RunReadout(QWidget):
    """The latest numbers of a run, large enough to read from a distance."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.run = RunSoFar()
        self._override = ""
        self.epoch = _Tile("Epoch", self)
        self.accuracy = _Tile("Validation accuracy", self)
        self.best = _Tile("Best", self)
        self.loss = _Tile("Training loss", self)
        self.test = _Tile("Test accuracy", self)
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
        self.refresh()

    def say(self, text: str) -> None:
        """Show a sentence in place of the status ("Paused"), until an empty one is given."""
        self._override = text
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

    def refresh(self) -> None:
        """Show what is stored."""
        self._timer.stop()
        self._show_numbers()
        self._show_progress()
        self.status.setText(self._override or status_of(self.run))
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
        elif run.best:
            self.best.show_text(percent(run.best.val_accuracy), f"epoch {run.best.epoch}")
        else:
            self.best.show_text("–")
        self.loss.show_text(f"{run.loss.value:#.3g}".rstrip(".") if math.isfinite(run.loss.value) else "–")
        self.test.show_text(percent(run.test_accuracy))
        self.test.setVisible(run.test_accuracy is not None)

    def _show_progress(self) -> None:
        run = self.run
        if run.stage is not None and not run.is_training:
            done, total = run.stage.done, run.stage.total  # a total of 0 is shown as busy
        else:
            done, total = run.progress
        self.bar.setRange(0, total)
        self.bar.setValue(done)


class _Tile(QFrame):
    """A caption and a large number."""

    def __init__(self, caption: str, parent: QWidget) -> None:
        super().__init__(parent)
        theme.card(self)
        self._caption = caption
        self.number = theme.big_number("–")
        self._detail = theme.muted(caption)
        self._detail.setWordWrap(False)
        layouts.column(self._detail, self.number, inside=self, spacing=0, margins=theme.MEDIUM)

    def show_text(self, text: str, detail: str = "") -> None:
        if text == self.number.text() and not detail:
            return
        self.number.setText(text)
        self._detail.setText(f"{self._caption} ({detail})" if detail else self._caption)
        self.number.setAccessibleName(f"{self._detail.text()}: {text}")

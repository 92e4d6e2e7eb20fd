"""RateFinder: a dialog that runs the learning-rate range test and lets the user choose a rate."""

from collections.abc import Callable, Generator
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from stl_tl_gui.engine.events import Event, Notice, Progress, RateTried
from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.engine.training.range_test import RANGES, RangeTest
from stl_tl_gui.gui.background.engine_import import import_engine
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.gui.train.rate_curve import RateCurve
from stl_tl_gui.gui.train.setting_fields import NumberField
from stl_tl_gui.gui.weights.missing_weights import is_misfit
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.dialogs import sentence_of, show_error
from stl_tl_gui.words.settings import shortest


class RateFinder(QDialog):
    """Starts at once. Show it with open(); `chosen` carries the rate that the user takes."""

    chosen = Signal(float)
    weights_misfit = Signal(Exception)
    """WrongWeights; the dialog is closed."""

    def __init__(self, settings: TrainSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Find a learning rate")
        self._settings, self._notices = settings, list[str]()
        self.found: RangeTest | None = None
        self.curve = RateCurve(*RANGES[settings.optimizer])
        self.curve.mark("now", settings.learning_rate, "now")
        self.curve.chosen.connect(self._take)
        self.says = QLabel("Getting ready…")
        self.says.setWordWrap(True)
        self.says.setMinimumHeight(2 * self.says.fontMetrics().lineSpacing())  # the curve must not jump
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName("Progress")
        self.rate = NumberField("learning_rate")
        self.rate.setAccessibleName("Learning rate")
        self.rate.setToolTip("Type a rate, or click the curve")
        self.rate.set_value(settings.learning_rate)
        self.rate.changed.connect(self._mark_choice)
        self.buttons = QDialogButtonBox()
        self.cancel = self.buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        self.use = self.buttons.addButton("Use this rate", QDialogButtonBox.ButtonRole.AcceptRole)
        theme.primary(self.use)
        self._lay_out()
        self.use.setDefault(True)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._job = LatestJob(self)
        self._job.happened.connect(self._on_event)
        self._job.result.connect(self._show_result)
        self._job.failed.connect(self._show_failure)
        self._allow(False)
        self._job.start(_finder_job(settings))

    def done(self, result: int) -> None:
        """Close; nothing continues in the background."""
        self._job.drop()
        if result == QDialog.DialogCode.Accepted:
            self.rate.interpretText()
            self.chosen.emit(self.rate.value())
        super().done(result)

    def _on_event(self, event: Event) -> None:
        match event:
            case RateTried():
                self.curve.add(event.rate, event.loss, event.smoothed_loss)
                self._show_progress("Trying learning rates", event.step, event.steps)
            case Progress():
                self._show_progress(event.stage, event.done, event.total)
            case Notice():
                self._notices.append(event.message)

    def _show_progress(self, stage: str, done: int, total: int) -> None:
        self.says.setText(f"{stage}…")
        self.bar.setRange(0, total)  # 0: a busy bar
        self.bar.setValue(done)

    def _show_result(self, found: RangeTest) -> None:
        self.found = found
        self.bar.hide()
        if found.rates:
            self.curve.show_all(found.rates, found.losses, found.smoothed)
        if found.suggestion is not None:
            heading = f"Suggested: {shortest(found.suggestion)}"
            self.curve.mark("suggested", found.suggestion, "suggested")
            self.rate.set_value(found.suggestion)
        else:
            heading = "No suggestion"
        self.says.setText(f"<b>{heading}.</b> {' '.join([found.why, *self._notices])}")
        self.curve.setAccessibleDescription(found.why)
        self._allow(True)
        self.use.setFocus()

    def _show_failure(self, error: Exception) -> None:
        if is_misfit(error):
            self.reject()
            self.weights_misfit.emit(error)
            return
        self.bar.hide()
        sentence = sentence_of(error)
        if sentence is None:
            show_error(self, error)
        self.says.setText(sentence or "The test failed.")
        self.says.setProperty("role", "bad")
        self.says.style().polish(self.says)

    def _allow(self, possible: bool) -> None:
        self.use.setEnabled(possible)
        self.use.setToolTip("" if possible else "Wait until the test is done")
        self.rate.setEnabled(possible)

    def _take(self, rate: float) -> None:
        if self.found is not None:
            self.rate.set_value(rate)

    def _mark_choice(self) -> None:
        """Mark the choice, unless that rate is marked already."""
        rate = self.rate.value()
        marked = self.found is not None and rate in (self.found.suggestion, self._settings.learning_rate)
        self.curve.mark("chosen", None if marked else rate, "chosen")

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.MEDIUM)
        said = (
            "Learning-rate range test: trains one step at each rate, from tiny to huge, with your pictures and "
            "settings. Choose a rate where the loss falls steeply. The trained model is not kept."
        )
        layout.addWidget(theme.muted(said))
        layout.addWidget(self.curve, stretch=1)
        layout.addWidget(self.bar)
        layout.addWidget(self.says)
        form = QFormLayout()
        form.addRow("Learning rate (click the curve to choose)", self.rate)
        layout.addLayout(form)
        layout.addWidget(self.buttons)


def _finder_job(settings: TrainSettings) -> Job:
    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, RangeTest]:
        yield Progress(stage="Getting ready", done=0, total=0)
        import_engine()
        from stl_tl_gui.engine.training.learning_rate_finder import find_learning_rate

        return (yield from find_learning_rate(settings, should_stop))

    return job

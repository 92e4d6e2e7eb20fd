"""RunReadout: a run in large numbers, a progress bar and one line of status, shown by a slow timer."""

import math

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from stl_tl_gui.engine.events import BatchEnd, EpochEnd, EvaluationEnd, Event, Progress, RunEnd, RunStart
from stl_tl_gui.gui import theme
from stl_tl_gui.gui.points import Smoothed, smoothed_over

_REFRESH_EVERY = 100


class Pace:
    """How long a run still takes: measured time per batch, and what an epoch takes besides its batches."""

    def __init__(self, start: RunStart) -> None:
        self._pictures = float(start.settings.get("batch_size", 1))
        self._batches, self._epochs = start.batches_per_epoch, start.epochs
        self._per_batch, self._besides = Smoothed(20), Smoothed(2)

    def take(self, event: BatchEnd | EpochEnd) -> None:
        """Learn from an event."""
        if isinstance(event, BatchEnd):
            if event.images_per_second > 0:
                self._per_batch.add(self._pictures / event.images_per_second)
        elif math.isfinite(self._per_batch.value):
            self._besides.add(max(0.0, event.seconds - self._batches * self._per_batch.value))

    def seconds_left(self, steps_done: int) -> float | None:
        """Seconds until the last epoch ends, or None before anything was measured."""
        per_batch = self._per_batch.value
        if not math.isfinite(per_batch):
            return None
        batches = max(0, self._epochs * self._batches - steps_done)
        besides = self._besides.value if math.isfinite(self._besides.value) else 0.0
        return batches * per_batch + math.ceil(batches / max(1, self._batches)) * besides


class RunReadout(QWidget):
    """What is known of a run now, to be read from a distance."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.epoch = _Tile(self.tr("Epoch"), self)
        self.accuracy = _Tile(self.tr("Validation accuracy"), self)
        self.best = _Tile(self.tr("Best"), self)
        self.loss = _Tile(self.tr("Training loss"), self)
        self.test = _Tile(self.tr("Test accuracy"), self)
        self.bar = QProgressBar(self)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.status = QLabel(self)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lay_out()
        self._timer = QTimer(self, singleShot=True, interval=_REFRESH_EVERY)
        self._timer.timeout.connect(self.refresh)
        self._override = ""
        self.clear()

    def clear(self) -> None:
        """Forget the run."""
        self._start: RunStart | None = None
        self._batch: BatchEnd | None = None
        self._epoch: EpochEnd | None = None
        self._best: tuple[float, int] | None = None
        self._test: float | None = None
        self._stage: Progress | None = None
        self._end: RunEnd | None = None
        self._pace: Pace | None = None
        self._smoothed = Smoothed(5)
        self.refresh()

    def say(self, text: str) -> None:
        """Show a sentence in place of the status ("Paused"), until an empty one is given."""
        self._override = text
        self.refresh()

    def end_stage(self) -> None:
        """Forget what was being prepared."""
        self._stage = None
        self.refresh()

    def on_event(self, event: Event) -> None:
        """Store what the event tells; it is shown with the next tick."""
        match event:
            case BatchEnd():
                self._batch, self._stage = event, None
                self._smoothed.add(event.loss)
                if self._pace is not None:
                    self._pace.take(event)
            case EpochEnd():
                self._take_epoch(event)
            case RunStart():
                self._take_start(event)
            case Progress():
                self._stage = event
            case EvaluationEnd(split="test", data=""):
                self._test = event.accuracy
            case RunEnd():
                self._end, self._stage = event, None
                self._test = event.test_accuracy if event.test_accuracy is not None else self._test
        if not self._timer.isActive():
            self._timer.start()

    def refresh(self) -> None:
        """Show what is stored."""
        self._timer.stop()
        self._show_numbers()
        self._show_progress()
        self.status.setText(self._override or self._status())

    def _lay_out(self) -> None:
        tiles = QHBoxLayout()
        tiles.setSpacing(theme.MEDIUM)
        for tile in (self.epoch, self.accuracy, self.best, self.loss, self.test):
            tiles.addWidget(tile)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.MEDIUM)
        layout.addLayout(tiles)
        layout.addWidget(self.bar)
        layout.addWidget(self.status)

    def _take_start(self, event: RunStart) -> None:
        self._start, self._batch, self._end, self._stage, self._test = event, None, None, None, None
        self._pace = Pace(event)
        self._smoothed = Smoothed(smoothed_over(event.batches_per_epoch))
        if event.epochs_done == 0:
            self._epoch = self._best = None

    def _take_epoch(self, event: EpochEnd) -> None:
        self._epoch = event
        if self._pace is not None:
            self._pace.take(event)
        if math.isfinite(event.val_accuracy) and (self._best is None or event.val_accuracy > self._best[0]):
            self._best = event.val_accuracy, event.epoch

    def _show_numbers(self) -> None:
        start, batch, epoch = self._start, self._batch, self._epoch
        now = batch.epoch if batch else (start.epochs_done + bool(start.batches_done) if start else 0)
        self.epoch.show_text(f"{now} / {start.epochs}" if start else "–")
        self.accuracy.show_text(percent(epoch.val_accuracy) if epoch else "–")
        if self._best:
            best, at = self._best
            self.best.show_text(percent(best), self.tr("epoch {n}").format(n=at))
        else:
            self.best.show_text("–")
        loss = self._smoothed.value
        self.loss.show_text(f"{loss:.3g}" if math.isfinite(loss) else "–")
        self.test.setVisible(self._test is not None)
        self.test.show_text(percent(self._test) if self._test is not None else "–")

    def _show_progress(self) -> None:
        start, batch, stage = self._start, self._batch, self._stage
        training = start is not None and not self._is_last_epoch_done() and self._end is None
        if stage is not None and not (training and batch is not None):
            self.bar.setRange(0, stage.total)  # 0, 0 is Qt's "busy"
            self.bar.setValue(stage.done)
        elif start is None:
            self.bar.setRange(0, 0 if self._override else 1)
            self.bar.setValue(0)
        else:
            self.bar.setRange(0, max(1, start.epochs * start.batches_per_epoch))
            done = self._steps_done()
            self.bar.setValue(self.bar.maximum() if self._end and self._end.reason == "completed" else done)

    def _is_last_epoch_done(self) -> bool:
        return self._start is not None and self._epoch is not None and self._epoch.epoch >= self._start.epochs

    def _steps_done(self) -> int:
        if self._batch is not None:
            return self._batch.step
        start = self._start
        return start.epochs_done * start.batches_per_epoch + start.batches_done if start else 0

    def _status(self) -> str:
        start, stage = self._start, self._stage
        if stage is not None:
            return stage_in_words(stage)
        if start is None:
            return ""
        machine = f"{start.device}, {start.precision}"
        if self._end is not None:
            return self.tr("Took {time}").format(time=duration(self._end.seconds)) + "  ·  " + machine
        if self._batch is None:
            return self.tr("Starting on {machine}…").format(machine=machine)
        parts = [
            self.tr("Epoch {epoch}, batch {batch} of {batches}").format(**self._batch.model_dump()),
            self.tr("{n:.0f} pictures per second").format(n=self._batch.images_per_second),
        ]
        left = self._pace.seconds_left(self._batch.step) if self._pace else None
        parts += [time_left(left)] if left is not None else []
        return "  ·  ".join([*parts, machine])


class _Tile(QFrame):
    """A caption and a large number."""

    def __init__(self, caption: str, parent: QWidget) -> None:
        super().__init__(parent)
        theme.card(self)
        self._caption = caption
        self.number = theme.big_number("–")
        self._detail = theme.muted(caption)
        self._detail.setWordWrap(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MEDIUM, theme.MEDIUM, theme.MEDIUM, theme.MEDIUM)
        layout.setSpacing(0)
        layout.addWidget(self._detail)
        layout.addWidget(self.number)

    def show_text(self, text: str, detail: str = "") -> None:
        if text == self.number.text() and not detail:
            return
        self.number.setText(text)
        self._detail.setText(f"{self._caption} ({detail})" if detail else self._caption)
        self.number.setAccessibleName(f"{self._detail.text()}: {text}")


def percent(share: float) -> str:
    """A share in [0, 1] as people read it."""
    return f"{100 * share:.1f} %" if math.isfinite(share) else "–"


def stage_in_words(progress: Progress) -> str:
    """“Reading pictures: 120 of 500 pictures”, or as much of it as is known."""
    if progress.total <= 0:
        return f"{progress.stage}…"
    text = _tr("{stage}: {done:,} of {total:,} {unit}")
    return text.format(stage=progress.stage, done=progress.done, total=progress.total, unit=progress.unit)


def time_left(seconds: float) -> str:
    """“about 2 min left”: no more exact than the estimate is."""
    if seconds < 10:
        return _tr("a few seconds left")
    if seconds < 55:
        return _tr("about {n:.0f} s left").format(n=round(seconds, -1))
    return _tr("about {time} left").format(time=duration(60 * max(1, round(seconds / 60))))


def duration(seconds: float) -> str:
    """“45 s”, “3 min 20 s”, “1 h 5 min”."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def _tr(text: str) -> str:
    return QCoreApplication.translate("RunReadout", text)

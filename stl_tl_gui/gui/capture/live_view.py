"""LiveView: what the camera sees and, beside it, what the model predicts now."""

from collections import deque
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget

from stl_tl_gui.gui.capture.camera_view import CameraView
from stl_tl_gui.gui.capture.frame_source import FrameSource
from stl_tl_gui.gui.capture.live_classification import LiveClassification
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.probability_bars import ProbabilityBars
from stl_tl_gui.words.quantities import percent

if TYPE_CHECKING:
    from stl_tl_gui.engine.evaluation.inference import Classified, Classifier

_TOP = 8
_WIDTH = 300
_WINDOW = 2.0
"""Seconds that the number of frames per second is the mean of."""


class Rate:
    """How often something has happened lately."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def count(self, now: float) -> float:
        """It happens now; returns the times per second of late, 0 when it happens for the first time."""
        self._times.append(now)
        while now - self._times[0] > _WINDOW:
            self._times.popleft()
        passed = now - self._times[0]
        return (len(self._times) - 1) / passed if passed else 0.0


class LiveView(QWidget):
    """Works while the camera does, which is while it is seen, and there is a model."""

    failed = Signal(Exception)

    def __init__(self, source: FrameSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        source.setParent(self)
        self._model: Classifier | None = None
        self._rate = Rate()
        self.camera = CameraView(source)
        self.work = LiveClassification(self)
        self.answer, self.rate = theme.heading(""), theme.muted("")
        self.answer.setWordWrap(True)
        self.answer.setTextFormat(Qt.TextFormat.PlainText)
        self.bars = ProbabilityBars()
        self.camera.frame.connect(self.work.show)
        self.camera.ready_changed.connect(self._follow)
        self.work.classified.connect(self._show)
        self.work.failed.connect(self.failed)
        self._lay_out()
        self._follow()

    def set_model(self, model: "Classifier") -> None:
        """Classify with this one from now on."""
        self._model = model
        self.work.stop()
        self._follow()

    def hasHeightForWidth(self) -> bool:
        """The preview takes what height there is: a low page need not scroll for it."""
        return False

    def _follow(self) -> None:
        """Work, or not, as there are frames and a model."""
        wanted = self.camera.ready and self._model is not None
        if wanted and not self.work.on and self._model is not None:
            self._rate = Rate()
            self.work.start(self._model)
        elif not wanted:
            self.work.stop()
            self.bars.set_probabilities({}, top=_TOP)
            self.rate.setText("")
            self.answer.setText("Waiting for the camera" if self._model else "Choose a model above")

    def _show(self, result: "Classified") -> None:
        self.answer.setText(result.error or f"{result.predicted}, {percent(result.confidence)}")
        self.bars.set_probabilities(result.probabilities, top=_TOP)
        rate = self._rate.count(monotonic())
        self.rate.setText(f"{rate:.1f} pictures per second" if rate else "")

    def _lay_out(self) -> None:
        side = QFrame()
        theme.card(side)
        side.setFixedWidth(_WIDTH)
        layouts.column(self.answer, self.bars, self.rate, None, inside=side, spacing=theme.MEDIUM, margins=theme.LARGE)
        layouts.row((self.camera, 1), side, inside=self, spacing=theme.LARGE)

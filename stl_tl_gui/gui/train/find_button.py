"""FindButton: opens the learning-rate finder for the current settings, when that is possible."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.gui.weights.missing_weights import ask_before_download

if TYPE_CHECKING:
    from stl_tl_gui.gui.train.rate_finder import RateFinder


class FindButton(QPushButton):
    """Sits beside the learning rate. `found` carries the rate that the user takes."""

    found = Signal(float)
    weights_misfit = Signal(Exception)
    """WrongWeights: the weights are another backbone's."""
    in_use = Signal()
    """The dialog was opened or closed."""

    def __init__(self, settings: Callable[[], TrainSettings], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText("Find…")
        self.setAccessibleName("Find a learning rate")
        self.dialog: RateFinder | None = None
        self._settings = settings
        self.clicked.connect(self._open)

    def allow(self, why_not: str) -> None:
        """Enable the button, or disable it with a reason; then an open finder closes."""
        tip = "Find a good learning rate for your pictures and these settings (learning-rate range test)"
        self.setEnabled(not why_not)
        self.setToolTip(why_not or tip)
        if why_not and self.dialog is not None:
            self.dialog.reject()

    def _open(self) -> None:
        ask_before_download(self.window(), self._settings(), self._find)

    def _find(self) -> None:
        from stl_tl_gui.gui.train.rate_finder import RateFinder  # pyqtgraph takes a quarter of a second

        self.dialog = RateFinder(self._settings(), self.window())
        self.dialog.chosen.connect(self.found)
        self.dialog.weights_misfit.connect(self.weights_misfit)
        self.dialog.finished.connect(self._forget)
        self.dialog.open()
        self.in_use.emit()

    def _forget(self) -> None:
        assert self.dialog is not None
        self.dialog.deleteLater()
        self.dialog = None
        self.in_use.emit()

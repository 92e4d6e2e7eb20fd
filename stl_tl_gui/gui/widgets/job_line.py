"""One line at the bottom of a page: a job's progress with a Cancel button, or a message."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QWidget

from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.words.progress import progress_in_words

if TYPE_CHECKING:
    from stl_tl_gui.engine.events import Progress

_BAR_WIDTH = 260
_STEPS = 1000
"""A bar counts in 32 bits, too few for the bytes of a large file."""


class JobLine(QWidget):
    """Shows a job's Progress events."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QLabel()
        self.text.setProperty("role", "muted")
        self.bar = QProgressBar()
        self.bar.setFixedWidth(_BAR_WIDTH)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress")
        self.cancel = QPushButton(icon("close"), "Cancel")
        self.cancel.setToolTip("Stop here; what is done so far stays")
        self.cancel.clicked.connect(lambda: self.text.setText("Stopping…"))
        self.cancel.clicked.connect(self.cancelled)
        layouts.row((self.text, 1), self.bar, self.cancel, inside=self, spacing=theme.MEDIUM)
        self.setFixedHeight(self.cancel.sizeHint().height())  # the page must not jump when a job starts
        self.show_idle("")

    def show_progress(self, progress: "Progress") -> None:
        self._show_job(True)
        show_in_bar(self.bar, progress)
        self.text.setText(progress_in_words(progress))

    def show_idle(self, text: str) -> None:
        self._show_job(False)
        self.text.setText(text)

    def _show_job(self, visible: bool) -> None:
        self.bar.setVisible(visible)
        self.cancel.setVisible(visible)


def show_in_bar(bar: QProgressBar, event: "Progress") -> None:
    """Set a bar; one that moves back and forth where the total is not known."""
    bar.setRange(0, _STEPS if event.total else 0)
    bar.setValue(_STEPS * event.done // event.total if event.total else 0)

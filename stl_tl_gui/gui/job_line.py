"""One line at the foot of a page: how far a job is, with a button to cancel it, or else what the page shows."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from stl_tl_gui.engine.events import Progress
from stl_tl_gui.gui import theme
from stl_tl_gui.gui.icons import icon
from stl_tl_gui.gui.progress_words import progress_in_words, show_in_bar

_BAR_WIDTH = 260


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
        self.cancel.setToolTip("Stop here; what is done stays")
        self.cancel.clicked.connect(lambda: self.text.setText("Stopping…"))
        self.cancel.clicked.connect(self.cancelled)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.MEDIUM)
        row.addWidget(self.text, stretch=1)
        row.addWidget(self.bar)
        row.addWidget(self.cancel)
        self.setFixedHeight(self.cancel.sizeHint().height())  # the page must not jump when a job begins
        self.show_idle("")

    def show_progress(self, progress: Progress) -> None:
        self._show_job(True)
        show_in_bar(self.bar, progress)
        self.text.setText(progress_in_words(progress))

    def show_idle(self, text: str) -> None:
        self._show_job(False)
        self.text.setText(text)

    def _show_job(self, shown: bool) -> None:
        self.bar.setVisible(shown)
        self.cancel.setVisible(shown)

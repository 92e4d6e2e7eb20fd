"""What the Data page shows while data is opened, and why that failed."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QPushButton, QWidget

from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import IconLabel, icon
from stl_tl_gui.gui.widgets.job_line import show_in_bar
from stl_tl_gui.words.progress import progress_in_words

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.dataset import Dataset
    from stl_tl_gui.engine.events import Progress


class OpeningView(QWidget):
    """What is shown while data is read."""

    def __init__(self, cancel: Callable[[], None], pause: Callable[[], bool]) -> None:
        """`pause` pauses or continues the job and returns whether it is paused."""
        super().__init__()
        self._stage = QLabel()
        self._bar = QProgressBar()
        self._bar.setAccessibleName("Progress of opening the data")
        button = QPushButton(icon("close"), "Cancel")
        button.clicked.connect(cancel)
        self.pause = QPushButton()
        self.pause.clicked.connect(lambda: self._show_paused(pause()))
        row = layouts.row((self._bar, 1), self.pause, button)
        layouts.column(self._stage, row, None, inside=self)

    def begin(self, text: str, *, can_pause: bool = False) -> None:
        self._stage.setText(text + "…")
        self._bar.setRange(0, 0)
        self._show_paused(False)
        self.pause.setVisible(can_pause)

    def _show_paused(self, paused: bool) -> None:
        self.pause.setText("Continue" if paused else "Pause")
        self.pause.setIcon(icon("play" if paused else "pause"))

    def show_progress(self, event: "Progress") -> None:
        self._stage.setText(progress_in_words(event))
        show_in_bar(self._bar, event)


class ProblemCard(QFrame):
    """Why data could not be opened, in a sentence."""

    def __init__(self) -> None:
        super().__init__()
        theme.card(self)
        self._picture = IconLabel("warning", "bad", 28)
        self._sentence = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._sentence.setObjectName("problem")
        self._more = theme.muted("")
        self.undo = QPushButton(icon("undo"), "")
        self.undo.setToolTip("Undo the last correction of this data and open it again")
        texts = layouts.column(self._sentence, self._more, spacing=theme.TINY)
        layouts.row(self._picture, (texts, 1), self.undo, inside=self, spacing=theme.LARGE, margins=layouts.CARD)
        self.hide()

    def show_problem(self, sentence: str, still_open: "Dataset | None", last_correction: str = "") -> None:
        """`last_correction`: its undo may make the data open again."""
        self.undo.setVisible(bool(last_correction))
        self.undo.setText("Undo “{title}”".format(title=last_correction.replace("&", "&&")))
        self._sentence.setText(sentence)
        if still_open is None:
            self._more.setText("Choose other data above, or start with the built-in sample.")
        else:
            self._more.setText(f"“{still_open.name}” is still open.")
        self.show()

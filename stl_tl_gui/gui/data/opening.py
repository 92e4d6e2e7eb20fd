"""What stands on the data page while data is read or downloaded, and when it could not be."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from stl_tl_gui.gui import theme
from stl_tl_gui.gui.icons import icon
from stl_tl_gui.gui.progress_words import show_on_bar, stage_in_words

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.dataset import Dataset
    from stl_tl_gui.engine.events import Progress


class Opening(QWidget):
    """What is shown while data is read."""

    def __init__(self, cancel: Callable[[], None], hold: Callable[[bool], None]) -> None:
        """`hold` pauses the job, or lets it go on."""
        super().__init__()
        self._hold, self._held = hold, False
        self._shown: Progress | None = None
        self._stage = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._bar = QProgressBar()
        self._bar.setAccessibleName(self.tr("Progress of opening the data"))
        self._pause = QPushButton()
        self._pause.clicked.connect(self._toggle)
        self._cancel = QPushButton(icon("close"), self.tr("Cancel"))
        self._cancel.clicked.connect(cancel)
        row = QHBoxLayout()
        row.addWidget(self._bar, 1)
        row.addWidget(self._pause)
        row.addWidget(self._cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stage)
        layout.addLayout(row)
        layout.addStretch()

    def begin(self, text: str, may_pause: bool = False) -> None:
        self._shown = None
        self._stage.setText(text + "…")
        self._bar.setRange(0, 0)
        self._pause.setVisible(may_pause)
        self._cancel.setToolTip(self.tr("What has arrived is kept, to go on with later") if may_pause else "")
        self._show_held(False)

    def show_progress(self, event: "Progress") -> None:
        self._shown = event
        self._say()
        show_on_bar(self._bar, event)

    def _toggle(self) -> None:
        self._show_held(not self._held)
        self._hold(self._held)

    def _show_held(self, held: bool) -> None:
        self._held = held
        self._pause.setText(self.tr("Go on") if held else self.tr("Pause"))
        self._pause.setIcon(icon("play" if held else "pause"))
        self._say()

    def _say(self) -> None:
        """How far it is; while it is held, no speed."""
        if self._shown is None:
            return
        text = stage_in_words(self._shown)
        if self._held:
            before = stage_in_words(self._shown.model_copy(update={"per_second": 0.0}))
            text = self.tr("Paused. {before}").format(before=before)
        self._stage.setText(text)


class Problem(QFrame):
    """Why data could not be opened, in a sentence, where the user is looking."""

    def __init__(self) -> None:
        super().__init__()
        theme.card(self)
        self._picture = QLabel()
        self._sentence = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._sentence.setObjectName("problem")
        self._more = theme.muted("")
        texts = QVBoxLayout()
        texts.setSpacing(theme.TINY)
        texts.addWidget(self._sentence)
        texts.addWidget(self._more)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.LARGE, theme.MEDIUM, theme.LARGE, theme.MEDIUM)
        row.setSpacing(theme.LARGE)
        row.addWidget(self._picture)
        row.addLayout(texts, 1)
        self.hide()

    def show_problem(self, sentence: str, still_open: "Dataset | None") -> None:
        self._picture.setPixmap(icon("warning", "bad").pixmap(28, 28))
        self._sentence.setText(sentence)
        if still_open is None:
            self._more.setText(self.tr("Choose other data above, or start with the built-in sample."))
        else:
            self._more.setText(self.tr("“{name}” is still open.").format(name=still_open.name))
        self.show()

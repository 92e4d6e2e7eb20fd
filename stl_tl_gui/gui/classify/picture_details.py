"""One classified picture seen closely: larger, with its probabilities or the reason why it could not be read."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from stl_tl_gui.gui import theme
from stl_tl_gui.gui.probability_bars import ProbabilityBars, percent
from stl_tl_gui.gui.thumbnails import Reader, Thumbnails

if TYPE_CHECKING:
    from stl_tl_gui.engine.inference import Classified

SIDE = 240
_TOP = 8


class PictureDetails(QFrame):
    """The pane beside the table."""

    def __init__(self, read: Reader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.card(self)
        self._shown: Classified | None = None
        self.pictures = Thumbnails(read, SIDE, self, megabytes=16, most_wanted=2)
        self.pictures.ready.connect(lambda _: self._show_picture())
        self.picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.picture.setMinimumSize(SIDE, SIDE)
        self.picture.setAccessibleName(self.tr("Picture"))
        self.answer = theme.heading("")
        self.name, self.place = QLabel(), theme.muted("")
        for label in (self.answer, self.name, self.place):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.bars = ProbabilityBars()
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.LARGE, theme.LARGE, theme.LARGE, theme.LARGE)
        column.setSpacing(theme.MEDIUM)
        for part in (self.picture, self.answer, self.bars, self.name, self.place):
            column.addWidget(part)
        column.addStretch()
        self.show_row(None)

    def show_row(self, row: "Classified | None") -> None:
        """Show a picture; None: say how to choose one."""
        self._shown = row
        if row is None:
            self.answer.setText(self.tr("Select a picture to look closer"))
        else:
            self.answer.setText(row.error or f"{row.predicted}, {percent(row.confidence)}")
        self.bars.set_probabilities(row.probabilities if row else {}, top=_TOP)
        self.bars.setVisible(bool(row and row.probabilities))
        self.name.setText(_breakable(row.name) if row else "")
        self.place.setText(_breakable(str(row.path.parent)) if row and row.path else "")
        self._show_picture()

    def _show_picture(self) -> None:
        self.picture.setVisible(self._shown is not None)
        if self._shown is not None:
            self.picture.setPixmap(self.pictures.pixmap(self._shown.path or self._shown.name))


def _breakable(path: str) -> str:
    """A long path may be wrapped after each separator and underscore (by zero-width spaces)."""
    for sign in "/\\_-.":
        path = path.replace(sign, sign + "\u200b")
    return path

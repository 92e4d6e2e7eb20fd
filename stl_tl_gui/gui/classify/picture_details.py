"""One classified picture, larger, with its probabilities or why it could not be read."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.copying import copyable
from stl_tl_gui.gui.widgets.probability_bars import ProbabilityBars
from stl_tl_gui.gui.widgets.table_text import breakable
from stl_tl_gui.gui.widgets.thumbnails import Reader, Thumbnails
from stl_tl_gui.words.quantities import percent

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.preprocessing import Preprocessing
    from stl_tl_gui.engine.evaluation.inference import Classified

SIDE = 240
_SMALL_SIDE = 96
_TOP = 8


class ModelsPicture(QWidget):
    """The picture as the model gets it, and how it was preprocessed. Hidden until a model is known."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pictures = Thumbnails(None, _SMALL_SIDE, self, megabytes=8, most_wanted=2)
        self.pictures.ready.connect(lambda _: self._show())
        self._key: object = None
        self._known = False
        self.picture, self.text = QLabel(), theme.muted("")
        self.picture.setFixedSize(_SMALL_SIDE, _SMALL_SIDE)
        self.picture.setAccessibleName("The picture as the model gets it")
        layouts.row(self.picture, (self.text, 1), inside=self, spacing=theme.MEDIUM)
        self.hide()

    def set_model(self, preprocessing: "Preprocessing", read: Reader) -> None:
        """Show pictures as this model gets them from now on. `read` is to give at least the model's input size."""
        self.pictures.set_reader(lambda key: preprocessing.square(read(key)))
        shapes = {
            "stretch": "stretched to a square",
            "pad": "padded to a square",
            "crop": "cropped to a square",
        }
        text = "Model input: {n} × {n} pixels, {shape}."
        self.text.setText(text.format(n=preprocessing.input_size, shape=shapes[preprocessing.resize]))
        self._known = True
        self._show()

    def show_key(self, key: object) -> None:
        """Show a picture; None: nothing."""
        self._key = key
        self._show()

    def _show(self) -> None:
        self.setVisible(self._known and self._key is not None)
        if not self.isHidden():
            self.picture.setPixmap(self.pictures.pixmap(self._key))


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
        self.picture.setAccessibleName("Picture")
        copyable(self.picture)
        self.answer = theme.heading("")
        self.name, self.place = QLabel(), theme.muted("")
        for label in (self.answer, self.name, self.place):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.bars = ProbabilityBars()
        self.models_picture = ModelsPicture()
        parts = (self.picture, self.answer, self.bars, self.models_picture, self.name, self.place)
        layouts.column(*parts, None, inside=self, spacing=theme.MEDIUM, margins=theme.LARGE)
        self.show_row(None)

    def show_row(self, row: "Classified | None") -> None:
        """Show a picture; None: say how to choose one."""
        self._shown = row
        if row is None:
            self.answer.setText("Select a picture to see details")
        else:
            self.answer.setText(
                row.error or f"{row.predicted}, {percent(row.confidence)}".replace(" %", "\N{NO-BREAK SPACE}%")
            )
        self.bars.set_probabilities(row.probabilities if row else {}, top=_TOP)
        self.bars.setVisible(bool(row and row.probabilities))
        self.name.setText(breakable(row.name) if row else "")
        self.place.setText(breakable(str(row.path.parent)) if row and row.path else "")
        self.models_picture.show_key((row.path or row.name) if row and not row.error else None)
        self._show_picture()

    def _show_picture(self) -> None:
        self.picture.setVisible(self._shown is not None)
        if self._shown is not None:
            self.picture.setPixmap(self.pictures.pixmap(self._shown.path or self._shown.name))

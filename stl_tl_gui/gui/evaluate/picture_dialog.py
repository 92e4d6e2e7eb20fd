"""PictureDialog: one picture large, with its prediction; arrow keys go through the grid's order."""

import sys
from pathlib import Path

from PySide6.QtCore import QProcess, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QSizePolicy, QWidget

from stl_tl_gui.engine.runs.predictions import Predictions
from stl_tl_gui.gui.evaluate.picture_filter import Rows
from stl_tl_gui.gui.evaluate.picture_list import loss_in_words
from stl_tl_gui.gui.evaluate.split_pictures import SplitPictures
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.probability_bars import ProbabilityBars
from stl_tl_gui.gui.widgets.table_text import breakable
from stl_tl_gui.gui.widgets.thumbnails import Thumbnails
from stl_tl_gui.words.prediction import answer_in_words
from stl_tl_gui.words.quantities import percent

_SIDE = 560
_STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageUp: -10,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageDown: 10,
    Qt.Key.Key_Home: -(10**9),
    Qt.Key.Key_End: 10**9,
}


def reveal(path: Path) -> None:
    """Show a file in the system's file browser, selected where the system can do that."""
    if sys.platform == "win32":
        QProcess.startDetached("explorer", ["/select,", str(path)])
    elif sys.platform == "darwin":
        QProcess.startDetached("open", ["-R", str(path)])
    else:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))


class PictureDialog(QDialog):
    """Does not block: the window behind stays usable."""

    moved = Signal(int)
    """The row of the table that is shown now."""

    def __init__(
        self, predictions: Predictions, rows: Rows, source: SplitPictures | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._predictions, self._rows, self._source = predictions, rows, source
        self._position = 0
        read = None if source is None else lambda row: source.read(row, at_least=2 * _SIDE)  # keeps no widget alive
        self._pictures = Thumbnails(read, _SIDE, self, megabytes=48)
        self._picture = _Picture()
        self._texts = {
            name: QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
            for name in ("verdict", "numbers", "id", "place")
        }
        self._bars = ProbabilityBars()
        self._buttons = {
            "previous": QPushButton("Previous"),
            "next": QPushButton("Next"),
            "copy": QPushButton(icon("copy"), "Copy path"),
            "reveal": QPushButton(icon("folder"), "Show in folder"),
        }
        self._set_up()
        self._lay_out()
        self._pictures.ready.connect(self._picture_ready)

    def show_row(self, row: int) -> None:
        """Show a row of the table, which must be one of those that the dialog was given."""
        self._go_to(int((self._rows == row).argmax()))

    def row(self) -> int:
        """The row of the table that is shown."""
        return int(self._rows[self._position])

    @property
    def rows(self) -> Rows:
        """The rows of the table that the arrow keys go through."""
        return self._rows

    def path(self) -> Path | None:
        """The picture's file, where it has one of its own."""
        return self._source.path(self.row()) if self._source is not None else None

    def step(self, by: int) -> None:
        """Go forward by some pictures, not beyond the ends."""
        self._go_to(min(max(self._position + by, 0), len(self._rows) - 1))

    def _go_to(self, position: int) -> None:
        self._position = position
        for near in (position + 1, position - 1):  # read ahead; the newest request is read first
            if 0 <= near < len(self._rows):
                self._pictures.pixmap(int(self._rows[near]))
        self._show_picture()
        self._show_texts()
        self._buttons["previous"].setEnabled(position > 0)
        self._buttons["next"].setEnabled(position < len(self._rows) - 1)
        self.moved.emit(self.row())

    def _show_texts(self) -> None:
        table, row = self._predictions, self.row()
        said, true = (table.class_names[column[row]] for column in (table.predicted, table.targets))
        self._texts["verdict"].setText(f"{'✓' if said == true else '✗'} {answer_in_words(said, true)}")
        self._texts["numbers"].setText(
            f"Confidence {percent(float(table.confidence[row]))}, loss {loss_in_words(float(table.loss[row]))}"
        )
        self._bars.set_probabilities(
            dict(zip(table.class_names, table.probabilities[row].tolist(), strict=True)), truth=true
        )
        path = self.path()
        self._texts["id"].setText(breakable(str(path) if path is not None else table.ids[row]))
        self._texts["place"].setText(f"{self._position + 1:,} of {len(self._rows):,}")
        self._buttons["reveal"].setEnabled(path is not None)
        self._buttons["copy"].setText("Copy path" if path is not None else "Copy name")
        self.setWindowTitle(table.ids[row])

    def _show_picture(self) -> None:
        pixmap = self._pictures.pixmap(self.row())
        failure = self._pictures.failure(self.row())
        self._picture.show_pixmap(pixmap, failure or "")

    def _picture_ready(self, row: int) -> None:
        if row == self.row():
            self._show_picture()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(str(self.path() or self._predictions.ids[self.row()]))

    def _reveal(self) -> None:
        path = self.path()
        if path is not None:
            reveal(path)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.step(step)

    def _set_up(self) -> None:
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._texts["verdict"].setFont(theme.scaled_font(self.font(), 1.2, bold=True))
        self._texts["numbers"].setProperty("role", "muted")
        for name, tip, act in (
            ("previous", "Previous picture (left arrow)", lambda: self.step(-1)),
            ("next", "Next picture (right arrow)", lambda: self.step(1)),
            ("copy", "Copy to the clipboard", self._copy),
            ("reveal", "Open the folder that contains this file", self._reveal),
        ):
            self._buttons[name].setToolTip(tip)
            self._buttons[name].clicked.connect(act)
            self._buttons[name].setAutoDefault(False)
            self._buttons[name].setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for label in ("verdict", "numbers"):
            self._texts[label].setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def _lay_out(self) -> None:
        files = layouts.row(self._buttons["copy"], self._buttons["reveal"])
        moves = layouts.row(self._buttons["previous"], (self._texts["place"], 1), self._buttons["next"])
        self._texts["place"].setAlignment(Qt.AlignmentFlag.AlignCenter)
        panel = QWidget()
        panel.setFixedWidth(360)
        parts = (self._texts["verdict"], self._texts["numbers"], self._bars, self._texts["id"], files)
        layouts.column(*parts, None, moves, inside=panel, spacing=theme.MEDIUM, margins=None)
        layouts.row((self._picture, 1), panel, inside=self, margins=None)
        room = self.screen().availableGeometry().size() * 0.95
        self.resize(QSize(_SIDE + 360 + 60, _SIDE + 20).boundedTo(room))


class _Picture(QWidget):
    """Paints a picture as large as there is room, smoothly, or a sentence if there is none."""

    def __init__(self) -> None:
        super().__init__()
        self._pixmap = QPixmap()
        self._sentence = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Picture")

    def show_pixmap(self, pixmap: QPixmap, sentence: str) -> None:
        self._pixmap, self._sentence = pixmap, sentence
        self.setAccessibleDescription(sentence)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_SIDE, _SIDE)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self._pixmap.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = self.rect()
        target.setSize(size)
        target.moveCenter(self.rect().center())
        painter.drawPixmap(target, self._pixmap)
        if self._sentence:
            below = self.rect().adjusted(theme.LARGE, self.height() * 2 // 3, -theme.LARGE, 0)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(below, flags, self._sentence)
        painter.end()

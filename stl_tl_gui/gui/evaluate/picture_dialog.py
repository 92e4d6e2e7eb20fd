"""PictureDialog: one picture large, with its prediction; arrow keys go through the grid's order, letters relabel it."""

import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QProcess, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication, QImage, QKeyEvent, QKeySequence, QPalette
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QWidget

from stl_tl_gui.engine.evaluation.relabeled import Relabeled
from stl_tl_gui.engine.runs.predictions import Predictions
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.gui.evaluate.picture_filter import Rows
from stl_tl_gui.gui.evaluate.picture_list import fix_in_words, loss_in_words
from stl_tl_gui.gui.evaluate.relabeling import Relabeling
from stl_tl_gui.gui.evaluate.split_pictures import SplitPictures
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.actions import button, make_action
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.probability_bars import ProbabilityBars
from stl_tl_gui.gui.widgets.table_text import breakable
from stl_tl_gui.gui.widgets.thumbnails import Thumbnails, to_qimage
from stl_tl_gui.gui.widgets.zoom_view import ZoomView
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
        self._fixes: dict[int, str] = {}
        read = None if source is None else lambda row: source.read(row, at_least=2 * _SIDE)  # keeps no widget alive
        self._pictures = Thumbnails(read, _SIDE, self, megabytes=48)
        self.picture = ZoomView()
        self._whole = LatestJob(self)
        self._whole.result.connect(self.picture.show_all_pixels)  # one that cannot be read stays as it is
        self._whole_row = -1
        self._texts = {
            name: QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
            for name in ("verdict", "numbers", "fix", "id", "place")
        }
        self._bars = ProbabilityBars()
        self._buttons = {
            "previous": QPushButton("Previous"),
            "next": QPushButton("Next"),
            "copy": QPushButton(icon("copy"), "Copy path"),
            "reveal": QPushButton(icon("folder"), "Show in folder"),
        }
        self.relabeling = Relabeling(self, lambda: [self._predictions.ids[self.row()]])
        self._zooms = self._zoom_actions()
        self._set_up()
        self._lay_out()
        self.picture.enlarged.connect(self._read_whole)
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

    def show_labels(self, now: Relabeled) -> None:
        """Show the labels of today."""
        self._predictions = now.table
        self._fixes = {row: fix_in_words(effect) for row, effect in now.changed.items()}
        self._show_texts()

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
        fix = self._fixes.get(row, "")
        self._texts["fix"].setText(f"✎ Corrected: {fix}")
        self._texts["fix"].setVisible(bool(fix))
        path = self.path()
        self._texts["id"].setText(breakable(str(path) if path is not None else table.ids[row]))
        self._texts["place"].setText(f"{self._position + 1:,} of {len(self._rows):,}")
        self._buttons["reveal"].setEnabled(path is not None)
        self._buttons["copy"].setText("Copy path" if path is not None else "Copy name")
        self.setWindowTitle(table.ids[row])

    def _show_picture(self) -> None:
        pixmap = self._pictures.pixmap(self.row())
        failure = self._pictures.failure(self.row())
        self._whole.drop()
        self._whole_row = -1
        self.picture.show_pixmap(pixmap, failure or "")

    def _read_whole(self) -> None:
        """Read all pixels of the picture, once."""
        if self._source is not None and self._whole_row != self.row():
            self._whole_row = self.row()
            self._whole.start(_reading_job(self._source, self.row()))

    def _picture_ready(self, row: int) -> None:
        if row == self.row() != self._whole_row:  # else all of its pixels are there, or on their way
            self._show_picture()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(str(self.path() or self._predictions.ids[self.row()]))

    def _reveal(self) -> None:
        path = self.path()
        if path is not None:
            reveal(path)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Arrow keys step through the pictures also while a button has the keyboard."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _STEPS:
            self.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

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
            self._buttons[name].installEventFilter(self)
        self._texts["fix"].setForegroundRole(QPalette.ColorRole.Accent)
        for label in ("verdict", "numbers"):
            self._texts[label].setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def _zoom_actions(self) -> list[QAction]:
        view = self.picture
        chosen: tuple[tuple[str, str, Callable[[], None], str], ...] = (
            ("Fit", "Show the whole picture", view.fit, "Ctrl+0"),
            ("1:1", "One pixel of the picture for one of the screen", view.exact, "Ctrl+1"),
            ("Zoom in", "Enlarge the picture; the mouse wheel does, too", view.enlarge, "Ctrl++"),
            ("Zoom out", "Show more of the picture", view.reduce, "Ctrl+-"),
        )
        return [make_action(self, text, tip, do, keys=[QKeySequence(keys)]) for text, tip, do, keys in chosen]

    def _quiet(self, action: QAction) -> QPushButton:
        """A button that takes neither Enter nor the arrow keys."""
        made = button(action)
        made.setAutoDefault(False)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.installEventFilter(self)
        return made

    def _lay_out(self) -> None:
        files = layouts.row(self._buttons["copy"], self._buttons["reveal"])
        moves = layouts.row(self._buttons["previous"], (self._texts["place"], 1), self._buttons["next"])
        self._texts["place"].setAlignment(Qt.AlignmentFlag.AlignCenter)
        panel = QWidget()
        panel.setFixedWidth(360)
        fixes = layouts.row(*map(self._quiet, (self.relabeling.change, self.relabeling.leave_out)))
        zooms = layouts.row(*map(self._quiet, self._zooms), spacing=theme.SMALL)
        verdict, numbers, fix, id = (self._texts[name] for name in ("verdict", "numbers", "fix", "id"))
        above = layouts.column(verdict, numbers, fix, self._bars, fixes, spacing=theme.MEDIUM)
        below = layouts.column(id, files, zooms, spacing=theme.MEDIUM)
        layouts.column(above, below, None, moves, inside=panel, spacing=theme.MEDIUM, margins=None)
        layouts.row((self.picture, 1), panel, inside=self, margins=None)
        room = self.screen().availableGeometry().size() * 0.95
        self.resize(QSize(_SIDE + 360 + 60, _SIDE + 20).boundedTo(room))


def _reading_job(source: SplitPictures, row: int) -> Job:
    """Returns all pixels of a picture."""

    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, QImage]:
        yield from ()
        return to_qimage(source.read(row))

    return job

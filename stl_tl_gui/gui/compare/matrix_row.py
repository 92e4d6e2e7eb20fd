"""MatrixRow: two confusion matrices and their difference side by side, scrolled, zoomed and marked as one."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from stl_tl_gui.gui.evaluate.confusion_matrix import ConfusionMatrix
from stl_tl_gui.gui.evaluate.matrix_canvas import Cell, Matrix
from stl_tl_gui.gui.evaluate.matrix_drawing import row_header_width
from stl_tl_gui.gui.widgets import layouts, theme

_NARROW = 250
"""Pixels that a matrix needs beside others; with less, they stand one below the other."""
_LEAST, _LEAST_BESIDE, _ROW_HEIGHT, _TALL = 240, 150, 24, 420
"""Pixels: of a matrix, of its width beside others; below others, of a row, and above which a matrix is scrolled."""


_UNLIMITED = 16_777_215
"""Qt's QWIDGETSIZE_MAX: no limit."""


class Panel(QWidget):
    """A matrix under its heading."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.heading = theme.heading("")
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.heading.setMinimumWidth(1)
        self.matrix = ConfusionMatrix()
        self.matrix.setAccessibleName(name)
        layouts.column(self.heading, (self.matrix, 1), inside=self, spacing=theme.SMALL)

    def show_matrix(self, matrix: Matrix, title: str, name: str = "") -> None:
        """`name` is the run's, for the tooltip, and for copied pictures and tables."""
        self.matrix.show_matrix(matrix)
        self.heading.setText(title)
        self.heading.setToolTip(f"{title}, {name}" if name else title)


class MatrixRow(QWidget):
    """Panels for the first, the second and the difference; those without a matrix are hidden."""

    described = Signal(str)
    """A sentence about the cell under the mouse or the keyboard's mark."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        names = ("First confusion matrix", "Second confusion matrix", "Difference")
        self.panels = [Panel(name) for name in names]
        self._alike = False
        """Whether all matrices have the same classes, so that names of rows are needed only once."""
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.MEDIUM)
        for panel in self.panels:
            self._row.addWidget(panel, 1)
            self._link(panel.matrix)

    def show_matrices(self, matrices: Sequence[tuple[Matrix, str, str] | None]) -> None:
        """A matrix with its title and the name of its run for each panel; None hides it."""
        for panel, each in zip(self.panels, matrices, strict=True):
            if each is not None:
                panel.show_matrix(*each)
            panel.setVisible(each is not None)
        names = [panel.matrix.matrix.names for panel in self.shown()]
        self._alike = len(set(names)) == 1
        self._turn()
        self.described.emit("")

    def set_normalized(self, normalized: bool) -> None:
        for panel in self.panels:
            panel.matrix.set_normalized(normalized)

    def shown(self) -> list[Panel]:
        return [panel for panel in self.panels if not panel.isHidden()]

    def as_picture(self) -> QPixmap:
        """All shown matrices with their headings, whole."""
        pictures = [(panel.heading.toolTip(), panel.matrix.as_picture()) for panel in self.shown()]
        line = self.fontMetrics().height() + theme.MEDIUM
        width = sum(picture.width() + theme.MEDIUM for _, picture in pictures)
        whole = QPixmap(max(1, width), line + max((picture.height() for _, picture in pictures), default=1))
        whole.fill(theme.color("window"))
        painter, left = QPainter(whole), theme.SMALL
        painter.setPen(theme.color("text"))
        for title, picture in pictures:
            text = self.fontMetrics().elidedText(title, Qt.TextElideMode.ElideMiddle, picture.width() - theme.MEDIUM)
            painter.drawText(QPoint(left, line - theme.MEDIUM), text)
            painter.drawPixmap(QPoint(left, line), picture)
            left += picture.width() + theme.MEDIUM
        painter.end()
        return whole

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn()

    def _turn(self) -> None:
        """One below the other where there is no room beside each other."""
        direction, shown = QBoxLayout.Direction, self.shown()
        beside = self.width() >= _NARROW * len(shown)
        wanted = direction.LeftToRight if beside else direction.TopToBottom
        if self._row.direction() != wanted:
            self._row.setDirection(wanted)
        once = beside and self._alike and len(shown) > 1
        names = row_header_width(shown[0].matrix.matrix.names, self.font(), self.width()) if once else 0
        each = (self.width() - names - theme.MEDIUM * (len(shown) - 1)) // max(1, len(shown))
        for place, panel in enumerate(shown):
            panel.matrix.show_row_names(place == 0 or not once)
            needed = panel.matrix.grid().top + _ROW_HEIGHT * len(panel.matrix.matrix.names)
            panel.matrix.setMinimumSize(
                _LEAST_BESIDE if beside else _LEAST, _LEAST if beside else max(_LEAST, min(needed, _TALL))
            )
            panel.setMaximumWidth(each + (names if place == 0 else 0) if once else _UNLIMITED)

    def _link(self, matrix: ConfusionMatrix) -> None:
        matrix.described.connect(self.described)
        matrix.cell_clicked.connect(lambda row, column: self._select((row, column)))
        matrix.cleared.connect(lambda: self._select(None))
        matrix.zoomed.connect(partial(self._zoom, matrix))
        matrix.horizontalScrollBar().valueChanged.connect(partial(self._scroll, matrix, "horizontalScrollBar"))
        matrix.verticalScrollBar().valueChanged.connect(partial(self._scroll, matrix, "verticalScrollBar"))

    def _zoom(self, matrix: ConfusionMatrix, zoom: float) -> None:
        for other in self._others(matrix):
            other.zoom_to(zoom)

    def _scroll(self, matrix: ConfusionMatrix, bar: str, value: int) -> None:
        for other in self._others(matrix):
            getattr(other, bar)().setValue(value)

    def _others(self, matrix: ConfusionMatrix) -> list[ConfusionMatrix]:
        return [panel.matrix for panel in self.shown() if panel.matrix is not matrix]

    def _select(self, cell: Cell | None) -> None:
        """The cell that was chosen in one matrix is outlined in all that have the same classes."""
        names = next((panel.matrix.matrix.names for panel in self.panels if panel.matrix.selected() == cell), ())
        for panel in self.shown():
            if cell is None or panel.matrix.matrix.names == names:
                panel.matrix.select(cell)

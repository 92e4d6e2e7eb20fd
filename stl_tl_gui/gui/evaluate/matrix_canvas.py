"""MatrixCanvas: a confusion matrix on screen, scrolled and zoomed, without mouse and keyboard."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from stl_tl_gui.gui.evaluate import matrix_drawing as drawing
from stl_tl_gui.gui.evaluate.matrix_drawing import Counts, Grid
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.table_text import Row
from stl_tl_gui.words.prediction import answer_in_words

Cell = tuple[int, int]
"""True class, predicted class."""


@dataclass(frozen=True)
class Matrix:
    """Counts (c, c), rows true classes, columns predicted ones, and each cell in words."""

    counts: Counts = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    names: Sequence[str] = ()

    def sentence(self, cell: Cell) -> str:
        count, total = int(self.counts[cell]), int(self.counts[cell[0]].sum())
        true, predicted = self.names[cell[0]], self.names[cell[1]]
        if total == 0:
            return f"No pictures of “{true}”."
        share = f"{100 * count / total:.1f} %"
        return f"{answer_in_words(predicted, true)}: {count} of {total} pictures of “{true}” ({share})."

    def cells(self, normalized: bool) -> drawing.Cells:
        """What the cells show: counts, or shares of each row in percent."""
        return drawing.heat_cells(self.counts, normalized)

    def table(self) -> list[Row]:
        """Counts for a spreadsheet, with the names of the classes at both sides."""
        rows = [[name, *counts] for name, counts in zip(self.names, self.counts.tolist(), strict=True)]
        return [["true \\ predicted", *self.names], *rows]


@dataclass
class Marks:
    """Which cells stand out."""

    hovered: Cell | None = None
    """Under the mouse; -1 for the header of the other axis."""
    current: Cell = (0, 0)
    """Where the keyboard is."""
    selected: Cell | None = None


class MatrixCanvas(QAbstractScrollArea):
    """Paints a Matrix with its Marks. Headers stay in place while cells scroll."""

    zoomed = Signal(float)
    """The user made cells so many times as large as fits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.matrix = Matrix()
        self.marks = Marks()
        self._normalized = False
        self._row_names = True
        self._zoom = 1.0
        self._cells: QPixmap | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setBackgroundRole(self.backgroundRole())
        self.setMinimumSize(240, 240)

    def show_matrix(self, matrix: Matrix) -> None:
        """Show another matrix, with nothing marked."""
        self.matrix, self.marks, self._zoom = matrix, Marks(), 1.0
        self._arrange()

    def set_normalized(self, normalized: bool) -> None:
        """Show shares of each row in percent instead of counts."""
        self._normalized = normalized
        self._redraw()

    def show_row_names(self, shown: bool) -> None:
        """Beside another matrix of the same classes, names of rows can be left out."""
        if shown != self._row_names:
            self._row_names = shown
            self._arrange()

    def zoom_by(self, factor: float) -> None:
        """Make cells larger, up to eight times what fits, or smaller again."""
        self.zoom_to(self._zoom * factor)
        self.zoomed.emit(self._zoom)

    def zoom_to(self, zoom: float) -> None:
        """Make cells so many times as large as fits, from 1 to 8, without a signal."""
        self._zoom = min(max(zoom, 1.0), 8.0)
        self._arrange()

    def grid(self) -> Grid:
        room, names = self.maximumViewportSize(), self.matrix.names
        return drawing.fit_grid(room, names, self.font(), self._zoom, row_names=self._row_names)

    def offset(self) -> QPoint:
        """How far the cells are scrolled."""
        return QPoint(self.horizontalScrollBar().value(), self.verticalScrollBar().value())

    def cell_rect(self, cell: Cell) -> QRect:
        """Where a cell is in the viewport."""
        return self.grid().cell(*cell).translated(-self.offset())

    def bring_into_view(self, cell: Cell) -> None:
        """Scroll so that a cell can be seen."""
        grid, rect = self.grid(), self.cell_rect(cell)
        for bar, low, high, start, end in (
            (self.horizontalScrollBar(), rect.left(), rect.right(), grid.left, self.viewport().width()),
            (self.verticalScrollBar(), rect.top(), rect.bottom(), grid.top, self.viewport().height()),
        ):
            bar.setValue(bar.value() + min(0, low - start) + max(0, high + 2 - end))

    def as_picture(self) -> QPixmap:
        """The whole matrix, scrolled-away parts too, without marks."""
        grid = self.grid()
        pixmap = QPixmap(grid.size + QSize(theme.MEDIUM, theme.MEDIUM))
        pixmap.fill(theme.color("window"))
        painter = QPainter(pixmap)
        painter.setFont(self.font())
        drawing.draw_cells(painter, self.matrix.cells(self._normalized), grid, pixmap.rect())
        _draw_headers(painter, self.matrix, grid, QPoint(0, 0), pixmap.size(), Marks(current=(-1, -1)))
        painter.end()
        return pixmap

    def sizeHint(self) -> QSize:
        return QSize(520, 480)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.matrix.names:
            return
        grid, offset, room = self.grid(), self.offset(), self.viewport().size()
        painter = QPainter(self.viewport())
        painter.setFont(self.font())
        painter.save()
        painter.setClipRect(QRect(grid.left, grid.top, room.width(), room.height()))
        painter.drawPixmap(0, 0, self._cell_layer(grid, offset))
        painter.translate(-offset)
        _draw_marks(painter, grid, self.marks, self.hasFocus())
        painter.restore()
        shown = self.marks if self.hasFocus() else Marks(self.marks.hovered, (-1, -1), self.marks.selected)
        _draw_headers(painter, self.matrix, grid, offset, room, shown)
        painter.end()

    def _cell_layer(self, grid: Grid, offset: QPoint) -> QPixmap:
        """The cells as last drawn, so that moving the mouse repaints only the marks."""
        if self._cells is None:
            ratio = self.devicePixelRatioF()
            self._cells = QPixmap(self.viewport().size() * ratio)
            self._cells.setDevicePixelRatio(ratio)
            self._cells.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._cells)
            painter.setFont(self.font())
            painter.translate(-offset)
            visible = QRect(offset, self.viewport().size())
            drawing.draw_cells(painter, self.matrix.cells(self._normalized), grid, visible)
            painter.end()
        return self._cells

    def _arrange(self) -> None:
        size, room = self.grid().size, self.viewport().size()
        for bar, needed, there in (
            (self.horizontalScrollBar(), size.width(), room.width()),
            (self.verticalScrollBar(), size.height(), room.height()),
        ):
            bar.setRange(0, max(0, needed - there))
            bar.setPageStep(there)
            bar.setSingleStep(20)
        self._redraw()

    def _redraw(self) -> None:
        self._cells = None
        self.viewport().update()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self._redraw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._arrange()


def _draw_marks(painter: QPainter, grid: Grid, marks: Marks, focus: bool) -> None:
    accent, end = theme.color("accent"), grid.classes - 1
    if marks.hovered is not None and min(marks.hovered) >= 0:
        row, column = marks.hovered
        painter.setPen(QPen(accent, 1))
        painter.drawRect(grid.cell(row, 0).united(grid.cell(row, end)))
        painter.drawRect(grid.cell(0, column).united(grid.cell(end, column)))
    if focus:
        painter.setPen(QPen(theme.color("text"), 1, Qt.PenStyle.DashLine))
        painter.drawRect(grid.cell(*marks.current).adjusted(3, 3, -3, -3))
    if marks.selected is not None:
        rect = grid.cell(*marks.selected)
        painter.setPen(QPen(theme.color("base"), 1))
        painter.drawRect(rect.adjusted(2, 2, -2, -2))
        painter.setPen(QPen(accent, 3))
        painter.drawRect(rect)


def _draw_headers(painter: QPainter, matrix: Matrix, grid: Grid, offset: QPoint, room: QSize, marks: Marks) -> None:
    cells = [cell for cell in (marks.hovered or marks.current, marks.selected) if cell is not None]
    painter.save()
    if grid.left:
        painter.setClipRect(QRect(0, grid.top, grid.left, room.height()))
        drawing.draw_row_names(painter, matrix.names, grid, offset.y(), [row for row, _ in cells if row >= 0])
    painter.setClipRect(QRect(grid.left, 0, room.width(), grid.top))
    drawing.draw_column_names(painter, matrix.names, grid, offset.x(), [column for _, column in cells if column >= 0])
    painter.restore()
    drawing.draw_axis_titles(painter, grid, room, "True class" if grid.left else "", "Predicted class")

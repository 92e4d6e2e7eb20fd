"""ConfusionMatrix: which classes are mistaken for which; a cell can be chosen to see its pictures."""

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QToolTip, QWidget

from stl_tl_gui.gui.evaluate.matrix_canvas import Cell, MatrixCanvas
from stl_tl_gui.gui.widgets.actions import set_keys
from stl_tl_gui.gui.widgets.copying import copyable

_MOVES = {Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1)}
_ZOOMS = {Qt.Key.Key_Plus: 1.25, Qt.Key.Key_Equal: 1.25, Qt.Key.Key_Minus: 0.8}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


def percent_box() -> QCheckBox:
    """A check box for `set_normalized`."""
    box = QCheckBox("Percent of each true class")
    box.setToolTip("Row-normalized: divide each row by the number of pictures of its class")
    return box


class ConfusionMatrix(MatrixCanvas):
    """Rows are true classes, columns predicted ones. Works with mouse, keyboard and screen reader."""

    cell_clicked = Signal(int, int)
    """True and predicted class of the cell that was chosen."""
    row_clicked = Signal(int)
    """A true class was chosen by its name."""
    column_clicked = Signal(int)
    """A predicted class was chosen by its name."""
    cleared = Signal()
    """The chosen cell was clicked again, or Escape was pressed."""
    described = Signal(str)
    """A sentence about the cell under the mouse or the keyboard's mark; empty when there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Confusion matrix")
        set_keys(
            self,
            {
                "Arrow keys": "Go to another cell",
                "Enter": "Show the pictures of a cell",
                "Plus, Minus": "Make cells larger or smaller",
            },
        )
        self.viewport().setMouseTracking(True)
        copyable(self, lambda: self.matrix.table(), lambda: self.as_picture().toImage())

    def select(self, cell: Cell | None) -> None:
        """Outline a cell without a signal."""
        self.marks.selected = cell
        if cell is not None:
            self.marks.current = cell
        self.viewport().update()

    def selected(self) -> Cell | None:
        return self.marks.selected

    def choose(self, cell: Cell) -> None:
        """Select a cell as a click does, or clear the selection if it is selected already."""
        if cell == self.marks.selected:
            self._let_go()
            return
        self.select(cell)
        self.cell_clicked.emit(*cell)

    def _let_go(self) -> None:
        self.select(None)
        self.cleared.emit()

    def _at(self, position: QPoint) -> Cell | None:
        return self.grid().at(position, self.offset()) if self.matrix.names else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self._at(event.position().toPoint()))

    def _hover(self, cell: Cell | None) -> None:
        if cell != self.marks.hovered:
            self.marks.hovered = cell
            self.described.emit(self.matrix.sentence(cell) if cell is not None and min(cell) >= 0 else "")
            self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self._at(event.position().toPoint())
        if found is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if min(found) >= 0:
            self.choose(found)
        elif found[1] < 0:
            self.row_clicked.emit(found[0])
        else:
            self.column_clicked.emit(found[1])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()  # or it would reach the page below

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _MOVES and self.matrix.names:
            self._move(*_MOVES[key])
        elif key in _ENTER and self.matrix.names:
            self.choose(self.marks.current)
        elif key == Qt.Key.Key_Escape and self.marks.selected is not None:
            self._let_go()
        elif key in _ZOOMS:
            self.zoom_by(_ZOOMS[key])
        else:
            super().keyPressEvent(event)

    def _move(self, down: int, right: int) -> None:
        last = len(self.matrix.names) - 1
        row, column = self.marks.current
        self.marks.current = (min(max(row + down, 0), last), min(max(column + right, 0), last))
        self.marks.hovered = None
        self.bring_into_view(self.marks.current)
        sentence = self.matrix.sentence(self.marks.current)
        self.setAccessibleDescription(sentence)
        self.described.emit(sentence)
        self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(1.25 if event.angleDelta().y() > 0 else 0.8)
        else:
            super().wheelEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._hover(None)
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._tip(self._at(event.pos())), self.viewport())
            return True
        return super().viewportEvent(event)

    def _tip(self, cell: Cell | None) -> str:
        if cell is None:
            return ""
        return self.matrix.sentence(cell) if min(cell) >= 0 else self.matrix.names[max(cell)]

"""WrappingRow: a layout that places widgets side by side and wraps to a new line."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

from stl_tl_gui.gui.widgets import theme

Line = list[QLayoutItem]


class WrappingRow(QLayout):
    """Asks for the width of its widest widget only. On a wide page it looks like one row."""

    def __init__(self, *parts: QWidget | None, inside: QWidget | None = None, fill: bool = False) -> None:
        """None is the gap (see `add_gap`). With `fill`, the widgets of a line share its whole width."""
        super().__init__(inside)
        self._items: list[QLayoutItem] = []
        self._fill = fill
        self._gap: int | None = None
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(theme.MEDIUM)
        for part in parts:
            if part is None:
                self.add_gap()
            else:
                self.addWidget(part)

    def add_gap(self) -> None:
        """What is added from now on stands at the right, where all fits into one line."""
        self._gap = len(self._items)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        heights = [_height(line) for line in self._lines(width)]
        return sum(heights) + self.spacing() * max(0, len(heights) - 1)

    def sizeHint(self) -> QSize:
        visible = self._visible()
        width = sum(item.sizeHint().width() for item in visible) + self.spacing() * max(0, len(visible) - 1)
        return QSize(width, _height(visible))

    def minimumSize(self) -> QSize:
        visible = self._visible()
        return QSize(max((item.minimumSize().width() for item in visible), default=0), _height(visible))

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        lines, top = self._lines(rect.width()), rect.top()
        right = set(map(id, self._items[self._gap :])) if self._gap is not None and len(lines) == 1 else set()
        for line in lines:
            spare = rect.width() - self._width(line)
            left, height = rect.left(), _height(line)
            moved = False
            for place, item in enumerate(line):
                if not moved and id(item) in right:
                    left, moved = left + max(0, spare), True
                size = item.sizeHint()
                share = max(0, spare) * (place + 1) // len(line) - max(0, spare) * place // len(line)
                width = min(size.width() + share * self._fill, rect.width())
                item.setGeometry(QRect(left, top + (height - size.height()) // 2, width, size.height()))
                left += width + self.spacing()
            top += height + self.spacing()

    def _visible(self) -> Line:
        return [item for item in self._items if not item.isEmpty()]

    def _width(self, line: Line) -> int:
        return sum(item.sizeHint().width() for item in line) + self.spacing() * (len(line) - 1)

    def _lines(self, width: int) -> list[Line]:
        lines: list[Line] = []
        for item in self._visible():
            if lines and self._width([*lines[-1], item]) <= width:
                lines[-1].append(item)
            else:
                lines.append([item])
        return lines


def _height(line: Line) -> int:
    return max((item.sizeHint().height() for item in line), default=0)

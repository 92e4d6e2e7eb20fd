"""Navigation: the list of pages on the left and the page shown beside it."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from stl_tl_gui.gui.icons import icon


class Navigation(QWidget):
    """Pages by name. Each lies in a scroll area, so that a small or magnified screen cuts nothing off."""

    changed = Signal(object)
    """The page shown now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._list = QListWidget()
        self._list.setObjectName("navigation")
        self._list.setAccessibleName(self.tr("Pages"))
        self._list.setIconSize(QSize(20, 20))
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._stack = QStackedWidget()
        self.pages: list[QWidget] = []
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._list)
        layout.addWidget(self._stack, 1)
        self._list.currentRowChanged.connect(self._show)

    def add(self, page: QWidget, title: str, icon_name: str, tip: str) -> None:
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Tab goes on to what is in the page
        area.setWidget(_Room(page))
        self.pages.append(page)
        self._stack.addWidget(area)
        item = QListWidgetItem(icon(icon_name), title, self._list)
        item.setToolTip(f"{tip} (Ctrl+{len(self.pages)})")
        self._list.setFixedWidth(self._list.sizeHintForColumn(0) + 36)
        if len(self.pages) == 1:
            self._list.setCurrentRow(0)

    @property
    def current(self) -> QWidget:
        return self.pages[self._stack.currentIndex()]

    def show_page(self, page: QWidget) -> None:
        self.show_number(self.pages.index(page))

    def show_number(self, number: int) -> None:
        """Show a page by its place in the list, from 0; the first if there is no such place."""
        self._list.setCurrentRow(number if number < len(self.pages) else 0)

    def _show(self, row: int) -> None:
        self._stack.setCurrentIndex(row)
        self.changed.emit(self.pages[row])


class _Room(QWidget):
    """A page in its scroll area. It asks for the height that the page needs, not for the one that it would like."""

    def __init__(self, page: QWidget) -> None:
        super().__init__()
        self._page = page
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(page)

    def heightForWidth(self, width: int) -> int:
        layout = self._page.layout()
        return layout.minimumHeightForWidth(width) if layout is not None and layout.hasHeightForWidth() else -1

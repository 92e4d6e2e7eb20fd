"""Navigation: the list of pages on the left and the page shown beside it."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QScrollArea, QStackedWidget, QWidget

from stl_tl_gui.gui.widgets import layouts
from stl_tl_gui.gui.widgets.icons import icon


class Navigation(QWidget):
    """Pages by name, each made when it is first needed.

    Each lies in a scroll area, so that a small or magnified screen cuts nothing off.
    """

    made = Signal(object)
    """A page that was not there before."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._list = QListWidget()
        self._list.setObjectName("navigation")
        self._list.setAccessibleName("Pages")
        self._list.setIconSize(QSize(20, 20))
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._stack = QStackedWidget()
        self._makers: list[Callable[[], object]] = []
        self._made: dict[int, QWidget] = {}
        layouts.row(self._list, (self._stack, 1), inside=self, spacing=0)
        self._list.currentRowChanged.connect(self._show)

    def add(self, make: Callable[[], object], title: str, icon_name: str, tip: str) -> None:
        """Add a place for a page. `make` is to `place` the page there."""
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Tab moves on to what is in the page
        self._stack.addWidget(area)
        self._makers.append(make)
        item = QListWidgetItem(icon(icon_name), title, self._list)
        item.setToolTip(f"{tip} (Ctrl+{len(self._makers)})")
        self._list.setFixedWidth(self._list.sizeHintForColumn(0) + 36)

    def place(self, number: int, page: QWidget) -> None:
        """Put a page where it belongs."""
        area = self._stack.widget(number)
        assert isinstance(area, QScrollArea)
        self._made[number] = page
        area.setWidget(_PageFrame(page))
        self.made.emit(page)

    def make_next(self) -> bool:
        """Make a page that was not needed yet. Returns whether there was one."""
        missing = next((number for number in range(len(self._makers)) if number not in self._made), None)
        if missing is not None:
            self._makers[missing]()
        return missing is not None

    @property
    def pages(self) -> list[QWidget]:
        """The pages made so far, from the top of the list."""
        return [self._made[number] for number in sorted(self._made)]

    def titled_pages(self) -> dict[str, QWidget]:
        """The pages made so far by their titles."""
        return {self._list.item(number).text(): self._made[number] for number in sorted(self._made)}

    @property
    def current(self) -> QWidget:
        return self._made[self.number]

    @property
    def number(self) -> int:
        """The place in the list of the page shown now, from 0."""
        return self._stack.currentIndex()

    def show_page(self, page: QWidget) -> None:
        self.show_number(next(number for number, made in self._made.items() if made is page))

    def show_number(self, number: int) -> None:
        """Show a page by its place in the list, from 0; the first if there is no such place."""
        self._list.setCurrentRow(number if number < len(self._makers) else 0)

    def _show(self, row: int) -> None:
        if row not in self._made:
            self._makers[row]()
        self._stack.setCurrentIndex(row)


class _PageFrame(QWidget):
    """A page in its scroll area. Asks for the height that the page needs at least."""

    def __init__(self, page: QWidget) -> None:
        super().__init__()
        self._page = page
        layouts.column(page, inside=self)

    def heightForWidth(self, width: int) -> int:
        layout = self._page.layout()
        return layout.minimumHeightForWidth(width) if layout is not None and layout.hasHeightForWidth() else -1

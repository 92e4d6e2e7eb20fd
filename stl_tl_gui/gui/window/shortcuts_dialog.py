"""ShortcutsDialog: all keyboard shortcuts, read from the actions and widgets themselves."""

from collections.abc import Iterable
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QDialog, QLineEdit, QTableWidget, QTableWidgetItem, QWidget

from stl_tl_gui.gui.widgets.actions import keys_of
from stl_tl_gui.gui.widgets.dialogs import close_and_copy, stack
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.table_text import tab_separated
from stl_tl_gui.gui.widgets.table_view import set_up_table

_TITLES = ["Where", "What", "Keys"]


class Shortcut(NamedTuple):
    """What some keys do, and where they do it."""

    place: str
    what: str
    keys: str


def shortcuts(menu_actions: Iterable[QAction], pages: dict[str, QWidget]) -> list[Shortcut]:
    """All shortcuts: those of the menus first, then those of each page, each once."""
    everywhere = "Everywhere"
    found = [Shortcut(everywhere, _text(action), _keys(action)) for action in menu_actions]
    for title, page in pages.items():
        found += [Shortcut(title, _text(action), _keys(action)) for action in page.findChildren(QAction)]
        for widget in [page, *page.findChildren(QWidget)]:
            found += [Shortcut(title, what, keys) for keys, what in keys_of(widget).items()]
    return list(dict.fromkeys(each for each in found if each.keys and each.what))


class ShortcutsDialog(QDialog):
    """A table that can be searched."""

    def __init__(self, parent: QWidget, rows: list[Shortcut]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._rows = rows
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search")
        self.search.setAccessibleName("Search shortcuts")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(self._filter)
        self.table = QTableWidget(len(rows), 3)
        self._fill_table()
        stack(self, self.search, self.table, close_and_copy(self, self.copy))
        self.resize(560, 520)

    def copy(self) -> None:
        """Put the shortcuts on the clipboard."""
        QGuiApplication.clipboard().setText(tab_separated([_TITLES, *self._rows]))

    def matching(self) -> list[Shortcut]:
        """The rows that match the search."""
        return [row for number, row in enumerate(self._rows) if not self.table.isRowHidden(number)]

    def _fill_table(self) -> None:
        table = self.table
        table.setHorizontalHeaderLabels(_TITLES)
        set_up_table(table, self.windowTitle())
        for number, row in enumerate(self._rows):
            for column, text in enumerate(row):
                table.setItem(number, column, QTableWidgetItem(text))
        table.resizeColumnsToContents()
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.horizontalHeader().setStretchLastSection(True)

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        for number, row in enumerate(self._rows):
            whole = " ".join(row).casefold()
            self.table.setRowHidden(number, not all(word in whole for word in words))


def _text(action: QAction) -> str:
    return action.text().replace("&", "").rstrip("…")


def _keys(action: QAction) -> str:
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(each.toString(native) for each in action.shortcuts())

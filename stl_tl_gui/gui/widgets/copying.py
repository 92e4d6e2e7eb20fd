"""Copying: puts what a widget shows on the clipboard, as a table for a spreadsheet and as a picture."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QKeySequence
from PySide6.QtWidgets import QTableView, QWidget

from stl_tl_gui.gui.widgets.actions import make_action
from stl_tl_gui.gui.widgets.picture import picture_of
from stl_tl_gui.gui.widgets.table_text import Row, tab_separated

Table = Callable[[], Iterable[Row]]
"""Gives a header and rows, as they are now."""


def copyable(
    widget: QWidget, table: Table | None = None, picture: Callable[[], QImage] | None = None, *, keys: bool = True
) -> None:
    """Give a widget “Copy as table” (Ctrl+C) where it has one, and “Copy as picture”, in its context menu.

    Without a table Ctrl+C copies the picture. `keys=False` leaves Ctrl+C to what the widget has already.
    """
    widget.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
    copy = QKeySequence.keyBindings(QKeySequence.StandardKey.Copy) if keys else None
    clipboard = QGuiApplication.clipboard()
    if table is not None:
        make_action(
            widget,
            "Copy as table",
            "Copy for a spreadsheet",
            lambda: clipboard.setText(tab_separated(table())),
            sign="copy",
            keys=copy,
        )
    make_action(
        widget,
        "Copy as picture",
        "Copy as it looks here",
        lambda: clipboard.setImage(picture() if picture is not None else picture_of(widget)),
        sign="pictures",
        keys=copy if table is None else None,
    )


def texts_of(view: QTableView) -> list[Row]:
    """The titles and texts of a table: the selected rows, or all. Columns without any text are left out."""
    model = view.model()
    chosen = sorted(index.row() for index in view.selectionModel().selectedRows()) or range(model.rowCount())
    rows = [[_text(model.index(row, column).data()) for column in range(model.columnCount())] for row in chosen]
    horizontal = Qt.Orientation.Horizontal
    titles = [_text(model.headerData(column, horizontal)) for column in range(model.columnCount())]
    kept = [column for column in range(len(titles)) if any(row[column] for row in rows)]
    return [[row[column] for column in kept] for row in (titles, *rows)]


def _text(value: object) -> str:
    return "" if value is None else str(value)

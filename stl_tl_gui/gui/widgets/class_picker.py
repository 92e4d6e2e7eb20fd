"""ClassPicker: a class by its first letters, in a small list that opens where it is needed."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QWidget

from stl_tl_gui.gui.widgets import layouts, theme

_WIDTH, _ROWS = 240, 10
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


def matching(names: Sequence[str], typed: str) -> list[str]:
    """The names that begin with what was typed, or else those that contain it."""
    wanted = typed.casefold().strip()
    starting = [name for name in names if name.casefold().startswith(wanted)]
    return starting or [name for name in names if wanted in name.casefold()]


def meant(names: Sequence[str], typed: str) -> str | None:
    """The only name that begins with what was typed, if there is just one."""
    starting = [name for name in names if name.casefold().startswith(typed.casefold())]
    return starting[0] if len(starting) == 1 else None


class ClassPicker(QFrame):
    """Closes itself when a class is chosen: as soon as the letters leave one, with Enter, or by a click."""

    chosen = Signal(str)

    def __init__(self, names: Sequence[str], parent: QWidget, typed: str = "") -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        theme.card(self)
        self._names = names
        self.edit, self.list = QLineEdit(), QListWidget()
        self.edit.setPlaceholderText("First letters of the class")
        self.edit.setAccessibleName("Class")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName("Classes")
        self.edit.installEventFilter(self)
        self.edit.textEdited.connect(self._narrow)
        self.edit.returnPressed.connect(lambda: self._choose_row(self.list.currentRow()))
        self.list.itemClicked.connect(lambda item: self._choose(item.text()))
        layouts.column(self.edit, self.list, inside=self, spacing=theme.SMALL, margins=theme.SMALL)
        self.edit.setText(typed)
        self._fill(typed)
        rows = min(max(len(names), 1), _ROWS)
        self.list.setFixedSize(_WIDTH, rows * self.list.sizeHintForRow(0) + 2 * self.list.frameWidth() + theme.TINY)

    def open_at(self, place: QPoint) -> None:
        """Show it with its corner there, but inside the screen."""
        room, size = self.screen().availableGeometry(), self.sizeHint()
        x = max(room.left(), min(place.x(), room.right() - size.width()))
        y = max(room.top(), min(place.y(), room.bottom() - size.height()))
        self.move(x, y)
        self.show()
        self.edit.setFocus()

    def _narrow(self, typed: str) -> None:
        only = meant(self._names, typed) if typed else None
        if only is not None:
            self._choose(only)
        else:
            self._fill(typed)

    def _fill(self, typed: str) -> None:
        self.list.clear()
        self.list.addItems(matching(self._names, typed))
        self.list.setCurrentRow(0)

    def _choose_row(self, row: int) -> None:
        item = self.list.item(row)
        if item is not None:
            self._choose(item.text())

    def _choose(self, name: str) -> None:
        self.close()
        self.chosen.emit(name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Arrow keys go through the list while the letters are typed."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _MOVES:
            self.list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

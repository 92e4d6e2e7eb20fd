"""TakenStrip: small pictures of what was taken and is not yet added; each can be removed."""

from collections.abc import Collection

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeySequence, QPixmap
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QWidget

from stl_tl_gui.gui.capture.taken import SIDE, Taken
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.actions import make_action

_TAKEN = Qt.ItemDataRole.UserRole


class TakenStrip(QListWidget):
    """Rows of thumbnails; the newest is the last and visible."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setGridSize(QSize(SIDE + theme.MEDIUM, SIDE + theme.MEDIUM))
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.setUniformItemSizes(True)
        self.setAcceptDrops(False)  # they are for the dialog
        self.setAccessibleName("Pictures to add")
        self.setMinimumWidth(2 * (SIDE + theme.MEDIUM) + theme.HUGE + theme.MEDIUM)
        self.remove = make_action(
            self,
            "Remove",
            "Remove the selected pictures, or the last one",
            self.remove_selected,
            sign="trash",
            keys=[QKeySequence(Qt.Key.Key_Delete), QKeySequence(Qt.Key.Key_Backspace)],
        )
        self.remove.setEnabled(False)

    def append(self, taken: Taken) -> None:
        """Show one more."""
        item = QListWidgetItem(QIcon(QPixmap.fromImage(taken.thumbnail)), "", self)
        item.setData(_TAKEN, taken)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, taken.addition.name)
        item.setToolTip(taken.addition.name)
        self.scrollToItem(item)
        self._changed()

    def taken(self) -> list[Taken]:
        """All of them, in the order they came."""
        return [self.item(row).data(_TAKEN) for row in range(self.count())]

    def remove_selected(self) -> None:
        """Take out what is selected; with nothing selected, the last one."""
        chosen = self.selectedItems() or [self.item(self.count() - 1)]
        for item in chosen:
            self.takeItem(self.row(item))
        self._changed()

    def take_out(self, taken: Collection[Taken]) -> None:
        """Remove these, which were added."""
        for row in reversed(range(self.count())):
            if self.item(row).data(_TAKEN) in taken:
                self.takeItem(row)
        self._changed()

    def _changed(self) -> None:
        self.remove.setEnabled(self.count() > 0)
        self.changed.emit()

"""ClassChoice: the class to add pictures to, an existing or a new one, and how many were added."""

from collections import Counter

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QWidget

from stl_tl_gui.engine.data.additions import ClassFolders
from stl_tl_gui.gui.widgets import layouts, theme

_WIDTH = 200


class ClassChoice(QWidget):
    """A field to type in, with a list of the classes."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._before: set[str] = set()
        self._added: Counter[str] = Counter()
        self.field, self.edit = QComboBox(), QLineEdit()
        self.field.setLineEdit(self.edit)
        self.field.setAccessibleName("Class")
        self.field.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.field.setMinimumWidth(_WIDTH)
        self.edit.setPlaceholderText("Choose or type a name")
        self.edit.setAcceptDrops(False)  # it would take a file's address as text
        self.field.editTextChanged.connect(lambda _: self.changed.emit())
        self._tally = theme.muted("")
        label = QLabel("Class")
        label.setBuddy(self.field)
        layouts.row(label, self.field, (self._tally, 1), inside=self, spacing=theme.MEDIUM)
        self._show_tally()

    @property
    def name(self) -> str:
        """What is chosen or typed; empty if nothing."""
        return self.field.currentText().strip()

    def offer(self, folders: ClassFolders) -> None:
        """Offer these classes; what is typed stays."""
        self._before = set(folders.by_name)
        typed = self.field.currentText()
        self.field.clear()
        self.field.addItems(list(folders.by_name))
        self.field.setCurrentIndex(-1)
        self.field.setEditText(typed)
        self._show_tally()

    def count(self, name: str, more: int) -> None:
        """Count pictures added to a class, or removed again."""
        self._added[name] += more
        if self.field.findText(name) < 0:
            self.field.addItem(name)
        self._show_tally()

    def _show_tally(self) -> None:
        added = {name: number for name, number in self._added.items() if number}
        counted = ", ".join(f"{name} {number:,}" for name, number in added.items())
        text = f"Added: {counted}." if counted else ""
        if len(self._before | set(added)) < 2:
            text += " Training needs at least two classes."
        self._tally.setText(text.strip())

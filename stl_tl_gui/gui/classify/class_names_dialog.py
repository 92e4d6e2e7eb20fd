"""Asks for the class names of a checkpoint that does not store them."""

from collections import Counter
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.settings.settings import choices
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.choosing import choose_file
from stl_tl_gui.gui.widgets.dialogs import attempt

_STL10 = ("airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck")
_LARGEST_FILE = 1_000_000


class NotClassNames(UserError):
    """A chosen file is not a list of class names."""


def read_class_names(path: Path) -> list[str]:
    """One name a line, empty lines left out. Raises NotClassNames."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise NotClassNames(f"“{path.name}” is too long for a list of class names.")
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise NotClassNames(f"“{path.name}” is not a text file (UTF-8).") from None
    except OSError as error:
        raise NotClassNames(f"“{path.name}” cannot be read: {error.strerror or error}.") from None
    return names_in(text)


def names_in(text: str) -> list[str]:
    """The names in a text with one a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


class ClassNamesDialog(QDialog):
    """Asks for exactly `count` names. Show it with open(); `named` carries the answer."""

    named = Signal(tuple, object)
    """The class names, and the backbone's name or None to recognize it."""

    def __init__(self, path: Path, count: int, backbone: str | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Class names")
        self._count = count
        self.edit = QPlainTextEdit()
        self.edit.setAccessibleName("Class names, one per line")
        self.edit.setPlaceholderText("One name per line")
        self.edit.setAcceptDrops(False)
        self.edit.setTabChangesFocus(True)
        self.verdict = QLabel()
        self.backbone = _backbone_choice(backbone)
        self.buttons = QDialogButtonBox()
        self.use = self.buttons.addButton("Use these names", QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.accepted.connect(lambda: self.named.emit(tuple(self.names()), self.backbone.currentData()))
        self.edit.textChanged.connect(self._check)
        self._lay_out(path)
        self._check()

    def names(self) -> list[str]:
        return names_in(self.edit.toPlainText())

    def load(self, path: Path) -> None:
        """Take the names from a text file, or show why that fails."""
        attempt(self, lambda: self.edit.setPlainText("\n".join(read_class_names(path))))

    def _lay_out(self, path: Path) -> None:
        self.resize(460, 440)
        n = self._count
        question = QLabel(
            f"“{path.name}” has {n} classes but does not store their names. Enter the {n} names in the order used in "
            "training (for folders of pictures usually alphabetical)."
        )
        question.setWordWrap(True)
        question.setTextFormat(Qt.TextFormat.PlainText)
        load = QPushButton("Load file…")
        load.clicked.connect(self._choose_file)
        sources = QHBoxLayout()
        sources.addWidget(load)
        if self._count == len(_STL10):
            known = QPushButton("Use STL-10’s names")
            known.clicked.connect(lambda: self.edit.setPlainText("\n".join(_STL10)))
            sources.addWidget(known)
        sources.addStretch()
        form = QFormLayout()
        form.addRow("Backbone", self.backbone)
        parts = (question, sources, (self.edit, 1), self.verdict, form, self.buttons)
        layouts.column(*parts, inside=self, spacing=theme.MEDIUM, margins=None)

    def _choose_file(self) -> None:
        kinds = "Text files (*.txt *.names *.csv);;All files (*)"
        path = choose_file(self, "class names", "Choose a list of class names", kinds)
        if path is not None:
            self.load(path)

    def _check(self) -> None:
        names = self.names()
        twice = [name for name, times in Counter(names).items() if times > 1]
        missing = self._count - len(names)
        if missing > 0:
            verdict = f"{len(names)} of {self._count} names: {missing} missing"
        elif missing < 0:
            verdict = f"{len(names)} names: {-missing} too many"
        elif twice:
            verdict = f"“{twice[0]}” appears twice"
        else:
            verdict = f"✓ {len(names)} names"
        self.verdict.setText(verdict)
        self.use.setEnabled(missing == 0 and not twice)


def _backbone_choice(chosen: str | None) -> QComboBox:
    combo = QComboBox()
    combo.addItem("Recognize by its weights", None)
    for name, title in (choices("backbone") or {}).items():
        combo.addItem(title, name)
    combo.setCurrentIndex(max(0, combo.findData(chosen)))
    combo.setAccessibleName("Backbone")
    combo.setToolTip("The backbone that the weights belong to")
    return combo

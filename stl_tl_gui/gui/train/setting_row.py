"""SettingRow: one setting in the form, with its label, editor, reset button and note."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QSignalBlocker
from PySide6.QtWidgets import QGridLayout, QLabel, QToolButton, QWidget

from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.gui.train.backbone_field import BackboneField
from stl_tl_gui.gui.train.setting_fields import SettingField, field_for, limits_in_words
from stl_tl_gui.gui.train.weights_field import WeightsField
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.words.settings import value_in_words

_OWN_FIELDS: dict[str, Callable[[str], SettingField]] = {"backbone": BackboneField, "weights": WeightsField}


class SettingRow(QObject):
    """A setting's label, editor and reset button, and a note below them where needed."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        field = TrainSettings.model_fields[name]
        extra = field.json_schema_extra
        assert isinstance(extra, dict)
        self.name, self.title = name, str(field.title)
        self.group, self.advanced = str(extra["group"]), bool(extra["advanced"])
        self.differs, self._shown = False, True
        self.editor = _OWN_FIELDS.get(name, field_for)(name)
        self.editor.setMinimumHeight(theme.HUGE)
        self.label = QLabel(self.title)
        self.label.setBuddy(self.editor)
        self.label.setWordWrap(True)
        self.label.setFixedWidth(self.label.fontMetrics().averageCharWidth() * 16)
        self.reset = QToolButton()
        self.reset.setText("↺")
        self.reset.setAutoRaise(True)
        self.note = theme.muted("")
        self._editors = layouts.row((self.editor, 1), spacing=theme.MEDIUM)
        self._describe(str(field.description))

    def _describe(self, text: str) -> None:
        words = limits_in_words(self.name)
        text = f"{text} ({words[0].upper()}{words[1:]}.)" if words else text
        for widget in (self.label, self.editor):
            widget.setToolTip(f"<qt>{text}</qt>")  # rich text wraps
            widget.setWhatsThis(text)
        self.editor.setAccessibleName(self.title)
        self.editor.setAccessibleDescription(text)

    def place(self, grid: QGridLayout, row: int, picture: QWidget | None = None) -> None:
        """Take two rows of a grid, or three with a picture, which stands still above the note as that grows."""
        grid.addWidget(self.label, row, 0)
        grid.addLayout(self._editors, row, 1)
        grid.addWidget(self.reset, row, 2)
        if picture is not None:
            grid.addWidget(picture, row + 1, 1, 1, 2)
        grid.addWidget(self.note, grid.rowCount(), 1, 1, 2)

    def put_beside(self, button: QWidget) -> None:
        """Put a button to the right of the editor, in a row that is never folded away."""
        assert not self.advanced
        self._editors.addWidget(button)
        QWidget.setTabOrder(self.editor, button)

    def show_value(self, value: Any, advice: Any) -> None:
        """Show a value; bold and with a reset button where it differs from what is recommended."""
        with QSignalBlocker(self.editor):
            self.editor.set_value(value)
        self.differs = value != advice
        self.label.setText(f"<b>{self.title}</b>" if self.differs else self.title)
        text = value_in_words(self.name, advice)
        self.reset.setToolTip(f"Reset to the recommended value: {text}")
        self.reset.setAccessibleName(f"Reset {self.title} to {text}")
        self.reset.setVisible(self.differs and self._shown)

    def set_shown(self, shown: bool) -> None:
        """Fold the row away or bring it back."""
        self._shown = shown
        self.label.setVisible(shown)
        self.editor.setVisible(shown)
        self.reset.setVisible(shown and self.differs)
        self.note.setVisible(shown and bool(self.note.text()))

    def set_enabled(self, enabled: bool) -> None:
        for widget in (self.label, self.editor):
            widget.setEnabled(enabled)

    def say(self, text: str, *, bad: bool) -> None:
        """Explain something below the editor; an empty text hides the note."""
        self.note.setProperty("role", "bad" if bad else "muted")
        self.note.style().polish(self.note)
        self.note.setText(text)
        self.note.setVisible(self._shown and bool(text))

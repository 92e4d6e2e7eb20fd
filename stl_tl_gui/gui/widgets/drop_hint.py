"""DropHint: a dashed frame to drop things on, with buttons to choose them instead."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import IconLabel

_ICON = 56


class DropHint(QWidget):
    """A sign, a title, a sentence that can change, and buttons below."""

    def __init__(self, icon_name: str, title: str, buttons: Sequence[QAbstractButton]) -> None:
        super().__init__()
        sign = IconLabel(icon_name, "muted", _ICON)
        self._more = theme.muted("")
        column = layouts.column(None, inside=self, spacing=theme.LARGE, margins=None)
        for label in (sign, theme.title(title), self._more):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        row = layouts.row(None, *buttons, None, spacing=theme.MEDIUM)
        column.addLayout(row)
        column.addStretch()

    def set_state(self, text: str) -> None:
        """Set the sentence below the title."""
        self._more.setText(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("border"), 2, Qt.PenStyle.DashLine))
        painter.setBrush(theme.color("base"))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), 12, 12)
        painter.end()

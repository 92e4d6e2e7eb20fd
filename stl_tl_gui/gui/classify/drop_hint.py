"""What the classify page shows while there is nothing to show: where pictures can come from."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from stl_tl_gui.gui import theme
from stl_tl_gui.gui.actions import button
from stl_tl_gui.gui.icons import icon

_ICON = 56


class DropHint(QWidget):
    """A dashed frame with a sentence and the buttons of some actions."""

    def __init__(self, actions: list[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sign = QLabel()
        sign.setPixmap(icon("pictures", "muted").pixmap(_ICON, _ICON))
        self._more = theme.muted("")
        column = QVBoxLayout(self)
        column.setSpacing(theme.LARGE)
        column.addStretch()
        for label in (sign, theme.title(self.tr("Drop pictures or folders here")), self._more):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.MEDIUM)
        buttons.addStretch()
        for action in actions:
            buttons.addWidget(button(action))
        buttons.addStretch()
        column.addLayout(buttons)
        column.addStretch()

    def set_state(self, text: str) -> None:
        """The sentence below the invitation."""
        self._more.setText(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("border"), 2, Qt.PenStyle.DashLine))
        painter.setBrush(theme.color("base"))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), 12, 12)
        painter.end()

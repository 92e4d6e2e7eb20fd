"""ChoiceButton: a large button with an icon, a title and a line that explains it."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayout, QPushButton, QSizePolicy, QWidget

from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import icon

_ICON = 28
_LEAST = 52
"""Pixels in height."""
_LARGE = 1.6
"""How many times as large a `large` button's picture is."""


class ChoiceButton(QPushButton):
    """Looks pressed while `chosen`; a click does not change that by itself."""

    def __init__(
        self,
        icon_name: str,
        title: str,
        explanation: str,
        *,
        icon_color: str = "accent",
        trailing: QWidget | None = None,
        large: bool = False,
    ) -> None:
        """`trailing` stands at the right end."""
        super().__init__()
        self._icon_name, self._icon_color = icon_name, icon_color
        self._picture = QLabel()
        self._side = round(_ICON * _LARGE) if large else _ICON
        self._picture.setFixedSize(self._side, self._side)
        heading, self._more = theme.title(title) if large else theme.heading(title), theme.muted(explanation)
        heading.setWordWrap(True)
        self._texts = layouts.column(heading, self._more, None, spacing=theme.TINY)
        layout = QHBoxLayout(self)
        margin = theme.HUGE if large else 12
        layout.setContentsMargins(margin, margin - 2, margin, margin - 2)
        layout.setSpacing(theme.LARGE if large else 12)
        layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # texts wrap instead
        layout.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(self._texts, 1)
        if trailing is not None:
            layout.addWidget(trailing)
        for label in (self._picture, heading, self._more, *((trailing,) if trailing is not None else ())):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setProperty("choice", True)
        self.setCheckable(True)
        self.setAccessibleName(title.rstrip("…"))
        self.setAccessibleDescription(explanation)
        self._draw()

    def set_chosen(self, chosen: bool) -> None:
        self.setChecked(chosen)

    def set_compact(self, compact: bool) -> None:
        """Without the explanation, which the tooltip has then."""
        self._more.setVisible(not compact)
        self.setToolTip(self._more.text() if compact else "")
        self._texts.invalidate()
        self.setMinimumHeight(self._height(self.width()))
        self.updateGeometry()

    def nextCheckState(self) -> None:
        """A click does not change the look: what is chosen is what was opened."""

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setMinimumHeight(self._height(event.size().width()))

    def sizeHint(self) -> QSize:
        return QSize(240, self._height(240))

    def minimumSizeHint(self) -> QSize:
        return QSize(170, _LEAST)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses it, as Space does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def _height(self, width: int) -> int:
        layout = self.layout()
        return _LEAST if layout is None else layout.totalHeightForWidth(width)

    def _draw(self) -> None:
        size = QSize(self._side, self._side)
        self._picture.setPixmap(icon(self._icon_name, self._icon_color).pixmap(size, self.devicePixelRatioF()))

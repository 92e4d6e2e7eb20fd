"""Line icons from resources/icons, drawn in the colors shown now, sharp at any size."""

from functools import cache

from PySide6.QtCore import QByteArray, QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QLabel, QWidget

from stl_tl_gui import resource
from stl_tl_gui.gui.widgets import theme


def icon(name: str, color: str = "text") -> QIcon:
    """The icon resources/icons/<name>.svg in a color of theme.Colors; it follows the theme."""
    return QIcon(_LineIcon(name, color))


class IconLabel(QLabel):
    """An icon alone, `side` pixels large, in the colors shown now."""

    def __init__(self, name: str, color: str, side: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self.show_icon(name, color)

    def show_icon(self, name: str, color: str) -> None:
        """Show another one."""
        self._name_and_color = name, color
        self.setPixmap(icon(name, color).pixmap(QSize(self._side, self._side), self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.show_icon(*self._name_and_color)


@cache
def _svg(name: str) -> bytes:
    return resource(f"icons/{name}.svg").read_bytes()


@cache
def _renderer(name: str, color: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_svg(name).replace(b"currentColor", color.encode())))


_clones: list[QIconEngine] = []
"""Qt owns a clone, but Python would free it on return: PySide does not know about the change of owner."""


class _LineIcon(QIconEngine):
    """Draws at paint time, so that no pixmap of the old color is left when the theme changes."""

    def __init__(self, name: str, color: str) -> None:
        super().__init__()
        self._name, self._color = name, color

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        color = {QIcon.Mode.Disabled: "muted", QIcon.Mode.Selected: "accent"}.get(mode, self._color)
        painter.save()
        if mode == QIcon.Mode.Disabled:
            painter.setOpacity(0.6)
        side = min(rect.width(), rect.height())
        square = QRectF(0, 0, side, side)
        square.moveCenter(QRectF(rect).center())
        _renderer(self._name, getattr(theme.colors(), color)).render(painter, square)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        copy = _LineIcon(self._name, self._color)
        _clones.append(copy)
        return copy

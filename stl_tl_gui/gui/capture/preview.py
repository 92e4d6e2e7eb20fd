"""Preview: the newest frame of a camera, like in a mirror, with a countdown or a message over it."""

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from stl_tl_gui.gui.widgets import theme

_SMALLEST = QSize(240, 150)
_LIKED = QSize(480, 360)
_CORNER = 8
_VEIL = 0.75
_NUMBER_SHARE = 0.45
"""Height of the countdown's numbers as a share of the widget's."""


class Preview(QWidget):
    """Paints; knows nothing of cameras."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mirrored = True
        self.frame = QImage()
        """The newest one, not mirrored; null while there is none."""
        self.message = ""
        self.number = 0
        self.setAccessibleName("What the camera sees")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_frame(self, frame: QImage) -> None:
        """Paint this one; those that come before it is painted are never painted."""
        self.frame, self.message = frame, ""
        self.update()

    def say(self, message: str) -> None:
        """Show a sentence in place of a frame."""
        self.frame, self.message = QImage(), message
        self.setAccessibleDescription(message)
        self.update()

    def count(self, number: int) -> None:
        """Show a number in large over the frame; 0: none."""
        self.number = number
        self.setAccessibleDescription(str(number) if number else "")
        self.update()

    def mirror(self, mirrored: bool) -> None:
        """Whether to show frames as a mirror would."""
        self.mirrored = mirrored
        self.update()

    def sizeHint(self) -> QSize:
        return _LIKED

    def minimumSizeHint(self) -> QSize:
        return _SMALLEST

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()), _CORNER, _CORNER)
        painter.setClipPath(outline)
        painter.fillRect(self.rect(), theme.color("alternate"))
        if not self.frame.isNull():
            self._paint_frame(painter)
        if self.message:
            self._paint_message(painter)
        if self.number:
            self._paint_number(painter)
        painter.end()

    def _paint_frame(self, painter: QPainter) -> None:
        painter.save()
        if self.mirrored:
            painter.translate(self.width(), 0)
            painter.scale(-1, 1)
        painter.drawImage(self._place(), self.frame)
        painter.restore()

    def _place(self) -> QRect:
        """Where the frame is: whole, in the middle."""
        size = self.frame.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(0, 0, size.width(), size.height())
        place.moveCenter(self.rect().center())
        return place

    def _paint_message(self, painter: QPainter) -> None:
        painter.setPen(theme.color("text"))
        room = self.rect().adjusted(theme.LARGE, theme.LARGE, -theme.LARGE, -theme.LARGE)
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.message)

    def _paint_number(self, painter: QPainter) -> None:
        side = self.height() * _NUMBER_SHARE
        veil = QColor(theme.color("window"))
        veil.setAlphaF(_VEIL)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(veil)
        painter.drawEllipse(QPointF(self.rect().center()), side * 0.8, side * 0.8)
        font = self.font()
        font.setPixelSize(max(1, int(side)))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, str(self.number))

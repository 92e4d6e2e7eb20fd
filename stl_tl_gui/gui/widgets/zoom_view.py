"""ZoomView: one picture, fitted into its room, or as large as wanted: wheel, keys, dragging."""

from PySide6.QtCore import QEvent, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPixmap, QResizeEvent, QTransform, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsPixmapItem, QGraphicsScene, QGraphicsView, QWidget

from stl_tl_gui.gui.widgets import theme

_SIDE = 1000.0
"""The longer side of any picture in the scene, so that the view stays where it is when more pixels arrive."""
_STEP, _MOST = 1.25, 32.0
"""One step of the wheel, and how many screen pixels a picture's pixel takes at most."""


class ZoomView(QGraphicsView):
    """Shows a reduced picture at once; `enlarged` asks for all of its pixels."""

    enlarged = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setScene(QGraphicsScene(self))
        self._item = QGraphicsPixmapItem()
        self._item.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        self.scene().addItem(self._item)
        self.fits = True
        """Whether the picture fills its room, and goes on to when that changes."""
        self._exact = False
        self._pixels = 0
        self._sentence = ""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setBackgroundBrush(Qt.GlobalColor.transparent)
        self.setAccessibleName("Picture")

    def show_pixmap(self, pixmap: QPixmap, sentence: str = "") -> None:
        """Show another picture, fitted, or a sentence where there is none."""
        self._pixels, self._exact, self._sentence = 0, False, sentence
        self.setAccessibleDescription(sentence)
        self._place(pixmap)
        self.fit()

    def show_all_pixels(self, image: QImage) -> None:
        """Put the whole picture in place of the reduced one, without moving the view."""
        self._pixels = max(image.width(), image.height())
        self._place(QPixmap.fromImage(image))
        if self._exact:
            self._set_scale(self._pixels / _SIDE / self.devicePixelRatio())

    def fit(self) -> None:
        """Fill the room."""
        self.fits, self._exact = True, False
        self.fitInView(self._item, Qt.AspectRatioMode.KeepAspectRatio)

    def exact(self) -> None:
        """One pixel of the picture for one of the screen."""
        self.fits, self._exact = False, True
        if self._pixels:
            self._set_scale(self._pixels / _SIDE / self.devicePixelRatio())
        self.enlarged.emit()

    def enlarge(self) -> None:
        self.zoom_by(_STEP)

    def reduce(self) -> None:
        self.zoom_by(1 / _STEP)

    def zoom_by(self, factor: float) -> None:
        """Enlarge or reduce, between the fitted size and very large pixels."""
        wanted = self.transform().m11() * factor
        if wanted <= self._fitting():
            self.fit()
            return
        self.fits, self._exact = False, False
        self._set_scale(min(wanted, _MOST * max(self._pixels, 1) / _SIDE))
        self.enlarged.emit()

    def _set_scale(self, scale: float) -> None:
        self.setTransform(QTransform.fromScale(scale, scale))

    def _fitting(self) -> float:
        """The scale at which the picture fills its room."""
        shape, room = self._item.sceneBoundingRect(), self.viewport().rect()
        return min(room.width() / max(shape.width(), 1.0), room.height() / max(shape.height(), 1.0))

    def _place(self, pixmap: QPixmap) -> None:
        self._item.setPixmap(pixmap)
        size = pixmap.deviceIndependentSize()
        longer = max(size.width(), size.height(), 1.0)
        self._item.setScale(_SIDE / longer)
        self.scene().setSceneRect(self._item.sceneBoundingRect())

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom_by(_STEP ** (event.angleDelta().y() / 120))
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.fits:
            self.fit()

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:  # Qt's name
        if not self._sentence:
            return
        painter.resetTransform()
        painter.setPen(theme.color("text"))
        room = self.viewport().rect()
        below = room.adjusted(theme.LARGE, room.height() * 2 // 3, -theme.LARGE, 0)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap, self._sentence)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.viewport().update()

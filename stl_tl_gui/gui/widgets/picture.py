"""Widgets as pictures: for the clipboard, as PNG, or as SVG, which stays sharp at any size."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsView, QWidget

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.storage.files import write_atomically

_SHARPNESS = 2
"""Pixels per logical pixel of a PNG."""


class PictureNotSaved(UserError):
    """The file cannot be written, or its format is not known."""


def picture_of(widget: QWidget) -> QImage:
    """What a widget shows, at twice the sharpness of a plain screen."""
    image = QImage(widget.size() * _SHARPNESS, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(_SHARPNESS)
    image.fill(widget.palette().window().color())
    widget.render(image)
    return image


def save_picture(widget: QWidget, path: Path) -> None:
    """Save what a widget shows as .png or .svg, whole or not at all. Raises PictureNotSaved."""
    suffix = path.suffix.casefold()
    if suffix not in (".png", ".svg"):
        raise PictureNotSaved(f"Choose a name that ends in .png or .svg, not “{path.name}”.")
    content = _svg(widget) if suffix == ".svg" else _png(widget)
    try:
        write_atomically(path, content)
    except OSError as error:
        raise PictureNotSaved(f"“{path}” could not be saved: {error.strerror or error}.") from None


def _png(widget: QWidget) -> bytes:
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture_of(widget).save(buffer, "PNG")  # type: ignore[call-overload]  # its stub asks for bytes, which it refuses
    return bytes(content.data())


def _svg(widget: QWidget) -> bytes:
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(widget.size())
    generator.setViewBox(QRect(0, 0, widget.width(), widget.height()))
    painter = QPainter(generator)
    painter.fillRect(widget.rect(), widget.palette().window())
    with _drawn_by_lines(widget):
        widget.render(painter, QPoint())
    painter.end()
    return bytes(content.data())


@contextmanager
def _drawn_by_lines(widget: QWidget) -> Iterator[None]:
    """Let plots redraw their symbols, where they would stamp small pictures of them."""
    views = widget.findChildren(QGraphicsView)
    caches = [view.cacheMode() for view in views]
    items = [item for view in views for item in view.scene().items() if hasattr(item, "setExportMode")]
    for view in views:
        view.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
    for item in items:
        item.setExportMode(True, {"antialias": True})
    try:
        yield
    finally:
        for item in items:
            item.setExportMode(False)
        for view, cache in zip(views, caches, strict=True):
            view.setCacheMode(cache)

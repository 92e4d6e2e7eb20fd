"""Pictures without files: pasted from the clipboard or dragged out of a browser."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QColor, QImage, QPainter

from stl_tl_gui.engine.data.decoding import WHOLE, Part, decode
from stl_tl_gui.gui.widgets.drop_target import paths_of


@dataclass(frozen=True, eq=False)
class Pasted:
    """A picture in memory, under the name it is shown by."""

    name: str
    image: Image.Image


Source = Path | Pasted


@dataclass(frozen=True)
class SourceReader:
    """Reads the picture of a file, or a pasted one by its name, for thumbnails. Knows no widget."""

    pasted: dict[str, Image.Image]
    at_least: int
    """Pixels that the shorter side should have."""
    part: Part = WHOLE
    """What of a file is the picture."""

    def __call__(self, key: Path | str) -> Image.Image:
        return decode(key, self.at_least, self.part) if isinstance(key, Path) else self.pasted[key]


def to_pil(image: QImage) -> Image.Image:
    """A Qt image as an RGB picture, what is transparent over white, without a temporary file."""
    opaque = QImage(image.size(), QImage.Format.Format_RGB32)
    opaque.fill(QColor("white"))
    painter = QPainter(opaque)
    painter.drawImage(opaque.rect(), image)
    painter.end()
    rgba = opaque.convertToFormat(QImage.Format.Format_RGBA8888)  # 4 bytes a pixel: its rows have no padding
    size = rgba.width(), rgba.height()
    return Image.frombytes("RGBA", size, bytes(rgba.constBits())).convert("RGB")


def picture_in(mime: QMimeData) -> Image.Image | None:
    """The picture that is itself on the clipboard or dragged, if there is one."""
    image = image_in(mime)
    return None if image is None else to_pil(image)


def image_in(mime: QMimeData) -> QImage | None:
    """The same as Qt has it."""
    image = QImage(mime.imageData()) if mime.hasImage() else QImage()
    return None if image.isNull() else image


def sources_in(mime: QMimeData, name: str) -> list[Source]:
    """What can be classified: local files and folders, else a picture itself, which gets this name."""
    files: list[Source] = [*paths_of(mime)]
    if files:
        return files
    picture = picture_in(mime)
    return [] if picture is None else [Pasted(name, picture)]

"""What can be measured of a picture at a glance: size, light, sharpness, and a hash that look-alikes share."""

from typing import Any, NamedTuple

import dhash
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from stl_tl_gui.engine.data.decoding import Origin

SIDE = 64
"""The shorter side, in pixels, of the pictures that are measured: about what a small model sees."""
HASH_BITS = 128
_HASH_SIDE = 8


class PictureFacts(NamedTuple):
    """Of one picture."""

    width: int
    """Pixels in the file."""
    height: int
    mode: str
    """Pillow's name for how a pixel is stored in the file."""
    brightness: float
    """Mean in [0, 1], 0 is black."""
    contrast: float
    """Standard deviation of the brightness, in [0, 0.5]."""
    sharpness: float
    """Standard deviation of the second derivative over that of the brightness: small where all edges are soft."""
    likeness: str
    """Difference hash of rows and columns, 128 bits in hexadecimal; look-alikes differ in few bits."""
    mirrored: str
    """The same of the picture's mirror image, left for right."""
    peek: str
    """The picture as 8x8 gray values, in hexadecimal, to make sure that look-alikes do look alike."""
    channels: int = 3
    """Numbers of a pixel in the file."""
    pages: int = 1
    """Of the file, of which this is the first."""


def facts_of(picture: Image.Image, origin: Origin) -> PictureFacts:
    """Measure a decoded RGB picture of any size."""
    gray = picture.convert("L")
    shorter = min(gray.size)
    if shorter > SIDE:
        size = tuple(max(1, round(side * SIDE / shorter)) for side in gray.size)
        gray = gray.resize((size[0], size[1]), Image.Resampling.BOX, reducing_gap=2.0)
    values = np.asarray(gray, np.float32) / 255
    contrast = float(values.std())
    return PictureFacts(
        width=origin.width,
        height=origin.height,
        mode=origin.mode,
        brightness=round(float(values.mean()), 4),
        contrast=round(contrast, 4),
        sharpness=round(_edges(values) / max(contrast, 1e-3), 4),
        likeness=_hash(gray),
        mirrored=_hash(ImageOps.mirror(gray)),
        peek=bytes(_gray_values(gray, 8)).hex(),
        channels=origin.channels,
        pages=origin.pages,
    )


def _edges(values: npt.NDArray[np.floating[Any]]) -> float:
    if min(values.shape) < 3:
        return 0.0
    inner = values[1:-1, 1:-1]
    around = values[:-2, 1:-1] + values[2:, 1:-1] + values[1:-1, :-2] + values[1:-1, 2:]
    return float((around - 4 * inner).std())


def _hash(gray: Image.Image) -> str:
    row, column = dhash.dhash_row_col(_gray_values(gray, _HASH_SIDE + 1), size=_HASH_SIDE)
    return str(dhash.format_hex(row, column, size=_HASH_SIDE))


def _gray_values(gray: Image.Image, side: int) -> list[int]:
    small = gray.resize((side, side), Image.Resampling.LANCZOS)
    return list(small.tobytes())

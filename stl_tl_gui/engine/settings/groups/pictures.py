"""Settings of the pictures: what the model gets to see of them."""

from functools import partial
from typing import Literal

from stl_tl_gui.engine.settings.groups.setting import Settings, setting

_advanced = partial(setting, "Pictures", advanced=True)


class PictureSettings(Settings):
    """Size and shape of the model's input."""

    input_size: int = _advanced(
        96,
        "Input size",
        "Side in pixels that pictures are resized to. A pretrained backbone is often more accurate with larger "
        "pictures (160 or 224); time grows with the square. 0, with Automatic: it tries several and keeps the best.",
        ge=0,
        le=1024,
    )
    resize: Literal["stretch", "pad", "crop"] = _advanced(
        "stretch",
        "Resize",
        "How a picture becomes a square: stretched, padded with gray, or cropped to its center (which can cut off the "
        "object).",
        choices={"stretch": "Stretch to a square", "pad": "Pad to a square", "crop": "Crop the center"},
    )
    views: int = _advanced(
        4,
        "Cached versions",
        "How many versions of each picture to cache the frozen layers’ features for: the picture itself and, with "
        "augmentation, randomly changed ones. 0 recomputes them every epoch, which takes longer.",
        ge=0,
        le=100,
    )

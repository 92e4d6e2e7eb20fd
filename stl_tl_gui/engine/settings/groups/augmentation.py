"""Settings of the augmentation: a level, which is a set of values, and each item by itself."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from pydantic import model_validator

from stl_tl_gui.engine.settings.groups.setting import Settings, setting

ITEMS = (
    *("mirror", "mirror_vertical", "quarter_turns", "rotate", "shift", "zoom", "crop"),
    *("color", "blur", "noise", "erase"),
)
"""The settings that are a level's values; 0 is off."""

CUSTOM = "custom"
"""The level of values that belong to none."""

_DEFAULT = "light"
_LEVELS: dict[str, dict[str, float]] = {
    "none": {},
    "mirror": {"mirror": 0.5},
    "light": {"mirror": 0.5, "shift": 0.06},
    "medium": {"mirror": 0.5, "shift": 0.08, "zoom": 0.15, "rotate": 10.0, "color": 0.2},
    "strong": {"mirror": 0.5, "shift": 0.12, "zoom": 0.3, "rotate": 20.0, "color": 0.4, "erase": 0.5},
    "microscope": {"mirror": 0.5, "mirror_vertical": 0.5, "quarter_turns": 1.0, "shift": 0.06},
}
LEVELS = {name: {item: values.get(item, 0.0) for item in ITEMS} for name, values in _LEVELS.items()}
"""The items of each level."""

_advanced = partial(setting, "Augmentation", advanced=True)


def _item(name: str, title: str, description: str, most: float) -> Any:
    return _advanced(LEVELS[_DEFAULT][name], title, f"{description} 0 is off.", ge=0, le=most)


class AugmentationSettings(Settings):
    """Random changes to training pictures. Where an item differs from the level, the level is “custom”."""

    augmentation: Literal["none", "mirror", "light", "medium", "strong", "microscope", "custom"] = _advanced(
        _DEFAULT,
        "Augmentation",
        "Random changes to training pictures, new in each epoch, so that the model sees more variety. Light: mirror "
        "and shift; medium adds rotation and color; strong adds more of each and random erasing. Microscope or aerial: "
        "all eight orientations, for pictures without up and down. The strengths below can be changed one by one.",
        choices={
            "none": "None",
            "mirror": "Mirror",
            "light": "Light",
            "medium": "Medium",
            "strong": "Strong",
            "microscope": "Microscope or aerial",
            "custom": "Custom",
        },
    )
    mirror: float = _item("mirror", "Mirror left-right", "The share of pictures that are mirrored.", 1)
    mirror_vertical: float = _item("mirror_vertical", "Mirror up-down", "The share that is turned upside down.", 1)
    quarter_turns: float = _item(
        "quarter_turns",
        "Quarter turns",
        "The share of pictures that are turned by 0, 90, 180, or 270 degrees. 1 makes all four equally likely.",
        1,
    )
    rotate: float = _item("rotate", "Rotate", "The largest turn to either side, in degrees: 180 is any angle.", 180)
    shift: float = _item("shift", "Shift", "The largest shift, as a share of the side.", 0.5)
    zoom: float = _item("zoom", "Zoom", "The largest change of size: 0.2 is from 1/1.2 to 1.2 times.", 2)
    crop: float = _item(
        "crop", "Crop", "The largest share of the side that is cut off: what is left fills the picture.", 0.9
    )
    color: float = _item("color", "Color", "The largest change of brightness, contrast, and saturation.", 1)
    blur: float = _item("blur", "Blur", "The strongest blur: the standard deviation in pixels of the input.", 10)
    noise: float = _item(
        "noise", "Noise", "The strongest noise: its standard deviation, as a share from black to white.", 1
    )
    erase: float = _item(
        "erase", "Erase", "The share of pictures in which a gray patch covers 2 to 20% of the area.", 1
    )

    @model_validator(mode="before")
    @classmethod
    def _level_fits(cls, values: Any) -> Any:
        return with_items(values) if isinstance(values, dict) else values


def level_of(items: Mapping[str, Any]) -> str:
    """The level whose values these are, or “custom”."""
    return next((name for name, level in LEVELS.items() if all(items[item] == level[item] for item in ITEMS)), CUSTOM)


def with_items(values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with all items, missing ones as their level says, and the level that they are.

    Where all items are those of one level but another is named, that one was chosen for settings that had the other.
    """
    named = values.get("augmentation", _DEFAULT)
    if named != CUSTOM and named not in LEVELS:
        return dict(values)  # is refused
    level = LEVELS.get(named, LEVELS[_DEFAULT])
    found = level_of(items := {**level, **{item: values[item] for item in ITEMS if item in values}})
    if named != CUSTOM and found not in (named, CUSTOM) and all(item in values for item in ITEMS):
        items, found = level, named
    return {**values, **items, "augmentation": found}

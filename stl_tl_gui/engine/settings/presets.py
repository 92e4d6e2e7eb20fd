"""Presets: sets of settings for a purpose, by name."""

from collections.abc import Mapping
from typing import Any

from stl_tl_gui.engine.settings.settings import InvalidSettings

PRESETS: dict[str, dict[str, Any]] = {
    "Course tutorial": {
        "batch_size": 64,
        "optimizer": "adam",
        "learning_rate": 1e-4,
        "epochs": 10,
        "augmentation": "none",
        "schedule": "constant",
        "weight_decay": 0.0,
        "freeze": "none",
        "precision": "float32",
    },
    "Quick look": {"epochs": 20, "freeze": "head", "augmentation": "mirror", "views": 2, "input_size": 160},
    "Best accuracy": {
        "epochs": 20,
        "head_epochs": 10,
        "freeze": "head_then_all",
        "augmentation": "strong",
        "label_smoothing": 0.1,
        "input_size": 224,
        "blend": 0.5,
    },
}
"""What each preset sets. The model, the machine and the split stay as they are; all else is as recommended."""


def from_preset(name: str, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What a preset sets, and what was chosen besides, which goes first. Presets are found by name, “quick-look” too.

    Raises InvalidSettings for an unknown one.
    """
    by_word = {preset.lower().replace(" ", "-"): values for preset, values in PRESETS.items()}
    own = by_word.get(name.lower().replace(" ", "-"))
    if own is None:
        raise InvalidSettings(f"There is no preset “{name}”. There are: {', '.join(by_word)}.")
    if chosen.get("weights") == "none":  # weights that know nothing are not worth keeping
        own = {key: value for key, value in own.items() if key != "freeze"}
    return {**own, **chosen}

"""Presets: sets of settings for a purpose, by name."""

from collections.abc import Mapping
from typing import Any

from stl_tl_gui.engine.settings.settings import InvalidSettings

AUTOMATIC = "Automatic"
RECOMMENDED = "Recommended"

PRESETS: dict[str, dict[str, Any]] = {
    AUTOMATIC: {"recipe": "automatic"},
    RECOMMENDED: {"recipe": "fixed"},
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
"""What each preset sets. It leaves the model, the machine and the split alone; the rest follows recommendations."""


def preset_values(name: str, weights: Any) -> dict[str, Any]:
    """What a preset sets for a run that starts from these weights. From scratch there is nothing to freeze."""
    own = PRESETS.get(name, {})
    return {key: value for key, value in own.items() if key != "freeze" or weights != "none"}


def from_preset(name: str, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What a preset sets, overridden by what was chosen. Presets are found by name, also written “quick-look”.

    Raises InvalidSettings for an unknown one.
    """
    by_word = {preset.lower().replace(" ", "-"): preset for preset in PRESETS}
    known = by_word.get(name.lower().replace(" ", "-"))
    if known is None:
        raise InvalidSettings(f"There is no preset “{name}”. Choose one of: {', '.join(by_word)}.")
    return {**preset_values(known, chosen.get("weights")), **chosen}

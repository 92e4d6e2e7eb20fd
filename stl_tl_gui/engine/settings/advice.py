"""What follows from the settings chosen so far: recommendations, what is possible, what has no effect. Values only."""

from collections.abc import Mapping
from typing import Any

from stl_tl_gui.engine.settings.backbones import known_row
from stl_tl_gui.engine.settings.groups.augmentation import CUSTOM, ITEMS, LEVELS, with_items
from stl_tl_gui.engine.settings.phases import frozen_in_phases, phases
from stl_tl_gui.engine.settings.presets import AUTOMATIC, preset_values
from stl_tl_gui.engine.settings.settings import DECIDED, TrainSettings, choices, recommended

NAMES = tuple(name for name in TrainSettings.model_fields if name != "data")
"""The settings in the form; the data is chosen on the Data page."""

ON_DATA_PAGE = ("val_fraction", "test_fraction", "group_by", "group_pattern", "pages", "channels")
"""Those of them that are shown with the data: how it is read and divided."""

SPLIT = ("pages", "channels", "val_fraction", "test_fraction", "protocol", "folds", "fold", "group_by", "group_pattern")

KEPT = ("backbone", "weights", "device", "seed", *SPLIT)
"""What a preset leaves as it is: the model, the machine and the split are the user's."""

LEFT_BY_AUTOMATIC = ("budget", "input_size", "resize", "class_weighting")
"""What Automatic, too, leaves to the user."""

UNBALANCED = 3.0
"""Ratio of the largest class to the smallest from which on the app warns about it."""

DEFAULTS = {name: value for name, value in TrainSettings().model_dump().items() if name != "data"}

Values = dict[str, Any]


def for_data(kind: str, n_train: int, backbone: str) -> Values:
    """What the data suggests: no batch larger than the data; for the built-in sample, weights without a download."""
    suggested: Values = {}
    if 0 < n_train < DEFAULTS["batch_size"]:
        suggested["batch_size"] = n_train
    if kind == "sample" and known_row(backbone).weights.find() is None:
        suggested["weights"] = "none"
    return suggested


def preset(name: str, chosen: Mapping[str, Any], suggested: Values) -> Values:
    """The choices after a preset: its own, and those of the current ones that presets leave alone."""
    kept = {key: chosen[key] for key in (*KEPT, *(LEFT_BY_AUTOMATIC if name == AUTOMATIC else ())) if key in chosen}
    own = preset_values(name, {**suggested, **kept}.get("weights"))
    return possible({**kept, **own}, suggested)


def filled(chosen: Mapping[str, Any], suggested: Values) -> Values:
    """All settings: the chosen ones, the others as the data suggests or as recommended for all these."""
    known = {**suggested, **chosen}
    usual = {name: value for name, value in DEFAULTS.items() if name not in ITEMS}  # those follow their level
    advice = {name: value for name, value in recommended(known).items() if name in usual}
    return with_items({**usual, **advice, **known})


def advice_for(name: str, chosen: Mapping[str, Any], suggested: Values) -> Any:
    """What is recommended for one setting, given the other chosen ones."""
    return filled({other: value for other, value in chosen.items() if other != name}, suggested)[name]


def possible(chosen: Mapping[str, Any], suggested: Values) -> Values:
    """The choices without those that others make impossible: a freezing, a recipe, a time limit."""
    chosen = _of_recipe(chosen, suggested)
    freeze, backbone = chosen.get("freeze", ""), filled(chosen, suggested)["backbone"]
    stages = {stage.name for stage in known_row(backbone).stages} or {freeze}  # unknown yet: any may be one
    from_scratch = {**suggested, **chosen}.get("weights") == "none"
    if (from_scratch and len(frozen_in_phases(freeze)) > 1) or freeze not in {*(choices("freeze") or {}), *stages}:
        return {name: value for name, value in chosen.items() if name != "freeze"}
    return dict(chosen)


def _of_recipe(chosen: Mapping[str, Any], suggested: Values) -> Values:
    """The choices without Automatic where it cannot be, and without what only Automatic has where it is not."""
    kept = dict(chosen)
    if kept.get("recipe") == "automatic" and (DECIDED & kept.keys() or {**suggested, **kept}.get("weights") == "none"):
        del kept["recipe"]
    if recommended({**suggested, **kept})["recipe"] == "fixed":
        kept.pop("budget", None)
        if not kept.get("input_size", 1):
            del kept["input_size"]
    return kept


def choose(name: str, value: Any, chosen: Mapping[str, Any], suggested: Values) -> Values:
    """The choices with one more. A level of augmentation takes the place of its items; in Automatic it becomes them."""
    if name != "augmentation" or value == CUSTOM:
        return possible({**chosen, name: value}, suggested)
    kept = {other: known for other, known in chosen.items() if other not in ("augmentation", *ITEMS)}
    usual = filled(kept, suggested)
    if usual["recipe"] == "fixed":
        return possible({**kept, name: value}, suggested)
    return {**kept, **{item: strength for item, strength in LEVELS[value].items() if strength != usual[item]}}


def merged(chosen: Mapping[str, Any], given: Mapping[str, Any]) -> Values:
    """The choices with given ones in their place; a level that is given without items has its own."""
    replaced = ITEMS if "augmentation" in given else ()
    return {**{name: value for name, value in chosen.items() if name not in replaced}, **given}


def essential(chosen: Mapping[str, Any], suggested: Values) -> Values:
    """The fewest of the choices that still give the same settings."""
    kept, whole = dict(chosen), filled(chosen, suggested)
    level = {name: value for name, value in chosen.items() if name not in ITEMS}
    if filled(level, suggested) == whole:
        kept = level
    for name in list(kept):
        fewer = {other: value for other, value in kept.items() if other != name}
        if filled(fewer, suggested) == whole:
            kept = fewer
    return kept


def without_effect(values: Values) -> set[str]:
    """The settings that have no effect, given the others."""
    one_phase = len(frozen_in_phases(values["freeze"])) == 1
    idle = {
        "head_epochs": one_phase,
        "stage_rate": one_phase,
        "blend": one_phase,
        "views": values["freeze"] == "none",
        "budget": values["recipe"] == "fixed",
        "val_fraction": values["protocol"] != "single",
        "folds": values["protocol"] != "kfold",
        "fold": values["protocol"] == "single",
        "group_pattern": values["group_by"] != "name",
    }
    return {name for name, is_idle in idle.items() if is_idle}


def work(values: Values) -> float:
    """How much a run computes: forward passes over the pictures at 96 pixels; a training step counts as three.

    Features of frozen layers are computed once per version of a picture; learning from them costs almost nothing.
    """
    views = int(values["views"])
    passes = 0
    for phase in phases(TrainSettings.model_construct(**values)):
        passes += 3 * phase.epochs if phase.freeze == "none" else min(views or phase.epochs, phase.epochs)
    return float(passes * (values["input_size"] / 96) ** 2)

"""Settings in words: notes below them, problems, presets and values."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stl_tl_gui.engine.settings.advice import DEFAULTS, KEPT, UNBALANCED, Values, filled, work
from stl_tl_gui.engine.settings.backbones import Backbone, known_row, parameter_counts
from stl_tl_gui.engine.settings.phases import SIZES, frozen_in_phases
from stl_tl_gui.engine.settings.presets import AUTOMATIC, RECOMMENDED
from stl_tl_gui.engine.settings.settings import SMALLEST, InvalidSettings, choices, make_settings
from stl_tl_gui.engine.settings.timm_models import TimmMissing, timm_is_installed

CUSTOM_NOTE = "Your own choice: the run uses exactly these settings, and the recommended ones for the rest."


def preset_note(name: str, values: Values, suggested: Values) -> str:
    """What a preset does, and roughly how long it takes."""
    if values["weights"] == "none":
        said = "All layers learn from scratch."
    else:
        said = {
            AUTOMATIC: "A first model after seconds, then better ones for as long as that pays.",
            RECOMMENDED: "The head warms up, then all layers learn.",
            "Course tutorial": "As in the course: all layers learn at once, without augmentation.",
            "Quick look": "The frozen backbone computes features once, then only the head learns.",
            "Best accuracy": "Larger pictures; the head warms up, then all layers learn; weights are averaged.",
        }.get(name, "")
    if name in (AUTOMATIC, RECOMMENDED):
        return said
    kept = {key: values[key] for key in KEPT}
    times = work(values) / work(filled({**kept, "recipe": "fixed"}, suggested))
    return f"{said} {_time_in_words(times)}".strip()


def _time_in_words(times: float) -> str:
    if times < 0.4:
        return "Several times faster than “Recommended”."
    if times < 1.5:
        return "Takes about as long as “Recommended”."
    return f"Takes about {times:.0f} times as long as “Recommended”."


def notes(values: Values, n_classes: int) -> dict[str, str]:
    """What follows from the choices, to show below them."""
    backbone = known_row(values["backbone"])
    said = _parameter_notes(backbone, values["freeze"], n_classes)
    weights = backbone.weights
    if values["weights"] == "imagenet" and weights.url and weights.find() is None:
        to_download = f"Not on this computer yet: {weights.megabytes:.0f}\u00a0MB to download when you train."
        said["weights"] = f"Not on this computer. {weights.remedy}" if weights.included_file else to_download
    said["input_size"] = _size_note(
        values["input_size"], weights.input_size if values["weights"] == "imagenet" else None
    )
    if values["weights"] == "none":
        said["freeze"] = f"{said.get('freeze', '')} {scratch_note()}".strip()
    if values["recipe"] == "automatic":
        said |= _decided_notes(values)
    if backbone.fixed_size:
        said["input_size"] = f"This backbone takes pictures of {backbone.fixed_size} pixels only, so it gets those."
    return said


def _parameter_notes(backbone: Backbone, freeze: str, n_classes: int) -> dict[str, str]:
    """How large a backbone is and how much of it learns; nothing while that is not known."""
    if not backbone.stages:
        return {}
    counts = [parameter_counts(backbone.name, n_classes, frozen) for frozen in frozen_in_phases(freeze)]
    (trainable, total), *later = counts
    top1 = f"; {100 * backbone.weights.top1:.1f}\u00a0% accuracy on ImageNet" if backbone.weights.top1 else ""
    learning = f"First {in_words(trainable)}, then all {in_words(total)} parameters learn."
    return {
        "backbone": f"{in_words(total)} parameters{top1}",
        "freeze": learning if later else _learning(trainable, total),
    }


def _decided_notes(values: Values) -> dict[str, str]:
    """What Automatic decides, to show where it could be chosen instead."""
    said = {
        "freeze": "Automatic starts with the head, then lets more layers learn. Choose one to fix it.",
        "epochs": "Automatic trains as long as that gains. Choose a number to fix it.",
        "learning_rate": "Automatic takes this rate to fine-tune. Choose another to fix all settings.",
    }
    if not values["input_size"]:
        said["input_size"] = f"Automatic tries {SIZES[0]} to {SIZES[-1]} pixels and keeps the best size."
    return said


def _learning(trainable: int, total: int) -> str:
    if trainable == total:
        return f"All {in_words(total)} parameters learn."
    return f"{in_words(trainable)} of {in_words(total)} parameters learn."


def _size_note(size: int, pretrained_at: int | None) -> str:
    """What an input size costs, and the size at which the weights were pretrained."""
    if not size:
        return ""
    work = (size / DEFAULTS["input_size"]) ** 2
    said = "" if size == DEFAULTS["input_size"] else f"{work:.1f} times the work of 96 pixels."
    if pretrained_at is not None and size < pretrained_at:
        said += f" These weights were pretrained at {pretrained_at}: closer to that is often better."
    return said.strip()


def problems(values: Values, n_train: int) -> dict[str, str]:
    """What makes the settings unusable, by setting."""
    found = _backbone_problems(values)
    weights = values["weights"]
    if weights not in ("imagenet", "none") and not Path(weights).is_file():
        found["weights"] = f"The file “{weights}” does not exist. Choose another under Weights."
    if 0 < n_train < values["batch_size"] and values["recipe"] == "fixed":
        found["batch_size"] = f"Only {n_train} training pictures: choose a smaller batch size."
    try:
        make_settings(values)
    except InvalidSettings as error:
        found[_to_blame(values)] = str(error)
    return found


def _backbone_problems(values: Values) -> dict[str, str]:
    """What keeps a model of timm from being used."""
    row = known_row(values["backbone"])
    if not row.stages:
        looking = f"Looking up “{row.short_title}”…"
        return {"backbone": looking if timm_is_installed() else str(TimmMissing(row.name))}
    if values["weights"] == "imagenet" and not row.weights.url:
        return {"weights": "timm has no pretrained weights for this model. Choose a weights file, or none."}
    return {}


def _to_blame(values: Values) -> str:
    """The setting below which to show a problem that concerns several."""
    if values["protocol"] == "kfold" and values["fold"] > values["folds"]:
        return "fold"
    if values["input_size"] < SMALLEST and (values["input_size"] or values["recipe"] == "fixed"):
        return "input_size"
    return "early_stopping" if values["protocol"] == "stl10" and values["early_stopping"] else "freeze"


def balance_notes(values: Values, counts: Mapping[str, int]) -> dict[str, str]:
    """What class weighting and sampling do to the classes of the data, by their training pictures."""
    there = {name: count for name, count in counts.items() if count}
    if len(there) < 2:
        return {}
    few, many = min(there, key=lambda name: there[name]), max(there, key=lambda name: there[name])
    ratio, said = there[many] / there[few], {}
    facts = {"few": few, "n_few": there[few], "many": many, "n_many": there[many], "ratio": shortest(round(ratio, 1))}
    if values["class_weighting"] == "balanced":
        text = "A picture of “{few}” ({n_few:,}) counts {ratio} times as much as one of “{many}” ({n_many:,})."
        said["class_weighting"] = text.format(**facts)
    if values["sampling"] == "balanced":
        each = sum(there.values()) / len(there)
        often, seldom = (shortest(round(each / there[name], 2)) for name in (few, many))
        text = (
            "{each:,.0f} of each class per epoch: each picture of “{few}” is seen {often} times, of “{many}” {seldom}."
        )
        said["sampling"] = text.format(each=each, often=often, seldom=seldom, **facts)
    if len(said) == 2:
        said["sampling"] += " Already balanced by class weighting; use one of the two."
    if not said and ratio >= UNBALANCED:
        text = "“{many}” has {ratio} times as many pictures as “{few}”. “Balanced” compensates for that."
        said["class_weighting"] = text.format(**facts)
    return said


def in_words(count: int) -> str:
    """A number of parameters: 5,130 or 11.2 million."""
    return f"{count:,}" if count < 1_000_000 else f"{count / 1e6:.1f} million"


def value_in_words(name: str, value: Any) -> str:
    labels = choices(name)
    if labels is not None or isinstance(value, str):
        return (labels or {}).get(value, str(value))
    return shortest(float(value))


def scratch_note() -> str:
    return "No head warm-up from scratch: there are no pretrained layers below it."


def shortest(value: float) -> str:
    """A number as short as possible, but exact: 0.001, 3e-05, 64."""
    text = f"{value:.6g}"
    if float(text) == value and "e+" not in text:
        return text
    return str(int(value)) if value.is_integer() else repr(value)

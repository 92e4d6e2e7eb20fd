"""Settings in words: notes below them, problems, presets and values."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stl_tl_gui.engine.settings.advice import DEFAULTS, KEPT, UNBALANCED, Values, filled, work
from stl_tl_gui.engine.settings.backbones import BACKBONES, REINSTALL, parameter_counts
from stl_tl_gui.engine.settings.phases import frozen_in_phases
from stl_tl_gui.engine.settings.presets import RECOMMENDED
from stl_tl_gui.engine.settings.settings import InvalidSettings, choices, make_settings
from stl_tl_gui.engine.storage.places import find_weights


def preset_note(name: str, values: Values, suggested: Values) -> str:
    """What a preset does, and roughly how long it takes."""
    if values["weights"] == "none":
        said = "All layers learn from scratch."
    else:
        said = {
            RECOMMENDED: "The head warms up, then all layers learn.",
            "Course tutorial": "As in the course: all layers learn at once, without augmentation.",
            "Quick look": "The frozen backbone computes features once, then only the head learns.",
            "Best accuracy": "Larger pictures; the head warms up, then all layers learn; weights are averaged.",
        }.get(name, "")
    if name == RECOMMENDED:
        return said
    kept = {key: values[key] for key in KEPT}
    times = work(values) / work(filled(kept, suggested))
    return f"{said} {_time_in_words(times)}".strip()


def _time_in_words(times: float) -> str:
    if times < 0.4:
        return "Several times faster than “Recommended”."
    if times < 1.5:
        return "Takes about as long as “Recommended”."
    return f"Takes about {times:.0f} times as long as “Recommended”."


def notes(values: Values, n_classes: int) -> dict[str, str]:
    """What follows from the choices, to show below them."""
    backbone = BACKBONES[values["backbone"]]
    counts = [parameter_counts(backbone.name, n_classes, frozen) for frozen in frozen_in_phases(values["freeze"])]
    (trainable, total), *later = counts
    said = {
        "backbone": f"{in_words(total)} parameters; {100 * backbone.weights.top1:.1f}\u00a0% accuracy on ImageNet",
        "freeze": _learning(trainable, total),
    }
    if later:
        said["freeze"] = f"First {in_words(trainable)}, then all {in_words(total)} parameters learn."
    weights = backbone.weights
    if values["weights"] == "imagenet" and find_weights(weights.file_name) is None:
        to_download = f"Not on this computer yet: {weights.megabytes:.0f}\u00a0MB to download when you train."
        said["weights"] = f"Gone from this computer. {REINSTALL}" if weights.included_file else to_download
    said["input_size"] = _size_note(values["input_size"], None if values["weights"] == "none" else weights.input_size)
    if values["weights"] == "none":
        said["freeze"] += " " + scratch_note()
    return said


def _learning(trainable: int, total: int) -> str:
    if trainable == total:
        return f"All {in_words(total)} parameters learn."
    return f"{in_words(trainable)} of {in_words(total)} parameters learn."


def _size_note(size: int, pretrained_at: int | None) -> str:
    """What an input size costs, and the size at which the weights were pretrained."""
    work = (size / DEFAULTS["input_size"]) ** 2
    said = "" if size == DEFAULTS["input_size"] else f"{work:.1f} times the work of 96 pixels."
    if pretrained_at is not None and size < pretrained_at:
        said += f" These weights were pretrained at {pretrained_at}: closer to that is often better."
    return said.strip()


def problems(values: Values, n_train: int) -> dict[str, str]:
    """What makes the settings unusable, by setting."""
    found = {}
    weights = values["weights"]
    if weights not in ("imagenet", "none") and not Path(weights).is_file():
        found["weights"] = f"The file “{weights}” does not exist. Choose another under Weights."
    if 0 < n_train < values["batch_size"]:
        found["batch_size"] = f"Only {n_train} training pictures: choose a smaller batch size."
    try:
        make_settings(values)
    except InvalidSettings as error:
        found[_to_blame(values)] = str(error)
    return found


def _to_blame(values: Values) -> str:
    """The setting below which to show a problem that concerns several."""
    if values["protocol"] == "kfold" and values["fold"] > values["folds"]:
        return "fold"
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

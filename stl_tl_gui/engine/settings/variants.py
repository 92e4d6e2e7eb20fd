"""Variants of a run for a fair comparison: other backbones, freezing, and weights, the rest as it is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from stl_tl_gui.engine.settings.backbones import Backbone, UnknownStage, known_row
from stl_tl_gui.engine.settings.groups.augmentation import ITEMS
from stl_tl_gui.engine.settings.groups.model import weights_name
from stl_tl_gui.engine.settings.phases import frozen_in_phases
from stl_tl_gui.engine.settings.settings import InvalidSettings, TrainSettings, fixed, make_settings

FOLLOWING = ("learning_rate", "head_epochs", "batch_size")
"""Settings for which something else is recommended when backbone, weights or freezing change."""

COURSE_BACKBONES = ("resnet18", "resnet34", "efficientnet_b0")
COURSE_FREEZINGS = ("head", "head_then_all")
COURSE_WEIGHTS = ("imagenet", "none")
"""The course's table: three backbones, each with only a new head, fine-tuned, and from scratch."""


@dataclass(frozen=True)
class Variant:
    """One combination: the settings of its run, or the reason why there is no such run."""

    backbone: str
    freeze: str
    weights: str
    seed: int
    settings: TrainSettings | None
    reason: str = ""


def variants(
    base: TrainSettings,
    backbones: Sequence[str],
    freezings: Sequence[str],
    weights: Sequence[str],
    repeats: int = 1,
    chosen: Collection[str] = (),
) -> list[TrainSettings]:
    """The runs of all combinations that are possible, each once. See `combinations`."""
    found = combinations(base, backbones, freezings, weights, repeats, chosen=chosen)
    return [variant.settings for variant in found if variant.settings is not None]


def course_table(base: TrainSettings, repeats: int = 1, chosen: Collection[str] = ()) -> list[TrainSettings]:
    """The course's nine runs, with the data, seed, epochs and all else of `base`. See `combinations`."""
    return variants(base, COURSE_BACKBONES, COURSE_FREEZINGS, COURSE_WEIGHTS, repeats, chosen)


def combinations(
    base: TrainSettings,
    backbones: Sequence[str],
    freezings: Sequence[str],
    weights: Sequence[str],
    repeats: int = 1,
    queued: Collection[TrainSettings] = (),
    chosen: Collection[str] = (),
) -> list[Variant]:
    """All combinations, with the reason for each that gives no run. Repeats use the following seeds.

    What is recommended for a combination is used, except where `base` has something else than is recommended for
    itself: that was chosen, as were the settings named in `chosen`. `queued` runs are not repeated.
    """
    kept, seen = _kept(base, chosen), set(queued)
    found = []
    for seed, name, start, freeze in product(range(base.seed, base.seed + repeats), backbones, weights, freezings):
        settings, reason = None, _impossible(base, name, start, freeze, freezings)
        if not reason:
            learning = "none" if start == "none" else freeze
            values = {**kept, "backbone": name, "weights": start, "freeze": learning, "seed": seed}
            settings, reason = _checked(values, seen)
            if settings is not None:
                seen.add(settings)
        found.append(Variant(name, freeze, start, seed, settings, reason))
    return found


def missing_weights(settings: TrainSettings) -> Backbone | None:
    """The backbone whose ImageNet weights are asked for and first have to be downloaded."""
    row = known_row(settings.backbone)
    if settings.weights != "imagenet" or row.weights.included_file or not row.weights.url:
        return None
    return row if row.weights.find() is None else None


def differing(runs: Sequence[TrainSettings]) -> list[str]:
    """The settings that are not the same in all runs, in the order of the form."""
    values = [run.model_dump() for run in runs]
    return [name for name in TrainSettings.model_fields if len({each[name] for each in values}) > 1]


def told_apart(runs: Sequence[TrainSettings]) -> tuple[str, ...]:
    """The settings that differ between runs, without those that follow from others that differ."""
    values = [run.model_dump() for run in runs]
    different = differing(runs)
    follow = (*FOLLOWING, *ITEMS)
    names = [name for name in different if name not in follow]
    for name in (name for name in different if name in follow):
        known: dict[tuple[Any, ...], Any] = {}
        if any(known.setdefault(tuple(each[n] for n in names), each[name]) != each[name] for each in values):
            names.append(name)
    return tuple(names)


def _kept(base: TrainSettings, chosen: Collection[str]) -> dict[str, Any]:
    """All settings but those that are as recommended and follow what else is chosen."""
    base = fixed(base)
    values = base.model_dump()
    usual = make_settings({name: value for name, value in values.items() if name not in FOLLOWING}).model_dump()
    following = {name for name in FOLLOWING if name not in chosen and values[name] == usual[name]}
    return {name: value for name, value in values.items() if name not in following}


def _impossible(base: TrainSettings, name: str, start: str, freeze: str, freezings: Sequence[str]) -> str:
    """Why there is no such run; empty where there can be."""
    if start == "none":
        only = "none" if "none" in freezings else freezings[0]
        return "" if freeze == only else "From scratch all layers learn: nothing to freeze."
    if start == base.weights != "imagenet" and name != base.backbone:
        return f"“{weights_name(start)}” has weights for {known_row(base.backbone).short_title}."
    if start != "imagenet" and not Path(start).is_file():
        return f"The file “{start}” does not exist."
    try:
        for frozen in frozen_in_phases(freeze):
            if known_row(name).stages:
                known_row(name).frozen_stages(frozen)
    except UnknownStage:
        return f"{known_row(name).short_title} has no stage “{freeze}”."
    return ""


def _checked(values: dict[str, Any], seen: Collection[TrainSettings]) -> tuple[TrainSettings | None, str]:
    try:
        settings = make_settings(values)
    except InvalidSettings as error:
        return None, str(error)
    return (None, "Already in the queue.") if settings in seen else (settings, "")

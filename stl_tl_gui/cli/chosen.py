"""The settings that flags ask for: weights are found by a run's name, and the backbone by the weights."""

from collections.abc import Mapping, Sequence
from typing import Any

from stl_tl_gui.engine.runs.starting_points import weights_file
from stl_tl_gui.engine.settings.backbones import known_row
from stl_tl_gui.engine.settings.presets import from_preset
from stl_tl_gui.engine.settings.settings import InvalidSettings, TrainSettings, choices, make_settings


def chosen_settings(preset: str | None, chosen: Mapping[str, Any]) -> TrainSettings:
    """The settings from a preset and flags. Raises InvalidSettings, and what `found` raises."""
    chosen = {**chosen}
    if "weights" in chosen:
        given = [chosen["backbone"]] if "backbone" in chosen else []
        (chosen["weights"],), backbones = found([chosen["weights"]], given)
        if backbones:
            chosen["backbone"] = backbones[0]
    return make_settings(from_preset(preset, chosen) if preset else chosen)


def found(weights: Sequence[str], backbones: Sequence[str]) -> tuple[list[str], list[str]]:
    """Weights by the full paths of their files, and the backbones: the given ones, else the one that the files fit.

    Raises InvalidSettings for files of several backbones, NoWeights, NotARun, and WrongWeights where none fits.
    """
    files = [place for place in weights if place and place not in (choices("weights") or {})]
    if backbones or not files:
        known = {place: str(weights_file(place)) for place in files}
        return [known.get(place, place) for place in weights], list(backbones)
    from stl_tl_gui.engine.training.first_weights import find_start

    starts = {place: find_start(place) for place in files}
    fitting = list(dict.fromkeys(start.backbone for start in starts.values()))
    if len(fitting) > 1:
        titles = ", ".join(known_row(name).title for name in fitting)
        raise InvalidSettings(f"These weights are for different backbones: {titles}. Add their runs one by one.")
    return [starts[place].weights if place in starts else place for place in weights], fitting

"""Asks what to do when weights are not on this computer, cannot be downloaded, or are another backbone's."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from PySide6.QtWidgets import QMessageBox, QWidget

from stl_tl_gui.gui.widgets.choosing import choose_file, file_kinds
from stl_tl_gui.gui.widgets.dialogs import ask

if TYPE_CHECKING:
    from stl_tl_gui.engine.models.weight_store import WrongWeights
    from stl_tl_gui.engine.settings.settings import TrainSettings


def is_weights_missing(error: Exception) -> bool:
    from stl_tl_gui.engine.models.weight_store import WeightsMissing

    return isinstance(error, WeightsMissing)


def is_misfit(error: Exception) -> "TypeGuard[WrongWeights]":
    """Whether weights are those of another backbone, which the error names."""
    from stl_tl_gui.engine.models.weight_store import WrongWeights

    return isinstance(error, WrongWeights) and error.backbone is not None


def ask_to_switch(parent: QWidget, backbone: str, why: str, switch: Callable[[], object]) -> QMessageBox:
    """Offer to `switch` to the backbone that the chosen weights fit."""
    from stl_tl_gui.engine.settings.backbones import known_row

    title = known_row(backbone).title
    return ask(parent, f"This is {title}. Switch to it?", why, {f"Switch to {title}": switch})


def ask_for_weights(
    parent: QWidget, error: Exception, settings: "TrainSettings", train: "Callable[[TrainSettings], None]"
) -> QMessageBox:
    """Say what is missing; `train` is called with changed settings if the user chooses other weights or none."""
    return ask(parent, "The pretrained weights are missing.", str(error), _alternatives(parent, settings, train))


def _alternatives(
    parent: QWidget, settings: "TrainSettings", train: "Callable[[TrainSettings], None]"
) -> dict[str, Callable[[], object]]:
    def choose() -> None:
        from stl_tl_gui.engine.models.weight_store import CHECKPOINT_SUFFIXES

        path = choose_file(parent, "weights", "Choose the weights file", file_kinds("Weights", CHECKPOINT_SUFFIXES))
        if path is not None:
            train(with_weights(settings, path))

    return {
        "Choose file…": choose,
        "Train from scratch": lambda: train(with_weights(settings, None)),
    }


def ask_before_download(
    parent: QWidget,
    settings: "TrainSettings",
    go_on: Callable[[], object],
    differently: "Callable[[TrainSettings], None] | None" = None,
) -> None:
    """Continue immediately where the weights are on this computer, else ask before downloading them.

    `differently` is called with changed settings if the user chooses other weights or none.
    """
    from stl_tl_gui.engine.settings.variants import missing_weights

    row = missing_weights(settings)
    if row is None:
        go_on()
        return
    text = f"Download the pretrained weights of {row.title}?"
    more = "They are not on this computer: {size:.0f} MB from {host}. None of your data is sent.".format(
        size=row.weights.megabytes, host=row.weights.url.split("/")[2]
    )
    answers: dict[str, Callable[[], object]] = {"Download": go_on}
    if differently is not None:
        answers |= _alternatives(parent, settings, differently)
    ask(parent, text, more, answers)


def with_weights(settings: "TrainSettings", path: Path | None) -> "TrainSettings":
    """The same settings with a weights file, or from scratch with the recommended freezing and learning rate."""
    from stl_tl_gui.engine.settings.settings import fixed, make_settings

    values = (fixed(settings) if path is None else settings).model_dump()
    if path is None:
        for name in ("freeze", "learning_rate", "head_epochs"):
            del values[name]
    return make_settings({**values, "weights": "none" if path is None else str(path)})

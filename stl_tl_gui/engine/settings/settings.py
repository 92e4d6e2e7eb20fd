"""TrainSettings: everything a run is asked to do. One model is the source of the form, the flags and the JSON."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError, model_validator

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.settings.groups.augmentation import CUSTOM, ITEMS, LEVELS, AugmentationSettings
from stl_tl_gui.engine.settings.groups.data import DataSettings
from stl_tl_gui.engine.settings.groups.machine import MachineSettings
from stl_tl_gui.engine.settings.groups.model import ModelSettings
from stl_tl_gui.engine.settings.groups.pictures import PictureSettings
from stl_tl_gui.engine.settings.groups.training import TrainingSettings

STL10_FOLDS = 10
FROM_SCRATCH = "resnet18"
"""The backbone for random weights: after 3 epochs on the sample (64 pixels) 35% right; EfficientNet-Lite0 still 10%."""
SMALLEST = 32
"""Input size in pixels below which the backbones see nothing."""

DECIDED = frozenset(
    (
        *("freeze", "head_epochs", "stage_rate", "blend", "epochs", "batch_size", "learning_rate", "optimizer"),
        *("weight_decay", "schedule", "label_smoothing", "mixup", "early_stopping", "sampling"),
        *("augmentation", "views"),
    )
)
"""Settings that Automatic decides: to choose one of them asks for a fixed recipe."""

AUTOMATIC_SETTINGS: dict[str, Any] = {
    "input_size": 0,
    "batch_size": 32,
    "learning_rate": 1e-3,
    "weight_decay": 0.05,
    "stage_rate": 0.4,
    "label_smoothing": 0.1,
    "mixup": 0.4,
    "augmentation": "strong",
    "views": 8,
}
"""With these Automatic fine-tunes. From splits of training pictures of photos, drawings and textures."""
_FOR_SMALL = {"mixup": 0.0, "augmentation": "medium"}
"""With these a small backbone, which cannot learn mixed and strongly changed pictures in so few epochs."""


class InvalidSettings(UserError):
    """A setting has an invalid value."""


class TrainSettings(
    MachineSettings, AugmentationSettings, PictureSettings, TrainingSettings, ModelSettings, DataSettings
):
    """Everything that decides what a run computes, apart from the pictures themselves.

    The fields come in the order of the bases from the last to the first: data, model, training, pictures, and so on.
    """

    @model_validator(mode="after")
    def _folds_fit(self) -> "TrainSettings":
        if self.protocol == "kfold" and self.fold > self.folds:
            raise ValueError(f"There are {self.folds} folds, so there is no fold {self.fold}.")
        if self.protocol == "stl10" and self.early_stopping:
            raise ValueError("STL-10’s protocol has no validation pictures to stop early by: set early stopping to 0.")
        return self

    @model_validator(mode="after")
    def _recipe_fits(self) -> "TrainSettings":
        automatic = self.recipe == "automatic"
        if automatic and self.weights == "none":
            raise ValueError(
                "Automatic starts from pretrained weights. To train from scratch, choose another preset, or epochs."
            )
        if self.budget and not automatic:
            raise ValueError(
                "Only Automatic keeps to a time limit. Leave out what it decides, such as epochs and freezing, and "
                "start from pretrained weights; or set the time limit to 0."
            )
        if self.input_size < SMALLEST and (self.input_size or not automatic):
            raise ValueError(f"Input size: choose at least {SMALLEST} pixels (got {self.input_size}).")
        return self

    @model_validator(mode="after")
    def _warm_up_fits(self) -> "TrainSettings":
        if self.freeze == "head_then_all" and self.weights == "none":
            raise ValueError(
                "Training from scratch has no pretrained layers to warm up a head on: set freezing to “none”, or "
                "choose weights."
            )
        if self.freeze == "head_then_all" and self.head_epochs >= self.epochs:
            raise ValueError(
                f"The head warms up for {self.head_epochs} epochs, which leaves none of {self.epochs} for all layers: "
                "set freezing to “head”, or choose more epochs."
            )
        return self


def fold_runs(settings: TrainSettings) -> list[TrainSettings]:
    """The runs that the settings ask for: one, or one for each fold."""
    if settings.protocol == "single" or settings.fold:
        return [settings]
    n = settings.folds if settings.protocol == "kfold" else STL10_FOLDS
    return [settings.model_copy(update={"fold": fold}) for fold in range(1, n + 1)]


def make_settings(values: Mapping[str, Any]) -> TrainSettings:
    """TrainSettings from plain values, missing ones filled with what is recommended for the given ones.

    Raises InvalidSettings with one sentence that names the setting.
    """
    try:
        return TrainSettings(**{**recommended(values), **values})
    except ValidationError as error:
        raise InvalidSettings(_sentence(error)) from None


def fixed(settings: TrainSettings) -> TrainSettings:
    """The recommended fixed recipe in place of Automatic; other settings as they are."""
    return settings if settings.recipe == "fixed" else make_settings({**without_recipe(settings), "recipe": "fixed"})


def without_recipe(settings: TrainSettings) -> dict[str, Any]:
    """The values of the settings that are not part of a recipe: for these the user decides in any case."""
    own = of_automatic(settings.backbone)["augmentation"]
    recipes_own = own if settings.recipe == "automatic" else settings.augmentation
    items = () if settings.augmentation in (CUSTOM, *(set(LEVELS) - {recipes_own})) else ITEMS
    decided = {*DECIDED, *items, "recipe", "budget", *(() if settings.input_size else ("input_size",))}
    return {name: value for name, value in settings.model_dump().items() if name not in decided}


def load_settings(text: str) -> TrainSettings:
    """TrainSettings from the JSON that `model_dump_json` wrote. Raises InvalidSettings."""
    try:
        return TrainSettings.model_validate_json(text)
    except ValidationError as error:
        raise InvalidSettings(_sentence(error)) from None


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    message = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return message
    name = str(first["loc"][0])
    known = TrainSettings.model_fields.get(name)
    if known is None:
        return f"There is no setting called “{name}”."
    return f"{known.title}: {message[0].lower()}{message[1:]} (got {first['input']!r})."


def recommended(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Defaults that depend on what is already chosen, such as the learning rate on freezing and optimizer."""
    decides = chosen.get("weights") != "none" and not DECIDED & chosen.keys()
    recipe = chosen.get("recipe", "automatic" if decides else "fixed")
    if recipe == "automatic":
        return {"recipe": recipe, **of_automatic(str(chosen.get("backbone", ""))), **_division(chosen)}
    weights = chosen.get("weights", "imagenet")
    usual = FROM_SCRATCH if weights == "none" else TrainSettings.model_fields["backbone"].default
    backbone = chosen.get("backbone", usual)
    epochs = chosen.get("epochs", 10)
    few_epochs = isinstance(epochs, int) and epochs < 2
    freeze = chosen.get("freeze", "none" if weights == "none" else "head" if few_epochs else "head_then_all")
    optimizer = chosen.get("optimizer", "adamw")
    rate = {"head": 3e-3, "head_then_all": 3e-3, "none": 3e-4}.get(freeze, 1e-3)
    if weights == "none":
        rate = 3e-4 if backbone == "squeezenet1_1" else 1e-3  # without BatchNorm, larger steps learn nothing
    if optimizer == "sgd":
        rate = round(10 * rate, 6)
    advice = {"recipe": recipe, "backbone": backbone, "freeze": freeze, "learning_rate": rate, **_division(chosen)}
    advice["head_epochs"] = max(1, min(2, epochs // 3)) if isinstance(epochs, int) else 2
    if (backbone, weights) == ("squeezenet1_1", "none"):
        advice["batch_size"] = 32  # and more steps
    return advice


def of_automatic(backbone: str) -> dict[str, Any]:
    """What Automatic decides before a run begins."""
    return {**AUTOMATIC_SETTINGS, **(_FOR_SMALL if backbone == "squeezenet1_1" else {})}


def _division(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """With folds, these are the test; pages of a file are mostly alike."""
    advice: dict[str, Any] = {} if chosen.get("protocol", "single") == "single" else {"test_fraction": 0.0}
    return {**advice, "group_by": "file"} if chosen.get("pages") == "each" else advice


def choices(name: str) -> dict[str, str] | None:
    """Allowed values of a setting and their labels, or None where any value of its type is allowed."""
    extra = TrainSettings.model_fields[name].json_schema_extra
    found = extra["choices"] if isinstance(extra, dict) else None
    return found if isinstance(found, dict) else None  # type: ignore[return-value]

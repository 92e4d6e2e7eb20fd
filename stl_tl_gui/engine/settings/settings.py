"""TrainSettings: what a run is asked to do. One model is the source of the form, the flags and the JSON."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from stl_tl_gui.engine.errors import UserError

BackboneName = Literal[
    "resnet18",
    "resnet34",
    "resnet50",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "squeezenet1_1",
    "convnext_tiny",
    "efficientnet_b0",
    "efficientnet_pytorch_b0",
]
Protocol = Literal["single", "kfold", "stl10"]
STL10_FOLDS = 10
GroupBy = Literal["none", "folder", "name", "similar"]


class InvalidSettings(UserError):
    """A setting has a value that it cannot have."""


def _field(default: Any, title: str, group: str, description: str, **more: Any) -> Any:
    """A setting with its title and help. `choices` maps each allowed value to the label people read."""
    extra = {"group": group, "advanced": more.pop("advanced", False), "choices": more.pop("choices", None)}
    return Field(default, title=title, description=description, json_schema_extra=extra, **more)


class TrainSettings(BaseModel):
    """Everything that decides what a run computes, apart from the pictures themselves."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, protected_namespaces=())

    data: str = _field(
        "sample",
        "Data",
        "Data",
        "Where the pictures are: “sample” for the built-in drawings, an STL-10 folder, or a folder with one "
        "subfolder per class.",
        min_length=1,
    )
    val_fraction: float = _field(
        0.1,
        "Validation share",
        "Data",
        "Share of the training pictures that is kept aside to watch progress and to choose the best epoch. "
        "Not used when the data has its own validation pictures.",
        gt=0,
        lt=0.9,
        advanced=True,
    )
    test_fraction: float = _field(
        0.0,
        "Test share",
        "Data",
        "Share of the pictures that is kept aside for the final test, when the data has no test pictures of its own. "
        "0: the result is reported on the validation pictures.",
        ge=0,
        lt=0.9,
        advanced=True,
    )
    protocol: Protocol = _field(
        "single",
        "Protocol",
        "Data",
        "How the result is found. One split: train once. Cross-validation: the pictures are divided into folds and "
        "each is kept aside once. STL-10’s ten folds: train on each fold’s 1,000 pictures and test on all 8,000, as "
        "its authors ask for; the last epoch counts, as no other picture may help to choose.",
        choices={"single": "One split", "kfold": "Cross-validation", "stl10": "STL-10’s ten folds"},
        advanced=True,
    )
    folds: int = _field(
        5,
        "Folds",
        "Data",
        "With cross-validation: how many folds the pictures are divided into.",
        ge=2,
        le=20,
        advanced=True,
    )
    fold: int = _field(
        0,
        "Fold",
        "Data",
        "With folds: which one this run is about, from 1. 0: all of them, one run after the other, with the mean and "
        "the standard deviation of their results.",
        ge=0,
        le=100,
        advanced=True,
    )
    group_by: GroupBy = _field(
        "none",
        "Keep together",
        "Data",
        "Pictures of one group are never on both sides of a split, so that the model is not tested on what it has "
        "almost seen: those in one subfolder of a class, those of one burst by their names, or those that look alike.",
        choices={"none": "Nothing", "folder": "Subfolders", "name": "File names", "similar": "Look-alikes"},
        advanced=True,
    )
    group_pattern: str = _field(
        "",
        "Name pattern",
        "Data",
        "With “File names”: a regular expression; what it finds in a name, or its first bracket, is the group, such as "
        "“^(patient\\d+)”. Empty: the name without the number at its end.",
        advanced=True,
    )
    backbone: BackboneName = _field(
        "resnet18",
        "Backbone",
        "Model",
        "The network that looks at the pictures. Larger ones are often better and always slower.",
        choices={
            "resnet18": "ResNet-18",
            "resnet34": "ResNet-34",
            "resnet50": "ResNet-50",
            "mobilenet_v2": "MobileNetV2",
            "mobilenet_v3_small": "MobileNetV3-small",
            "squeezenet1_1": "SqueezeNet 1.1",
            "convnext_tiny": "ConvNeXt-tiny",
            "efficientnet_b0": "EfficientNet-B0 (torchvision)",
            "efficientnet_pytorch_b0": "EfficientNet-B0 (efficientnet_pytorch)",
        },
    )
    weights: str = _field(
        "imagenet",
        "Weights",
        "Model",
        "Where the network starts: “imagenet” (knows a million photos), “none” (knows nothing: training from "
        "scratch), or a .pth, .pt or .safetensors file of this backbone.",
        min_length=1,
        choices={"imagenet": "ImageNet weights", "none": "None (from scratch)"},
    )
    freeze: str = _field(
        "head_then_all",
        "Freezing",
        "Model",
        "Which part keeps its weights. “Head only” trains just the new last layer. “Up to a stage” trains what comes "
        "after it. “Head first, then all” trains the head first, then everything, with lower rates for "
        "earlier stages.",
        min_length=1,
        choices={"head": "Head only", "none": "Nothing frozen", "head_then_all": "Head first, then all"},
    )
    head_epochs: int = _field(
        2,
        "Head warm-up epochs",
        "Model",
        "With “Head first, then all”: how many epochs train the head alone.",
        ge=1,
        le=1000,
        advanced=True,
    )
    stage_rate: float = _field(
        0.5,
        "Rate factor per stage",
        "Model",
        "With “Head first, then all”: each stage learns this many times as fast as the one above.",
        gt=0,
        le=1,
        advanced=True,
    )
    blend: float = _field(
        0.0,
        "Share of the warm-up",
        "Model",
        "With “Head first, then all”: at the end, the weights are averaged with those after the warm-up, "
        "which make up this share (Wortsman et al. 2022). It keeps more of what the pretrained network knew. Only used "
        "where the validation pictures say that it does no harm; 0 is off.",
        ge=0,
        lt=1,
        advanced=True,
    )
    epochs: int = _field(
        10, "Epochs", "Training", "How many times the training goes through all training pictures.", ge=1, le=10_000
    )
    batch_size: int = _field(
        64,
        "Batch size",
        "Training",
        "Pictures per training step. Smaller needs less memory.",
        ge=1,
        le=4096,
        advanced=True,
    )
    learning_rate: float = _field(
        1e-3,
        "Learning rate",
        "Training",
        "How large the steps are. Too large: the loss jumps or rises. Too small: it hardly moves.",
        gt=0,
        le=10,
    )
    optimizer: Literal["adamw", "sgd", "adam"] = _field(
        "adamw",
        "Optimiser",
        "Training",
        "How the steps are made. AdamW is a safe choice; SGD often needs a ten times larger learning rate.",
        choices={"adamw": "AdamW", "sgd": "SGD with momentum", "adam": "Adam"},
        advanced=True,
    )
    weight_decay: float = _field(
        0.01,
        "Weight decay",
        "Training",
        "Pulls weights towards zero, which guards against learning the training pictures by heart.",
        ge=0,
        le=1,
        advanced=True,
    )
    schedule: Literal["cosine", "one_cycle", "step", "constant"] = _field(
        "cosine",
        "Learning-rate schedule",
        "Training",
        "How the learning rate changes during the run. Cosine warms up briefly, then falls to almost zero.",
        choices={
            "cosine": "Cosine with warm-up",
            "one_cycle": "One cycle",
            "step": "Step (a tenth after each third)",
            "constant": "Constant",
        },
        advanced=True,
    )
    label_smoothing: float = _field(
        0.0,
        "Label smoothing",
        "Training",
        "Teaches the model not to be too sure of itself. 0.1 is common; 0 is off. A head that warms up does without.",
        ge=0,
        lt=1,
        advanced=True,
    )
    early_stopping: int = _field(
        0,
        "Early stopping",
        "Training",
        "Stop after this many epochs without a better validation accuracy. 0 is off.",
        ge=0,
        le=1000,
        advanced=True,
    )
    class_weighting: Literal["none", "balanced"] = _field(
        "none",
        "Class weighting",
        "Training",
        "“Balanced” makes each class count the same, however many pictures it has.",
        choices={"none": "None", "balanced": "Balanced"},
        advanced=True,
    )
    sampling: Literal["all", "balanced"] = _field(
        "all",
        "Sampling",
        "Training",
        "Which pictures an epoch goes through. “Each once” takes all of them. “Balanced” shows as many of each class, "
        "those of small classes several times, those of large ones in turns.",
        choices={"all": "Each once", "balanced": "Balanced"},
        advanced=True,
    )
    input_size: int = _field(
        96,
        "Input size",
        "Pictures",
        "Side in pixels that pictures are brought to. A pretrained backbone often does better with larger pictures "
        "(160 or 224), at a price that grows with the square.",
        ge=32,
        le=1024,
        advanced=True,
    )
    resize: Literal["stretch", "pad", "crop"] = _field(
        "stretch",
        "Resize",
        "Pictures",
        "How a picture becomes a square: stretched, padded with grey, or cropped to its middle (which can cut the "
        "object off).",
        choices={"stretch": "Stretch to a square", "pad": "Pad to a square", "crop": "Crop the middle"},
        advanced=True,
    )
    augmentation: Literal["none", "mirror", "light", "medium", "strong"] = _field(
        "light",
        "Augmentation",
        "Pictures",
        "Random changes to training pictures, new each epoch, so that the model sees more variety. Light: mirror and "
        "shift; medium adds rotation and colour; strong adds more of each and erased patches.",
        choices={"none": "None", "mirror": "Mirror", "light": "Light", "medium": "Medium", "strong": "Strong"},
        advanced=True,
    )
    views: int = _field(
        4,
        "Kept versions",
        "Pictures",
        "What frozen layers make of a picture is computed once and kept: of the picture itself and, with augmentation, "
        "of randomly changed versions, up to this many in all. 0 computes it anew in every epoch, which takes longer.",
        ge=0,
        le=100,
        advanced=True,
    )
    seed: int = _field(
        0,
        "Seed",
        "Machine",
        "Fixes all random choices: same seed, same machine, same result.",
        ge=0,
        le=2**31 - 1,
        advanced=True,
    )
    device: str = _field(
        "auto",
        "Device",
        "Machine",
        "Where the computing happens. Automatic takes a usable GPU, else the CPU.",
        pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
        choices={"auto": "Automatic", "cpu": "CPU", "cuda": "GPU (CUDA)", "mps": "GPU (Apple)"},
        advanced=True,
    )
    precision: Literal["auto", "float32", "bfloat16", "float16"] = _field(
        "auto",
        "Precision",
        "Machine",
        "Number format of the heavy arithmetic. Automatic tries them before a run and takes the fastest that is right.",
        choices={"auto": "Automatic", "float32": "float32", "bfloat16": "bfloat16", "float16": "float16"},
        advanced=True,
    )
    memory_format: Literal["auto", "contiguous", "channels_last"] = _field(
        "auto",
        "Memory format",
        "Machine",
        "Order of the numbers in memory. It changes the speed only. Automatic tries both before a run.",
        choices={"auto": "Automatic", "contiguous": "Channels first", "channels_last": "Channels last"},
        advanced=True,
    )
    compile: Literal["off", "on"] = _field(
        "off",
        "Compile",
        "Machine",
        "Turns the model into machine code first (torch.compile): takes a minute and a C++ compiler, and can pay on a "
        "GPU in long runs.",
        choices={"off": "Off", "on": "torch.compile"},
        advanced=True,
    )

    @model_validator(mode="after")
    def _folds_fit(self) -> "TrainSettings":
        if self.protocol == "kfold" and self.fold > self.folds:
            raise ValueError(f"There are {self.folds} folds: fold {self.fold} is none of them.")
        if self.protocol == "stl10" and self.early_stopping:
            raise ValueError("STL-10’s protocol has no pictures to stop early by: set early stopping to 0.")
        return self

    @model_validator(mode="after")
    def _warm_up_fits(self) -> "TrainSettings":
        if self.freeze == "head_then_all" and self.weights == "none":
            raise ValueError(
                "Warming up the head makes no sense from scratch: set freezing to “none”, or choose weights."
            )
        if self.freeze == "head_then_all" and self.head_epochs >= self.epochs:
            raise ValueError(
                f"The head warms up for {self.head_epochs} epochs, which leaves none of {self.epochs} for the rest: "
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
    """Defaults that depend on what was already chosen, such as the learning rate on freezing and optimiser."""
    backbone = chosen.get("backbone", "resnet18")
    weights = chosen.get("weights", "imagenet")
    epochs = chosen.get("epochs", 10)
    few_epochs = isinstance(epochs, int) and epochs < 2
    freeze = chosen.get("freeze", "none" if weights == "none" else "head" if few_epochs else "head_then_all")
    optimizer = chosen.get("optimizer", "adamw")
    rate = {"head": 3e-3, "head_then_all": 3e-3, "none": 3e-4}.get(freeze, 1e-3)
    if weights == "none":
        rate = 3e-4 if backbone == "squeezenet1_1" else 1e-3  # without BatchNorm, larger steps learn nothing
    if optimizer == "sgd":
        rate = round(10 * rate, 6)
    head_epochs = max(1, min(2, epochs // 3)) if isinstance(epochs, int) else 2
    advice = {"freeze": freeze, "learning_rate": rate, "head_epochs": head_epochs}
    if (backbone, weights) == ("squeezenet1_1", "none"):
        advice["batch_size"] = 32  # and more steps
    return advice


def choices(name: str) -> dict[str, str] | None:
    """Allowed values of a setting and the labels people read, or None where any value of its type goes."""
    extra = TrainSettings.model_fields[name].json_schema_extra
    found = extra["choices"] if isinstance(extra, dict) else None
    return found if isinstance(found, dict) else None  # type: ignore[return-value]


BACKBONES: tuple[str, ...] = get_args(BackboneName)

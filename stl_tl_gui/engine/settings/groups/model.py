"""Settings of the model: which backbone, where its weights come from, and what of it learns."""

import re
from difflib import get_close_matches
from functools import partial
from typing import Annotated

from pydantic import AfterValidator

from stl_tl_gui.engine.settings.backbones import BACKBONES, TIMM
from stl_tl_gui.engine.settings.groups.setting import Settings, setting

_TIMM_NAME = re.compile(re.escape(TIMM) + r"\w+(\.\w+)?", re.ASCII)
"""A model of timm, perhaps with the tag of its weights: “timm:resnet18.a1_in1k”. Whether there is one, timm knows."""

RUN_CHECKPOINTS = ("best.pt", "last.pt")
"""Files of a run that another one can start from."""

_basic = partial(setting, "Model", advanced=False)
_advanced = partial(setting, "Model", advanced=True)


def _backbone_name(name: str) -> str:
    """A name as it is, if a backbone can have it. Raises ValueError."""
    if name in BACKBONES or _TIMM_NAME.fullmatch(name):
        return name
    alike = get_close_matches(name, BACKBONES, 1)
    raise ValueError(
        (f"Did you mean {alike[0]}? " if alike else "")
        + f"Choose {', '.join(BACKBONES)}, or “{TIMM}” and the name of a model of timm"
    )


BackboneName = Annotated[str, AfterValidator(_backbone_name)]


class ModelSettings(Settings):
    """The backbone, its first weights, and what is frozen."""

    backbone: BackboneName = _basic(
        "efficientnet_lite0",
        "Backbone",
        "The pretrained part of the model. Larger ones are often more accurate and always slower. Where the package "
        "timm is installed, “timm:” and a name is any of its models: timm:convnext_nano.",
        choices={row.name: row.title for row in BACKBONES.values()},
    )
    weights: str = _basic(
        "imagenet",
        "Weights",
        "Where training starts: “imagenet” (pretrained on over a million pictures), “none” (random weights: training "
        "from scratch), an earlier run (its folder, its best.pt, or a name from “stl-tl-gui runs”), or a .pth, .pt or "
        ".safetensors file of this backbone. The head is new, but keeps what a run learned about classes of the same "
        "name.",
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


def weights_name(weights: str) -> str:
    """What weights are called in short: those of a run by the run’s name, others by their file’s."""
    *folders, name = re.split(r"[/\\]", weights)
    return folders[-1] if folders and folders[-1] and name in RUN_CHECKPOINTS else name

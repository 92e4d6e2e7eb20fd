"""Models: build a backbone with a new head, freeze its lower stages, and group its parameters for the optimiser."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from stl_tl_gui.engine.backbones import BACKBONES, Backbone
from stl_tl_gui.engine.torchvision_import import make_torchvision_importable

StateDict = dict[str, torch.Tensor]


def build_model(backbone: str, n_classes: int, input_size: int = 224) -> nn.Module:
    """A backbone with random weights and a head for `n_classes`. Input (n, 3, s, s); output logits (n, n_classes)."""
    model = _architecture(backbone, input_size)
    _replace_head(model, BACKBONES[backbone], n_classes)
    return model


def _architecture(backbone: str, input_size: int) -> nn.Module:
    """The model with its 1,000 ImageNet classes, weights random."""
    if backbone == "efficientnet_pytorch_b0":
        from efficientnet_pytorch import EfficientNet

        # its padding is computed for one picture size, and its default Swish is slow and cannot be exported
        model: nn.Module = EfficientNet.from_name("efficientnet-b0", image_size=input_size)
        model.set_swish(memory_efficient=False)  # type: ignore[operator]
        return model
    make_torchvision_importable()
    from torchvision.models import get_model

    built: nn.Module = get_model(backbone, weights=None)
    return built


def _replace_head(model: nn.Module, row: Backbone, n_classes: int) -> None:
    parent, _, name = row.head.rpartition(".")
    old = model.get_submodule(row.head)
    new: nn.Module
    if isinstance(old, nn.Conv2d):  # SqueezeNet classifies with a 1x1 convolution
        new = nn.Conv2d(row.head_features, n_classes, kernel_size=1)
        nn.init.normal_(new.weight, std=0.01)
        nn.init.zeros_(new.bias)  # type: ignore[arg-type]
    else:
        new = nn.Linear(row.head_features, n_classes)
    setattr(model.get_submodule(parent), name, new)


def stage_modules(model: nn.Module, row: Backbone) -> list[list[nn.Module]]:
    """The modules of each stage, from the picture upwards."""
    return [[model.get_submodule(path) for path in stage.modules] for stage in row.stages]


def freeze(model: nn.Module, row: Backbone, n_stages: int) -> None:
    """Fix the weights of the first `n_stages` stages; everything above them learns."""
    for index, modules in enumerate(stage_modules(model, row)):
        for module in modules:
            module.requires_grad_(index >= n_stages)
    model.get_submodule(row.head).requires_grad_(True)


def train_mode(model: nn.Module, row: Backbone, n_frozen: int) -> None:
    """Training mode above the frozen stages, evaluation mode in them.

    `requires_grad=False` alone would let BatchNorm go on changing its running statistics.
    """
    model.train()
    for modules in stage_modules(model, row)[:n_frozen]:
        for module in modules:
            module.eval()


def trainable_parameters(model: nn.Module) -> int:
    """How many numbers learn."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def parameter_groups(model: nn.Module, row: Backbone, weight_decay: float) -> Iterator[dict[str, Any]]:
    """Optimiser groups: for each stage, from the picture upwards, and the head, weights and then biases and norms.

    Biases and normalisation weights get no weight decay (He et al. 2019, "Bag of Tricks"). `stage` counts from 0;
    the head comes after the last.
    """
    parts = [*stage_modules(model, row), [model.get_submodule(row.head)]]
    for index, modules in enumerate(parts):
        parameters = [p for module in modules for p in module.parameters()]
        for decay, chosen in (
            (weight_decay, [p for p in parameters if p.ndim > 1]),
            (0.0, [p for p in parameters if p.ndim <= 1]),
        ):
            if chosen:
                yield {"params": chosen, "weight_decay": decay, "stage": index}

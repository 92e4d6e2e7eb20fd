"""Models: build a backbone with a new head, cut it into stages, freeze the lower ones, group the parameters."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from stl_tl_gui.engine.machine.torchvision_import import make_torchvision_importable
from stl_tl_gui.engine.settings.backbones import TIMM, Backbone
from stl_tl_gui.engine.settings.timm_models import backbone_row, timm_model, without_head

StateDict = dict[str, torch.Tensor]
Contents = list[nn.Module | nn.Parameter]


def build_model(backbone: str, n_classes: int, input_size: int = 224, original_head: bool = False) -> nn.Module:
    """A backbone with random weights and a head for `n_classes`. Input (n, 3, s, s); output logits (n, n_classes).

    SqueezeNet's head is a linear one on pooled features, as the others have, unless its original one is asked for,
    which drops half of the features out, classifies each place, sets negative logits to zero, and then pools; that
    learns worse from scratch and no better otherwise. Their weights have the same names.
    Raises TimmMissing, NoSuchModel.
    """
    model = _architecture(backbone, input_size)
    _replace_head(model, backbone_row(backbone), n_classes)
    if backbone == "squeezenet1_1" and not original_head:
        convolution = model.get_submodule("classifier.1")
        model.classifier = nn.Sequential(OrderedDict({"pool": nn.AdaptiveAvgPool2d(1), "1": convolution}))
    return model


def _architecture(backbone: str, input_size: int) -> nn.Module:
    """The model with a head for any classes, weights random."""
    if backbone.startswith(TIMM):
        return timm_model(backbone, num_classes=1)
    if backbone.startswith("efficientnet_lite"):
        return _efficientnet_lite(int(backbone[-1]), input_size)
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


def _efficientnet_lite(number: int, input_size: int) -> nn.Module:
    """EfficientNet without squeeze-and-excitation and with ReLU6 for Swish (Liu et al. 2020).

    Stem, head, and the number of the first and the last blocks are those of B0 in all sizes.
    """
    from efficientnet_pytorch import EfficientNet
    from efficientnet_pytorch.utils import get_model_params, round_filters, round_repeats

    blocks, settings = get_model_params(f"efficientnet-b{number}", {"image_size": input_size})
    scaled = []
    for place, block in enumerate(blocks):
        first, last = place == 0, place == len(blocks) - 1
        scaled.append(
            block._replace(
                se_ratio=None,
                num_repeat=block.num_repeat if first or last else round_repeats(block.num_repeat, settings),
                input_filters=block.input_filters if first else round_filters(block.input_filters, settings),
                output_filters=round_filters(block.output_filters, settings),
            )
        )
    model: nn.Module = EfficientNet(scaled, settings._replace(width_coefficient=1.0, depth_coefficient=1.0))
    for module in [model, *model.get_submodule("_blocks").children()]:
        module._swish = nn.ReLU6(inplace=True)
    return model


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


def stage_contents(model: nn.Module, row: Backbone) -> list[Contents]:
    """The modules of each stage, from the picture up, and its parameters that are in none of them."""
    return [[_at(model, path) for path in stage.modules] for stage in row.stages]


def _at(model: nn.Module, path: str) -> nn.Module | nn.Parameter:
    parent, _, name = path.rpartition(".")
    found: nn.Module | nn.Parameter = getattr(model.get_submodule(parent), name)
    return found


def _modules(contents: Contents) -> list[nn.Module]:
    return [each for each in contents if isinstance(each, nn.Module)]


class _Block(nn.Module):
    """A block of efficientnet_pytorch with its own rate of dropping: the library's model passes it at each call."""

    def __init__(self, block: nn.Module, drop_connect_rate: float) -> None:
        super().__init__()
        self.block = block
        self.drop_connect_rate = drop_connect_rate

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.block(x, drop_connect_rate=self.drop_connect_rate)
        return result


def _layers(model: nn.Module) -> list[nn.Module]:
    """What the model does to a picture, one module after the other, as its `forward` calls them."""
    at = model.get_submodule
    if hasattr(model, "_blocks"):  # efficientnet_pytorch
        rate = float(model._global_params.drop_connect_rate)  # type: ignore[union-attr, arg-type]
        n = len(model._blocks)  # type: ignore[arg-type]
        blocks = [_Block(block, rate * index / n) for index, block in enumerate(at("_blocks").children())]
        stem, top = ["_conv_stem", "_bn0", "_swish"], ["_conv_head", "_bn1", "_swish", "_avg_pooling"]
        return [*map(at, stem), *blocks, *map(at, top), nn.Flatten(), at("_dropout"), at("_fc")]
    if hasattr(model, "layer4"):  # ResNet
        children = dict(model.named_children())
        head = children.pop("fc")
        return [*children.values(), nn.Flatten(), head]
    name = type(model).__name__
    features, classifier = at("features").children(), at("classifier").children()
    if name == "SqueezeNet":  # pools in its classifier
        return [*features, *classifier, nn.Flatten()]
    if name == "ConvNeXt":  # flattens in its classifier
        return [*features, at("avgpool"), *classifier]
    pool = at("avgpool") if hasattr(model, "avgpool") else nn.AdaptiveAvgPool2d(1)
    return [*features, pool, nn.Flatten(), *classifier]


def parts(model: nn.Module, row: Backbone) -> list[nn.Sequential]:
    """The model cut into its stages, from the picture up, and the head: one after the other they are the model.

    They share the model's modules. What has no weights belongs to the stage below it, but for dropout, which belongs
    to the one above: below a frozen boundary nothing is random. A model of timm, whose layers only its own code knows
    how to call, is the part of the last stage up to the head; the parts of the other stages do nothing.
    """
    if row.name.startswith(TIMM):
        return _body_and_head(model, row)
    owner = {
        id(m): i
        for i, stage in enumerate(stage_contents(model, row))
        for module in _modules(stage)
        for m in module.modules()
    }
    owner |= {id(module): len(row.stages) for module in model.get_submodule(row.head).modules()}
    cut: list[list[nn.Module]] = [[] for _ in range(len(row.stages) + 1)]
    index = 0
    for layer in _layers(model):
        if any(True for _ in layer.parameters()):
            index = owner[id(layer.block if isinstance(layer, _Block) else layer)]
        elif isinstance(layer, nn.Dropout):
            index += 1
        cut[index].append(layer)
    return [nn.Sequential(*layers) for layers in cut]


def _body_and_head(model: nn.Module, row: Backbone) -> list[nn.Sequential]:
    head = model.get_submodule(row.head)
    shaped = isinstance(head, nn.Conv2d)
    top = [nn.Unflatten(1, (row.head_features, 1, 1)), head, nn.Flatten()] if shaped else [head]
    below = [nn.Sequential() for _ in row.stages[:-1]]
    return [*below, nn.Sequential(without_head(model, row.head)), nn.Sequential(*top)]


def averaged(first: StateDict, second: StateDict, share: float) -> StateDict:
    """The mean of two sets of weights of one model, `share` of it from the first; counters as in the second."""
    return {
        name: torch.lerp(value, first[name].to(value.device), share) if value.is_floating_point() else value
        for name, value in second.items()
    }


def freeze(model: nn.Module, row: Backbone, n_stages: int) -> None:
    """Freeze the first `n_stages` stages; everything above them learns."""
    for index, contents in enumerate(stage_contents(model, row)):
        for each in contents:
            each.requires_grad_(index >= n_stages)
    model.get_submodule(row.head).requires_grad_(True)


def train_mode(model: nn.Module, row: Backbone, n_frozen: int) -> None:
    """Training mode above the frozen stages, evaluation mode in them.

    `requires_grad=False` alone would let BatchNorm keep changing its running statistics.
    """
    model.train()
    for contents in stage_contents(model, row)[:n_frozen]:
        for module in _modules(contents):
            module.eval()


def keep_averages(model: nn.Module) -> None:
    """Let BatchNorm use the averages it has instead of those of each batch. They stay as they are."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


def set_head(model: nn.Module, row: Backbone, weight: torch.Tensor, bias: torch.Tensor) -> None:
    """Give the head weights (c, d) and biases (c,)."""
    head = model.get_submodule(row.head)
    assert isinstance(head, nn.Linear | nn.Conv2d)
    with torch.no_grad():
        head.weight.copy_(weight.view_as(head.weight))
        assert head.bias is not None
        head.bias.copy_(bias)


def scale_logits(model: nn.Module, row: Backbone, factor: float) -> None:
    """Multiply the logits by a factor: the inverse of a temperature."""
    head = model.get_submodule(row.head)
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.mul_(factor)


def adapt_sooner(model: nn.Module) -> None:
    """Let BatchNorm's averages follow what is learned within tens of steps, for a model without pretrained weights.

    EfficientNet and MobileNetV3 come with averages over hundreds of steps, more than few pictures make: evaluated with
    those, a model that already learns is still no better than chance.
    """
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = max(module.momentum or 0.0, 0.1)


def trainable_parameters(model: nn.Module) -> int:
    """How many parameters learn."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def parameter_groups(model: nn.Module, row: Backbone, weight_decay: float) -> Iterator[dict[str, Any]]:
    """Optimizer groups: for each stage, from the picture up, and the head, weights and then biases and norms.

    Biases and normalization weights get no weight decay (He et al. 2019, "Bag of Tricks"). `stage` counts from 0;
    the head comes after the last.
    """
    parts: list[Contents] = [*stage_contents(model, row), [model.get_submodule(row.head)]]
    for index, contents in enumerate(parts):
        parameters = [p for module in _modules(contents) for p in module.parameters()]
        parameters += [each for each in contents if isinstance(each, nn.Parameter)]
        for decay, chosen in (
            (weight_decay, [p for p in parameters if p.ndim > 1]),
            (0.0, [p for p in parameters if p.ndim <= 1]),
        ):
            if chosen:
                yield {"params": chosen, "weight_decay": decay, "stage": index}

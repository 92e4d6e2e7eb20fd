"""Models of timm, an optional package, as backbones: built, and described by a row made when it is needed.

Loads timm, and with it torch, only when it is asked for such a model. Whether a model takes any input size, and what
is below its head, is tried on PyTorch's “meta” device, which computes shapes only.
"""

import copy
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib.util import find_spec
from threading import RLock
from typing import TYPE_CHECKING, Any

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.settings.backbones import (
    TIMM,
    Backbone,
    PretrainedWeights,
    Stage,
    known_row,
    remember_row,
)

if TYPE_CHECKING:
    import torch
    from torch import nn

_HUB = "https://huggingface.co"
_ANY_SIZE = {"dynamic_img_size": True, "dynamic_img_pad": True}
"""What vision transformers of timm are asked for, so that they take pictures of any size."""
_CLASSES = 1000
_OTHER_SIZE = 96
"""A model that takes this input size, in pixels, takes any."""
_SAFE = {"": "model.safetensors", "open_clip_pytorch_model.bin": "open_clip_model.safetensors"}
"""Files of a model on the hub, by the name that timm has for them, where there are safer ones."""
_one_at_a_time = RLock()


class TimmMissing(UserError):
    """A model of timm where timm is not installed."""

    def __init__(self, name: str) -> None:
        super().__init__(f'“{name}” needs the package timm. Install it: pip install "stl-tl-gui[timm]"')


class NoSuchModel(UserError):
    """A model that timm does not have, or that has no single last layer to replace."""


def timm_is_installed() -> bool:
    """Whether models of timm can be used. Imports nothing."""
    return find_spec("timm") is not None


def pretrained_names() -> list[str]:
    """The backbones that timm has pretrained weights for, by name. Raises TimmMissing."""
    return [TIMM + name for name in _timm("timm").list_models(pretrained=True)]


def backbone_row(name: str) -> Backbone:
    """A backbone with all its facts; the first time, a model of timm takes seconds.

    Raises TimmMissing, NoSuchModel.
    """
    with _one_at_a_time:
        row = known_row(name)
        if not row.stages:
            row = _described(name)
            remember_row(row)
        return row


def timm_model(name: str, **more: Any) -> "nn.Module":
    """The model with its own classes, weights random. Raises TimmMissing, NoSuchModel."""
    timm, own = _timm(name), name.removeprefix(TIMM)
    if not timm.is_model(own):
        raise NoSuchModel(_unknown(own, timm.list_models()))
    try:
        fixed = timm.get_pretrained_cfg(own).fixed_input_size
    except RuntimeError:
        tags = [each for each in timm.list_models(pretrained=True) if each.split(".")[0] == own.split(".")[0]]
        raise NoSuchModel(_unknown(own, tags)) from None
    if fixed:
        try:
            return timm.create_model(own, **_ANY_SIZE, **more)  # type: ignore[no-any-return]
        except TypeError:  # one that does not know these arguments
            pass
    return timm.create_model(own, **more)  # type: ignore[no-any-return]


def timm_weights(name: str, published: "Mapping[str, torch.Tensor]") -> "dict[str, torch.Tensor]":
    """The model's state dict with published weights, which timm converts where they have another form.

    Raises NoSuchModel where they do not fit.
    """
    try:
        model = timm_model(name, pretrained=True, pretrained_cfg_overlay={"state_dict": dict(published)})
    except (RuntimeError, KeyError) as error:
        raise NoSuchModel(f"timm cannot use the published weights of “{name.removeprefix(TIMM)}”: {error}") from None
    return model.state_dict()


def without_head(model: "nn.Module", head: str) -> "nn.Module":
    """What the model computes below its head: the same modules, but for those that contain the head."""
    from torch import nn

    body = copy.copy(model)
    body._modules = dict(model._modules)
    name, _, inner = head.partition(".")
    body._modules[name] = without_head(model.get_submodule(name), inner) if inner else nn.Identity()
    return body


def _timm(name: str) -> Any:
    """The package. Raises TimmMissing."""
    if not timm_is_installed():
        raise TimmMissing(name)
    from stl_tl_gui.engine.machine.torchvision_import import make_torchvision_importable

    with _one_at_a_time:
        make_torchvision_importable()
        import timm

        return timm


def _unknown(name: str, known: list[str]) -> str:
    alike = get_close_matches(name, known, 1)
    return f"timm has no model “{name}”." + (f" Did you mean “{alike[0]}”?" if alike else "")


def _described(name: str) -> Backbone:
    import torch

    with torch.device("meta"):
        model = timm_model(name, num_classes=_CLASSES).eval()
    config = model.pretrained_cfg
    size = int(config["input_size"][1])  # type: ignore[index]
    head = _head(name, model, size)
    stages = _stages(model, head)
    linear: Any = model.get_submodule(head)
    features = getattr(linear, "in_features", None) or linear.in_channels
    total = sum(stage.parameters for stage in stages) + features * _CLASSES
    return Backbone(
        name,
        known_row(name).title,
        head,
        features,
        stages,
        _weights(config, total, size),  # type: ignore[arg-type]
        fixed_size=0 if _computed(without_head(model, head), _OTHER_SIZE) else size,
    )


def _head(name: str, model: "nn.Module", size: int) -> str:
    """Path of the one layer that classifies the features below it. Raises NoSuchModel."""
    from torch import nn

    path = model.pretrained_cfg["classifier"]  # type: ignore[index]
    if isinstance(path, str):
        layer = model.get_submodule(path)
        if isinstance(layer, nn.Linear | nn.Conv2d):
            features = layer.weight.shape[1]
            if layer.weight.numel() == len(layer.weight) * features and _computed(without_head(model, path), size) == (
                1,
                features,
            ):
                return path
    raise NoSuchModel(
        f"“{name.removeprefix(TIMM)}” cannot be trained here: it does not end in a single layer that classifies. "
        "Choose another model of timm."
    )


def _computed(module: "nn.Module", size: int) -> tuple[int, ...]:
    """The shape of what a module without values computes from a picture; empty where it does not take that size."""
    import torch

    try:
        with torch.inference_mode():
            return tuple(module(torch.empty(1, 3, size, size, device="meta")).shape)
    except Exception:  # noqa: BLE001 - what does not fit together, each model says in its own way
        return ()


def _weights(config: Mapping[str, Any], parameters: int, size: int) -> PretrainedWeights:
    """Where the weights come from, and the transforms that they were trained with."""
    file = config.get("hf_hub_filename") or ""
    model, _, revision = (config.get("hf_hub_id") or "").partition("@")
    url = f"{_HUB}/{model}/resolve/{revision or 'main'}/{_SAFE.get(file, file)}" if model else config.get("url") or ""
    return PretrainedWeights(
        url,
        megabytes=4 * parameters / 1e6,
        top1=0.0,
        input_size=size,
        mean=tuple(config["mean"]),
        std=tuple(config["std"]),
        interpolation="bicubic" if config["interpolation"] == "bicubic" else "bilinear",
        hub_model=model,
    )


def _stages(model: "nn.Module", head: str) -> tuple[Stage, ...]:
    """The stages in which timm groups the layers, from the picture up; norms above the last one belong to it."""
    from timm.models import group_parameters

    sizes = {key: value for key, value in model.named_parameters() if not key.startswith(f"{head}.")}
    groups = {0: list(sizes)}  # a few models do not say how to group them
    if hasattr(model, "group_matcher"):
        groups = group_parameters(model, model.group_matcher(coarse=True))  # type: ignore[operator]
    rows = [kept for _, keys in sorted(groups.items()) if (kept := [key for key in keys if key in sizes])]
    if len(rows) > 1 and all(sizes[key].ndim < 2 for key in rows[-1]):
        rows[-2:] = [rows[-2] + rows[-1]]
    owner = {key: number for number, keys in enumerate(rows) for key in keys}
    paths: list[list[str]] = [[] for _ in rows]
    for path, number in _covering(model, "", owner):
        paths[number].append(path)
    names = ["stem" if len(rows) > 1 else "layers", *(f"stage{number}" for number in range(1, len(rows)))]
    counts = [sum(sizes[key].numel() for key in keys) for keys in rows]
    return tuple(Stage(name, tuple(own), count) for name, own, count in zip(names, paths, counts, strict=True))


def _covering(module: "nn.Module", prefix: str, owner: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """The largest modules that are each in one stage, and parameters that are in none of them, with that stage."""
    inside = {owner.get(prefix + key) for key, _ in module.named_parameters()}
    number = inside.pop() if len(inside) == 1 else None
    if number is not None and prefix:
        yield prefix.removesuffix("."), number
        return
    for key, _ in module.named_parameters(recurse=False):
        if prefix + key in owner:
            yield prefix + key, owner[prefix + key]
    for name, child in module.named_children():
        yield from _covering(child, f"{prefix}{name}.", owner)

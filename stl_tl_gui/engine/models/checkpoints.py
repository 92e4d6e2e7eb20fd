"""Checkpoints: tensors and plain values only, enough to resume training and to open without the run folder."""

import io
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from stl_tl_gui.engine.data.preprocessing import Preprocessing
from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.models.model import StateDict, build_model
from stl_tl_gui.engine.models.stored_values import preprocessing_in, stored_values
from stl_tl_gui.engine.models.weights import (
    NotAWeightsFile,
    apply_weights,
    load_file,
    matching_backbones,
    state_dict_in,
)
from stl_tl_gui.engine.settings.backbones import BACKBONES, TIMM
from stl_tl_gui.engine.settings.timm_models import backbone_row
from stl_tl_gui.engine.storage.files import write_atomically

FORMAT = 2
"""1: SqueezeNet had its original head."""


class ClassNamesNeeded(UserError):
    """A checkpoint that does not say what its classes are called."""

    def __init__(self, path: Path, count: int, given: int | None = None) -> None:
        self.path = path
        self.count = count
        reason = "does not contain their names" if given is None else f"{given} names were given"
        super().__init__(f"“{path.name}” has {count} classes, but {reason}. Give {count} class names, in order.")


class ClassNamesRepeat(UserError):
    """Two classes have the same name."""


class UnknownModel(UserError):
    """A checkpoint of a model that the app cannot build."""


@dataclass
class Checkpoint:
    """A model and what is needed to use it; `training` is what is needed to train it further, if it was saved."""

    backbone: str
    class_names: tuple[str, ...]
    preprocessing: Preprocessing
    model_state_dict: StateDict
    settings: dict[str, Any] | None = None
    epoch: int = 0
    """Finished epochs."""
    best_valid_acc: float | None = None
    arithmetic: dict[str, Any] | None = None
    """In which number formats it was trained and evaluated (`RunArithmetic.to_dict`)."""
    optimizer_state_dict: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    original_head: bool = False
    """As in `build_model`; so it is in files of other programs."""

    def build_model(self) -> nn.Module:
        """The model with these weights, in evaluation mode on the CPU. Raises WrongWeights."""
        size = self.preprocessing.input_size
        model = build_model(self.backbone, len(self.class_names), size, self.original_head)
        apply_weights(model, backbone_row(self.backbone), self.model_state_dict, "the checkpoint")
        return model.eval()


def save_checkpoint(checkpoint: Checkpoint, *paths: Path) -> None:
    """Write one checkpoint to each path in turn, whole or not at all. Raises OSError when one cannot be written."""
    content = {
        "format": 1 if checkpoint.original_head else FORMAT,
        "backbone": checkpoint.backbone,
        "class_names": list(checkpoint.class_names),
        "preprocessing": checkpoint.preprocessing.to_dict(),
        "model_state_dict": checkpoint.model_state_dict,
        "optimizer_state_dict": checkpoint.optimizer_state_dict,
        "settings": checkpoint.settings,
        "epoch": checkpoint.epoch,
        "best_valid_acc": checkpoint.best_valid_acc,
        "arithmetic": checkpoint.arithmetic,
        "training": checkpoint.training,
    }
    buffer = io.BytesIO()  # torch.save turns a full disk into an error of its own, so the file is ours to write
    torch.save(content, buffer)
    for path in paths:
        write_atomically(path, write=lambda file: file.write(buffer.getbuffer()))


def load_checkpoint(path: Path, class_names: tuple[str, ...] | None = None, backbone: str | None = None) -> Checkpoint:
    """Opens the app's own files and the course's format.

    The course's files (`model_state_dict`, `epoch`, `best_valid_acc`, ... of a known backbone) do not say what the
    classes are called. Raises ClassNamesNeeded, ClassNamesRepeat, UnknownModel, NotAWeightsFile, UnsafeFile, and for
    a model of timm TimmMissing, NoSuchModel.
    """
    content = load_file(path)
    weights = state_dict_in(content, path)
    _require_numbers(weights, path)
    values = stored_values(content if isinstance(content, dict) else {}, path)
    name = backbone or values.backbone or _recognize(path, weights)
    if name not in BACKBONES and not str(name).startswith(TIMM):
        raise UnknownModel(f"“{path.name}” contains a model called “{name}”, which this app cannot open.")
    return Checkpoint(
        backbone=name,
        class_names=_class_names(path, weights, name, class_names or values.class_names),
        preprocessing=preprocessing_in(values) or _usual_preprocessing(name),
        model_state_dict=weights,
        settings=values.settings,
        epoch=values.epoch,
        best_valid_acc=values.best_valid_acc,
        arithmetic=values.arithmetic,
        optimizer_state_dict=values.optimizer_state_dict or {},
        training=values.training or {},
        original_head=values.format in (None, 1),
    )


def _recognize(path: Path, weights: StateDict) -> str:
    found = matching_backbones(weights)
    if not found:
        raise UnknownModel(f"“{path.name}” contains weights of a model that this app cannot open.")
    return found[0]


def _class_names(path: Path, weights: StateDict, backbone: str, names: Any) -> tuple[str, ...]:
    row = backbone_row(backbone)
    head = weights.get(f"{row.head}.weight")
    if head is None:
        raise UnknownModel(f"“{path.name}” does not fit {row.short_title}: it has no such head.")
    if not names or len(names) != len(head):
        raise ClassNamesNeeded(path, len(head), len(names) if names else None)
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise ClassNamesRepeat(f"The class name “{twice}” was given more than once. Give each class its own name.")
    return tuple(str(name) for name in names)


def _usual_preprocessing(backbone: str) -> Preprocessing:
    """The course trains on STL-10's own 96 pixels with ImageNet's normalization."""
    weights = backbone_row(backbone).weights
    return Preprocessing(96, "stretch", weights.mean, weights.std, weights.interpolation)


def _require_numbers(weights: StateDict, path: Path) -> None:
    """Raise NotAWeightsFile for weights from which nothing can be computed."""
    for name, tensor in weights.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise NotAWeightsFile(
                f"“{path.name}” cannot be used: “{name}” holds values that are no numbers (NaN), as when training "
                "diverges. Use an earlier checkpoint."
            )

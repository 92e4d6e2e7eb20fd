"""Weights in files: loads what is safe, and finds out which model it fits."""

import pickle
import pickletools
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.models.model import StateDict, build_model
from stl_tl_gui.engine.models.weight_store import WrongWeights
from stl_tl_gui.engine.settings.backbones import BACKBONES, TIMM, Backbone
from stl_tl_gui.engine.settings.timm_models import timm_weights


class NotAWeightsFile(UserError):
    """The file is not a weights file or a checkpoint."""


class UnsafeFile(UserError):
    """Loading the file would run code."""


def load_file(path: Path) -> Any:
    """What a .safetensors, .pt or .pth file contains: tensors and plain values only, on the CPU.

    Raises NotAWeightsFile, or UnsafeFile for a pickle that would run code (nothing of it is run).
    """
    if not path.is_file():
        raise NotAWeightsFile(f"The file “{path}” does not exist.")
    from safetensors.torch import load_file as load_safetensors

    try:
        if path.suffix.lower() == ".safetensors":
            return load_safetensors(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about pickle protocols, of interest to torch's developers only
            return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise NotAWeightsFile(f"“{path}” cannot be read: {error.strerror or error}.") from None
    except pickle.UnpicklingError:
        if _calls_something(path):
            raise UnsafeFile(
                f"“{path.name}” was not opened: it contains more than weights, and loading it could run code on this "
                "computer. Ask its author for a file with only the state dict, or a .safetensors file."
            ) from None
        raise _not_weights(path) from None
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - where a file is damaged decides which of many parts of torch complains
        raise _not_weights(path) from None


def _calls_something(path: Path) -> bool:
    """Whether loading a file would call functions other than torch's own. It is only read, not loaded."""
    try:
        zipped = zipfile.is_zipfile(path)
    except zipfile.BadZipFile:
        return False
    if zipped:
        try:
            return bool(torch.serialization.get_unsafe_globals_in_checkpoint(path))
        except Exception:  # noqa: BLE001 - whatever it cannot read was refused by torch.load already
            return True
    calling = {"GLOBAL", "STACK_GLOBAL", "INST", "OBJ", "NEWOBJ", "REDUCE"}
    try:
        with path.open("rb") as file:
            return any(opcode.name in calling for opcode, _, _ in pickletools.genops(file))
    except (ValueError, EOFError, UnicodeDecodeError):
        return False


def _not_weights(path: Path) -> NotAWeightsFile:
    return NotAWeightsFile(f"“{path.name}” is not a weights file, or it is damaged.")


def load_weights(path: Path) -> StateDict:
    """The state dict in a weights file or checkpoint, whatever key it is under. Raises as `load_file` does.

    Also NotAWeightsFile where values are not finite.
    """
    return load_named_weights(path)[0]


def load_named_weights(path: Path) -> tuple[StateDict, tuple[str, ...]]:
    """As `load_weights`, with the class names of the head; none where the file does not say."""
    content = load_file(path)
    weights = state_dict_in(content, path)
    if not all(torch.isfinite(value.float()).all() for value in weights.values()):
        raise NotAWeightsFile(f"“{path.name}” contains NaN or infinite values: its training failed.")
    names = content.get("class_names") if isinstance(content, Mapping) else None
    return weights, tuple(map(str, names)) if isinstance(names, list | tuple) else ()


def load_imagenet_weights(row: Backbone, path: Path) -> StateDict:
    """A backbone's published weights. Raises as `load_weights` does, and NoSuchModel where timm cannot use them."""
    weights = load_weights(path)
    return timm_weights(row.name, weights) if row.name.startswith(TIMM) else weights


def backbone_of(path: Path) -> str:
    """The backbone whose weights are in a file. Raises as `load_file` does, and WrongWeights where there is none."""
    content = load_file(path)
    named = content.get("backbone") if isinstance(content, Mapping) else None
    if isinstance(named, str) and named.startswith(TIMM):  # too many to try
        return named
    found = matching_backbones(state_dict_in(content, path))
    if not found:
        raise WrongWeights(path.name)
    return found[0]


def state_dict_in(content: Any, path: Path) -> StateDict:
    """The state dict inside a loaded file. Raises NotAWeightsFile."""
    for key in ("model_state_dict", "state_dict", "model"):
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    if not isinstance(content, Mapping) or not any(isinstance(value, torch.Tensor) for value in content.values()):
        raise NotAWeightsFile(f"“{path.name}” contains no weights.")
    weights = {
        str(key).removeprefix("module."): value for key, value in content.items() if isinstance(value, torch.Tensor)
    }
    for key, value in weights.items():
        whole = value.layout == torch.strided and value.device.type == "cpu" and not value.is_quantized
        if not whole or not (value.is_floating_point() or value.dtype == torch.int64):
            kind = str(value.dtype).removeprefix("torch.") + ("" if whole else " in a sparse or quantized format")
            raise NotAWeightsFile(f"“{path.name}” contains weights that cannot be trained: “{key}” is {kind}.")
    return weights


def apply_weights(model: nn.Module, row: Backbone, weights: StateDict, source: str) -> bool:
    """Load weights into a model. A head for another number of classes is left as it is; returns whether it fitted.

    Raises WrongWeights when the file belongs to another backbone.
    """
    own, head = model.state_dict(), _head(row)
    if not _fit(own, row, weights):
        raise _misfit(row, weights, source)
    head_fits = all(key in weights and own[key].shape == weights[key].shape for key in head)
    fitting = {key: value for key, value in weights.items() if head_fits or key not in head}
    model.load_state_dict(fitting, strict=False)
    return head_fits


def with_rows_of(
    weights: StateDict, own: StateDict, row: Backbone, before: Sequence[str], now: Sequence[str]
) -> StateDict:
    """Weights whose head is for the classes `now`.

    A class that has a namesake in `before`, the classes of the head in `weights`, gets its row (weight and bias); the
    others get those of `own`, a new model's state dict.
    """
    places = [(now.index(name), before.index(name)) for name in now if name in before]
    new, old = [place for place, _ in places], [place for _, place in places]
    heads = {key: own[key].clone() for key in _head(row)}
    for key, value in heads.items():
        if key in weights and len(weights[key]) == len(before) and weights[key].shape[1:] == value.shape[1:]:
            value[new] = weights[key][old].to(value)
    return {**weights, **heads}


def require_fit(row: Backbone, weights: StateDict, source: str) -> None:
    """Raise WrongWeights when weights belong to another backbone."""
    if not _fit(_shapes_of(row), row, weights):
        raise _misfit(row, weights, source)


def _misfit(row: Backbone, weights: StateDict, source: str) -> WrongWeights:
    return WrongWeights(source, row, next(iter(matching_backbones(weights)), None))


def matching_backbones(weights: StateDict) -> list[str]:
    """Names of the backbones whose layers have exactly the names and shapes in a state dict, heads aside."""
    return [name for name, row in BACKBONES.items() if _fit(_shapes_of(row), row, weights)]


def _fit(own: StateDict, row: Backbone, weights: StateDict) -> bool:
    """Whether weights have exactly the names and shapes of a model's own, the head's shapes aside."""
    shapes, wanted = (
        {key: tuple(value.shape) for key, value in each.items() if not key.endswith("num_batches_tracked")}
        for each in (weights, own)
    )
    body = wanted.keys() - _head(row)
    return all(shapes.get(key) == wanted[key] for key in body) and shapes.keys() <= wanted.keys()


def _shapes_of(row: Backbone) -> StateDict:
    """A backbone's state dict with a head for one class, without values."""
    with torch.device("meta"):
        return build_model(row.name, 1).state_dict()


def _head(row: Backbone) -> set[str]:
    return {f"{row.head}.weight", f"{row.head}.bias"}

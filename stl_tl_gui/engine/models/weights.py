"""Weights in files: loads what is safe, and finds out which model it fits."""

import pickle
import pickletools
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.models.model import StateDict, build_model
from stl_tl_gui.engine.settings.backbones import BACKBONES, Backbone


class NotAWeightsFile(UserError):
    """The file is not a weights file or a checkpoint."""


class UnsafeFile(UserError):
    """Loading the file would run code."""


class WrongWeights(UserError):
    """The weights belong to another model."""


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
    weights = state_dict_in(load_file(path), path)
    if not all(torch.isfinite(value.float()).all() for value in weights.values()):
        raise NotAWeightsFile(f"“{path.name}” contains NaN or infinite values: its training failed.")
    return weights


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
    own = model.state_dict()
    head = {f"{row.head}.weight", f"{row.head}.bias"}
    missing = [key for key in own if key not in weights and key not in head and not key.endswith("num_batches_tracked")]
    unknown = [key for key in weights if key not in own]
    misshapen = [k for k in own if k in weights and k not in head and own[k].shape != weights[k].shape]
    if missing or unknown or misshapen:
        other = next((BACKBONES[name].short_title for name in matching_backbones(weights) if name != row.name), None)
        hint = f"It looks like {other}." if other else "It belongs to a model that this app cannot open."
        raise WrongWeights(f"“{source}” does not fit {row.short_title}. {hint}")
    head_fits = all(key in weights and own[key].shape == weights[key].shape for key in head)
    fitting = {key: value for key, value in weights.items() if head_fits or key not in head}
    model.load_state_dict(fitting, strict=False)
    return head_fits


def matching_backbones(weights: StateDict) -> list[str]:
    """Names of the backbones whose layers have exactly the names and shapes in a state dict, heads aside."""
    shapes = {key: tuple(value.shape) for key, value in weights.items() if not key.endswith("num_batches_tracked")}
    found = []
    for name, row in BACKBONES.items():
        head = {f"{row.head}.weight", f"{row.head}.bias"}
        with torch.device("meta"):
            own = build_model(name, 1).state_dict()
        wanted = {key: tuple(value.shape) for key, value in own.items() if not key.endswith("num_batches_tracked")}
        if all(shapes.get(key) == wanted[key] for key in wanted if key not in head) and shapes.keys() <= wanted.keys():
            found.append(name)
    return found

"""Device and precision: where the arithmetic runs, and in which number format."""

from contextlib import AbstractContextManager, nullcontext

import torch

from stl_tl_gui.engine.errors import UserError


class DeviceUnusable(UserError):
    """The device that was asked for is not there or does not work."""


def choose_device(name: str) -> torch.device:
    """The device for a setting: "auto" takes a GPU that works, else the CPU. Raises DeviceUnusable."""
    if name == "auto":
        return next((device for device in map(torch.device, _gpus()) if _why_unusable(device) is None), _CPU)
    device = torch.device(name)
    reason = _why_unusable(device)
    if reason is not None:
        raise DeviceUnusable(f"The device “{name}” cannot be used: {reason}. Choose “auto” or “cpu”.")
    return device


_CPU = torch.device("cpu")


def _gpus() -> list[str]:
    return (["cuda"] if torch.cuda.is_available() else []) + (["mps"] if torch.backends.mps.is_available() else [])


def _why_unusable(device: torch.device) -> str | None:
    """None when a real computation succeeds there, else the reason in words."""
    if device.type == "cuda" and torch.version.cuda is None and torch.version.hip is None:
        return "this PyTorch was built without CUDA"
    if device.type == "cuda" and not torch.cuda.is_available():
        return "no CUDA graphics card was found"
    if device.type == "mps" and not torch.backends.mps.is_available():
        return "no Apple graphics processor was found"
    try:
        torch.ones(8, 8, device=device).matmul(torch.ones(8, 8, device=device)).sum().item()
    except RuntimeError as error:
        return str(error).splitlines()[0]
    return None


def device_title(device: torch.device) -> str:
    """The device's name for people."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type.upper()


def choose_precision(name: str, device: torch.device) -> str:
    """The number format for a setting: "auto" is float32 on a CPU and the best half precision on a CUDA device."""
    if name != "auto":
        return name
    if device.type != "cuda":
        return "float32"
    return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"


def autocast(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """Run the model's heavy arithmetic in a precision."""
    if precision == "float32":
        return nullcontext()
    return torch.autocast(device.type, dtype=getattr(torch, precision))

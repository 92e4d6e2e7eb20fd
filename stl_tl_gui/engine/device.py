"""Devices: where the arithmetic runs, and which number formats it has there."""

import platform
from contextlib import suppress
from pathlib import Path

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


def half_precisions(device: torch.device) -> list[str]:
    """Number formats of 16 bits that the device computes in itself, the one that needs less care first."""
    if device.type == "cuda":
        return [*(["bfloat16"] if torch.cuda.is_bf16_supported(including_emulation=False) else []), "float16"]
    return ["bfloat16"] if device.type == "cpu" and _bfloat16_in_the_processor() else []


def _bfloat16_in_the_processor() -> bool:
    """Elsewhere PyTorch computes it with float32's instructions."""
    if platform.machine().lower() in ("x86_64", "amd64"):
        return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    supported: bool = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return supported


def machine_name(device: torch.device) -> str:
    """The graphics card's or the processor's name, as far as the system tells."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def allow_tensorfloat(allowed: bool) -> None:
    """Whether a CUDA device may compute float32 with TensorFloat-32: fewer digits, more speed."""
    torch.set_float32_matmul_precision("high" if allowed else "highest")
    torch.backends.cudnn.allow_tf32 = allowed

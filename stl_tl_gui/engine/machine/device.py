"""Devices: which there are, whether they work, and which number formats they compute in."""

import os
import platform
import sys
from contextlib import suppress
from pathlib import Path

import torch

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.machine.free_memory import free_memory
from stl_tl_gui.engine.machine.memory import give_freed_memory_back


class DeviceUnusable(UserError):
    """The chosen device is missing or does not work."""


def choose_device(name: str) -> torch.device:
    """The device for a setting: "auto" takes a GPU that works, else the CPU. Raises DeviceUnusable."""
    if name == "auto":
        return next((device for device in gpus() if why_unusable(device) is None), _CPU)
    device = torch.device(name)
    reason = why_unusable(device)
    if reason is not None:
        raise DeviceUnusable(f"The device “{name}” cannot be used: {reason}. Choose “auto” or “cpu”.")
    return device


_CPU = torch.device("cpu")


def gpus() -> list[torch.device]:
    """The kinds of graphics processor that PyTorch sees, whether they work or not."""
    seen = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return [torch.device(name) for name, there in seen.items() if there]


def why_unusable(device: torch.device) -> str | None:
    """None when a real computation succeeds there, else the reason in words."""
    if device.type == "cuda" and torch.version.cuda is None and torch.version.hip is None:
        return "this PyTorch was built without CUDA"
    if device.type == "cuda" and not torch.cuda.is_available():
        return _why_no_cuda()
    if device.type == "mps" and not torch.backends.mps.is_available():
        return "no Apple graphics processor was found"
    try:
        pictures = torch.ones(2, 3, 8, 8, device=device)
        features = torch.nn.functional.conv2d(pictures, torch.ones(4, 3, 3, 3, device=device))
        features.flatten(1).matmul(torch.ones(144, 8, device=device)).sum().item()
    except RuntimeError as error:
        return _in_words(device, error)
    return None


def why_no_gpu() -> str:
    """Why a graphics card that is in this computer is not used; empty where one is, or where there is none."""
    reasons = []
    for device in gpus():
        reason = why_unusable(device)
        if reason is None:
            return ""
        reasons.append(f"{device_title(device)}: {reason}")
    if not reasons and (card := _nvidia_card()):
        reasons.append(f"{card}: {why_unusable(torch.device('cuda')) or 'PyTorch does not see it'}")
    return "; ".join(reasons)


def _why_no_cuda() -> str:
    """In words, what keeps a PyTorch with CUDA from seeing a card."""
    try:
        torch.cuda.init()  # type: ignore[no-untyped-call]
    except (RuntimeError, AssertionError) as error:
        text = str(error).splitlines()[0] if str(error) else ""
        if "too old" in text:
            return f"its driver is too old for this PyTorch, which was built for CUDA {torch.version.cuda}"
        if "no NVIDIA driver" in text:
            return "there is no NVIDIA driver"
        return text
    return "no CUDA graphics card was found"


def _in_words(device: torch.device, error: RuntimeError) -> str:
    """Why a computation on a device failed."""
    text = str(error).splitlines()[0]
    if is_out_of_memory(error):
        return "its memory is taken by other programs"
    if "no kernel image" in text:
        major, minor = torch.cuda.get_device_capability(device)
        return f"this PyTorch has no code for its kind (compute capability {major}.{minor})"
    return text


def _nvidia_card() -> str:
    """The name of an NVIDIA card that the system knows of, found without PyTorch; empty where there is none."""
    for facts in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        with suppress(OSError):
            for line in facts.read_text("utf-8", "replace").splitlines():
                if line.startswith("Model:"):
                    return line.partition(":")[2].strip()
    for vendor in sorted(Path("/sys/bus/pci/devices").glob("*/vendor")):
        with suppress(OSError):
            kind = (vendor.parent / "class").read_text("ascii")
            if vendor.read_text("ascii").strip() == "0x10de" and kind.startswith(("0x0300", "0x0302")):
                return "an NVIDIA graphics card"
    windows = Path(os.environ.get("SYSTEMROOT", "")) / "System32" / "nvcuda.dll"
    return "an NVIDIA graphics card" if sys.platform == "win32" and windows.is_file() else ""


def device_title(device: torch.device) -> str:
    """The device's name for display."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type.upper()


def devices_here() -> dict[str, str]:
    """What the device setting can be on this computer, with names for display: “GPU 0: NVIDIA A2”."""
    numbers = range(torch.cuda.device_count() if torch.cuda.is_available() else 0)
    apple = {"mps": "GPU (Apple)"} if torch.backends.mps.is_available() else {}
    gpus = {f"cuda:{number}": f"GPU {number}: {torch.cuda.get_device_name(number)}" for number in numbers}
    return {"auto": "Automatic", "cpu": "CPU", **gpus, **apple}


def free_on(device: torch.device) -> int | None:
    """Bytes that this process can still take on a device; None where unknown."""
    if device.type == "cuda":
        idle = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + idle
    return free_memory()  # Apple's GPU shares it


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that there was not enough memory, the processor's or a GPU's."""
    texts = ("allocate memory", "not enough memory", "out of memory", "ALLOC_FAILED")
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and any(text in str(error) for text in texts)
    )


def give_back(device: torch.device) -> None:
    """Give memory that PyTorch keeps for later, but does not use now, back to the device and the system."""
    give_freed_memory_back()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def device_line() -> str:
    """Which device training uses: “NVIDIA A2”, “CPU”, or “CPU, because …” where a graphics card cannot be used."""
    title, reason = device_title(choose_device("auto")), why_no_gpu()
    return f"{title}, because the graphics card cannot be used ({reason})" if reason else title


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
    """The graphics card's or the processor's name, as far as known."""
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

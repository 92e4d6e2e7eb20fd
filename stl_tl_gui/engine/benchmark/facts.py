"""Facts of the computer that a benchmark ran on, without which its figures mean nothing."""

import os
import platform
import sys
from pathlib import Path
from typing import Any

import torch

from stl_tl_gui import __version__

_HALF_PRECISION = ("avx512_bf16", "amx_bf16", "avx512_fp16", "bf16", "fphp")
"""Names, in Linux' list, of processor features that make half precision fast."""


def machine_facts(device: torch.device) -> dict[str, Any]:
    """Plain values: names of the processors, cores, threads, memory in GB, versions."""
    return {
        "device": str(device),
        "cpu": _cpu_name(),
        "cpu_features": _cpu_features(),
        "gpu": torch.cuda.get_device_name(device) if device.type == "cuda" else None,
        "cores": os.cpu_count(),
        "usable_cores": _usable_cores(),
        "threads": torch.get_num_threads(),
        "memory_gb": _memory_gb(),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "app": __version__,
        "frozen": bool(getattr(sys, "frozen", False)),
    }


def _cpu_line(key: str) -> str:
    """The value of a key in Linux' description of the processor, else nothing."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.split(":")[0].strip() == key), "")


def _cpu_name() -> str:
    return _cpu_line("model name") or platform.processor() or platform.machine()


def _cpu_features() -> list[str]:
    words = (_cpu_line("flags") or _cpu_line("Features")).split()
    return [torch.backends.cpu.get_cpu_capability(), *(name for name in _HALF_PRECISION if name in words)]


def _usable_cores() -> int | None:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (AttributeError, ValueError, OSError):  # Windows
        return None

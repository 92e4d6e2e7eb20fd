"""Settings of the machine: where and in which numbers a run computes."""

from functools import partial
from typing import Literal

from stl_tl_gui.engine.settings.groups.setting import Settings, setting

_advanced = partial(setting, "Machine", advanced=True)


class MachineSettings(Settings):
    """Seed, device and arithmetic."""

    seed: int = _advanced(
        0,
        "Seed",
        "Fixes all random choices: same seed, same machine, same result.",
        ge=0,
        le=2**31 - 1,
    )
    device: str = _advanced(
        "auto",
        "Device",
        "Where to compute. Automatic uses a GPU if it can, else the CPU.",
        pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
        choices={"auto": "Automatic", "cpu": "CPU", "cuda": "GPU (CUDA)", "mps": "GPU (Apple)"},
    )
    precision: Literal["auto", "float32", "bfloat16", "float16"] = _advanced(
        "auto",
        "Precision",
        "Number format of the heavy arithmetic (mixed precision). Automatic times them before the first run here and "
        "uses the fastest that computes correctly.",
        choices={"auto": "Automatic", "float32": "float32", "bfloat16": "bfloat16", "float16": "float16"},
    )
    memory_format: Literal["auto", "contiguous", "channels_last"] = _advanced(
        "auto",
        "Memory format",
        "Order of the numbers in memory, which affects only the speed. Automatic times both before the first run here.",
        choices={"auto": "Automatic", "contiguous": "Channels first", "channels_last": "Channels last"},
    )
    compile: Literal["off", "on"] = _advanced(
        "off",
        "Compile",
        "Compile the model to machine code first (torch.compile). This takes a minute and needs a C++ compiler; it can "
        "pay off in long runs on a GPU.",
        choices={"off": "Off", "on": "torch.compile"},
    )

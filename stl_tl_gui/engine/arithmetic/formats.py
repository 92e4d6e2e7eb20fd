"""Formats to compute in: number format and memory order."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn

from stl_tl_gui.engine.machine.device import half_precisions

GAIN = 1.05
"""What is less than this many times as fast is not worth leaving float32, channels first, for."""


@dataclass(frozen=True)
class Arithmetic:
    """The number format and the memory order in which a model computes."""

    precision: str = "float32"
    """float32, bfloat16 or float16."""
    channels_last: bool = False
    """Memory order of pictures and filters: the channels of a pixel side by side, or one channel after the other."""
    speedup: float | None = None
    """How many times as fast as float32, channels first; None when not timed."""

    def autocast(self, device: torch.device) -> AbstractContextManager[object]:
        """Training in this precision: the weights stay float32, the heavy operations are done in the precision."""
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(device.type, dtype=self.dtype)

    @property
    def dtype(self) -> torch.dtype:
        dtype: torch.dtype = getattr(torch, self.precision)
        return dtype

    @property
    def _memory_format(self) -> torch.memory_format:
        return torch.channels_last if self.channels_last else torch.contiguous_format

    def place(self, module: nn.Module) -> nn.Module:
        """The same module with its filters in this memory order."""
        return module.to(memory_format=self._memory_format)  # type: ignore[call-overload, no-any-return]

    def lay_out(self, images: torch.Tensor) -> torch.Tensor:
        """Pictures or feature maps (n, c, h, w) in this memory order; anything of other shape as it is."""
        return images.contiguous(memory_format=self._memory_format) if images.ndim == 4 else images

    def describe(self) -> str:
        """For display: “bfloat16, channels last, 3.1x faster here”."""
        gain = self.speedup and self.speedup >= GAIN
        faster = [f"{self.speedup:.1f}x faster here"] if gain else []
        return ", ".join([self.precision, *(["channels last"] if self.channels_last else []), *faster])


@dataclass(frozen=True)
class RunArithmetic:
    """The arithmetic of a run: one for training, one for inference."""

    training: Arithmetic = Arithmetic()
    inference: Arithmetic = Arithmetic()
    """For frozen layers, validation, the test and all later predictions."""
    device: str | None = None
    """The type of device it was chosen on; None when unknown."""

    def works_on(self, device: torch.device) -> bool:
        """Whether it is of the same type and has these number formats in hardware."""
        known = {"float32", *half_precisions(device)}
        return self.device in (None, device.type) and {self.training.precision, self.inference.precision} <= known

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for a checkpoint or JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "RunArithmetic":
        """What `to_dict` gave. Raises TypeError, KeyError for anything else."""
        training, inference = Arithmetic(**values["training"]), Arithmetic(**values["inference"])
        return cls(training, inference, values.get("device"))

    @classmethod
    def of_run(cls, facts: dict[str, Any]) -> "RunArithmetic":
        """What a run noted in its facts; early versions of the app noted only a precision."""
        plain = {"precision": facts.get("precision", "float32")}
        return cls.from_dict(facts.get("arithmetic") or {"training": plain, "inference": plain})


def untried(device: torch.device) -> Arithmetic:
    """What works anywhere: float32, in the memory order in which a CPU convolves fastest."""
    return Arithmetic(channels_last=device.type == "cpu")

"""Folding: a model as the function that it is once nothing in it learns any more."""

import copy
import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from stl_tl_gui.engine.arithmetic.formats import Arithmetic
from stl_tl_gui.engine.machine.device import give_back, is_out_of_memory

_PIXELS = 1_800_000
"""Of how many pixels a batch is made, about: larger ones are no faster, need more memory and stop later."""


def inference_batch(input_size: int) -> int:
    """How many pictures to compute together, in evaluation mode: 128 of 96 pixels, 32 of 224."""
    return 1 << max(4, min(7, round(math.log2(_PIXELS / input_size**2))))


def for_inference(
    module: nn.Module, device: torch.device, arithmetic: Arithmetic
) -> Callable[[torch.Tensor], torch.Tensor]:
    """The module as a function in evaluation mode: float32 (n, 3, s, s) or features to float32, both on the device.

    It keeps a copy, with each BatchNorm folded into the convolution before it (Jacob et al. 2018, section 3.2) and
    the weights cast once instead of at each call, and does not follow later changes of the module. Where memory runs
    out, it computes fewer pictures at once.
    """
    fixed = copy.deepcopy(module).eval().requires_grad_(False)
    fixed.zero_grad()  # the copy has the gradients, too
    _fold(fixed)
    fixed = arithmetic.place(fixed.to(device, arithmetic.dtype))

    def compute(images: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            result: torch.Tensor = fixed(arithmetic.lay_out(images.to(device, arithmetic.dtype)))
            return result.float()

    def as_much_as_fits(images: torch.Tensor) -> torch.Tensor:
        try:
            return compute(images)
        except (RuntimeError, MemoryError) as error:
            if len(images) < 2 or not is_out_of_memory(error):
                raise
        give_back(device)  # only now, when the error no longer holds what was computed
        return torch.cat([as_much_as_fits(half) for half in images.chunk(2)])

    return as_much_as_fits


def _fold(module: nn.Module) -> None:
    """Fold BatchNorm into convolutions wherever one is the next child after the other, which here means called next.

    Not in models of timm, of which some call them in another order. What only descends from BatchNorm may do more.
    """
    if type(module).__module__.startswith("timm."):
        return
    children = list(module.named_children())
    for (name, first), (following, second) in pairwise(children):
        if isinstance(first, nn.Conv2d) and type(second) is nn.BatchNorm2d:
            setattr(module, name, fuse_conv_bn_eval(first, second))
            setattr(module, following, nn.Identity())
    for child in module.children():
        _fold(child)

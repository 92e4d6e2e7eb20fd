"""Compiles a model for this computer (torch.compile), where there is a compiler."""

import shutil
import sys

import torch
from torch import nn

from stl_tl_gui.engine.errors import UserError


def spare_the_compiler() -> None:
    """Let PyTorch's optimizers be made without importing its compiler, which takes a second and is not used there.

    Their methods ask the compiler, when first called, how to be left alone by it; here they are told: as they are.
    """
    for method in vars(torch.optim.Optimizer).values():
        plain = getattr(method, "__wrapped__", None)
        if plain is not None and not hasattr(plain, "__dynamo_disable"):
            setattr(plain, "__dynamo_disable", plain)


class NoCompiler(UserError):
    """torch.compile cannot work here."""


def compiled(module: nn.Module, device: torch.device) -> nn.Module:
    """The same computation, compiled at its first call; batches may differ in size. Raises NoCompiler."""
    require_compiler(device)
    result: nn.Module = torch.compile(module, dynamic=True)  # type: ignore[assignment]
    return result


def require_compiler(device: torch.device) -> None:
    """Raises NoCompiler, with what to do, where `compiled` would fail."""
    if getattr(sys, "frozen", False):
        raise NoCompiler("The packaged app cannot compile models. Set “Compile” to off.")
    if device.type == "cuda":
        from torch.utils._triton import has_triton

        if not has_triton():
            raise NoCompiler("Compiling for this graphics card needs Triton. Install it, or set “Compile” to off.")
    elif not any(shutil.which(name) for name in ("c++", "g++", "clang++", "cl")):
        raise NoCompiler("Compiling needs a C++ compiler, and none was found. Set “Compile” to off.")

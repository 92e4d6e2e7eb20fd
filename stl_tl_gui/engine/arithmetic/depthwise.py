"""Depthwise convolutions: their gradients in half precision, on a CPU, by operations that have fast kernels there.

With strides, or kernels above 3 x 3, oneDNN computes some of these gradients by its reference code, up to 30 times
slower than here, which would make half precision useless for EfficientNet and MobileNet. In float32 it is faster.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from stl_tl_gui.engine.arithmetic.formats import Arithmetic

_FAST_KERNEL = 3
"""The largest kernel, in each direction, whose gradient oneDNN computes fast."""


def for_training(module: nn.Module, device: torch.device, arithmetic: Arithmetic) -> nn.Module:
    """The module itself, made ready to learn in this arithmetic on this device. Its weights keep their names."""
    if device.type == "cpu" and arithmetic.precision != "float32":
        _replace_slow(module)
    return arithmetic.place(module.to(device))


def _replace_slow(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.Conv2d) and _is_slow(child):
            setattr(module, name, DepthwiseConv2d(child))
        else:
            _replace_slow(child)


def _is_slow(convolution: nn.Conv2d) -> bool:
    depthwise = 1 < convolution.groups == convolution.in_channels == convolution.out_channels
    large = max(convolution.kernel_size) > _FAST_KERNEL or max(convolution.stride) > 1
    layout = (convolution.padding_mode, convolution.dilation, isinstance(convolution.padding, str))
    plain = layout == ("zeros", (1, 1), False)
    known = type(convolution) is nn.Conv2d or hasattr(convolution, "static_padding")  # timm has some that do more
    return depthwise and large and plain and known


class DepthwiseConv2d(nn.Conv2d):
    """The same depthwise convolution as another one, whose weights it shares: (n, c, h, w) to (n, c, h', w')."""

    def __init__(self, other: nn.Conv2d) -> None:
        channels = other.in_channels
        super().__init__(
            channels,
            channels,
            other.kernel_size,  # type: ignore[arg-type]
            other.stride,  # type: ignore[arg-type]
            other.padding,  # type: ignore[arg-type]
            groups=channels,
            device="meta",
        )
        self.weight, self.bias = other.weight, other.bias
        self.margins = getattr(other, "static_padding", nn.Identity())  # efficientnet_pytorch's, wider on one side
        self.train(other.training)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        images = self.margins(images)
        if not torch.is_grad_enabled() or not torch.is_autocast_enabled(images.device.type):
            return F.conv2d(images, self.weight, self.bias, self.stride, self.padding, groups=self.groups)
        rows, columns = map(int, self.padding)
        if rows or columns:
            images = F.pad(images, [columns, columns, rows, rows])
        dtype = torch.get_autocast_dtype(images.device.type)
        weight, bias = self.weight.to(dtype), None if self.bias is None else self.bias.to(dtype)
        result: torch.Tensor = _Depthwise.apply(images.to(dtype), weight, bias, self.stride)  # type: ignore[no-untyped-call]
        return result


class _Depthwise(torch.autograd.Function):
    """A depthwise convolution without padding."""

    @staticmethod
    def forward(
        ctx: Any, images: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, stride: tuple[int, int]
    ) -> torch.Tensor:
        ctx.save_for_backward(images, weight)
        ctx.stride = stride
        return F.conv2d(images, weight, bias, stride, groups=len(weight))

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        images, weight = ctx.saved_tensors
        of_images, of_weight, of_bias, _ = ctx.needs_input_grad
        return (
            _gradient_of_images(gradient, images, weight, ctx.stride) if of_images else None,
            _gradient_of_weight(gradient, images, weight, ctx.stride) if of_weight else None,
            gradient.sum((0, 2, 3)) if of_bias else None,
            None,
        )


def _gradient_of_images(
    gradient: torch.Tensor, images: torch.Tensor, weight: torch.Tensor, stride: tuple[int, int]
) -> torch.Tensor:
    """With a stride: spread with zeros between, then convolved with the mirrored kernel."""
    if max(stride) == 1:
        return _convolution_backward(gradient, images, weight, stride, of_images=True)
    (rows, columns), (height, width) = weight.shape[2:], images.shape[2:]
    shape = (*images.shape[:2], height + rows - 1, width + columns - 1)
    spread = torch.empty(
        shape, dtype=gradient.dtype, device=gradient.device, memory_format=_memory_format(images)
    ).zero_()
    last = [k - 1 + s * (n - 1) + 1 for k, s, n in zip((rows, columns), stride, gradient.shape[2:], strict=True)]
    spread[:, :, rows - 1 : last[0] : stride[0], columns - 1 : last[1] : stride[1]] = gradient
    return F.conv2d(spread, weight.flip(2, 3), groups=len(weight))


def _gradient_of_weight(
    gradient: torch.Tensor, images: torch.Tensor, weight: torch.Tensor, stride: tuple[int, int]
) -> torch.Tensor:
    """Of a large kernel, in pieces of at most 3 x 3: each is the kernel of a convolution of shifted pictures."""
    rows, columns = weight.shape[2:]
    if max(rows, columns) <= _FAST_KERNEL:
        return _convolution_backward(gradient, images, weight, stride, of_images=False)
    result = torch.empty_like(weight)
    height, width = (s * (n - 1) for s, n in zip(stride, gradient.shape[2:], strict=True))
    for top in range(0, rows, _FAST_KERNEL):
        for left in range(0, columns, _FAST_KERNEL):
            piece = weight[:, :, top : top + _FAST_KERNEL, left : left + _FAST_KERNEL].contiguous()
            seen = images[:, :, top : top + height + piece.shape[2], left : left + width + piece.shape[3]]
            seen = seen.contiguous(memory_format=_memory_format(images))
            found = _convolution_backward(gradient, seen, piece, stride, of_images=False)
            result[:, :, top : top + _FAST_KERNEL, left : left + _FAST_KERNEL] = found
    return result


def _convolution_backward(
    gradient: torch.Tensor, images: torch.Tensor, weight: torch.Tensor, stride: tuple[int, int], of_images: bool
) -> torch.Tensor:
    """PyTorch's own gradient, of the pictures or of the weight."""
    which = [of_images, not of_images, False]
    found = torch.ops.aten.convolution_backward(
        gradient, images, weight, None, stride, (0, 0), (1, 1), False, (0, 0), len(weight), which
    )
    result: torch.Tensor = found[0 if of_images else 1]
    return result


def _memory_format(images: torch.Tensor) -> torch.memory_format:
    last = images.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if last else torch.contiguous_format

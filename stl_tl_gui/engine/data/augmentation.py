"""Augmentation: random changes to whole batches of training pictures, each picture its own."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F


@dataclass(frozen=True)
class Augmentation:
    """How far each random change may go. Zero is off."""

    flip: float = 0.0
    """Probability of mirroring left to right."""
    shift: float = 0.0
    """Largest shift, as a share of the side."""
    zoom: float = 0.0
    """Largest change of size: 0.2 is from 1/1.2 to 1.2 times."""
    rotate: float = 0.0
    """Largest turn, in degrees."""
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    """Largest relative changes."""
    erase: float = 0.0
    """Probability of a gray patch of 2 to 20% of the area (Zhong et al. 2017)."""


AUGMENTATIONS = {
    "none": Augmentation(),
    "mirror": Augmentation(flip=0.5),
    "light": Augmentation(flip=0.5, shift=0.06),
    "medium": Augmentation(flip=0.5, shift=0.08, zoom=0.15, rotate=10, brightness=0.2, contrast=0.2, saturation=0.2),
    "strong": Augmentation(
        flip=0.5, shift=0.12, zoom=0.3, rotate=20, brightness=0.4, contrast=0.4, saturation=0.4, erase=0.5
    ),
}


_GRAY = 118.0
"""Of a patch that is erased."""


def augment(images: torch.Tensor, augmentation: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """Randomly changed copies of pixels (n, 3, h, w) in 0..255, on the same device.

    Where pixels only move to other places, they keep their dtype; else they become float32. Without any change, the
    same tensor is returned. The random numbers come from `generator` (on the CPU), so that every device sees the same.
    """
    if augmentation == Augmentation():
        return images
    images = _move(images, augmentation, generator)  # a copy, which the others change in place
    images = _recolor(images, augmentation, generator)
    return _erase(images, augmentation.erase, generator)


def _uniform(n: int, low: float, high: float, generator: torch.Generator) -> torch.Tensor:
    return torch.rand(n, generator=generator) * (high - low) + low


def _move(images: torch.Tensor, augmentation: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """Mirror, shift, zoom and rotate, all at once; the outside is filled by reflection."""
    n, _, height, width = images.shape
    zoom = 1 + augmentation.zoom
    angle = _uniform(n, -augmentation.rotate, augmentation.rotate, generator) * (math.pi / 180)
    scale = torch.exp(_uniform(n, -math.log(zoom), math.log(zoom), generator))
    mirrored = torch.rand(n, generator=generator) < augmentation.flip
    shift = [_uniform(n, -augmentation.shift, augmentation.shift, generator) for _ in range(2)]
    x, y = (shift[0] * width).round(), (shift[1] * height).round()  # by whole pixels: interpolation would blur
    if augmentation.zoom or augmentation.rotate:
        return _resample(images.float(), angle, scale, mirrored, x, y)
    most = math.ceil(augmentation.shift * max(height, width))
    return _cut(_with_margins(images, most), height, width, mirrored, torch.where(mirrored, -x, x) + most, y + most)


def _with_margins(images: torch.Tensor, size: int) -> torch.Tensor:
    """The pictures with their mirror images around them, `size` pixels wide."""
    if not size:
        return images
    n, channels, height, width = images.shape
    wide = images.new_empty(n, channels, height + 2 * size, width + 2 * size)
    wide[:, :, size:-size, size:-size] = images
    for axis in (3, 2):  # the second time, the corners are there
        inner = wide.narrow(axis, size, images.shape[axis])
        wide.narrow(axis, 0, size).copy_(inner.narrow(axis, 0, size).flip(axis))
        wide.narrow(axis, size + images.shape[axis], size).copy_(
            inner.narrow(axis, images.shape[axis] - size, size).flip(axis)
        )
    return wide


def _cut(
    images: torch.Tensor, height: int, width: int, mirrored: torch.Tensor, left: torch.Tensor, top: torch.Tensor
) -> torch.Tensor:
    """Of each picture, or of its mirror image, the (height, width) pixels at its own place."""
    either = (images, images.flip(3))
    mirror, left, top = mirrored.long(), left.long(), top.long()
    if images.device.type == "cpu":  # many small copies are fastest here, one large one elsewhere
        places = enumerate(zip(mirror.tolist(), top.tolist(), left.tolist(), strict=True))
        return torch.stack([either[m][i, :, y : y + height, x : x + width] for i, (m, y, x) in places])
    windows: torch.Tensor = torch.stack(either).unfold(3, height, 1).unfold(4, width, 1)
    return windows[mirror, torch.arange(len(images)), :, top, left]


def _resample(
    images: torch.Tensor,
    angle: torch.Tensor,
    scale: torch.Tensor,
    mirrored: torch.Tensor,
    x: torch.Tensor,
    y: torch.Tensor,
) -> torch.Tensor:
    """All moves in one interpolation. What `affine_grid` does, at a fraction of its time."""
    n, _, height, width = images.shape
    mirror = torch.where(mirrored, -1.0, 1.0)
    cos, sin = angle.cos() / scale, angle.sin() / scale
    facts = torch.stack([cos * mirror, -sin, x * 2 / width, sin * mirror, cos, y * 2 / height]).to(images.device)
    x_by_x, x_by_y, x_shift, y_by_x, y_by_y, y_shift = facts.view(6, n, 1, 1)
    columns = (torch.arange(width, device=images.device) * 2 + 1) / width - 1
    rows = ((torch.arange(height, device=images.device) * 2 + 1) / height - 1).view(-1, 1)
    grid = torch.empty(n, height, width, 2, device=images.device)
    torch.add(x_by_x * columns, x_by_y * rows + x_shift, out=grid[..., 0])
    torch.add(y_by_x * columns, y_by_y * rows + y_shift, out=grid[..., 1])
    return F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)


def _recolor(images: torch.Tensor, augmentation: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """Saturation (away from each pixel's gray), contrast (away from the picture's mean), brightness: in one sum."""
    strengths = (augmentation.brightness, augmentation.contrast, augmentation.saturation)
    factors = torch.stack([_uniform(len(images), 1 - most, 1 + most, generator) for most in strengths])
    if not any(strengths):
        return images
    brightness, contrast, saturation = factors.view(3, -1, 1, 1, 1).to(images.device)
    gray = images.float().mean(dim=1, keepdim=True)
    middle = gray.mean(dim=(2, 3), keepdim=True)
    rest = gray * (brightness * contrast * (1 - saturation)) + middle * (brightness * (1 - contrast))
    return images.float().mul_(brightness * contrast * saturation).add_(rest).clamp_(0, 255)


def _erase(images: torch.Tensor, probability: float, generator: torch.Generator) -> torch.Tensor:
    if not probability:
        return images
    n, _, height, width = images.shape
    area = _uniform(n, 0.02, 0.2, generator)
    aspect = torch.exp(_uniform(n, math.log(0.4), math.log(2.5), generator))
    half_height, half_width = (area * aspect).sqrt() / 2, (area / aspect).sqrt() / 2
    y, x = (torch.rand(2, n, generator=generator)).unbind()
    chosen = torch.rand(n, generator=generator) < probability
    rows = (torch.linspace(0, 1, height) - y[:, None]).abs() < half_height[:, None]
    columns = (torch.linspace(0, 1, width) - x[:, None]).abs() < half_width[:, None]
    rows, columns = (rows & chosen[:, None]).float().to(images.device), columns.float().to(images.device)
    kept = 1 - rows[:, None, :, None] * columns[:, None, None, :]
    return images.float().sub_(_GRAY).mul_(kept).add_(_GRAY)  # several times faster than torch.where

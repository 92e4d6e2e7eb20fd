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
    """Probability of a grey patch of 2 to 20% of the area (Zhong et al. 2017)."""


AUGMENTATIONS = {
    "none": Augmentation(),
    "light": Augmentation(flip=0.5, shift=0.06),
    "medium": Augmentation(flip=0.5, shift=0.08, zoom=0.15, rotate=10, brightness=0.2, contrast=0.2, saturation=0.2),
    "strong": Augmentation(
        flip=0.5, shift=0.12, zoom=0.3, rotate=20, brightness=0.4, contrast=0.4, saturation=0.4, erase=0.5
    ),
}


def augment(images: torch.Tensor, augmentation: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """Randomly changed copies of pixels (n, 3, h, w) in 0..255, float32 on the same device.

    The random numbers come from `generator` (on the CPU), so that every device sees the same ones.
    """
    images = images.float()
    if augmentation == Augmentation():
        return images
    images = _move(images, augmentation, generator)
    images = _recolour(images, augmentation, generator)
    return _erase(images, augmentation.erase, generator)


def _uniform(n: int, low: float, high: float, generator: torch.Generator) -> torch.Tensor:
    return torch.rand(n, generator=generator) * (high - low) + low


def _move(images: torch.Tensor, augmentation: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """Mirror, shift, zoom and rotate in one interpolation; the outside is filled by reflection."""
    n = len(images)
    zoom = 1 + augmentation.zoom
    angle = _uniform(n, -augmentation.rotate, augmentation.rotate, generator) * (math.pi / 180)
    scale = torch.exp(_uniform(n, -math.log(zoom), math.log(zoom), generator))
    mirror = torch.where(torch.rand(n, generator=generator) < augmentation.flip, -1.0, 1.0)
    sides = torch.tensor([[images.shape[3]], [images.shape[2]]])
    shift = torch.stack([_uniform(n, -augmentation.shift, augmentation.shift, generator) for _ in range(2)])
    shift = (shift * sides).round() * 2 / sides  # by whole pixels: interpolation would blur
    cos, sin = angle.cos() / scale, angle.sin() / scale
    rows = [torch.stack([cos * mirror, -sin, shift[0]], 1), torch.stack([sin * mirror, cos, shift[1]], 1)]
    theta = torch.stack(rows, 1).to(images.device)
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)


def _recolour(images: torch.Tensor, augmentation: Augmentation, generator: torch.Generator) -> torch.Tensor:
    def factor(strength: float) -> torch.Tensor:
        return _uniform(len(images), 1 - strength, 1 + strength, generator).view(-1, 1, 1, 1).to(images.device)

    brightness, contrast, saturation = (
        factor(augmentation.brightness),
        factor(augmentation.contrast),
        factor(augmentation.saturation),
    )
    if not (augmentation.brightness or augmentation.contrast or augmentation.saturation):
        return images
    grey = images.mean(dim=1, keepdim=True)
    images = torch.lerp(grey.expand_as(images), images, saturation)
    middle = grey.mean(dim=(2, 3), keepdim=True)
    return (torch.lerp(middle.expand_as(images), images, contrast) * brightness).clamp(0, 255)


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
    patch = (rows[:, None, :, None] & columns[:, None, None, :] & chosen.view(-1, 1, 1, 1)).to(images.device)
    return torch.where(patch, torch.full_like(images, 118.0), images)

"""Augmentation: random changes to batches of training pictures, different for each picture."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from stl_tl_gui.engine.settings.groups.augmentation import ITEMS, LEVELS, AugmentationSettings, with_items


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
    flip_vertical: float = 0.0
    """Probability of turning upside down, as in a mirror."""
    quarter_turns: float = 0.0
    """Probability of a turn by 0, 90, 180, or 270 degrees, all equally likely."""
    crop: float = 0.0
    """Largest share of the side that is cut off."""
    blur: float = 0.0
    """Largest standard deviation of a Gaussian blur, in pixels."""
    noise: float = 0.0
    """Largest standard deviation of Gaussian noise, in [0, 1]."""

    def orientations(self) -> "Augmentation":
        """Only what moves no pixel out of the picture and blends none."""
        return Augmentation(flip=self.flip, flip_vertical=self.flip_vertical, quarter_turns=self.quarter_turns)


def augmentation_of(settings: AugmentationSettings) -> Augmentation:
    """From the settings of a run."""
    return _of_items(with_items(settings.model_dump(include={"augmentation", *ITEMS})))


def _of_items(items: Mapping[str, float]) -> Augmentation:
    color = items["color"]
    return Augmentation(
        flip=items["mirror"],
        shift=items["shift"],
        zoom=items["zoom"],
        rotate=items["rotate"],
        brightness=color,
        contrast=color,
        saturation=color,
        erase=items["erase"],
        flip_vertical=items["mirror_vertical"],
        quarter_turns=items["quarter_turns"],
        crop=items["crop"],
        blur=items["blur"],
        noise=items["noise"],
    )


AUGMENTATIONS = {name: _of_items(level) for name, level in LEVELS.items()}


_GRAY = 118.0
"""Of a patch that is erased."""


def augment(images: torch.Tensor, augmentation: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """Randomly changed copies of pixels (n, 3, h, w) in 0..255, on the same device.

    Where pixels only move to other places, they keep their dtype; else they become float32. Without any change, the
    same tensor is returned. The random numbers come from `generator` (on the CPU), so that every device sees the same.
    """
    if augmentation == Augmentation():
        return images
    images = _orient(images, augmentation, generator)
    images = _move(images, augmentation, generator)  # a copy, which the others change in place
    images = _recolor(images, augmentation, generator)
    images = _blur(images, augmentation.blur, generator)
    images = _add_noise(images, augmentation.noise, generator)
    return _erase(images, augmentation.erase, generator)


def _uniform(n: int, low: float, high: float, generator: torch.Generator) -> torch.Tensor:
    return torch.rand(n, generator=generator) * (high - low) + low


def _orient(images: torch.Tensor, augmentation: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """Upside down, and by quarter turns."""
    if not (augmentation.flip_vertical or augmentation.quarter_turns):
        return images
    n = len(images)
    upside_down = torch.rand(n, generator=generator) < augmentation.flip_vertical
    quarters = torch.randint(4, (n,), generator=generator)
    quarters[torch.rand(n, generator=generator) >= augmentation.quarter_turns] = 0
    if images.device.type == "cpu":  # many small copies are fastest here, few large ones elsewhere
        each = zip(images, quarters.tolist(), upside_down.tolist(), strict=True)
        turns = ((image.rot90(number, (1, 2)) if number else image, flips) for image, number, flips in each)
        return torch.stack([image.flip(1) if flips else image for image, flips in turns])
    turned = images.clone()
    for number in (1, 2, 3):
        rows = torch.nonzero(quarters == number).flatten().to(images.device)
        turned[rows] = images[rows].rot90(number, (2, 3))
    rows = torch.nonzero(upside_down).flatten().to(images.device)
    turned[rows] = turned[rows].flip(2)
    return turned


def _move(images: torch.Tensor, augmentation: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """Mirror, shift, zoom, rotate, and crop, all at once; the outside is filled by reflection."""
    n, _, height, width = images.shape
    zoom = 1 + augmentation.zoom
    angle = _uniform(n, -augmentation.rotate, augmentation.rotate, generator) * (math.pi / 180)
    scale = torch.exp(_uniform(n, -math.log(zoom), math.log(zoom), generator))
    mirrored = torch.rand(n, generator=generator) < augmentation.flip
    shift = [_uniform(n, -augmentation.shift, augmentation.shift, generator) for _ in range(2)]
    x, y = (shift[0] * width).round(), (shift[1] * height).round()  # by whole pixels: interpolation would blur
    if augmentation.crop:
        kept = 1 - _uniform(n, 0, augmentation.crop, generator)
        scale = scale / kept
        aside = [_uniform(n, -1, 1, generator) * (1 - kept) / 2 for _ in range(2)]
        x, y = x + aside[0] * width, y + aside[1] * height
    if augmentation.zoom or augmentation.rotate or augmentation.crop:
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


def _blur(images: torch.Tensor, most: float, generator: torch.Generator) -> torch.Tensor:
    """Each picture by a Gaussian of its own, along the rows and then the columns; beyond its edge it is mirrored."""
    if not most:
        return images
    n, channels, height, width = images.shape
    reach = min(math.ceil(3 * most), height - 1, width - 1)
    deviation = _uniform(n, 0, most, generator).clamp_(min=1e-3)
    weights = torch.exp(-((torch.arange(-reach, reach + 1) / deviation[:, None]) ** 2) / 2)
    weights = (weights / weights.sum(1, keepdim=True)).repeat_interleave(channels, 0).to(images.device)
    pixels = images.float().reshape(1, n * channels, height, width)
    for kernel, margins in (
        (weights[:, None, None], (reach, reach, 0, 0)),
        (weights[:, None, :, None], (0, 0, reach, reach)),
    ):
        pixels = F.conv2d(F.pad(pixels, margins, mode="reflect"), kernel, groups=n * channels)
    return pixels.view(n, channels, height, width)


def _add_noise(images: torch.Tensor, most: float, generator: torch.Generator) -> torch.Tensor:
    """Gaussian noise, each picture's of its own strength."""
    if not most:
        return images
    deviation = _uniform(len(images), 0, 255 * most, generator).view(-1, 1, 1, 1)
    noise = torch.randn(images.shape, generator=generator).mul_(deviation).to(images.device)
    return noise.add_(images).clamp_(0, 255)


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

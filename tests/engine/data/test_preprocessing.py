import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from stl_tl_gui.engine.data.augmentation import AUGMENTATIONS, Augmentation, augment
from stl_tl_gui.engine.data.preprocessing import Preprocessing

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def preprocessing(resize: str = "stretch", size: int = 40) -> Preprocessing:
    return Preprocessing(size, resize, MEAN, STD)  # type: ignore[arg-type]


@given(st.sampled_from(["stretch", "pad", "crop"]), st.integers(1, 90), st.integers(1, 90))
def test_that_any_shape_becomes_the_same_square(resize: str, width: int, height: int) -> None:
    pixels = preprocessing(resize).pixels(Image.new("RGB", (width, height), (9, 8, 7)))
    assert pixels.shape == (3, 40, 40)
    assert pixels.dtype == np.uint8


def test_that_stretch_and_pad_keep_the_whole_picture_and_crop_its_middle() -> None:
    wide = np.zeros((40, 120, 3), np.uint8)
    wide[:, :20], wide[:, 100:] = (255, 0, 0), (0, 0, 255)
    image = Image.fromarray(wide)
    for resize in ("stretch", "pad"):
        pixels = preprocessing(resize).pixels(image)
        assert (pixels[0] > 200).any(), resize
        assert (pixels[2] > 200).any(), resize
    assert preprocessing("crop").pixels(image).max() == 0


def test_that_padding_is_nothing_to_the_model() -> None:
    pixels = preprocessing("pad").pixels(Image.new("RGB", (40, 10), (255, 255, 255)))
    normal = preprocessing().normalize(torch.from_numpy(pixels.copy())[None])
    assert normal[0, :, 0].abs().max() < 0.02


def test_that_normalisation_is_torchvisions() -> None:
    pixels = torch.randint(0, 256, (2, 3, 8, 8), dtype=torch.uint8)
    expected = (pixels / 255 - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
    assert torch.allclose(preprocessing().normalize(pixels), expected, atol=1e-6)


def test_that_preprocessing_survives_a_checkpoint() -> None:
    assert Preprocessing.from_dict(preprocessing("pad").to_dict()) == preprocessing("pad")


def pictures(n: int = 16) -> torch.Tensor:
    return torch.randint(0, 256, (n, 3, 24, 24), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)


@pytest.mark.parametrize("level", AUGMENTATIONS)
def test_that_augmented_pixels_stay_pixels_and_repeat_with_their_seed(level: str) -> None:
    def once(seed: int) -> torch.Tensor:
        return augment(pictures(), AUGMENTATIONS[level], torch.Generator().manual_seed(seed))

    changed = once(1)
    assert changed.shape == (16, 3, 24, 24)
    assert changed.min() >= -1e-3
    assert changed.max() <= 255.001
    assert torch.equal(changed, once(1))
    assert torch.equal(changed, once(2)) == (level == "none")


def test_that_each_picture_of_a_batch_is_changed_in_its_own_way() -> None:
    same = pictures(1).expand(16, -1, -1, -1)
    changed = augment(same, AUGMENTATIONS["strong"], torch.Generator().manual_seed(0))
    assert len(torch.unique(changed.flatten(1), dim=0)) == 16


def test_that_a_flip_alone_mirrors_exactly() -> None:
    original = pictures().float()
    changed = augment(original, Augmentation(flip=1.0), torch.Generator())
    assert torch.allclose(changed, original.flip(3), atol=1e-2)


def test_that_rotation_leaves_no_black_corners() -> None:
    white = torch.full((32, 3, 24, 24), 200, dtype=torch.uint8)
    turned = augment(white, Augmentation(rotate=45, shift=0.2), torch.Generator())
    assert turned.min() > 199


def test_that_a_shift_moves_whole_pixels_without_blur() -> None:
    original = pictures().float()
    changed = augment(original, Augmentation(shift=0.2), torch.Generator())
    for before, after in zip(original, changed, strict=True):
        middle = after[:, 11:13, 11:13]
        windows = before.unfold(1, 2, 1).unfold(2, 2, 1)
        distance = (windows - middle[:, None, None]).abs().amax(dim=(0, 3, 4))
        assert distance.min() < 0.05


def moved_one_by_one(images: torch.Tensor, flip: float, shift: float, generator: torch.Generator) -> torch.Tensor:
    """Mirroring and shifting as they are meant, pixel by pixel; the random numbers in the order of `augment`."""
    n, _, height, width = images.shape
    torch.rand(2, n, generator=generator)  # turn and zoom
    mirrored = torch.rand(n, generator=generator) < flip
    x, y = (((torch.rand(n, generator=generator) * 2 - 1) * shift * side).round().long() for side in (width, height))

    def reflected(position: torch.Tensor, side: int) -> torch.Tensor:
        position = position % (2 * side)
        return torch.where(position < side, position, 2 * side - 1 - position)

    result = torch.empty_like(images)
    for index in range(n):
        columns = torch.arange(width).flip(0) if mirrored[index] else torch.arange(width)
        rows = reflected(torch.arange(height) + y[index], height)
        result[index] = images[index][:, rows][:, :, reflected(columns + x[index], width)]
    return result


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize(("flip", "shift"), [(0.5, 0.0), (0.0, 0.3), (0.5, 0.06), (1.0, 0.5)])
def test_that_mirroring_and_shifting_are_exact(flip: float, shift: float, device: str) -> None:
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA here")
    original = torch.randint(0, 256, (40, 3, 24, 30), dtype=torch.uint8)
    changed = augment(original.to(device), Augmentation(flip, shift), torch.Generator().manual_seed(1))
    assert changed.dtype == torch.uint8
    assert torch.equal(changed.cpu(), moved_one_by_one(original, flip, shift, torch.Generator().manual_seed(1)))


def test_that_half_of_the_pictures_are_mirrored() -> None:
    original = pictures(400)
    changed = augment(original, AUGMENTATIONS["mirror"], torch.Generator().manual_seed(0))
    same = (changed == original).flatten(1).all(1)
    assert 160 < int(same.sum()) < 240
    assert torch.equal(changed[~same], original[~same].flip(3))


@pytest.mark.parametrize("level", AUGMENTATIONS)
def test_that_the_pictures_that_are_augmented_stay_as_they_were(level: str) -> None:
    for original in (pictures(), pictures().float()):
        changed = augment(original, AUGMENTATIONS[level], torch.Generator().manual_seed(0))
        preprocessing().normalize(changed)
        assert torch.equal(original, pictures().to(original.dtype))


def test_that_a_turned_picture_lies_where_affine_grid_puts_it() -> None:
    original = pictures(8)
    changed = augment(original, Augmentation(rotate=30, zoom=0.3), torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(0)
    angle = (torch.rand(8, generator=generator) * 2 - 1) * math.radians(30)
    scale = torch.exp((torch.rand(8, generator=generator) * 2 - 1) * math.log(1.3))
    cos, sin, zero = angle.cos() / scale, angle.sin() / scale, torch.zeros(8)
    theta = torch.stack([torch.stack([cos, -sin, zero], 1), torch.stack([sin, cos, zero], 1)], 1)
    grid = torch.nn.functional.affine_grid(theta, [8, 3, 24, 24], align_corners=False)
    expected = torch.nn.functional.grid_sample(original.float(), grid, padding_mode="reflection", align_corners=False)
    assert torch.allclose(changed, expected, atol=0.05)


def test_that_colours_change_as_brightness_contrast_and_saturation_say() -> None:
    original = pictures(8) // 4 + 96
    changed = augment(original, Augmentation(brightness=0.2, contrast=0.2, saturation=0.4), torch.Generator())
    generator = torch.Generator()
    torch.rand(5, 8, generator=generator)  # what moves
    brightness, contrast, saturation = (
        (1 - most + 2 * most * torch.rand(8, generator=generator)).view(8, 1, 1, 1) for most in (0.2, 0.2, 0.4)
    )
    pixels = original.float()
    grey = pixels.mean(1, keepdim=True)
    pixels = grey + saturation * (pixels - grey)
    middle = pixels.mean((1, 2, 3), keepdim=True)
    pixels = (middle + contrast * (pixels - middle)) * brightness
    assert torch.allclose(changed, pixels.clamp(0, 255), atol=1e-2)

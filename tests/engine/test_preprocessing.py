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

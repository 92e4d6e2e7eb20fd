"""The items of the augmentation, and the levels as they always were."""

import hashlib

import pytest
import torch

from stl_tl_gui.engine.data.augmentation import AUGMENTATIONS, Augmentation, augment, augmentation_of
from stl_tl_gui.engine.settings.groups.augmentation import ITEMS
from stl_tl_gui.engine.settings.settings import make_settings


def pictures(n: int = 6, side: int = 24) -> torch.Tensor:
    numbers = torch.arange(n * 3 * side * side)
    return ((numbers * 7919 + (numbers // 97) * 31) % 256).to(torch.uint8).view(n, 3, side, side)


def changed(augmentation: Augmentation, n: int = 6, side: int = 24, seed: int = 5) -> torch.Tensor:
    return augment(pictures(n, side), augmentation, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("level", "small", "large"),
    [
        ("none", "be9294534cc2a377", "a5f548ade2a20fc0"),
        ("mirror", "1bbc4074a08affdf", "938ad6ae9f3be71e"),
        ("light", "16ad852401964312", "2acb4b57eaf3df8b"),
    ],
)
def test_that_levels_that_move_pixels_give_the_same_pictures_as_ever(level, small, large):
    settings = make_settings({"augmentation": level})
    for expected, values in ((small, (6, 24, 5)), (large, (64, 96, 9))):
        out = changed(augmentation_of(settings), *values)
        assert hashlib.sha256(out.numpy().tobytes()).hexdigest()[:16] == expected


@pytest.mark.parametrize(
    ("level", "means", "pixels"),
    [
        ("medium", [110.703, 115.384, 103.955, 126.577, 142.059, 140.398], [98.14, 115.096, 188.387, 255, 52.381]),
        ("strong", [96.516, 103.466, 80.773, 126.078, 154.117, 152.149], [72.578, 107.813, 99.002, 255, 146.024]),
    ],
)
def test_that_levels_that_interpolate_give_the_same_pictures_as_ever(level, means, pixels):
    out = changed(augmentation_of(make_settings({"augmentation": level})))
    assert out.mean(dim=(1, 2, 3)).tolist() == pytest.approx(means, abs=2e-3)
    assert out.flatten()[::2003].tolist()[:5] == pytest.approx(pixels, abs=2e-3)


def test_that_a_microscope_gives_all_eight_orientations_and_nothing_else():
    level = augmentation_of(make_settings({"augmentation": "microscope", "shift": 0.0}))
    original = pictures(1).repeat(400, 1, 1, 1)
    out = augment(original, level, torch.Generator().manual_seed(0))
    eight = [turned.rot90(n, (1, 2)) for turned in (original[0], original[0].flip(2)) for n in range(4)]
    counts = [sum(torch.equal(each, wanted) for each in out) for wanted in eight]
    assert sum(counts) == 400
    assert min(counts) > 25


@pytest.mark.parametrize("item", ITEMS)
def test_that_each_item_alone_changes_pictures_repeatably_and_within_limits(item):
    alone = augmentation_of(make_settings({"augmentation": "none", item: 0.5}))
    first, again, other = (changed(alone, 32, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.equal(first.float(), pictures(32).float())
    assert first.shape == pictures(32).shape
    assert 0 <= first.min() <= first.max() <= 255


def test_that_blur_smooths_and_keeps_the_brightness():
    out = changed(Augmentation(blur=3.0))
    assert out.std() < pictures().float().std()
    assert out.mean().item() == pytest.approx(pictures().float().mean().item(), abs=3)


def test_that_a_crop_shows_a_part_of_the_picture_only():
    column = torch.arange(32).mul(8).to(torch.uint8).expand(50, 3, 32, 32)
    out = augment(column, Augmentation(crop=0.5), torch.Generator().manual_seed(0))
    spans = out[:, 0, 0, -1] - out[:, 0, 0, 0]
    assert 0.4 * 248 < spans.min() < 0.6 * 248
    assert spans.max() <= 248
    assert (out[..., 1:] >= out[..., :-1]).all()  # never beyond the edge, where it would go back


def test_that_the_levels_are_known_by_name():
    assert AUGMENTATIONS["strong"] == Augmentation(
        flip=0.5, shift=0.12, zoom=0.3, rotate=20, brightness=0.4, contrast=0.4, saturation=0.4, erase=0.5
    )

"""Groups of pictures that look alike."""

import numpy as np
import pytest
import torch
from PIL import Image

from stl_tl_gui.engine.data import open_dataset
from stl_tl_gui.engine.events import result_of
from stl_tl_gui.engine.training.likeness_groups import groups_of
from stl_tl_gui.engine.training.picture_features import picture_features


def kinds(n: int, k: int, spread: float = 0.1) -> torch.Tensor:
    """Features (n, 32) of k kinds, in turn."""
    random = torch.Generator().manual_seed(1)
    centers = torch.nn.functional.normalize(torch.randn(k, 32, generator=random), dim=1)
    noise = spread * torch.randn(n, 32, generator=random) / 32**0.5
    return torch.nn.functional.normalize(centers[torch.arange(n) % k] + noise, dim=1)


def test_that_each_picture_is_in_one_group_and_groups_are_of_one_kind() -> None:
    features = kinds(120, 8)
    groups = groups_of(features)
    assert sorted(np.concatenate(groups).tolist()) == list(range(120))
    assert all(len(set((group % 8).tolist())) == 1 for group in groups)


def test_that_the_same_pictures_give_the_same_groups() -> None:
    features = kinds(90, 5, spread=2.0)
    first, second = groups_of(features), groups_of(features)
    assert [group.tolist() for group in first] == [group.tolist() for group in second]


def test_that_the_typical_picture_of_a_group_comes_first() -> None:
    features = kinds(15, 1, spread=0.5)
    features[7] = torch.nn.functional.normalize(features.mean(0), dim=0)
    assert groups_of(features)[0][0] == 7


@pytest.mark.parametrize("n", [0, 1, 2, 16])
def test_that_few_or_equal_pictures_are_no_trouble(n: int) -> None:
    groups = groups_of(torch.ones(n, 8) / 8**0.5)
    assert sum(map(len, groups)) == n


def test_that_features_of_real_pictures_tell_kinds_apart_and_are_kept(tmp_path) -> None:
    random = np.random.default_rng(0)
    for number in range(24):
        base = np.zeros((40, 40, 3)) if number % 2 else np.full((40, 40, 3), 200.0)
        base[::4] = (250, 40, 40) if number % 2 else (20, 90, 20)
        Image.fromarray((base + random.normal(0, 8, base.shape)).clip(0, 255).astype("u1")).save(
            tmp_path / f"{number:02}.png"
        )
    images = result_of(open_dataset(str(tmp_path))).splits["unlabeled"]
    features = result_of(picture_features(images, lambda: False, size=64))
    assert features.shape == (24, 1280)
    assert torch.allclose(features.norm(dim=1), torch.ones(24), atol=1e-4)
    assert all(len(set((group % 2).tolist())) == 1 for group in groups_of(features, usual=8))
    assert torch.equal(features, result_of(picture_features(images, lambda: False, size=64)))

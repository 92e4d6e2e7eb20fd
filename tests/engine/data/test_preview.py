"""The preview shows what training gets: same resizing, same changes, and no picture that cannot be read."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from stl_tl_gui.engine.data.dataset import Dataset, ImageSet
from stl_tl_gui.engine.data.decoding import UnreadableImage
from stl_tl_gui.engine.data.preprocessing import preprocessing_for
from stl_tl_gui.engine.data.preview import preview
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings


class Stripes(ImageSet):
    """Pictures of 80 x 40 pixels, each with a brightness of its own; some cannot be read."""

    def __init__(self, targets, broken=()):
        super().__init__([f"{number}.png" for number in range(len(targets))], np.array(targets, np.int64))
        self.broken = broken

    def read(self, index, at_least=None):
        if index in self.broken:
            raise UnreadableImage("x", "is damaged")
        pixels = np.full((40, 80, 3), 10 * index, np.uint8)
        pixels[:, :40] = 255
        return Image.fromarray(pixels)

    def path(self, index):
        return None

    def subset(self, indices):
        raise NotImplementedError


def dataset(images: ImageSet) -> Dataset:
    return Dataset("x", "folder", "/x", ("ant", "bee", "cat"), {"train": images, "val": images}, "f")


def never() -> bool:
    return False


@pytest.fixture
def settings() -> TrainSettings:
    return make_settings({"input_size": 32, "augmentation": "none"})


def test_that_each_class_is_shown_before_one_comes_again(settings):
    pictures = preview(dataset(Stripes([0] * 20 + [1] * 2 + [2])), settings, 3, 7, never)
    assert {picture.class_name for picture in pictures} == {"ant", "bee", "cat"}


def test_that_the_picture_is_what_preprocessing_makes_of_it(settings):
    for resize in ("stretch", "pad", "crop"):
        asked = settings.model_copy(update={"resize": resize})
        images = Stripes([0, 1])
        for picture in preview(dataset(images), asked, 2, 0, never):
            source = images.read(images.ids.index(picture.id))
            np.testing.assert_array_equal(picture.before, np.asarray(preprocessing_for(asked).square(source)))
            np.testing.assert_array_equal(picture.before, picture.after)


def test_that_another_draw_changes_the_pictures_and_the_same_one_does_not(settings):
    strong = settings.model_copy(update={"augmentation": "strong"})
    first, again, other = (preview(dataset(Stripes([0] * 4)), strong, 4, draw, never) for draw in (1, 1, 2))
    assert all((a.after == b.after).all() for a, b in zip(first, again, strict=True))
    assert any((a.after != b.after).any() for a, b in zip(first, other, strict=True))
    assert any((a.after != a.before).any() for a in first)


def test_that_what_cannot_be_read_is_passed_over(settings):
    pictures = preview(dataset(Stripes([0, 0, 1, 1], broken={0, 3})), settings, 4, 0, never)
    assert {picture.id for picture in pictures} == {"1.png", "2.png"}
    nothing = replace(dataset(Stripes([0], broken={0})))
    assert preview(nothing, settings, 4, 0, never) == []


def test_that_stopping_returns_what_is_ready(settings):
    assert preview(dataset(Stripes([0, 1])), settings, 2, 0, lambda: True) == []

"""More channels than a screen has: which three are seen, whatever a TIFF file looks like inside."""

import numpy as np
import pytest
from PIL import Image
from tiff_files import write_tiff

from stl_tl_gui.engine.data.decoding import Part, UnreadableImage, decode, decode_with_origin

KINDS = [
    {},
    {"planar": 2},
    {"deflated": True},
    {"deflated": True, "differences": True},
    {"deflated": True, "differences": True, "planar": 2},
    {"tile": 16},
    {"tile": 16, "deflated": True, "differences": True},
    {"tile": 16, "planar": 2},
    {"order": ">"},
    {"order": ">", "deflated": True},
]


def five_channels(kind: str) -> np.ndarray:
    numbers = np.random.default_rng(0).integers(0, 256 if kind == "u1" else 4096, (40, 50, 5))
    return (numbers / 4096 if kind == "f4" else numbers).astype(kind)


@pytest.mark.parametrize("options", KINDS, ids=str)
@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
def test_that_three_of_five_channels_are_seen(tmp_path, kind, options):
    if kind == "f4" and options.get("differences"):
        pytest.skip("not a kind of file that exists")
    pixels = five_channels(kind)
    path = write_tiff(tmp_path / "cells.tif", pixels, **options)
    white = {"u1": 255, "u2": 4095, "f4": 1}[kind]
    for channels in ((), (1, 2, 3), (5, 2, 4)):
        wanted = pixels[..., [number - 1 for number in channels or (1, 2, 3)]].astype(float) * 255 / white
        assert np.abs(np.asarray(decode(path, part=Part(channels=channels))) - wanted).max() <= 1
    origin = decode_with_origin(path)[1]
    assert (origin.width, origin.height, origin.channels, origin.pages) == (50, 40, 5, 1)


def test_that_a_channel_that_is_not_there_is_named(tmp_path):
    path = write_tiff(tmp_path / "cells.tif", five_channels("u1"))
    with pytest.raises(UnreadableImage, match="has 5 channels, so there is no channel 6"):
        decode(path, part=Part(channels=(1, 2, 6)))


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp"])
def test_that_a_fourth_channel_can_be_a_channel_like_others(tmp_path, name):
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[..., :] = (10, 20, 30, 200)
    Image.fromarray(pixels, "RGBA").save(
        tmp_path / name, **({"lossless": True, "exact": True} if "webp" in name else {})
    )
    assert decode(tmp_path / name, part=Part(channels=(4, 2, 1))).getpixel((0, 0)) == (200, 20, 10)
    assert decode(tmp_path / name, part=Part(channels=(1, 2, 3))).getpixel((0, 0)) == (10, 20, 30)
    assert decode(tmp_path / name).getpixel((0, 0)) != (10, 20, 30)  # over white


def test_that_pictures_of_three_channels_ignore_the_choice(tmp_path):
    Image.new("RGB", (8, 8), (10, 20, 30)).save(tmp_path / "a.png")
    assert decode(tmp_path / "a.png", part=Part(channels=(4, 2, 1))).getpixel((0, 0)) == (10, 20, 30)

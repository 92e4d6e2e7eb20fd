import io
import os
import pickle
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps, PngImagePlugin, features

from stl_tl_gui.engine.data.decoding import (
    FOREIGN_SUFFIXES,
    FORMATS,
    IMAGE_SUFFIXES,
    UnreadableImage,
    _rgb,
    decode,
    decode_with_origin,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # odd metadata; decoding.py says the same

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def encoded(image: Image.Image, format: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def corners(width: int = 64, height: int = 48) -> Image.Image:
    """A picture whose corners tell how it is turned: red, green above; blue, white below."""
    image = Image.new("RGB", (width, height))
    for box, color in (((0, 0), RED), ((1, 0), GREEN), ((0, 1), BLUE), ((1, 1), WHITE)):
        image.paste(color, (box[0] * width // 2, box[1] * height // 2, (box[0] + 1) * width // 2, height))
    return image


def reason(source: Path | bytes) -> str:
    with pytest.raises(UnreadableImage) as caught:
        decode(source)
    return caught.value.reason


def grey(values) -> list[int]:
    return [pixel[0] for pixel in np.asarray(values).reshape(-1, 3).tolist()]


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_that_pictures_come_upright_whatever_their_exif_orientation(orientation, format):
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(corners(), format, exif=exif)
    with Image.open(io.BytesIO(content)) as image:
        expected = ImageOps.exif_transpose(image.convert("RGB") if format != "TIFF" else image)
        assert np.array_equal(np.asarray(decode(content)), np.asarray(expected.convert("RGB")))


def test_that_a_phone_photo_held_upright_is_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    image = decode(encoded(corners(), "PNG", exif=exif))
    assert image.size == (48, 64)
    assert [image.getpixel(xy) for xy in ((0, 0), (47, 0), (0, 63), (47, 63))] == [BLUE, RED, WHITE, GREEN]


def test_that_damaged_exif_does_not_make_a_picture_unreadable():
    content = encoded(corners(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f")
    assert decode(content).size == (64, 48)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_that_transparent_parts_are_white(mode, format):
    image = Image.new("RGBA", (2, 1), (0, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 0))
    assert grey(decode(encoded(image.convert(mode), format))) == [0, 255]


def test_that_a_palette_with_an_alpha_channel_is_over_white():
    image = Image.new("P", (2, 1)).convert("PA")
    image.putalpha(Image.frombytes("L", (2, 1), b"\xff\0"))
    assert grey(_rgb(image)) == [0, 255]  # no file of this mode can be written here


def test_that_half_transparent_parts_are_mixed_with_white():
    assert grey(decode(encoded(Image.new("RGBA", (1, 1), (0, 0, 0, 128))))) == [127]


def test_that_a_palette_with_a_transparent_colour_is_over_white():
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 0, 0])
    image.putpixel((1, 0), 1)
    for options in ({"transparency": 1}, {"transparency": b"\xff\x00"}):
        picture = decode(encoded(image, "PNG", **options))
        assert [picture.getpixel((0, 0)), picture.getpixel((1, 0))] == [(10, 20, 30), WHITE]
    assert decode(encoded(image, "GIF", transparency=1)).getpixel((1, 0)) == WHITE


def test_that_a_transparent_colour_of_rgb_and_grey_is_over_white():
    assert decode(encoded(Image.new("RGB", (1, 1), RED), transparency=RED)).getpixel((0, 0)) == WHITE
    assert decode(encoded(Image.new("L", (1, 1), 9), transparency=9)).getpixel((0, 0)) == WHITE


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "YCbCr", "HSV", "LAB", "CMYK"])
def test_that_every_colour_mode_becomes_rgb(mode):
    color = (200, 200, 200)
    image = Image.new("RGB", (8, 8), color if mode != "1" else WHITE)
    image = (
        Image.new("LAB", (8, 8), (205, 128, 128))
        if mode == "LAB"
        else image.quantize()
        if mode == "P"
        else image.convert(mode)
    )
    picture = _rgb(image)
    assert picture.mode == "RGB"
    expected = 255 if mode == "1" else 200
    assert np.abs(np.asarray(picture).astype(int) - expected).max() <= 3


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_deflate", "jpeg"])
def test_that_tiffs_of_every_compression_open(compression):
    picture = decode(encoded(Image.new("RGB", (16, 16), (200, 100, 50)), "TIFF", compression=compression))
    assert np.abs(np.asarray(picture).astype(int) - (200, 100, 50)).max() <= 3


def test_that_cmyk_jpegs_have_their_colours_with_and_without_adobes_inversion():
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    content = encoded(image, "JPEG")
    assert b"Adobe" in content
    assert np.abs(np.asarray(decode(content)).astype(int) - RED).max() <= 3
    marker = content.index(b"\xff\xee")
    plain = content[:marker] + content[marker + 2 + struct.unpack(">H", content[marker + 2 : marker + 4])[0] :]
    inverted = decode(plain)  # without the marker, stored values are amounts of ink: these are all but red's opposite
    assert np.abs(np.asarray(inverted).astype(int) - (0, 0, 0)).max() <= 3


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 32768, 65535], [0, 128, 255]),
        ([0, 2048, 4095], [0, 128, 255]),  # a microscope's 12 bits in 16
        ([0, 512, 1023], [0, 128, 255]),
        ([0, 128, 255], [0, 128, 255]),
        ([0, 1, 2], [0, 1, 2]),
        ([5000, 5000, 5000], [78, 78, 78]),
    ],
)
@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_that_16_bit_grey_is_scaled_by_its_depth(values, expected, format):
    image = Image.fromarray(np.array([values], np.uint16))
    assert grey(decode(encoded(image, format))) == expected


def test_that_16_bit_grey_of_either_byte_order_and_of_pgm_is_scaled():
    tiff = encoded(Image.fromarray(np.array([[0, 65535]], ">u2")), "TIFF")
    assert grey(decode(tiff)) == [0, 255]
    assert grey(decode(b"P5 3 1 65535\n" + struct.pack(">3H", 0, 32768, 65535))) == [0, 128, 255]


def test_that_16_bit_colour_keeps_its_brightness():
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    row = b"\0" + struct.pack(">6H", 65535, 32768, 0, 257, 514, 771)
    header = struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b"")
    assert np.asarray(decode(png)).tolist() == [[[255, 128, 0], [1, 2, 3]]]


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([0, 0.5, 1], np.float32, [0, 128, 255]),
        ([0, 128, 255], np.float32, [0, 128, 255]),
        ([-1, 0, 1], np.float32, [0, 128, 255]),
        ([0, np.nan, 1], np.float32, [0, 0, 255]),
        ([0, 50_000, 100_000], np.int32, [0, 128, 255]),
        ([-100, 0, 155], np.int32, [0, 100, 255]),
        ([7, 7, 7], np.int32, [7, 7, 7]),
        ([-7, -7, -7], np.int32, [0, 0, 0]),
    ],
)
def test_that_32_bit_and_floating_point_grey_is_scaled(values, kind, expected):
    assert grey(decode(encoded(Image.fromarray(np.array([values], kind)), "TIFF"))) == expected


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
def test_that_animations_show_their_first_frame(format):
    first, second = Image.new("RGB", (4, 4), RED), Image.new("RGB", (4, 4), BLUE)
    content = encoded(
        first, format, save_all=True, append_images=[second], **({"lossless": True} if format == "WEBP" else {})
    )
    assert decode(content).getpixel((0, 0)) == RED


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
def test_that_avif_opens():
    assert ".avif" in IMAGE_SUFFIXES
    assert decode(encoded(corners(), "AVIF")).size == (64, 48)


def test_that_heic_opens_with_its_extra(tmp_path):
    pytest.importorskip("pillow_heif")
    Image.new("RGB", (64, 48), RED).save(tmp_path / "phone.heic", quality=95)
    picture, origin = decode_with_origin(tmp_path / "phone.heic")
    assert (picture.size, origin.pages, origin.channels) == ((64, 48), 1, 3)
    assert picture.getpixel((9, 9)) == pytest.approx(RED, abs=6)
    assert ".heic" in IMAGE_SUFFIXES


def test_that_heic_without_its_extra_names_it():
    if "HEIF" in FORMATS:
        pytest.skip("the extra is here")
    with pytest.raises(UnreadableImage, match=r"the extra \[heic\]"):
        decode(b"\0\0\0\x18ftypheic\0\0\0\0")


def test_that_common_suffixes_are_known_and_foreign_ones_apart():
    assert {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm"} <= IMAGE_SUFFIXES
    assert ".heic" in (IMAGE_SUFFIXES if "HEIF" in FORMATS else FOREIGN_SUFFIXES)
    assert not IMAGE_SUFFIXES & FOREIGN_SUFFIXES


@pytest.mark.parametrize("name", ["café.png", "猫 🐈.png", "line\nbreak.png", "no suffix", "wrong.jpg"])
def test_that_a_picture_opens_whatever_its_file_is_called(tmp_path, name):
    try:
        (tmp_path / name).write_bytes(encoded(corners()))
    except OSError:
        pytest.skip("this file system has no such name")
    assert decode(tmp_path / name).getpixel((0, 0)) == RED


def test_that_a_large_jpeg_is_decoded_smaller_but_not_below_what_is_asked():
    content = encoded(corners(1600, 1200), "JPEG")
    assert decode(content).size == (1600, 1200)
    assert decode(content, at_least=150).size == (200, 150)
    assert decode(content, at_least=151).size == (400, 300)
    assert decode(content, at_least=5000).size == (1600, 1200)
    small = decode(content, at_least=100)
    assert np.abs(np.asarray(small.getpixel((10, 10))) - RED).max() <= 3


def test_that_a_photo_of_100_megapixels_opens_without_a_warning():
    content = encoded(Image.new("L", (12_000, 9_000), 90), "JPEG")
    assert decode(content, at_least=100).size == (1500, 1125)


def test_that_absurd_sizes_are_refused_before_anything_is_decoded():
    bitmap = encoded(Image.new("L", (1, 1)), "PNG")
    header = b"IHDR" + struct.pack(">II", 30_000, 30_000) + bitmap[24:29]
    huge = bitmap[:12] + header + struct.pack(">I", zlib.crc32(header)) + bitmap[33:]
    assert reason(huge).startswith("is too large: 30,000 × 30,000 pixels")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "TIFF", "BMP", "WEBP"])
def test_that_a_truncated_file_is_named_and_called_damaged(tmp_path, format):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    content = encoded(Image.fromarray(noise), format)
    file = tmp_path / "half.jpg"
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(UnreadableImage, match=r"“half.jpg” is cut off or damaged\."):
        decode(file)
    with pytest.raises(UnreadableImage, match="damaged"):
        decode(file, at_least=16)
    assert reason(content[:12]) == "is cut off or damaged"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "TIFF", "BMP", "WEBP", "PPM", "TGA", "JPEG2000"])
def test_that_flipped_bytes_never_raise_anything_else(format):
    rng = np.random.default_rng(1)
    content = encoded(Image.fromarray(rng.integers(0, 255, (16, 16, 3), np.uint8)), format)
    for _ in range(60):
        damaged = bytearray(content)
        for place in rng.integers(0, min(len(content), 200), 3):
            damaged[place] = rng.integers(0, 256)
        with suppress(UnreadableImage):
            assert decode(bytes(damaged)).mode == "RGB"


def test_that_each_other_reason_is_in_plain_words(tmp_path, monkeypatch):
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "letter.jpg").write_text("Dear reader,")
    assert reason(tmp_path / "empty.jpg") == "is empty"
    assert reason(b"") == "is empty"
    assert reason(tmp_path / "letter.jpg") == "is not a picture"
    assert reason(b"\x80\x02}q\x00.") == "is not a picture"
    assert reason(tmp_path / "nowhere.jpg") == "does not exist"
    assert reason(tmp_path / "letter.jpg" / "x.jpg") == "does not exist"
    assert reason(tmp_path) == "is a folder, not a picture"
    assert reason(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n") == "is not a picture"

    def denied(self, *args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    assert reason(tmp_path / "letter.jpg") == "cannot be read: permission denied"


def test_that_running_out_of_memory_is_a_reason(monkeypatch):
    content = encoded(corners())

    def exhausted(*args, **more):
        raise MemoryError

    monkeypatch.setattr(Image, "open", exhausted)
    assert reason(content) == "is too large for this computer's memory"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in this system's folders")
def test_that_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    assert reason(tmp_path / "pipe.jpg") == "is not a picture"


def test_that_the_error_comes_out_of_a_worker_process_whole():
    error = pickle.loads(pickle.dumps(UnreadableImage("“a.jpg”", "is empty")))
    assert (str(error), error.reason) == ("“a.jpg” is empty.", "is empty")


MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "TIFF": ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I", "I;16", "I;16B", "F"),
    "WEBP": ("RGB", "RGBA"),
    "GIF": ("L", "P"),
    "BMP": ("1", "L", "RGB"),
    "PPM": ("1", "L", "RGB", "I", "F"),
    "TGA": ("1", "L", "LA", "P", "RGB", "RGBA"),
}
"""Every mode that Pillow stores without loss, by format."""


@given(
    kind=st.sampled_from([(format, mode) for format, modes in MODES.items() for mode in modes]),
    size=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    orientation=st.integers(1, 8),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=300)
def test_that_every_mode_of_every_format_comes_as_upright_rgb_over_white(kind, size, orientation, seed):
    format, mode = kind
    values = np.random.default_rng(seed).bytes(len(Image.new(mode, size).tobytes()))
    options = {"lossless": True, "exact": True} if format == "WEBP" else {}
    if format in ("PNG", "TIFF", "WEBP"):
        options["exif"] = Image.Exif()
        options["exif"][0x0112] = orientation
    content = encoded(Image.frombytes(mode, size, values), format, **options)
    picture = decode(content)
    with Image.open(io.BytesIO(content)) as stored:
        turned = ImageOps.exif_transpose(stored)
        assert (picture.mode, picture.size) == ("RGB", turned.size)
        if stored.mode in ("I", "I;16", "I;16B", "F"):
            deep = np.nan_to_num(np.asarray(turned), nan=0, posinf=0, neginf=0)
            shown = np.asarray(picture)[..., 0]
            assert (np.diff(shown.ravel()[deep.ravel().argsort()].astype(int)) >= 0).all()  # what was brighter still is
            return
        colours = turned.convert("RGBA")
        expected = Image.composite(colours, Image.new("RGBA", turned.size, "white"), colours).convert("RGB")
        assert np.abs(np.asarray(picture).astype(int) - np.asarray(expected)).max() <= 1


@given(
    width=st.integers(1, 20_000),
    height=st.integers(1, 20_000),
    format=st.sampled_from(["JPEG", "PNG"]),
    at_least=st.sampled_from([None, 1, 96, 224]),
)
@example(width=1, height=1, format="JPEG", at_least=96)
@example(width=20_000, height=1, format="JPEG", at_least=96)
@example(width=1, height=20_000, format="PNG", at_least=None)
def test_that_pictures_of_every_size_come_whole(width, height, format, at_least):
    height = max(1, min(height, 1_000_000 // width))
    picture = decode(encoded(Image.new("RGB", (width, height), (200, 100, 50)), format), at_least)
    if at_least is None or format == "PNG":
        assert picture.size == (width, height)
    else:
        assert min(picture.size) >= min(at_least, width, height)
    assert np.abs(np.asarray(picture).astype(int) - (200, 100, 50)).max() <= 3


@pytest.mark.parametrize(
    "format",
    ["JPEG", "PNG", "GIF", "TIFF", "BMP", "WEBP", "PPM", "TGA", "JPEG2000"] + ["AVIF"] * (".avif" in IMAGE_SUFFIXES),
)
def test_that_a_file_cut_at_any_tenth_byte_is_refused_or_whole(format):
    noise = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    content = encoded(Image.fromarray(noise), format)
    whole, refused = decode(content), 0
    for end in range(0, len(content), 10):
        try:
            assert np.array_equal(np.asarray(decode(content[:end])), np.asarray(whole))
        except UnreadableImage:
            refused += 1
    assert refused >= len(content) / 10 - 4  # all but those that lack only what comes after the pixels


def test_that_a_picture_that_is_transparent_everywhere_is_taken_as_opaque(tmp_path):
    picture = Image.new("RGBA", (8, 8), (200, 30, 40, 0))
    picture.save(tmp_path / "a.png")
    assert decode(tmp_path / "a.png").getpixel((3, 3)) == (200, 30, 40)
    picture.putpixel((0, 0), (200, 30, 40, 255))
    picture.save(tmp_path / "b.png")
    assert decode(tmp_path / "b.png").getpixel((3, 3)) == (255, 255, 255)


def test_that_a_png_may_hold_a_long_comment(tmp_path):
    text = PngImagePlugin.PngInfo()
    text.add_text("workflow", "x" * 3_000_000, zip=True)
    Image.new("RGB", (8, 8), "red").save(tmp_path / "a.png", pnginfo=text)
    assert decode(tmp_path / "a.png").getpixel((3, 3)) == (255, 0, 0)

"""TIFF pictures with any number of channels, as microscopes write them. Pillow reads most of up to four."""

import io
import struct
from collections.abc import Sequence
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from PIL import Image, TiffImagePlugin

from stl_tl_gui.engine.errors import UserError

_REDUCED, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 254, 256, 257, 258, 259, 262
_STRIPS, _SAMPLES, _ROWS, _STRIP_BYTES, _PLANAR, _PREDICTOR = 273, 277, 278, 279, 284, 317
_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_BYTES, _SAMPLE_FORMAT = 322, 323, 324, 325, 339
_SHORT = {_BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES, _PREDICTOR, _SAMPLE_FORMAT}
_MOST_PAGES = 100_000

Directory = TiffImagePlugin.ImageFileDirectory_v2


class NoSuchChannel(UserError):
    """The picture has fewer channels."""


def directories(file: IO[bytes]) -> list[tuple[int, Directory]]:
    """The pages of a TIFF file, each with its number among all of its pictures, of which some are previews.

    None of any other file.
    """
    file.seek(0)
    header = file.read(8)
    if header[:4] in (b"II+\0", b"MM\0+"):
        header += file.read(8)
    elif header[:4] not in (b"II*\0", b"MM\0*"):
        return []
    offset, seen, found = Directory(header).next, set[int](), list[tuple[int, Directory]]()
    while offset and offset not in seen and len(seen) < _MOST_PAGES:
        directory = Directory(header)
        file.seek(offset)
        directory.load(file)
        if not _number(directory, _REDUCED, 0) & 1:
            found.append((len(seen), directory))
        seen.add(offset)
        offset = directory.next
    return found


def n_channels(directory: Directory) -> int:
    """How many numbers a pixel has."""
    return _number(directory, _SAMPLES, 1)


def size_of(directory: Directory) -> tuple[int, int]:
    """Width and height in pixels."""
    return _number(directory, _WIDTH, 0), _number(directory, _HEIGHT, 0)


def read_channels(file: IO[bytes], directory: Directory, channels: Sequence[int]) -> npt.NDArray[Any]:
    """The chosen channels (h, w, n), counted from 1, in the numbers of the file. Raises NoSuchChannel.

    Pillow unpacks them as gray pictures: a pixel of five channels is five gray pixels in a row.
    """
    count, (width, height) = n_channels(directory), size_of(directory)
    if max(channels) > count:
        raise NoSuchChannel(f"has {count} channels, so there is no channel {max(channels)}")
    file.seek(0)
    content = file.read()
    if _number(directory, _PLANAR, 1) == 2:
        planes = {channel: _gray(content, directory, 1, (channel - 1, count)) for channel in set(channels)}
        return np.stack([planes[channel] for channel in channels], axis=-1)
    together = _gray(content, directory, count, (0, 1)).reshape(height, width, count)
    if _number(directory, _PREDICTOR, 1) == 2:
        together = _summed(together, _number(directory, _TILE_WIDTH, width))
    return together[..., [channel - 1 for channel in channels]]


def _gray(content: bytes, directory: Directory, stride: int, part: tuple[int, int]) -> npt.NDArray[Any]:
    """A part (number, of how many) of the picture's strips or tiles, as gray (h, w * stride)."""
    tiled = _TILES in directory
    places, sizes = (_TILES, _TILE_BYTES) if tiled else (_STRIPS, _STRIP_BYTES)
    number, parts = part
    tags: dict[int, Sequence[int]] = {
        _WIDTH: [_number(directory, _WIDTH, 0) * stride],
        _HEIGHT: [_number(directory, _HEIGHT, 0)],
        _BITS: [_number(directory, _BITS, 1)],
        _COMPRESSION: [_number(directory, _COMPRESSION, 1)],
        _PHOTOMETRIC: [1],
        _SAMPLES: [1],
        _SAMPLE_FORMAT: [_number(directory, _SAMPLE_FORMAT, 1)],
    }
    if stride == 1:
        tags[_PREDICTOR] = [_number(directory, _PREDICTOR, 1)]
    if tiled:
        tags |= {_TILE_WIDTH: [directory[_TILE_WIDTH] * stride], _TILE_HEIGHT: [directory[_TILE_HEIGHT]]}
    else:
        tags[_ROWS] = [min(_number(directory, _ROWS, 2**32 - 1), tags[_HEIGHT][0])]
    for tag in (places, sizes):
        values = _numbers(directory, tag)
        each = len(values) // parts
        tags[tag] = values[number * each : (number + 1) * each]
    with Image.open(io.BytesIO(_file(content, directory, tags)), formats=("TIFF",)) as image:
        pixels = np.asarray(image)
    swapped = directory.prefix == b"MM" and tags[_COMPRESSION] != [1] and pixels.dtype.itemsize == 4
    return pixels.byteswap() if swapped else pixels  # libtiff has put them right, and Pillow once more


def _file(content: bytes, directory: Directory, tags: dict[int, Sequence[int]]) -> bytes:
    """The file with another directory at its end, which its header points to."""
    order = "<" if directory.prefix == b"II" else ">"
    start = len(content) + len(content) % 2
    entries, rest = b"", b""
    behind = start + 2 + 12 * len(tags) + 4
    for tag, values in sorted(tags.items()):
        kind, letter = (3, "H") if tag in _SHORT else (4, "I")
        packed = struct.pack(f"{order}{len(values)}{letter}", *values)
        place = packed.ljust(4, b"\0")
        if len(packed) > 4:
            place = struct.pack(f"{order}I", behind + len(rest))
            rest += packed
        entries += struct.pack(f"{order}HHI", tag, kind, len(values)) + place
    header = bytes(directory.prefix) + struct.pack(f"{order}HI", 42, start)
    listed = struct.pack(f"{order}H", len(tags)) + entries + bytes(4)
    return header + content[8:].ljust(start - 8, b"\0") + listed + rest


def _summed(pixels: npt.NDArray[Any], width: int) -> npt.NDArray[Any]:
    """Pixels (h, w, n) from the differences to their left neighbors, in tiles of this width."""
    cuts = range(width, pixels.shape[1], width)
    return np.concatenate(
        [np.cumsum(tile, axis=1, dtype=tile.dtype) for tile in np.split(pixels, cuts, axis=1)], axis=1
    )


def _number(directory: Directory, tag: int, default: int) -> int:
    return int(_numbers(directory, tag, default)[0])


def _numbers(directory: Directory, tag: int, default: int = 0) -> Sequence[int]:
    values = directory.get(tag, default)
    return values if isinstance(values, tuple) else (values,)

"""TIFF files with any number of channels, written by hand: Pillow writes up to four."""

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


def write_tiff(
    path: Path,
    pixels: npt.NDArray[Any],
    *,
    planar: int = 1,
    deflated: bool = False,
    differences: bool = False,
    order: str = "<",
    tile: int = 0,
) -> Path:
    """Pixels (h, w, channels): in strips of 7 rows or in tiles, together or one channel after the other."""
    height, width, channels = pixels.shape
    planes = [pixels] if planar == 1 else np.split(pixels, channels, axis=2)
    kind = pixels.dtype.newbyteorder(order)
    blocks = []
    for plane in planes:
        for block in _tiles(plane, tile) if tile else [plane[row : row + 7] for row in range(0, height, 7)]:
            if differences:
                block = np.concatenate([block[:, :1], np.diff(block, axis=1)], axis=1)
            content = block.astype(kind).tobytes()
            blocks.append(zlib.compress(content) if deflated else content)
    starts = [8 + sum(map(len, blocks[:number])) for number in range(len(blocks))]
    sizes = [len(block) for block in blocks]
    tags: dict[int, tuple[str, list[int]]] = {
        256: ("I", [width]),
        257: ("I", [height]),
        258: ("H", [8 * pixels.itemsize] * channels),
        259: ("H", [8 if deflated else 1]),
        262: ("H", [1]),
        277: ("H", [channels]),
        284: ("H", [planar]),
        317: ("H", [2 if differences else 1]),
        338: ("H", [0] * (channels - 1)),
        339: ("H", [{"u": 1, "i": 2, "f": 3}[pixels.dtype.kind]] * channels),
    }
    if tile:
        tags |= {322: ("I", [tile]), 323: ("I", [tile]), 324: ("I", starts), 325: ("I", sizes)}
    else:
        tags |= {273: ("I", starts), 278: ("I", [7]), 279: ("I", sizes)}
    body = b"".join(blocks)
    body += bytes(len(body) % 2)
    header = {"<": b"II", ">": b"MM"}[order] + struct.pack(f"{order}HI", 42, 8 + len(body))
    path.write_bytes(header + body + _directory(tags, 8 + len(body), order))
    return path


def _tiles(plane: npt.NDArray[Any], side: int) -> list[npt.NDArray[Any]]:
    height, width, _ = plane.shape
    full = np.pad(plane, ((0, -height % side), (0, -width % side), (0, 0)))
    rows, columns = (range(0, length, side) for length in full.shape[:2])
    return [full[row : row + side, column : column + side] for row in rows for column in columns]


def _directory(tags: dict[int, tuple[str, list[int]]], start: int, order: str) -> bytes:
    entries, rest = b"", b""
    behind = start + 2 + 12 * len(tags) + 4
    for tag, (letter, values) in sorted(tags.items()):
        packed = struct.pack(f"{order}{len(values)}{letter}", *values)
        place = packed.ljust(4, b"\0")
        if len(packed) > 4:
            place = struct.pack(f"{order}I", behind + len(rest))
            rest += packed + bytes(len(packed) % 2)
        entries += struct.pack(f"{order}HHI", tag, {"H": 3, "I": 4}[letter], len(values)) + place
    return struct.pack(f"{order}H", len(tags)) + entries + bytes(4) + rest

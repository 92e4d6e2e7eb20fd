"""Pictures to measure with: always the same, as smooth and as grainy as photos are, with classes to learn."""

import itertools
import os
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from stl_tl_gui.engine.data.stl10_files import BYTES_PER_PICTURE, SIDE

Pixels = npt.NDArray[np.uint8]

CLASS_NAMES = ("airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck")
_UNLABELED = 100_000
_DISTINCT_PHOTOS = 6
_GRAIN = 4.0
"""Noise of a camera, in standard deviations: with it a photo takes about as many bytes as a real one."""


def scene(rng: np.random.Generator, size: tuple[int, int], label: int) -> Image.Image:
    """A picture of that size: blurred spots at several scales, in the colours of its class, and grain."""
    width, height = size
    hue = np.random.default_rng(label).uniform(60, 200, 3)
    pixels = np.broadcast_to(hue.astype(np.float32), (height, width, 3)).copy()
    for cells, strength in ((3, 40), (12, 25), (48, 12)):
        spots = rng.normal(0, 1, (cells, cells, 3)).astype(np.float32) * 64 + 128
        small = Image.fromarray(spots.clip(0, 255).astype(np.uint8))
        pixels += (np.asarray(small.resize(size, Image.Resampling.BICUBIC), np.float32) - 128) * (strength / 64)
    pixels += rng.standard_normal((height, width, 1), np.float32) * _GRAIN
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def write_stl10(folder: Path, n: int, seed: int = 0) -> Path:
    """An STL-10 binary folder with n training pictures, as many of each class as can be, and no test pictures."""
    folder.mkdir(parents=True)
    labels = np.arange(n) % len(CLASS_NAMES)
    rng = np.random.default_rng(seed)
    with (folder / "train_X.bin").open("wb") as file:
        for label in labels.tolist():
            pixels = np.asarray(scene(rng, (SIDE, SIDE), label))
            file.write(pixels.transpose(2, 1, 0).tobytes())  # each channel is stored column by column
    (folder / "train_y.bin").write_bytes((labels + 1).astype(np.uint8).tobytes())
    (folder / "class_names.txt").write_text("\n".join(CLASS_NAMES) + "\n", "utf-8")
    return folder


def add_unlabeled(folder: Path) -> Path:
    """As many unlabeled pictures as STL-10 has, all black, in a file that takes no room where the system allows."""
    with (folder / "unlabeled_X.bin").open("wb") as file:
        file.truncate(_UNLABELED * BYTES_PER_PICTURE)
    return folder


def draw_photos(folder: Path, size: tuple[int, int]) -> list[Path]:
    """A few JPEG photos as a camera makes them."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    paths = [folder / f"{label}.jpg" for label in range(_DISTINCT_PHOTOS)]
    for label, path in enumerate(paths):
        scene(rng, size, label).save(path, quality=90)
    return paths


def spread(photos: list[Path], folder: Path, n: int) -> list[Path]:
    """n photos in a new folder, each a file of its own name: nothing that is remembered of another file helps."""
    folder.mkdir(parents=True)
    paths = [folder / f"IMG_{number:04}.jpg" for number in range(1, n + 1)]
    for photo, path in zip(itertools.cycle(photos), paths, strict=False):
        try:
            os.link(photo, path)
        except OSError:  # a file system without links
            shutil.copy(photo, path)
    return paths

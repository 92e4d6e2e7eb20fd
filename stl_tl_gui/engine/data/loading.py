"""Loading: pictures of an ImageSet as batches of pixels, decoded in threads, and as one packed array for training."""

import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import torch

from stl_tl_gui.engine.data.dataset import ImageSet, Targets, UnreadablePicture
from stl_tl_gui.engine.data.decoding import UnreadableImage
from stl_tl_gui.engine.data.preprocessing import Preprocessing
from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.engine.places import cache_folder

_IN_MEMORY = 2**30
"""Packed pictures above this many bytes go to a file that is mapped, not loaded."""

Pixels = npt.NDArray[np.uint8]


class NoRoom(UserError):
    """The disk has no room for the pictures of a run."""


@dataclass(frozen=True)
class PixelBatch:
    """Some pictures of a set, ready for `Preprocessing.normalize`."""

    indices: npt.NDArray[np.int64]
    """Which pictures (b,)."""
    pixels: torch.Tensor
    """(b, 3, s, s) uint8."""
    unreadable: dict[int, UnreadablePicture]
    """Pictures that should have been in this batch but could not be decoded, by index."""


def pixel_batches(images: ImageSet, preprocessing: Preprocessing, batch_size: int) -> Iterator[PixelBatch]:
    """All pictures in order; while a batch is used, the next one is decoded."""
    chunks = np.split(np.arange(len(images)), range(batch_size, len(images), batch_size))
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        read = partial(_read, images, preprocessing)
        following: list[Future[Pixels | UnreadablePicture]] = []
        for number, chunk in enumerate(chunks):
            current = following or [pool.submit(read, int(index)) for index in chunk]
            following = [
                pool.submit(read, int(index)) for upcoming in chunks[number + 1 : number + 2] for index in upcoming
            ]
            try:
                yield _batch(chunk, [future.result() for future in current])
            except GeneratorExit:
                pool.shutdown(cancel_futures=True)
                raise


def _read(images: ImageSet, preprocessing: Preprocessing, index: int) -> Pixels | UnreadablePicture:
    try:
        return preprocessing.pixels(images.read(index, at_least=preprocessing.input_size))
    except UnreadableImage as error:
        return UnreadablePicture(images.ids[index], error.reason)


def _batch(chunk: npt.NDArray[np.int64], results: list[Pixels | UnreadablePicture]) -> PixelBatch:
    pictures = [(i, result) for i, result in zip(chunk, results, strict=True) if isinstance(result, np.ndarray)]
    return PixelBatch(
        indices=np.array([index for index, _ in pictures], np.int64),
        pixels=torch.from_numpy(np.stack([result for _, result in pictures])) if pictures else torch.empty(0),
        unreadable={
            int(i): result for i, result in zip(chunk, results, strict=True) if isinstance(result, UnreadablePicture)
        },
    )


@dataclass(frozen=True)
class PackedImages:
    """A split as one array, resized once, for going through it many times."""

    pixels: torch.Tensor
    """(n, 3, s, s) uint8, in memory or mapped from a file."""
    targets: torch.Tensor
    """(n,) int64."""
    unreadable: tuple[UnreadablePicture, ...]

    def __len__(self) -> int:
        return len(self.targets)


def pack(
    images: ImageSet, preprocessing: Preprocessing, stage: str, should_stop: Callable[[], bool]
) -> Generator[Progress, None, PackedImages]:
    """Decode and resize all pictures of a set. Those that cannot be decoded are left out and listed.

    Raises NoRoom, Cancelled.
    """
    pixels = _room_for(len(images), preprocessing.input_size)
    kept: list[npt.NDArray[np.int64]] = [np.empty(0, np.int64)]
    unreadable: list[UnreadablePicture] = []
    filled = 0
    for batch in pixel_batches(images, preprocessing, batch_size=128):
        if should_stop():
            raise Cancelled
        if len(batch.indices):
            pixels[filled : filled + len(batch.indices)] = batch.pixels.numpy()
        filled += len(batch.indices)
        kept.append(batch.indices)
        unreadable += batch.unreadable.values()
        yield Progress(stage=stage, done=filled + len(unreadable), total=len(images))
    targets: Targets = images.targets[np.concatenate(kept)]
    return PackedImages(torch.from_numpy(pixels[:filled]), torch.from_numpy(targets), tuple(unreadable))


def _require_room(needed: int) -> None:
    """A disk that fills up under a mapped file would end the whole process without a word."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(cache_folder()).free
    if needed > free:
        raise NoRoom(
            f"The resized pictures need {needed / 1e9:.1f} GB of disk in “{cache_folder()}”, where {free / 1e9:.1f} GB "
            "are free. Free some space, or choose a smaller input size."
        )


def _room_for(n: int, size: int) -> Pixels:
    shape = (n, 3, size, size)
    if n * 3 * size * size <= _IN_MEMORY:
        return np.empty(shape, np.uint8)
    _require_room(n * 3 * size * size)
    with tempfile.TemporaryFile(dir=cache_folder()) as file:  # the map keeps it; the system deletes it with the map
        return np.memmap(file, np.uint8, "w+", shape=shape)

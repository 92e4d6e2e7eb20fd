"""Preview: a few training pictures as the model gets them, resized and randomly changed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from stl_tl_gui.engine.data.augmentation import augment, augmentation_of
from stl_tl_gui.engine.data.dataset import Dataset, ImageSet
from stl_tl_gui.engine.data.decoding import UnreadableImage
from stl_tl_gui.engine.data.preprocessing import Preprocessing, preprocessing_for
from stl_tl_gui.engine.settings.settings import TrainSettings

_Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class PreviewPicture:
    """One picture of the training set."""

    id: str
    class_name: str
    before: _Pixels
    """(s, s, 3): brought to a square of the input size."""
    after: _Pixels
    """(s, s, 3): what the model learns from this time."""


def preview(
    dataset: Dataset,
    settings: TrainSettings,
    most: int,
    draw: int,
    should_stop: Callable[[], bool],
    versions: int = 1,
) -> list[PreviewPicture]:
    """Up to `most` pictures, of as many classes as possible. Another `draw` gives others, changed differently.

    With `versions`, each of them comes so often in a row, the first time unchanged. Those that cannot be decoded are
    skipped. Stopped, it returns what is ready.
    """
    images, preprocessing = dataset.splits["train"], preprocessing_for(settings)
    chosen: list[int] = []
    before: list[_Pixels] = []
    for index in _spread(images.targets, np.random.default_rng(draw)):
        if len(chosen) == most or should_stop():
            break
        pixels = _square(images, preprocessing, int(index))
        if pixels is not None:
            chosen.append(int(index))
            before.append(pixels)
    if not chosen:
        return []
    chosen = [index for index in chosen for _ in range(versions)]
    squares = torch.from_numpy(np.stack(before)).repeat_interleave(versions, 0)
    changed = augment(squares, augmentation_of(settings), torch.Generator().manual_seed(draw))
    after = changed.round().clamp(0, 255).to(torch.uint8) if changed.is_floating_point() else changed
    if versions > 1:
        after = after.clone()
        after[::versions] = squares[::versions]
    return [
        PreviewPicture(images.ids[index], dataset.class_names[images.targets[index]], *map(_upright, pair))
        for index, *pair in zip(chosen, squares, after, strict=True)
    ]


def _spread(targets: npt.NDArray[np.int64], random: np.random.Generator) -> npt.NDArray[np.int64]:
    """All indices in random order, but each class comes once before any comes again."""
    mixed = random.permutation(len(targets))
    turn = np.zeros(len(targets), np.int64)
    for label in np.unique(targets):
        turn[targets[mixed] == label] = np.arange(np.count_nonzero(targets == label))
    return mixed[np.argsort(turn, kind="stable")]


def _square(images: ImageSet, preprocessing: Preprocessing, index: int) -> _Pixels | None:
    """(3, s, s), or None where the picture cannot be decoded."""
    stored = images.squares(np.array([index]), preprocessing.input_size)
    if stored is not None:
        square: _Pixels = stored[0]
        return square
    try:
        return preprocessing.pixels(images.read(index, at_least=preprocessing.input_size))
    except UnreadableImage:
        return None


def _upright(pixels: torch.Tensor) -> _Pixels:
    return np.ascontiguousarray(pixels.numpy().transpose(1, 2, 0))

"""Features: the output of frozen layers, computed once and cached, so that each step computes only what learns.

`Pixels` and `Features` are the two kinds of inputs of training and validation.
"""

import hashlib
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch

from stl_tl_gui.engine.arithmetic import inference_batch
from stl_tl_gui.engine.data.augmentation import Augmentation, augment
from stl_tl_gui.engine.data.loading import PackedImages, as_bytes, take
from stl_tl_gui.engine.data.preprocessing import Preprocessing
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import Notice, Progress
from stl_tl_gui.engine.machine.randomness import Randomness
from stl_tl_gui.engine.storage.array_cache import NoRoom, find_array, has_room, new_array

_IN_MEMORY = 2**30
"""Features of at most this many bytes in all stay in memory where the cache has no room."""


class Inputs(Protocol):
    """The input of the learning part of a model."""

    @property
    def first(self) -> int:
        """Number of the model's first part that takes this input."""
        ...

    @property
    def targets(self) -> torch.Tensor:
        """Class indices (n,)."""
        ...

    def gather(self, indices: torch.Tensor, random: Randomness) -> torch.Tensor:
        """The stored values of some pictures, on the CPU."""
        ...

    def prepare(self, gathered: torch.Tensor, random: Randomness) -> torch.Tensor:
        """The gathered values, already on the device, as the input of that part."""
        ...


@dataclass(frozen=True)
class Pixels:
    """Pictures, newly augmented each time, for a model that learns from its first layer on."""

    images: PackedImages
    preprocessing: Preprocessing
    augmentation: Augmentation
    first: int = 0

    @property
    def targets(self) -> torch.Tensor:
        return self.images.targets

    def gather(self, indices: torch.Tensor, random: Randomness) -> torch.Tensor:
        return self.images.pixels(indices)

    def prepare(self, gathered: torch.Tensor, random: Randomness) -> torch.Tensor:
        return self.preprocessing.normalize(augment(gathered, self.augmentation, random.generator))


@dataclass(frozen=True)
class Features:
    """Output of the frozen part for one or more views of each picture; each time, one view is drawn."""

    views: Sequence[torch.Tensor]
    """Per view (n, ...), in memory or mapped from a file."""
    targets: torch.Tensor
    first: int

    def gather(self, indices: torch.Tensor, random: Randomness) -> torch.Tensor:
        if len(self.views) == 1:
            return take(self.views[0], indices)
        chosen = torch.randint(len(self.views), (len(indices),), generator=random.generator)
        gathered = self.views[0].new_empty((len(indices), *self.views[0].shape[1:]))
        views = [as_bytes(view) for view in self.views]
        for row, view, index in zip(as_bytes(gathered), chosen.tolist(), indices.tolist(), strict=True):
            row[:] = views[view][index]
        return gathered

    def prepare(self, gathered: torch.Tensor, random: Randomness) -> torch.Tensor:
        return gathered.float()


@dataclass(frozen=True)
class FrozenPart:
    """The layers below the freeze boundary."""

    compute: Callable[[torch.Tensor], torch.Tensor]
    """Normalized pictures (n, 3, s, s) on the device -> features (n, ...)."""
    identity: str
    """Changes with the weights, the layers and the arithmetic."""
    parts: int
    """How many parts of the model it has."""
    preprocessing: Preprocessing
    device: torch.device
    dtype: torch.dtype
    """Of the cached features: the one they were computed in."""


def compute_features(
    images: PackedImages,
    frozen: FrozenPart,
    augmentation: Augmentation,
    views: int,
    stage: str,
    should_stop: Callable[[], bool],
) -> Generator[Progress | Notice, None, Features | None]:
    """The features of up to `views` views of each picture, from the cache where they are there.

    View 0 is the picture itself, view 1 the same mirrored where the augmentation mirrors, the others are drawn from
    the augmentation. None, after a Notice, where there is room for none. Raises Cancelled.
    """
    kept: list[torch.Tensor] = []
    for number, changed in enumerate(views_of(augmentation, views)):
        try:
            most = _IN_MEMORY - sum(view.nbytes for view in kept)
            kept.append((yield from _view(images, frozen, changed, number, most, stage, should_stop)))
        except NoRoom as error:
            if not kept:
                yield Notice(message=f"No room to cache features, so frozen layers are recomputed every epoch. {error}")
                return None
            yield Notice(message=f"Only {len(kept)} of {views} versions of each picture are cached. {error}")
            break
    return Features(kept, images.targets, frozen.parts)


def bytes_in_memory(size: int) -> int:
    """How many bytes of memory features of this size in all take: none where they are cached in files, or not kept."""
    return 0 if size > _IN_MEMORY or has_room(size) else size


def views_of(augmentation: Augmentation, most: int) -> list[Augmentation]:
    """The augmentation of each view, at most `most` of them."""
    still = Augmentation()
    if augmentation == still:
        return [still]
    if augmentation == Augmentation(flip=augmentation.flip):
        return [still, Augmentation(flip=1.0)][:most]
    return [still, *(replace(augmentation, flip=float(number % 2)) for number in range(1, most))]


def _view(
    images: PackedImages,
    frozen: FrozenPart,
    augmentation: Augmentation,
    number: int,
    in_memory: int,
    stage: str,
    should_stop: Callable[[], bool],
) -> Generator[Progress, None, torch.Tensor]:
    """One view's features (n, ...), at most `in_memory` bytes if not in a file. Raises NoRoom, Cancelled."""
    facts = (images.identity, frozen.identity, frozen.preprocessing.to_dict(), asdict(augmentation), number)
    key = "features " + hashlib.sha256(repr(facts).encode()).hexdigest()
    found = find_array(key)
    if found is not None:
        yield Progress(stage=stage, done=len(images), total=len(images))
        return _tensor(found, frozen.dtype)
    batch = inference_batch(frozen.preprocessing.input_size)
    first = _computed(images, frozen, augmentation, number, 0, batch)
    shape = (len(images), *first.shape[1:])

    def fill(kept: torch.Tensor) -> Generator[Progress, None, None]:
        for start in range(0, len(images), batch):
            if should_stop():
                raise Cancelled
            rows = _computed(images, frozen, augmentation, number, start, batch) if start else first
            kept[start : start + batch] = rows
            yield Progress(stage=stage, done=min(start + batch, len(images)), total=len(images))

    try:
        with new_array(key, shape, _STORAGE[frozen.dtype]) as array:
            yield from fill(_tensor(array, frozen.dtype))
        return _tensor(array, frozen.dtype)
    except NoRoom:
        if first[0].nbytes * len(images) > in_memory:
            raise
    kept = torch.empty(shape, dtype=frozen.dtype)
    yield from fill(kept)
    return kept


def _computed(
    images: PackedImages, frozen: FrozenPart, augmentation: Augmentation, number: int, start: int, batch: int
) -> torch.Tensor:
    """Features (b, ...) of a batch of pictures in view `number`, on the CPU."""
    indices = torch.arange(start, min(start + batch, len(images)))
    pixels = images.pixels(indices).to(frozen.device)
    changed = augment(pixels, augmentation, Randomness(number, start).generator)
    return frozen.compute(frozen.preprocessing.normalize(changed)).to(frozen.dtype).cpu()


_STORAGE = {torch.float32: np.float32, torch.float16: np.float16, torch.bfloat16: np.int16}
"""NumPy, which maps files, has no bfloat16: its bits are stored."""


def _tensor(array: npt.NDArray[Any], dtype: torch.dtype) -> torch.Tensor:
    return torch.from_numpy(array).view(dtype)

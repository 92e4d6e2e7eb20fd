"""Work: how long this computer takes for one picture, measured in a moment on a few."""

import time
from collections.abc import Generator

import torch

from stl_tl_gui.engine.data import Dataset
from stl_tl_gui.engine.data.dataset import ImageSet
from stl_tl_gui.engine.data.loading import is_packed, pixel_batches
from stl_tl_gui.engine.data.preprocessing import Preprocessing
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import Progress, ShouldStop
from stl_tl_gui.engine.machine.randomness import Randomness
from stl_tl_gui.engine.training.automatic import Work
from stl_tl_gui.engine.training.learner import Learner

_PICTURES = 16
_TIMES = 2
_READ = 24
"""Pictures that are read to estimate how long all take."""


def measure_work(learner: Learner, data: Dataset, should_stop: ShouldStop) -> Generator[Progress, None, Work]:
    """Time the model's parts, at the learner's input size, and the reading of pictures. Raises Cancelled."""
    yield Progress(stage="Measuring this computer", done=0, total=0)
    splits, size = data.splits, learner.settings.input_size
    values = torch.rand(_PICTURES, 3, size, size, generator=Randomness(0).generator).to(learner.device)
    seconds = []
    for part in learner.parts.each():
        if should_stop():
            raise Cancelled
        took = []
        for _ in range(_TIMES):
            started = time.perf_counter()
            result = part(values)
            result[:1].cpu()  # waits for a GPU
            took.append((time.perf_counter() - started) / _PICTURES)
        seconds.append(min(took))
        values = result
    reading = reading_seconds(splits["train"], learner.preprocessing) / max(1, len(splits["train"]))
    split = data.evaluation_split()
    test = len(splits[split]) if split != "val" else 0
    return Work(len(splits["train"]), len(splits["val"]), test, tuple(seconds), size, reading)


def reading_seconds(images: ImageSet, preprocessing: Preprocessing) -> float:
    """Seconds to decode all pictures of a set; 0 where they are cached."""
    if not len(images) or is_packed(images, preprocessing):
        return 0.0
    some = images.subset(Randomness(0).permutation(len(images))[:_READ].numpy())
    started = time.perf_counter()
    for _ in pixel_batches(some, preprocessing, _READ):
        pass
    return (time.perf_counter() - started) * len(images) / len(some)

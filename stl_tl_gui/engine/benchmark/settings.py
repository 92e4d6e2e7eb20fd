"""BenchmarkSettings: what a benchmark is asked to measure. Imports no torch: the command line shows it in its help."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from stl_tl_gui.engine.settings.backbones import BACKBONES
from stl_tl_gui.engine.settings.settings import InvalidSettings

TaskName = Literal[
    "train", "head", "stage", "evaluate", "photos", "drop", "start", "window", "memory", "memory_unlabeled"
]

TASKS: dict[TaskName, str] = {
    "train": "all layers learn, one epoch with its validation",
    "head": "only the head learns, 10 epochs",
    "stage": "only the last stage and the head learn, 10 epochs",
    "evaluate": "predict labelled pictures that are in memory",
    "photos": "photos of 12 megapixels, dropped together",
    "drop": "one dropped photo of 12 megapixels to its result",
    "start": "process start to the end of --help",
    "window": "process start to painted window, and its end",
    "memory": "peak memory of a process that trains one epoch",
    "memory_unlabeled": "the same, with 100,000 unlabeled pictures beside",
}
"""What each task does, in words for people."""

QUICK_TASKS: tuple[TaskName, ...] = ("train", "head", "evaluate", "drop")
QUICK_BACKBONES: tuple[str, ...] = ("resnet18", "efficientnet_pytorch_b0")

BATCH_SIZE = 64
"""Of the course loop, hence of all sides."""
FROZEN_EPOCHS = 10


@dataclass(frozen=True)
class BenchmarkSettings:
    """What to measure, and on how much."""

    backbones: tuple[str, ...] = QUICK_BACKBONES
    tasks: tuple[TaskName, ...] = QUICK_TASKS
    pictures: int = 1280
    """Labelled pictures of 96 x 96 pixels, of which a tenth validates. STL-10 has 5,000."""
    photos: int = 48
    photo_size: tuple[int, int] = (4000, 3000)
    drops: int = 20
    input_size: int = 96
    rounds: int = 3
    device: str = "auto"


def make_benchmark_settings(
    backbones: Sequence[str], tasks: Sequence[str], pictures: int, photos: int, input_size: int, rounds: int
) -> BenchmarkSettings:
    """BenchmarkSettings from what was typed; what is named twice is measured once. Raises InvalidSettings."""
    _require_known("backbone", backbones, BACKBONES)
    _require_known("task", tasks, TASKS)
    return BenchmarkSettings(
        backbones=tuple(dict.fromkeys(backbones)),
        tasks=tuple(task for task in TASKS if task in tasks),
        pictures=pictures,
        photos=photos,
        input_size=input_size,
        rounds=rounds,
    )


def _require_known(what: str, names: Sequence[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise InvalidSettings(f"There is no {what} “{name}” to measure. Choose from: {', '.join(known)}.")

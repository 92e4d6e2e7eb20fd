"""BenchmarkSettings: what to measure. Imports no torch, as the command line shows it in its help."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from stl_tl_gui.engine.settings.backbones import BACKBONES
from stl_tl_gui.engine.settings.settings import InvalidSettings

TaskName = Literal[
    "train",
    "head",
    "stage",
    "evaluate",
    "photos",
    "drop",
    "start",
    "window",
    "memory",
    "memory_unlabeled",
    "reach_90",
    "reach_95",
]

TASKS: dict[TaskName, str] = {
    "train": "train all layers, one epoch with validation",
    "head": "train the head only, 10 epochs",
    "stage": "train the last stage and the head, 10 epochs",
    "evaluate": "predict labeled pictures in memory",
    "photos": "classify 12-megapixel photos dropped together",
    "drop": "classify one dropped 12-megapixel photo",
    "start": "start the command line and show --help",
    "window": "start the app, paint the window, and quit",
    "memory": "peak memory while training one epoch",
    "memory_unlabeled": "the same, with 100,000 unlabeled pictures in the data",
    "reach_90": "time to 0.90 of the final accuracy",
    "reach_95": "time to 0.95 of the final accuracy",
}
"""What each task does, for display."""

QUICK_TASKS: tuple[TaskName, ...] = ("train", "head", "evaluate", "drop")
QUICK_BACKBONES: tuple[str, ...] = ("resnet18", "efficientnet_pytorch_b0")

BATCH_SIZE = 64
"""Of the course loop, and so of all."""
FROZEN_EPOCHS = 10


@dataclass(frozen=True)
class BenchmarkSettings:
    """What to measure, and on how many pictures."""

    backbones: tuple[str, ...] = QUICK_BACKBONES
    tasks: tuple[TaskName, ...] = QUICK_TASKS
    pictures: int = 1280
    """Labeled pictures of 96 x 96 pixels, a tenth of them for validation. STL-10 has 5,000."""
    photos: int = 48
    photo_size: tuple[int, int] = (4000, 3000)
    drops: int = 20
    input_size: int = 96
    rounds: int = 3
    device: str = "auto"
    data: str = "sample"
    """What is learned where the time to an accuracy is measured: “sample”, or what `open_dataset` opens."""
    seconds: int = 120
    """How long each side may learn there."""


def make_benchmark_settings(backbones: Sequence[str], tasks: Sequence[str], **more: Any) -> BenchmarkSettings:
    """BenchmarkSettings from command-line values, without repeats. Raises InvalidSettings."""
    _require_known("backbone", backbones, BACKBONES)
    _require_known("task", tasks, TASKS)
    return BenchmarkSettings(
        backbones=tuple(dict.fromkeys(backbones)),
        tasks=tuple(task for task in TASKS if task in tasks),
        **more,
    )


def _require_known(what: str, names: Sequence[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise InvalidSettings(f"There is no {what} “{name}”. Choose one of: {', '.join(known)}.")

"""What tests of several rooms build by hand: pictures, quick settings, the events of a run, a table of predictions."""

import io
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from stl_tl_gui.engine.events import BatchEnd, EpochEnd, RunStart
from stl_tl_gui.engine.runs.predictions import Predictions
from stl_tl_gui.engine.runs.run import Run

QUICK: dict[str, Any] = {
    "backbone": "squeezenet1_1", "weights": "none", "input_size": 32, "batch_size": 16, "device": "cpu",
}  # fmt: skip
"""Settings that train in a moment."""
QUICK_FLAGS = [word for name, value in QUICK.items() for word in (f"--{name.replace('_', '-')}", str(value))]
PLAIN = {"precision": "float32", "memory_format": "contiguous"}
"""Settings that leave nothing to try."""

COLOURS = {"blue": (40, 60, 200), "green": (40, 180, 70), "red": (200, 50, 40)}


@cache
def _colours() -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    files: dict[str, bytes] = {}
    for split, n in (("train", 20), ("test", 6)):
        for name, colour in COLOURS.items():
            for index in range(n):
                pixels = rng.normal(colour, 40, (36, 40, 3)).clip(0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(stream := io.BytesIO(), "PNG")
                files[f"{split}/{name}/{index:02}.png"] = stream.getvalue()
    return files


def write_colours(folder: Path) -> Path:
    """Pictures that any model learns at once: noisy squares of three colours, 20 a class, 6 to test."""
    for name, content in _colours().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def run_start(run: Run | None = None, **more: Any) -> RunStart:
    """The first event of a run; without one, of a run elsewhere."""
    values = {
        "class_names": ["cat", "dog"], "counts": {"train": 20, "val": 2}, "parameters": 1000,
        "trainable_parameters": 10, "device": "cpu", "precision": "float32", "batches_per_epoch": 2,
    }  # fmt: skip
    if run is None:
        own = {"run": "/runs/one", "settings": {}, "epochs": 9}
    else:
        settings = run.settings()
        own = {"run": str(run.folder), "settings": settings.model_dump(mode="json"), "epochs": settings.epochs}
    return RunStart(**{**values, **own, **more})


def batch_end(step: int, batches: int, loss: float = 1.0, **more: Any) -> BatchEnd:
    """A step, counted from 1, of a run of so many batches an epoch."""
    epoch, index = divmod(step - 1, batches)
    place = {"epoch": epoch + 1, "batch": index + 1, "batches": batches, "step": step}
    return BatchEnd(**{**place, "loss": loss, "learning_rate": 0.001, "images_per_second": 100.0, **more})


def epoch_end(epoch: int, val_accuracy: float = 0.5, **more: Any) -> EpochEnd:
    values = {
        "train_loss": 1.0, "train_accuracy": 0.5, "val_loss": 1.0, "learning_rate": 0.001, "images_per_second": 100.0,
        "seconds": 1.0,
    }  # fmt: skip
    return EpochEnd(epoch=epoch, val_accuracy=val_accuracy, **{**values, **more})


def predictions(ids: list[str], names: tuple[str, ...], sure: float, seed: int = 0) -> Predictions:
    """A table of a model that is right the more often, the surer it is."""
    rng, rows, classes = np.random.default_rng(seed), np.arange(len(ids)), len(names)
    targets = rng.integers(0, classes, len(ids))
    logits = rng.normal(0, 1, (len(ids), classes)) + sure * np.eye(classes)[targets]
    probabilities = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)
    return Predictions(ids, targets.astype(np.int64), probabilities, -np.log(probabilities[rows, targets]), names)

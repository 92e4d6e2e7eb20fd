"""Times the app's public functions for a benchmark. Nothing in here knows why the app is fast."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from stl_tl_gui.engine.benchmark.curve import Curve
from stl_tl_gui.engine.benchmark.figures import Side
from stl_tl_gui.engine.benchmark.plain_loop import LEARNING_RATE
from stl_tl_gui.engine.benchmark.settings import BATCH_SIZE
from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.evaluation.evaluate import evaluate
from stl_tl_gui.engine.events import BatchEnd, EpochEnd, EvaluationEnd, Event, Progress, RunEnd, RunStart, result_of
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings
from stl_tl_gui.engine.training.train import train


class RunFailed(UserError):
    """A measured run of the app failed."""


def course_settings(data: Path, backbone: str, input_size: int, **more: Any) -> TrainSettings:
    """The course loop's settings; number format and memory layout are left to the app."""
    course = {
        "data": str(data),
        "backbone": backbone,
        "weights": "none",
        "freeze": "none",
        "epochs": 1,
        "batch_size": BATCH_SIZE,
        "optimizer": "adam",
        "learning_rate": LEARNING_RATE,
        "schedule": "constant",
        "weight_decay": 0.0,
        "augmentation": "none",
        "test_fraction": 0.0,
        "input_size": input_size,
    }
    return make_settings({**course, **more})


class Clock:
    """Seconds since it was made. Waits for a GPU that is still working."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._started = self._now()

    def seconds(self) -> float:
        return self._now() - self._started

    def _now(self) -> float:
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        elif self._device.type == "mps":
            torch.mps.synchronize()
        return time.perf_counter()


class Steady:
    """Pictures per second of whole batches, from the end of the first one of an epoch to the end of its last one."""

    def __init__(self, clock: Clock, pictures: int, batch_size: int) -> None:
        self._clock = clock
        self._whole = pictures // batch_size
        self._batch_size = batch_size
        self._began = 0.0
        self._seconds = 0.0
        self._batches = 0

    def on_batch(self, batch: int) -> None:
        """The batch of that number, from 1, has ended."""
        if batch == 1:
            self._began = self._clock.seconds()
        elif batch == self._whole:
            self._seconds += self._clock.seconds() - self._began
            self._batches += batch - 1

    def rate(self) -> float | None:
        """None before there were two whole batches."""
        return self._batches * self._batch_size / self._seconds if self._batches else None


@dataclass(frozen=True)
class TrainingTimes:
    """How long a run took, and what it did."""

    run: Run
    seconds: float
    """From the call to the end of the last epoch, its validation included."""
    train_pictures: int
    """In one epoch."""
    val_pictures: int
    steady: float | None
    """Pictures per second within an epoch; None where there were too few batches."""

    @property
    def rate(self) -> float:
        """Training pictures per second, each counted once an epoch; the time of all that the run does is included."""
        return self.train_pictures * self.run.settings().epochs / self.seconds


def time_training(
    settings: TrainSettings, folder: Path, device: torch.device, should_stop: Callable[[], bool]
) -> TrainingTimes:
    """Train and measure how long it takes. Raises RunFailed, Cancelled."""
    clock, seconds, steady = Clock(device), 0.0, None
    counts: dict[str, int] = {}
    events = train(settings, folder, should_stop)
    for event in events:
        match event:
            case RunStart():
                counts = event.counts
                steady = Steady(clock, counts["train"], settings.batch_size)
            case BatchEnd() if steady:
                steady.on_batch(event.batch)
            case EpochEnd(epoch=settings.epochs):
                seconds = clock.seconds()
            case RunEnd(reason="failed"):
                raise RunFailed(f"The measured run failed: {event.message}")
    if should_stop():
        raise Cancelled
    return TrainingTimes(Run(folder), seconds, counts["train"], counts["val"], steady.rate() if steady else None)


def accuracy_over_time(
    settings: TrainSettings, folder: Path, device: torch.device, should_stop: Callable[[], bool], limit: float
) -> Curve:
    """Train for at most `limit` seconds; the validation accuracy of each model that was kept, once it is there.

    The clock stands still while the result is computed, which the course loop does not do. That is noticed when the
    first batch is predicted, so that one counts. Raises RunFailed, Cancelled.
    """
    clock, curve = Clock(device), Curve()
    testing = 0.0
    began: float | None = None
    started = time.perf_counter()

    def over() -> bool:
        """Does not wait for the GPU, as it is asked for each batch."""
        return should_stop() or time.perf_counter() - started - testing > limit

    for event in train(settings, folder, over):
        match event:
            case EpochEnd(best=True):
                curve.add(clock.seconds() - testing, event.val_accuracy)
            case Progress() if began is None and event.stage.startswith("Predicting"):
                began = clock.seconds()
            case EvaluationEnd() if began is not None:
                testing, began = testing + clock.seconds() - began, None
            case RunEnd(reason="failed"):
                raise RunFailed(f"The measured run failed: {event.message}")
            case RunEnd():
                curve.cut_off = event.reason == "stopped"
                if (
                    event.best_val_accuracy is not None and event.best_val_accuracy != curve.final
                ):  # averaged at the end
                    curve.add(clock.seconds() - testing, event.best_val_accuracy)
    if should_stop():
        raise Cancelled
    return curve


def time_evaluation(run: Run, data: Path, device: torch.device, should_stop: Callable[[], bool]) -> dict[Side, float]:
    """Pictures per second of evaluating a folder: "app" overall, "steady" between the first and the last batch."""
    clock = Clock(device)
    seen: deque[tuple[float, int]] = deque()

    def see(event: Event) -> None:
        if isinstance(event, Progress) and event.stage.startswith("Predicting"):
            seen.append((clock.seconds(), event.done))

    count = len(result_of(evaluate(run, data=str(data), should_stop=should_stop), see))
    figures: dict[Side, float] = {"app": count / clock.seconds()}
    if len(seen) > 1:
        (began, before), (ended, after) = seen[0], seen[-1]
        figures["steady"] = (after - before) / (ended - began)
    return figures

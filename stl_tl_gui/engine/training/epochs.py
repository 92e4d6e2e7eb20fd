"""Epochs: the loop of a run, phase after phase and epoch after epoch; the course's training loop, with events."""

import math
import time
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import torch

from stl_tl_gui.engine.data import Dataset
from stl_tl_gui.engine.data.dataset import PicturesGone
from stl_tl_gui.engine.data.loading import PackedImages, pack
from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.events import BatchEnd, Event, Notice, ShouldStop
from stl_tl_gui.engine.storage.room import when_there_is_room
from stl_tl_gui.engine.training.features import Inputs
from stl_tl_gui.engine.training.learner import Learner
from stl_tl_gui.engine.training.memory_need import fewer_at_once, fit_memory
from stl_tl_gui.engine.training.preparation import batch_sizes, inputs_of
from stl_tl_gui.engine.training.recipes import STOPPED, Recipe, Why
from stl_tl_gui.engine.training.sampling import epoch_order
from stl_tl_gui.engine.training.saver import Saver
from stl_tl_gui.engine.training.steps import StepResult


class TrainingDiverged(UserError):
    """The loss became infinite or NaN."""


class Pictures:
    """The pictures of a run, read once per input size."""

    def __init__(self, data: Dataset, should_stop: ShouldStop) -> None:
        self._data = data
        self._should_stop = should_stop
        self._size = 0
        self._packed: tuple[PackedImages, PackedImages]
        self._named: set[str] = set()

    def of(self, learner: Learner) -> Generator[Event, None, tuple[PackedImages, PackedImages]]:
        """Those of training and validation as the learner sees them now. Raises PicturesGone, Cancelled."""
        seen, stop = learner.preprocessing, self._should_stop
        if seen.input_size != self._size:
            with timed(learner):
                train = yield from pack(self._data.splits["train"], seen, "Reading training pictures", stop)
                val = yield from pack(self._data.splits["val"], seen, "Reading validation pictures", stop)
            for split, packed in (("train", train), ("val", val)):
                if packed.unreadable and not len(packed):
                    raise PicturesGone(len(packed.unreadable), split)
            self._size, self._packed = seen.input_size, (train, val)
            for picture in (*train.unreadable, *val.unreadable):
                if picture.id not in self._named:
                    self._named.add(picture.id)
                    yield Notice(message=f"Left out: {picture.id} {picture.reason}.")
        return self._packed

    def inputs(self, learner: Learner) -> Generator[Event, None, tuple[Inputs, Inputs]]:
        """The inputs of training and validation in the learner's current phase. Raises Cancelled."""
        train, val = yield from self.of(learner)
        with timed(learner):
            validated = yield from inputs_of(learner, val, "validation", self._should_stop)
            learned = yield from inputs_of(learner, train, "training", self._should_stop)
        return learned, validated


@contextmanager
def timed(learner: Learner) -> Iterator[None]:
    """Count the time of a block as the run's."""
    started = time.perf_counter()
    yield
    learner.seconds += time.perf_counter() - started


def run_epochs(
    learner: Learner, recipe: Recipe, saver: Saver, pictures: Pictures, should_stop: ShouldStop
) -> Generator[Event, None, Why]:
    """The loop: train and validate epoch by epoch, until the recipe has no further phase. Returns why it ended."""
    inputs: tuple[Inputs, Inputs] | None = None
    yield from when_there_is_room(saver.begin, should_stop)
    while learner.has_epochs_left() or (yield from recipe.next_phase()):
        learner.freeze_for_phase()
        if learner.begins_phase():
            yield from recipe.phase_begins()
        if inputs is None or learner.begins_phase():
            inputs = yield from pictures.inputs(learner)
            if not learner.phase.fits:
                yield from fit_memory(learner, inputs[0])
        yield from train_one_epoch(learner, inputs[0], saver, should_stop)
        with timed(learner):
            validation = None if should_stop() else learner.validate(inputs[1], should_stop)
        if validation is None:
            saver.stopped()
            return STOPPED
        if not math.isfinite(validation.loss):
            raise _diverged(learner, f"validation loss became {validation.loss} in epoch {learner.epoch + 1}")
        event = recipe.epoch_ends(validation, inputs[1])
        yield event  # logged first: what is killed here repeats the epoch, and its line counts once
        if saver.epoch_ended(event.best):
            yield from when_there_is_room(saver.write, should_stop)
        ended = yield from recipe.after_epoch(event)
        if ended is not None:
            return ended
    return recipe.why


def train_one_epoch(
    learner: Learner, inputs: Inputs, saver: Saver, should_stop: ShouldStop
) -> Generator[Event, None, None]:
    """Train on an epoch's pictures, in an order that depends only on seed and epoch; return when stopped."""
    if learner.phase.fits:
        if not should_stop():
            learner.fit_head(inputs)
        return
    order = epoch_order(inputs.targets, learner.settings.sampling, learner.random(learner.epoch))
    batches = torch.split(order, batch_sizes(len(order), learner.settings.batch_size))
    under_way: deque[StepResult] = deque()
    ahead = 1 if learner.device.type == "cuda" else 0  # steps a GPU works on while an earlier one's figures are fetched
    started = time.perf_counter()
    for batch in learner.batches(inputs, batches):
        if should_stop():
            break
        at_once = learner.microbatch
        under_way.append(learner.step(inputs, batch, len(batches)))
        if learner.microbatch != at_once:
            yield fewer_at_once(learner)
        due = saver.is_due
        while len(under_way) > (0 if due else ahead):
            yield _batch_end(learner, under_way.popleft(), len(batches), started)
            started = time.perf_counter()
        if due:
            yield from when_there_is_room(saver.stopped, should_stop)
            started = time.perf_counter()
    for step in under_way:
        yield _batch_end(learner, step, len(batches), started)
        started = time.perf_counter()


def _batch_end(learner: Learner, step: StepResult, batches: int, started: float) -> BatchEnd:
    """The event of a finished step. Raises TrainingDiverged when its loss is not a number."""
    loss = learner.sums.add(step)
    learner.spend(time.perf_counter() - started)
    if not math.isfinite(loss):
        raise _diverged(learner, f"loss became {loss} in epoch {learner.epoch + 1}, batch {step.batch}")
    return BatchEnd(
        epoch=learner.epoch + 1,
        batch=step.batch,
        batches=batches,
        step=learner.epoch * batches + step.batch,
        loss=loss,
        learning_rate=step.learning_rate,
        images_per_second=learner.sums.images_per_second,
    )


def _diverged(learner: Learner, what: str) -> TrainingDiverged:
    kept = " The last good checkpoint is kept." if learner.epoch else ""
    return TrainingDiverged(f"The {what}: training diverged. Try a learning rate ten times smaller.{kept}")

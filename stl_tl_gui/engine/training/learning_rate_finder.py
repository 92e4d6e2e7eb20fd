"""Learning-rate finder: one step at each of many learning rates, from tiny to huge, to see where the loss falls.

The range test of Smith 2017, "Cyclical learning rates for training neural networks", as in fastai's `lr_find`.
`range_test.py` reads the result off the losses; it needs no torch, so the window can show it at once.
"""

import math
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace

import numpy as np
import torch

from stl_tl_gui.engine.data import ImageSet
from stl_tl_gui.engine.data.loading import PackedImages, pack
from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.events import Event, RateTried
from stl_tl_gui.engine.settings.settings import TrainSettings, fixed, fold_runs
from stl_tl_gui.engine.training.failures import known_reason
from stl_tl_gui.engine.training.features import Inputs
from stl_tl_gui.engine.training.learner import Learner
from stl_tl_gui.engine.training.memory_need import fit_memory
from stl_tl_gui.engine.training.preparation import batch_sizes, inputs_of, prepare
from stl_tl_gui.engine.training.range_test import RANGES, RangeTest, has_diverged, judge, smoothed

_STEPS = 100
_PASSES, _FEWEST = 10, 30
"""At most this many passes over few pictures, or the model would only memorize them, but at least this many steps."""
_PLACE = -1
"""Stands for the number of the epoch in Randomness."""


class RangeTestFailed(UserError):
    """Not a single step was possible with these settings."""


def find_learning_rate(
    settings: TrainSettings, should_stop: Callable[[], bool] = lambda: False
) -> Generator[Event, None, RangeTest]:
    """Try learning rates for a run with these settings, and suggest one for `settings.learning_rate`.

    Prepares everything as `train` does, but makes no run folder and drops the model. Each layer has the share of the
    rate that it has in the run; the schedule is left out, so the suggestion is for its peak. With a warm-up of the
    head, tests the phase after it, where a rate that is too large does harm, with a new head, since with a trained one
    the loss does not fall. Stops when the loss diverges. Of several folds, tests the first; in place of Automatic,
    which needs no rate, the recommended fixed recipe.

    Yields Progress, Notice and a RateTried for each step. Raises what `prepare` raises, RangeTestFailed, Cancelled.
    """
    settings = fixed(fold_runs(settings)[0])
    learner, data = yield from prepare(settings.model_copy(update={"compile": "off"}), should_stop)
    pictures, batch_size = data.splits["train"], learner.settings.batch_size
    steps = min(_STEPS, max(_FEWEST, _PASSES * len(batch_sizes(len(pictures), batch_size))))
    pictures = _some(pictures, steps * batch_size, learner)
    packed = yield from pack(pictures, learner.preprocessing, "Reading training pictures", should_stop)
    try:
        inputs = yield from _inputs(learner, packed, steps * batch_size, should_stop)
        rates, losses = yield from _try_rates(learner, inputs, steps, should_stop)
    except (RuntimeError, MemoryError) as error:
        reason = known_reason(error)
        if reason is None:
            raise
        raise RangeTestFailed(reason) from error
    found = judge(rates, losses)
    return replace(found, why=f"{found.why} {_what_learned(learner)}")


def _some(pictures: ImageSet, most: int, learner: Learner) -> ImageSet:
    """A random sample of a set that has more pictures than the steps can use."""
    if len(pictures) <= most:
        return pictures
    return pictures.subset(learner.random(_PLACE).permutation(len(pictures))[:most].sort().values.numpy())


def _inputs(
    learner: Learner, packed: PackedImages, most: int, should_stop: Callable[[], bool]
) -> Generator[Event, None, Inputs]:
    """The inputs of the steps, with no more cached versions of the pictures than the steps can use.

    The run finds the features of these versions in the cache.
    """
    settings = learner.settings
    views = min(settings.views, max(1, most // len(packed)))
    learner.settings = settings.model_copy(update={"views": views, "schedule": "constant"})
    learner.go_to(learner.phases[-1])
    inputs = yield from inputs_of(learner, packed, "training", should_stop)
    yield from fit_memory(learner, inputs)
    return inputs


def _try_rates(
    learner: Learner, inputs: Inputs, steps: int, should_stop: Callable[[], bool]
) -> Generator[RateTried, None, tuple[list[float], list[float]]]:
    """The rates, and the loss at each before its step."""
    rates, losses = np.geomspace(*RANGES[learner.settings.optimizer], steps).tolist(), list[float]()
    with closing(learner.batches(inputs, _batches(learner, len(inputs.targets), steps))) as batches:
        for rate, batch in zip(rates, batches, strict=True):
            if should_stop():
                raise Cancelled
            learner.settings = learner.settings.model_copy(update={"learning_rate": rate})
            losses.append(learner.step(inputs, batch, steps).loss.item())
            curve = smoothed(losses)
            yield RateTried(rate=rate, loss=losses[-1], smoothed_loss=curve[-1], step=len(losses), steps=steps)
            if has_diverged(losses):
                break
    return rates[: len(losses)], losses


def _batches(learner: Learner, n: int, steps: int) -> list[torch.Tensor]:
    """This many batches of indices below n: passes over all of them, each in a new order."""
    cut = batch_sizes(n, learner.settings.batch_size)
    passes = range(math.ceil(steps / len(cut)))
    orders = [learner.random(_PLACE, number).permutation(n) for number in passes]
    return [batch for order in orders for batch in torch.split(order, cut)][:steps]


def _what_learned(learner: Learner) -> str:
    if len(learner.phases) > 1:
        return (
            "Tested with all layers learning and a new head, at the lower rates each layer has after the warm-up, "
            "where a rate that is too large does harm."
        )
    frozen = learner.frozen_stages()
    if frozen == len(learner.row.stages):
        return "Tested with only the head learning."
    return (
        f"Tested with the stages after “{learner.phase.freeze}” learning."
        if frozen
        else "Tested with all layers learning."
    )

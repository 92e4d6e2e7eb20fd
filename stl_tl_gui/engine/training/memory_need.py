"""What a step needs of memory, and how many pictures of a batch are computed at once so that it fits."""

import copy
import math
from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from stl_tl_gui.engine.events import Notice
from stl_tl_gui.engine.machine.device import free_on, give_back
from stl_tl_gui.engine.machine.randomness import seeded
from stl_tl_gui.engine.training.features import Inputs
from stl_tl_gui.engine.training.learner import Learner
from stl_tl_gui.engine.training.steps import cut_evenly

SHARE = 0.7
"""Of what is free, a run takes at most this much: other programs, and what is not counted, need some too."""
_FEW = 2
"""Pictures to measure with, and in a part at least: BatchNorm cannot learn from one."""
_IN_BACKWARD = 2
"""Gradients and copies of the largest feature map that exist at the same time, while gradients are computed."""
_SCATTERED = 1.25
"""Memory grows to this many times what is used, as what is freed does not always fit what is needed next (measured)."""
_COPIES = 3
"""Of a batch's pictures: as numbers to compute with, as stored, and the next batch."""


@dataclass(frozen=True)
class StepNeed:
    """Bytes that a step takes on top of what is in use before it."""

    for_each: int
    """For each picture that is computed at once: what its gradient is computed from."""
    fixed: int
    """However many are computed at once: the batch's pictures, gradients, the optimizer's state."""

    def of(self, pictures: int) -> int:
        """Bytes, for so many pictures at once."""
        return self.fixed + pictures * self.for_each

    def microbatch(self, batch_size: int, free: int | None) -> int | None:
        """How many pictures to compute at once, in parts of equal size, or None where all of them fit."""
        if free is None or self.of(batch_size) <= SHARE * free:
            return None
        most = max(_FEW, int(SHARE * free - self.fixed) // max(1, self.for_each))
        size = math.ceil(batch_size / math.ceil(batch_size / most))
        return size if size < batch_size else None


def fit_memory(learner: Learner, inputs: Inputs) -> Generator[Notice, None, None]:
    """Choose how many pictures of a batch the learner computes at once in its phase, and say it where not all."""
    _, free = choose_microbatch(learner, inputs)
    if learner.microbatch and free is not None:
        yield Notice(message=f"{in_parts(learner)[:-1]}, to fit {free / 1e9:.1f} GB.{_of_normalization(learner)}")


def choose_microbatch(learner: Learner, inputs: Inputs) -> tuple[StepNeed, int | None]:
    """Set the learner's microbatch for its phase; returns what a step needs, and how many bytes are free.

    A resumed run computes as before, or fewer pictures at once where less is free now.
    """
    give_back(learner.device)
    need, free = need_of_step(learner, inputs), free_on(learner.device)
    before = None if learner.begins_phase() else learner.microbatch
    fits = need.microbatch(learner.settings.batch_size, free)
    learner.microbatch = min((size for size in (before, fits) if size), default=None)
    return need, free


def fewer_at_once(learner: Learner) -> Notice:
    """What to say when memory ran out during a step that then went on in smaller parts."""
    return Notice(message=f"Memory ran out. {in_parts(learner)}{_of_normalization(learner)}")


def in_parts(learner: Learner) -> str:
    """“Each batch of 64 is computed in 4 parts.”"""
    size = learner.settings.batch_size
    return f"Each batch of {size} is computed in {len(cut_evenly(size, learner.microbatch))} parts."


def _of_normalization(learner: Learner) -> str:
    normalizes = any(isinstance(each, nn.BatchNorm2d) and each.training for each in learner.model.modules())
    return " Batch normalization sees one part at a time." if normalizes else ""


def need_of_step(learner: Learner, inputs: Inputs) -> StepNeed:
    """Measured by computing the loss of two pictures, and counting what is kept for its gradient."""
    training, device = learner.arithmetic.training, learner.device
    few, random = torch.arange(min(_FEW, len(inputs.targets))), learner.random()
    model = copy.deepcopy(learner.parts.uncompiled(inputs.first))  # whose BatchNorm may see these pictures
    images = training.lay_out(inputs.prepare(inputs.gather(few, random).to(device), random))
    weights = {parameter.shape for parameter in model.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.shape not in weights:  # or copies of them in half precision
            kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor), seeded(0, device):
        with training.autocast(device):
            logits = model(images).float()
        loss = cross_entropy(logits, inputs.targets[few].to(device))
    for_few = sum(kept.values()) + _IN_BACKWARD * max(kept.values(), default=0)
    del logits, loss
    new = sum(
        p.nbytes for p in learner.model.parameters() if p.requires_grad and p not in learner.optimizer.inner.state
    )
    for_weights = new * (2 if learner.settings.optimizer == "sgd" else 3)
    for_pictures = _COPIES * learner.settings.batch_size * images.nbytes // len(few)
    return StepNeed(int(_SCATTERED * for_few) // len(few), for_weights + for_pictures)

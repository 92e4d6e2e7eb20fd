"""Learner: the model in training, all that changes with it, and what its checkpoints contain."""

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy.typing as npt
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from stl_tl_gui.engine.arithmetic import RunArithmetic, for_training, inference_batch
from stl_tl_gui.engine.data.loading import prefetched
from stl_tl_gui.engine.data.preprocessing import preprocessing_for
from stl_tl_gui.engine.events import EpochEnd
from stl_tl_gui.engine.machine.device import allow_tensorfloat, give_back, is_out_of_memory
from stl_tl_gui.engine.machine.randomness import Randomness, seeded
from stl_tl_gui.engine.models.checkpoints import Checkpoint
from stl_tl_gui.engine.models.model import StateDict, adapt_sooner, build_model, freeze, train_mode
from stl_tl_gui.engine.models.weights import apply_weights
from stl_tl_gui.engine.settings.backbones import BACKBONES
from stl_tl_gui.engine.settings.phases import Phase, phases
from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.engine.training.best_epoch import BestEpoch
from stl_tl_gui.engine.training.divided_model import DividedModel
from stl_tl_gui.engine.training.features import Inputs
from stl_tl_gui.engine.training.optimizer import ScaledOptimizer
from stl_tl_gui.engine.training.schedule import rate_factor
from stl_tl_gui.engine.training.steps import Batch, EpochSums, StepResult, cut_evenly


def balanced_weights(class_counts: npt.NDArray[Any]) -> torch.Tensor:
    """Weights (c,) that make each class count the same, 1 on average over the pictures; 0 for one without pictures."""
    counts = torch.as_tensor(class_counts, dtype=torch.float32)
    there = counts > 0
    return torch.where(there, counts.sum() / (there.sum() * counts.clamp(min=1)), 0.0)


class Learner:
    """A model with its optimizer and its place in the run. Knows nothing of files or of who reads events."""

    def __init__(
        self,
        settings: TrainSettings,
        class_names: tuple[str, ...],
        class_counts: npt.NDArray[Any],
        weights: StateDict | None,
        device: torch.device,
        arithmetic: RunArithmetic,
        original_head: bool = False,
    ) -> None:
        self.settings = settings
        self.class_names = class_names
        self.row = BACKBONES[settings.backbone]
        self.preprocessing = preprocessing_for(settings)
        self.device = device
        self.arithmetic = arithmetic
        self.original_head = original_head
        self.phases = phases(settings)
        allow_tensorfloat(settings.precision == "auto")
        model = _initial_model(settings, len(class_names), weights, device, original_head)
        self.model = for_training(model, device, arithmetic.training)
        self.parts = DividedModel(self.model, settings, device, arithmetic)
        self.optimizer = ScaledOptimizer(settings, self.model, self.row, device, arithmetic.training.precision)
        balanced = settings.class_weighting == "balanced"
        self.class_weights = balanced_weights(class_counts).to(device) if balanced else None
        self.epoch = 0
        """Finished epochs."""
        self.batch = 0
        """Finished batches of the current epoch."""
        self.microbatch: int | None = None
        """How many pictures of a batch are computed at once; None: all of them."""
        self.best = BestEpoch()
        self.seconds = 0.0
        """Time spent computing, without pauses."""
        self.sums = EpochSums()
        self.freeze_for_phase()

    # Phases

    @property
    def phase(self) -> Phase:
        """The phase that the current epoch belongs to."""
        return next(phase for phase in reversed(self.phases) if phase.first <= self.epoch)

    def begins_phase(self) -> bool:
        """Whether the next step is the first of a phase."""
        return (self.epoch, self.batch) == (self.phase.first, 0)

    def go_to(self, phase: Phase) -> None:
        """Continue at the first step of a phase, to measure it."""
        self.epoch = phase.first
        self.freeze_for_phase()

    def frozen_stages(self) -> int:
        """How many stages keep their weights in the current epoch."""
        return self.row.frozen_stages(self.phase.freeze)

    def freeze_for_phase(self) -> None:
        """Freeze what the current phase freezes, and set training mode above it."""
        freeze(self.model, self.row, self.frozen_stages())
        train_mode(self.model, self.row, self.frozen_stages())

    # Steps

    def random(self, *position: int) -> Randomness:
        """The random numbers of a place in the run."""
        return Randomness(self.settings.seed, *position)

    def batches(self, inputs: Inputs, indices: Sequence[torch.Tensor]) -> Generator[Batch]:
        """The rest of the epoch's batches; while one is used, the next one is gathered and copied to the device."""
        epoch, done = self.epoch, self.batch

        def on_device(tensor: torch.Tensor) -> torch.Tensor:
            if self.device.type == "cuda":
                return tensor.pin_memory().to(self.device, non_blocking=True)
            return tensor.to(self.device)

        def gather() -> Iterator[Batch]:
            for number, chosen in enumerate(indices[done:], done):
                random = self.random(epoch, number)
                gathered = inputs.gather(chosen, random)
                yield Batch(number, on_device(gathered), on_device(inputs.targets[chosen]), random)

        return prefetched(gather())

    def step(self, inputs: Inputs, batch: Batch, batches: int) -> StepResult:
        """One optimizer step; `batches` is how many an epoch has."""
        phase, training = self.phase, self.arithmetic.training
        self._set_rate(phase, batches)
        images = training.lay_out(inputs.prepare(batch.gathered, batch.random))
        smoothing = 0.0 if phase.warms_up else self.settings.label_smoothing  # on fixed features it costs accuracy
        loss, correct = self._gradient(inputs.first, images, batch, smoothing)
        self.optimizer.step()
        self.batch += 1
        return StepResult(self.batch, loss, correct, len(batch.targets), self.optimizer.rate)

    def _gradient(
        self, first: int, images: torch.Tensor, batch: Batch, smoothing: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute the gradient of a batch. Where memory runs out, start again with half as many pictures at once.

        The running averages of BatchNorm then count some pictures twice.
        """
        while True:
            try:
                return self._in_parts(first, images, batch, smoothing)
            except (RuntimeError, MemoryError) as error:
                at_once = min(self.microbatch or len(images), len(images))
                if at_once == 1 or not is_out_of_memory(error):
                    raise
                self.microbatch = math.ceil(at_once / 2)
            give_back(self.device)  # only now, when the error no longer holds what was computed

    def _in_parts(
        self, first: int, images: torch.Tensor, batch: Batch, smoothing: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Loss and number of correct predictions of a batch; adds up the gradients of its parts (microbatches).

        But for rounding, and random numbers drawn by the model, the gradient is that of the whole batch if the model
        has no BatchNorm, which sees one part at a time.
        """
        self.optimizer.inner.zero_grad()
        losses, correct = [], []
        for rows in cut_evenly(len(images), self.microbatch):
            with seeded(batch.random.seed + rows.start, self.device), self.arithmetic.training.autocast(self.device):
                logits = self.parts.learning(first)(images[rows]).float()
                loss = self._loss(logits, rows, smoothing, batch.targets)
            self.optimizer.add_gradient(loss)
            losses.append(loss.detach())
            correct.append((logits.argmax(1) == batch.targets[rows]).sum())
        return torch.stack(losses).sum(), torch.stack(correct).sum()

    def _loss(self, logits: torch.Tensor, rows: slice, smoothing: float, targets: torch.Tensor) -> torch.Tensor:
        """What some rows contribute to the mean loss of a batch; `targets` are the whole batch's."""
        weights, own = self.class_weights, targets[rows]
        loss = cross_entropy(logits, own, weight=weights, label_smoothing=smoothing)
        if len(own) == len(targets):
            return loss
        share = len(own) / len(targets) if weights is None else weights[own].sum() / weights[targets].sum()
        return loss * share

    def _set_rate(self, phase: Phase, batches: int) -> None:
        """The learning rates of the next step: the schedule runs once through each phase."""
        step, steps = (self.epoch - phase.first) * batches + self.batch, phase.epochs * batches
        rate = self.settings.learning_rate * phase.rate * rate_factor(self.settings.schedule, step, steps)
        self.optimizer.set_rate(rate, phase.stage_decay)

    def spend(self, seconds: float) -> None:
        """Add to the time that the current epoch and the run took."""
        self.sums.seconds += seconds
        self.seconds += seconds

    def validate(self, inputs: Inputs, should_stop: Callable[[], bool]) -> tuple[float, float] | None:
        """Mean cross-entropy and accuracy, or None when stopped."""
        model = self.parts.predicting(inputs.first)
        loss, correct, random = 0.0, 0, self.random()
        batch = inference_batch(self.settings.input_size)
        for indices in torch.split(torch.arange(len(inputs.targets)), batch):
            if should_stop():
                return None
            images, targets = inputs.gather(indices, random).to(self.device), inputs.targets[indices]
            logits = model(inputs.prepare(images, random)).cpu()
            loss += cross_entropy(logits, targets, reduction="sum").item()
            correct += int((logits.argmax(1) == targets).sum())
        return loss / len(inputs.targets), correct / len(inputs.targets)

    def end_epoch(self, val_loss: float, val_accuracy: float) -> EpochEnd:
        """Close the current epoch with its validation result."""
        best = self.best.take(val_loss, val_accuracy, last_counts=self.settings.protocol == "stl10")
        self.epoch += 1
        self.batch = 0
        sums, self.sums = self.sums, EpochSums()
        return EpochEnd(
            epoch=self.epoch,
            train_loss=sums.mean_loss,
            train_accuracy=sums.accuracy,
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            learning_rate=self.optimizer.rate,
            images_per_second=sums.images_per_second,
            seconds=sums.seconds,
            best=best,
        )

    # Checkpoints

    def checkpoint(self) -> Checkpoint:
        """The current state. Its tensors keep changing with the model; `copy.deepcopy` keeps them."""
        return Checkpoint(
            backbone=self.settings.backbone,
            class_names=self.class_names,
            preprocessing=self.preprocessing,
            model_state_dict=self.model.state_dict(),
            settings=self.settings.model_dump(mode="json"),
            epoch=self.epoch,
            best_valid_acc=self.best.accuracy,
            original_head=self.original_head,
            arithmetic=self.arithmetic.to_dict(),
            optimizer_state_dict=self.optimizer.inner.state_dict(),
            training={
                "batch": self.batch,
                "epochs_without_gain": self.best.epochs_without_gain,
                "best_val_loss": self.best.loss,
                "seconds": self.seconds,
                "sums": asdict(self.sums),
                "rate": self.optimizer.rate,
                "scaler": self.optimizer.scaler.state_dict(),
                "microbatch": self.microbatch,
            },
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Continue where a checkpoint was saved; its weights were given at construction."""
        training = checkpoint.training
        self.optimizer.inner.load_state_dict(checkpoint.optimizer_state_dict)
        self.optimizer.scaler.load_state_dict(training["scaler"])
        self.optimizer.rate = training["rate"]
        self.microbatch = training.get("microbatch")  # not in checkpoints of early versions
        self.epoch, self.batch = checkpoint.epoch, training["batch"]
        loss = training.get("best_val_loss", BestEpoch.loss)  # unknown in checkpoints of early versions
        self.best = BestEpoch(checkpoint.best_valid_acc, loss, training["epochs_without_gain"])
        if self.best.out_of_patience(self.settings.early_stopping):
            self.best.epochs_without_gain = 0  # stopped early: a new chance
        self.seconds = training["seconds"]
        self.sums = EpochSums(**training["sums"])
        self.freeze_for_phase()

    def weights(self) -> StateDict:
        """A copy of the model's weights as they are now."""
        return {name: value.clone() for name, value in self.model.state_dict().items()}

    def load_model(self, weights: StateDict) -> None:
        """Put other weights into the model, such as those of the best epoch."""
        apply_weights(self.model, self.row, weights, "the best checkpoint")


def _initial_model(
    settings: TrainSettings, n_classes: int, weights: StateDict | None, device: torch.device, original_head: bool
) -> nn.Module:
    """The model before the first step: random where no weights are given or, as in a new head, none fit."""
    with seeded(settings.seed, device):
        model = build_model(settings.backbone, n_classes, settings.input_size, original_head)
    if weights is not None:
        apply_weights(model, BACKBONES[settings.backbone], weights, Path(settings.weights).name)
    if settings.weights == "none":
        adapt_sooner(model)
    return model

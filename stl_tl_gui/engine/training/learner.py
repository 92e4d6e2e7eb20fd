"""Learner: the model in training, all that changes with it, and what its checkpoints contain."""

import math
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict
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
from stl_tl_gui.engine.models.model import (
    StateDict,
    adapt_sooner,
    build_model,
    freeze,
    keep_averages,
    set_head,
    train_mode,
)
from stl_tl_gui.engine.models.weights import apply_weights, with_rows_of
from stl_tl_gui.engine.settings.groups.model import weights_name
from stl_tl_gui.engine.settings.phases import Phase, phases
from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.engine.settings.timm_models import backbone_row
from stl_tl_gui.engine.training.automatic import Outcome
from stl_tl_gui.engine.training.best_epoch import BestEpoch
from stl_tl_gui.engine.training.divided_model import DividedModel
from stl_tl_gui.engine.training.features import Inputs
from stl_tl_gui.engine.training.gradients import add_gradients
from stl_tl_gui.engine.training.head_fit import fit_head
from stl_tl_gui.engine.training.mixing import Mixed, mix
from stl_tl_gui.engine.training.optimizer import ScaledOptimizer
from stl_tl_gui.engine.training.schedule import rate_factor
from stl_tl_gui.engine.training.steps import Batch, EpochSums, StepResult
from stl_tl_gui.engine.training.validation import Validation


def balanced_weights(class_counts: npt.NDArray[Any]) -> torch.Tensor:
    """Weights (c,) that make each class count the same, 1 on average over the pictures; 0 for one without pictures."""
    counts = torch.as_tensor(class_counts, dtype=torch.float32)
    there = counts > 0
    return torch.where(there, counts.sum() / (there.sum() * counts.clamp(min=1)), 0.0)


_MANY_CLASSES = 200
"""Of more, the log does not keep the accuracy of each class: it would grow large."""


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
        head_classes: tuple[str, ...] = (),
    ) -> None:
        """`head_classes`: the classes of the head in `weights`, if known; it keeps those of the same names."""
        self.asked = settings
        self.settings = settings
        """With the input size of the current phase."""
        self.class_names = class_names
        self.row = backbone_row(settings.backbone)
        self.device = device
        self.arithmetic = arithmetic
        self.original_head = original_head
        self.phases = phases(settings) if settings.recipe == "fixed" else ()
        """Of Automatic, those that it has decided on so far."""
        self.outcomes: list[Outcome] = []
        """What the finished ones brought; only of Automatic."""
        self.fit_losses: torch.Tensor | None = None
        """What the last fit of the head found by cross-validation; None where the phase has steps."""
        self.kept_losses: dict[str, torch.Tensor] = {}
        """Losses of pictures under the best model so far, by how they were found; only of Automatic."""
        allow_tensorfloat(settings.precision == "auto")
        self.kept_classes = tuple(name for name in class_names if name in head_classes)
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
        self._build(settings.input_size or phases(settings)[0].input_size, weights, head_classes)

    def _build(self, input_size: int, weights: StateDict | None, head_classes: tuple[str, ...] = ()) -> None:
        """The model for an input size, with these weights, its parts, and an optimizer that has done nothing yet."""
        self.settings = self.settings.model_copy(update={"input_size": input_size})
        self.preprocessing = preprocessing_for(self.settings)
        original = self.original_head
        model = _initial_model(self.settings, self.class_names, weights, self.device, original, head_classes)
        self.model = for_training(model, self.device, self.arithmetic.training)
        self.parts = DividedModel(self.model, self.settings, self.device, self.arithmetic)
        precision = self.arithmetic.training.precision
        self.optimizer = ScaledOptimizer(self.settings, self.model, self.row, self.device, precision)
        if self.phases:
            self.freeze_for_phase()

    # Phases

    @property
    def phase(self) -> Phase:
        """The phase that the current epoch belongs to."""
        return next(phase for phase in reversed(self.phases) if phase.first <= self.epoch)

    def begins_phase(self) -> bool:
        """Whether the next step is the first of a phase."""
        return (self.epoch, self.batch) == (self.phase.first, 0)

    def has_epochs_left(self) -> bool:
        """Whether a phase has begun, or is planned, that is not finished."""
        return bool(self.phases) and self.epoch < self.phases[-1].end

    def go_on_with(self, phase: Phase, weights: StateDict | None = None) -> None:
        """Begin a phase that Automatic has decided on, from these weights or the current ones."""
        self.phases = (*self.phases, phase)
        self.fit_losses = None
        self._build(phase.input_size, weights or self.weights())

    def go_to(self, phase: Phase) -> None:
        """Continue at the first step of a phase, to measure it."""
        self.epoch = phase.first
        self.freeze_for_phase()

    def frozen_stages(self) -> int:
        """How many stages keep their weights in the current epoch."""
        return self.row.frozen_stages(self.phase.freeze)

    def cached_stages(self) -> int:
        """How many frozen stages there are features of that can be cached in the current epoch."""
        frozen = self.frozen_stages()
        return frozen if self.settings.views and self.parts.compute_below(frozen) else 0

    def freeze_for_phase(self) -> None:
        """Freeze what the current phase freezes, and set training mode above it."""
        freeze(self.model, self.row, self.frozen_stages())
        train_mode(self.model, self.row, self.frozen_stages())
        if self.phase.keeps_averages:
            keep_averages(self.model)

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
        mixed = mix(images, batch, 0.0 if phase.warms_up else self.settings.mixup)
        smoothing = 0.0 if phase.warms_up else self.settings.label_smoothing  # on fixed features it costs accuracy
        loss, correct = self._gradient(inputs.first, mixed, batch.random.seed, smoothing)
        self.optimizer.step()
        self.batch += 1
        return StepResult(self.batch, loss, correct, len(batch.targets), self.optimizer.rate)

    def _gradient(self, first: int, mixed: Mixed, seed: int, smoothing: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute the gradient of a batch. Where memory runs out, start again with half as many pictures at once.

        The running averages of BatchNorm then count some pictures twice.
        """

        def logits_of(rows: slice) -> torch.Tensor:
            with seeded(seed + rows.start, self.device), self.arithmetic.training.autocast(self.device):
                logits: torch.Tensor = self.parts.learning(first)(mixed.images[rows])
                return logits.float()

        while True:
            try:
                return add_gradients(logits_of, mixed, self.microbatch, self.optimizer, self.class_weights, smoothing)
            except (RuntimeError, MemoryError) as error:
                at_once = min(self.microbatch or len(mixed.images), len(mixed.images))
                if at_once == 1 or not is_out_of_memory(error):
                    raise
                self.microbatch = math.ceil(at_once / 2)
            give_back(self.device)  # only now, when the error no longer holds what was computed

    def _set_rate(self, phase: Phase, batches: int) -> None:
        """The learning rates of the next step: the schedule runs once through each phase."""
        step, steps = (self.epoch - phase.first) * batches + self.batch, phase.epochs * batches
        rate = self.settings.learning_rate * phase.rate * rate_factor(self.settings.schedule, step, steps)
        self.optimizer.set_rate(rate, phase.stage_decay)

    def spend(self, seconds: float) -> None:
        """Add to the time that the current epoch and the run took."""
        self.sums.seconds += seconds
        self.seconds += seconds

    def validate(self, inputs: Inputs, should_stop: Callable[[], bool]) -> Validation | None:
        """How well the model does on these pictures, or None when stopped."""
        model, random = self.parts.predicting(inputs.first), self.random()
        logits = [torch.empty(0, len(self.class_names))]
        for indices in torch.split(torch.arange(len(inputs.targets)), inference_batch(self.settings.input_size)):
            if should_stop():
                return None
            images = inputs.gather(indices, random).to(self.device)
            logits.append(model(inputs.prepare(images, random)).cpu())
        return Validation(torch.cat(logits), inputs.targets)

    def fit_head(self, inputs: Inputs) -> None:
        """Fit the head to the features of training pictures, in place of an epoch of steps."""
        started = time.perf_counter()
        features = inputs.gather(torch.arange(len(inputs.targets)), self.random()).flatten(1).float().to(self.device)
        targets = inputs.targets.to(self.device)
        fit = fit_head(features, targets, len(self.class_names), self.settings.seed, self.class_weights)
        set_head(self.model, self.row, fit.weight, fit.bias)
        logits = features @ fit.weight.T + fit.bias
        correct = (logits.argmax(1) == targets).sum()
        loss = cross_entropy(logits, targets)
        self.sums.add(StepResult(0, loss, correct, len(targets), 0.0))
        self.spend(time.perf_counter() - started)
        self.fit_losses = fit.losses.cpu()

    def end_epoch(self, validation: Validation, kept: bool | None = None) -> EpochEnd:
        """Close the current epoch. `kept`: whether its model is the best one; None lets its accuracy tell."""
        val_loss, val_accuracy = validation.loss, validation.accuracy
        best = self.best.take(val_loss, val_accuracy, kept)
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
            class_accuracies=validation.class_accuracies(n) if (n := len(self.class_names)) <= _MANY_CLASSES else (),
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
                **({"automatic": self._decided()} if self.settings.recipe == "automatic" else {}),
                "microbatch": self.microbatch,
            },
        )

    def _decided(self) -> dict[str, Any]:
        """What Automatic has decided and found so far, as plain values and tensors."""
        return {
            "phases": [asdict(phase) for phase in self.phases],
            "outcomes": [outcome.to_dict() for outcome in self.outcomes],
            "kept_losses": dict(self.kept_losses),
        }

    def restore(self, checkpoint: Checkpoint) -> None:
        """Continue where a checkpoint was saved; its weights were given at construction."""
        training = checkpoint.training
        decided = training.get("automatic")
        if decided is not None:
            self.phases = tuple(Phase(**row) for row in decided["phases"])
            self.outcomes = [Outcome.from_dict(row) for row in decided["outcomes"]]
            self.kept_losses = dict(decided["kept_losses"])
            known = RunArithmetic.from_dict(checkpoint.arithmetic) if checkpoint.arithmetic else self.arithmetic
            self.arithmetic = known if known.works_on(self.device) else self.arithmetic
            self._build(checkpoint.preprocessing.input_size, checkpoint.model_state_dict)
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
        if self.phases:
            self.freeze_for_phase()

    def weights(self) -> StateDict:
        """A copy of the model's weights as they are now."""
        return {name: value.clone() for name, value in self.model.state_dict().items()}

    def load_best(self, checkpoint: Checkpoint) -> None:
        """Become the model of the best epoch, at its input size."""
        if checkpoint.preprocessing.input_size != self.settings.input_size:
            self._build(checkpoint.preprocessing.input_size, checkpoint.model_state_dict)
        self.load_model(checkpoint.model_state_dict)

    def load_model(self, weights: StateDict) -> None:
        """Put other weights into the model."""
        apply_weights(self.model, self.row, weights, "the best checkpoint")


def _initial_model(
    settings: TrainSettings,
    class_names: tuple[str, ...],
    weights: StateDict | None,
    device: torch.device,
    original_head: bool,
    head_classes: tuple[str, ...],
) -> nn.Module:
    """The model before the first step: random where no weights are given or, as in a new head, none fit."""
    row = backbone_row(settings.backbone)
    with seeded(settings.seed, device):
        model = build_model(settings.backbone, len(class_names), settings.input_size, original_head)
    if weights is not None:
        if head_classes:
            weights = with_rows_of(weights, model.state_dict(), row, head_classes, class_names)
        apply_weights(model, row, weights, weights_name(settings.weights))
    if settings.weights == "none":
        adapt_sooner(model)
    return model

"""Learner: the model in training, all that changes with it, and what its checkpoints hold."""

import hashlib
import math
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy.typing as npt
import torch
from torch import nn

from stl_tl_gui.engine.arithmetic import Choice, for_inference, for_training, inference_batch
from stl_tl_gui.engine.data.loading import prefetched
from stl_tl_gui.engine.data.preprocessing import preprocessing_for
from stl_tl_gui.engine.events import EpochEnd
from stl_tl_gui.engine.machine.compiling import compiled
from stl_tl_gui.engine.machine.device import allow_tensorfloat
from stl_tl_gui.engine.machine.randomness import Randomness, seeded
from stl_tl_gui.engine.models.checkpoints import Checkpoint
from stl_tl_gui.engine.models.model import (
    StateDict,
    adapt_sooner,
    build_model,
    freeze,
    parameter_groups,
    parts,
    train_mode,
)
from stl_tl_gui.engine.models.weights import apply_weights
from stl_tl_gui.engine.settings.backbones import BACKBONES
from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.engine.training.features import FrozenPart, Inputs
from stl_tl_gui.engine.training.schedule import rate_factor

_UNFROZEN_RATE = 0.3
"""After the head's warm-up, everything learns at this share of the rate: the head is near its place already."""


def balanced_weights(class_counts: npt.NDArray[Any]) -> torch.Tensor:
    """Weights (c,) that make each class count the same, 1 on average over the pictures; 0 for one without pictures."""
    counts = torch.as_tensor(class_counts, dtype=torch.float32)
    there = counts > 0
    return torch.where(there, counts.sum() / (there.sum() * counts.clamp(min=1)), 0.0)


@dataclass(frozen=True)
class Batch:
    """Inputs of one step, on the device."""

    number: int
    """0-based, in the epoch."""
    gathered: torch.Tensor
    targets: torch.Tensor
    random: Randomness


@dataclass(frozen=True)
class Step:
    """One optimiser step, whose figures a GPU may still be computing."""

    batch: int
    """1-based, in the epoch."""
    loss: torch.Tensor
    correct: torch.Tensor
    images: int
    learning_rate: float


class Learner:
    """A model with its optimiser and its place in the run. Knows nothing of files of pictures or of events' readers."""

    def __init__(
        self,
        settings: TrainSettings,
        class_names: tuple[str, ...],
        class_counts: npt.NDArray[Any],
        weights: StateDict | None,
        device: torch.device,
        arithmetic: Choice,
        original_head: bool = False,
    ) -> None:
        self.settings = settings
        self.class_names = class_names
        self.row = BACKBONES[settings.backbone]
        self.preprocessing = preprocessing_for(settings)
        self.device = device
        self.lag = 1 if device.type == "cuda" else 0
        """How many steps a GPU has before it while the figures of an earlier one are fetched."""
        self.arithmetic = arithmetic
        allow_tensorfloat(settings.precision == "auto")
        self.original_head = original_head
        with seeded(settings.seed, device):
            model = build_model(settings.backbone, len(class_names), settings.input_size, original_head)
        if weights is not None:
            apply_weights(model, self.row, weights, Path(settings.weights).name)
        if settings.weights == "none":
            adapt_sooner(model)
        self.model = for_training(model, device, arithmetic.training)
        self._parts = parts(self.model, self.row)
        self._learning: dict[int, nn.Module] = {}
        self.optimizer = _optimizer(settings, list(parameter_groups(model, self.row, settings.weight_decay)))
        self.scaler = torch.amp.GradScaler(device.type, enabled=arithmetic.training.precision == "float16")
        balanced = settings.class_weighting == "balanced"
        self.class_weights = balanced_weights(class_counts).to(self.device) if balanced else None
        self.epoch = 0
        """Finished epochs."""
        self.batch = 0
        """Finished batches of the epoch under way."""
        self.best_val_accuracy: float | None = None
        self.best_val_loss = math.inf
        self.epochs_without_gain = 0
        self.seconds = 0.0
        """Time spent computing, pauses not counted."""
        self._sums = {"loss": 0.0, "correct": 0.0, "images": 0.0, "seconds": 0.0}
        self._rate = 0.0
        self.freeze_for_epoch()

    # Phases

    def phase(self) -> Literal["head", "all"]:
        """What learns in the epoch under way, with “warm up the head, then unfreeze”."""
        return "head" if self.epoch < self.settings.head_epochs else "all"

    def begins_phase(self) -> bool:
        """Whether the epoch under way is the first of a phase and has not begun."""
        first = self.epoch in (0, self.settings.head_epochs)
        return self.settings.freeze == "head_then_all" and first and self.batch == 0

    def frozen_stages(self) -> int:
        """How many stages keep their weights in the epoch under way."""
        if self.settings.freeze == "head_then_all" and self.phase() == "all":
            return 0
        return self.row.frozen_stages(self.settings.freeze)

    def freeze_for_epoch(self) -> None:
        """Freeze what the epoch under way freezes, and set training mode above it."""
        freeze(self.model, self.row, self.frozen_stages())
        train_mode(self.model, self.row, self.frozen_stages())

    def phase_epochs(self) -> int:
        """How many epochs the phase under way has in all."""
        settings = self.settings
        if settings.freeze != "head_then_all":
            return settings.epochs
        return settings.head_epochs if self.phase() == "head" else settings.epochs - settings.head_epochs

    # Parts

    def frozen_part(self) -> FrozenPart:
        """The layers that do not learn in the epoch under way, ready to compute features."""
        n, arithmetic = self.frozen_stages(), self.arithmetic.inference
        below = nn.Sequential(*self._parts[:n])
        tensorfloat = self.device.type == "cuda" and self.settings.precision == "auto"
        facts = (str(below), self.device.type, tensorfloat, arithmetic.precision, arithmetic.channels_last)
        digest = hashlib.sha256(repr(facts).encode())
        for tensor in below.state_dict().values():
            digest.update(tensor.cpu().numpy().tobytes())
        dtype: torch.dtype = getattr(torch, arithmetic.precision)
        compute = for_inference(below, self.device, arithmetic)
        return FrozenPart(compute, digest.hexdigest(), n, self.preprocessing, self.device, dtype)

    def _learning_part(self, first: int) -> nn.Module:
        """The model from its part number `first` on."""
        if first not in self._learning:
            part = nn.Sequential(*self._parts[first:])
            self._learning[first] = part if self.settings.compile == "off" else compiled(part, self.device)
        return self._learning[first]

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

    def step(self, inputs: Inputs, batch: Batch, batches: int) -> Step:
        """One optimiser step; `batches` is how many an epoch has."""
        self._set_rates(batches)
        images = self.arithmetic.training.lay_out(inputs.prepare(batch.gathered, batch.random))
        with seeded(batch.random.seed, self.device), self.arithmetic.training.autocast(self.device):
            logits = self._learning_part(inputs.first)(images).float()
            loss = torch.nn.functional.cross_entropy(
                logits, batch.targets, weight=self.class_weights, label_smoothing=self._label_smoothing()
            )
        self.optimizer.zero_grad()
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.batch += 1
        correct = (logits.argmax(1) == batch.targets).sum()
        return Step(self.batch, loss.detach(), correct, len(batch.targets), self._rate)

    def count(self, step: Step) -> float:
        """Add a step to the epoch's figures; returns its loss. Waits until the device has computed it."""
        loss = step.loss.item()
        for name, value in (("loss", loss * step.images), ("correct", step.correct.item()), ("images", step.images)):
            self._sums[name] += value
        return loss

    def spend(self, seconds: float) -> None:
        """Add to the time that the epoch under way and the run took."""
        self._sums["seconds"] += seconds
        self.seconds += seconds

    def validate(self, inputs: Inputs, should_stop: Callable[[], bool]) -> tuple[float, float] | None:
        """Mean cross-entropy and accuracy, or None when stopped."""
        model = for_inference(nn.Sequential(*self._parts[inputs.first :]), self.device, self.arithmetic.inference)
        loss, correct, random = 0.0, 0, self.random()
        batch = inference_batch(self.settings.input_size)
        for indices in torch.split(torch.arange(len(inputs.targets)), batch):
            if should_stop():
                return None
            images, targets = inputs.gather(indices, random).to(self.device), inputs.targets[indices]
            logits = model(inputs.prepare(images, random)).cpu()
            loss += torch.nn.functional.cross_entropy(logits, targets, reduction="sum").item()
            correct += int((logits.argmax(1) == targets).sum())
        return loss / len(inputs.targets), correct / len(inputs.targets)

    def _label_smoothing(self) -> float:
        """None while the head warms up: on fixed features it costs accuracy."""
        warming_up = self.settings.freeze == "head_then_all" and self.phase() == "head"
        return 0.0 if warming_up else self.settings.label_smoothing

    def _set_rates(self, batches: int) -> None:
        """Each group's learning rate at this step; in the second phase, earlier stages learn more slowly."""
        settings, top = self.settings, len(self.row.stages)
        first, last, factor, decay = 0, settings.epochs, 1.0, 1.0
        if settings.freeze == "head_then_all":
            if self.phase() == "head":
                last = settings.head_epochs
            else:
                first, factor, decay = settings.head_epochs, _UNFROZEN_RATE, settings.stage_rate
        step, steps = (self.epoch - first) * batches + self.batch, (last - first) * batches
        self._rate = settings.learning_rate * factor * rate_factor(settings.schedule, step, steps)
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate * decay ** (top - group["stage"])

    def images_per_second(self) -> float:
        """Training speed in the epoch under way."""
        return self._sums["images"] / max(self._sums["seconds"], 1e-9)

    def end_epoch(self, val_loss: float, val_accuracy: float) -> EpochEnd:
        """Close the epoch under way with its validation result. Of two equally accurate ones, the surer is the best.

        Where no picture may help to choose, the last one is.
        """
        gain = self.best_val_accuracy is None or val_accuracy > self.best_val_accuracy
        last_counts = self.settings.protocol == "stl10"
        best = last_counts or gain or (val_accuracy == self.best_val_accuracy and val_loss < self.best_val_loss)
        if best:
            self.best_val_accuracy, self.best_val_loss = val_accuracy, val_loss
        self.epochs_without_gain = 0 if gain else self.epochs_without_gain + 1
        self.epoch += 1
        self.batch = 0
        event = EpochEnd(
            epoch=self.epoch,
            train_loss=self._sums["loss"] / max(self._sums["images"], 1),
            train_accuracy=self._sums["correct"] / max(self._sums["images"], 1),
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            learning_rate=self._rate,
            images_per_second=self.images_per_second(),
            seconds=self._sums["seconds"],
            best=best,
        )
        self._sums = dict.fromkeys(self._sums, 0.0)
        return event

    # Checkpoints

    def checkpoint(self) -> Checkpoint:
        """Where training is now. Its tensors go on changing with the model; `copy.deepcopy` keeps them."""
        return Checkpoint(
            backbone=self.settings.backbone,
            class_names=self.class_names,
            preprocessing=self.preprocessing,
            model_state_dict=self.model.state_dict(),
            settings=self.settings.model_dump(mode="json"),
            epoch=self.epoch,
            best_valid_acc=self.best_val_accuracy,
            original_head=self.original_head,
            arithmetic=self.arithmetic.to_dict(),
            optimizer_state_dict=self.optimizer.state_dict(),
            training={
                "batch": self.batch,
                "epochs_without_gain": self.epochs_without_gain,
                "best_val_loss": self.best_val_loss,
                "seconds": self.seconds,
                "sums": self._sums,
                "rate": self._rate,
                "scaler": self.scaler.state_dict(),
            },
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to where a checkpoint was saved; its weights were given at construction."""
        self.optimizer.load_state_dict(checkpoint.optimizer_state_dict)
        training = checkpoint.training
        self.epoch, self.batch = checkpoint.epoch, training["batch"]
        self.best_val_accuracy = checkpoint.best_valid_acc
        self.best_val_loss = training.get("best_val_loss", math.inf)
        patience, waited = self.settings.early_stopping, training["epochs_without_gain"]
        self.epochs_without_gain = 0 if patience and waited >= patience else waited  # stopped early: a new chance
        self.seconds = training["seconds"]
        self._sums = dict(training["sums"])
        self._rate = training["rate"]
        self.scaler.load_state_dict(training["scaler"])
        self.freeze_for_epoch()

    def weights(self) -> StateDict:
        """A copy of the model's weights as they are now."""
        return {name: value.clone() for name, value in self.model.state_dict().items()}

    def load_model(self, weights: StateDict) -> None:
        """Put other weights into the model, such as those of the best epoch."""
        apply_weights(self.model, self.row, weights, "the best checkpoint")


def _optimizer(settings: TrainSettings, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    rate = settings.learning_rate
    if settings.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=0.9, nesterov=True, fused=True)
    if settings.optimizer == "adam":
        return torch.optim.Adam(groups, lr=rate, fused=True)
    return torch.optim.AdamW(groups, lr=rate, fused=True)

"""Learner: the model in training, all that changes with it, and what its checkpoints hold."""

import hashlib
import time
from pathlib import Path
from typing import Any, Literal

import numpy.typing as npt
import torch

from stl_tl_gui.engine.backbones import BACKBONES
from stl_tl_gui.engine.checkpoints import Checkpoint, save_checkpoint
from stl_tl_gui.engine.data.augmentation import AUGMENTATIONS, augment
from stl_tl_gui.engine.data.preprocessing import Preprocessing
from stl_tl_gui.engine.device import autocast, choose_device, choose_precision
from stl_tl_gui.engine.events import EpochEnd
from stl_tl_gui.engine.model import StateDict, build_model, freeze, parameter_groups, train_mode
from stl_tl_gui.engine.schedule import rate_factor
from stl_tl_gui.engine.settings import TrainSettings
from stl_tl_gui.engine.weights import apply_weights

_UNFROZEN_RATE = 0.3
"""After the head's warm-up, everything learns at this share of the rate: the head is near its place already."""


class Randomness:
    """Random numbers that depend only on a seed and where training is, so that a resumed run draws the same ones."""

    def __init__(self, *position: int) -> None:
        digest = hashlib.sha256(repr(position).encode()).digest()
        self.seed = int.from_bytes(digest[:7], "little")
        self.generator = torch.Generator().manual_seed(self.seed)

    def permutation(self, n: int) -> torch.Tensor:
        return torch.randperm(n, generator=self.generator)


def balanced_weights(class_counts: npt.NDArray[Any]) -> torch.Tensor:
    """Weights (c,) that make each class count the same, 1 on average over the pictures; 0 for one without pictures."""
    counts = torch.as_tensor(class_counts, dtype=torch.float32)
    there = counts > 0
    return torch.where(there, counts.sum() / (there.sum() * counts.clamp(min=1)), 0.0)


class Learner:
    """A model with its optimiser and its place in the run. Knows nothing of files of pictures or of events' readers."""

    def __init__(
        self,
        settings: TrainSettings,
        class_names: tuple[str, ...],
        class_counts: npt.NDArray[Any],
        weights: StateDict | None,
    ) -> None:
        self.settings = settings
        self.class_names = class_names
        self.row = BACKBONES[settings.backbone]
        facts = self.row.weights
        self.preprocessing = Preprocessing(
            settings.input_size, settings.resize, facts.mean, facts.std, facts.interpolation
        )
        self.device = choose_device(settings.device)
        self.precision = choose_precision(settings.precision, self.device)
        torch.manual_seed(settings.seed)
        model = build_model(settings.backbone, len(class_names), settings.input_size)
        if weights is not None:
            apply_weights(model, self.row, weights, Path(settings.weights).name)
        self.model = model.to(self.device)
        self.optimizer = _optimizer(settings, list(parameter_groups(model, self.row, settings.weight_decay)))
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.precision == "float16")
        balanced = settings.class_weighting == "balanced"
        self.class_weights = balanced_weights(class_counts).to(self.device) if balanced else None
        self.epoch = 0
        """Finished epochs."""
        self.batch = 0
        """Finished batches of the epoch under way."""
        self.best_val_accuracy: float | None = None
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

    # Steps

    def random(self, *position: int) -> Randomness:
        """The random numbers of a place in the run."""
        return Randomness(self.settings.seed, *position)

    def step(self, pixels: torch.Tensor, targets: torch.Tensor, batches: int) -> tuple[float, float]:
        """One optimiser step on pixels (b, 3, s, s) uint8. Returns the batch's loss and the head's learning rate."""
        started = time.perf_counter()
        random = self.random(self.epoch, self.batch)
        torch.manual_seed(random.seed)  # dropout
        self._set_rates(batches)
        targets = targets.to(self.device)
        changed = augment(pixels.to(self.device), AUGMENTATIONS[self.settings.augmentation], random.generator)
        with autocast(self.device, self.precision):
            logits = self.model(self.preprocessing.normalize(changed))
            loss = torch.nn.functional.cross_entropy(
                logits.float(), targets, weight=self.class_weights, label_smoothing=self.settings.label_smoothing
            )
        self.optimizer.zero_grad()
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.batch += 1
        value = loss.item()
        self._add(value, int((logits.argmax(1) == targets).sum()), len(targets), time.perf_counter() - started)
        return value, self._rate

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

    def _add(self, loss: float, correct: int, images: int, seconds: float) -> None:
        for name, value in (("loss", loss * images), ("correct", correct), ("images", images), ("seconds", seconds)):
            self._sums[name] += value
        self.seconds += seconds

    def images_per_second(self) -> float:
        """Training speed in the epoch under way."""
        return self._sums["images"] / max(self._sums["seconds"], 1e-9)

    def end_epoch(self, val_loss: float, val_accuracy: float) -> EpochEnd:
        """Close the epoch under way with its validation result."""
        best = self.best_val_accuracy is None or val_accuracy > self.best_val_accuracy
        self.best_val_accuracy = val_accuracy if best else self.best_val_accuracy
        self.epochs_without_gain = 0 if best else self.epochs_without_gain + 1
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

    def save(self, *paths: Path) -> None:
        """Write the same checkpoint to each path, in this order."""
        checkpoint = Checkpoint(
            backbone=self.settings.backbone,
            class_names=self.class_names,
            preprocessing=self.preprocessing,
            model_state_dict=self.model.state_dict(),
            settings=self.settings.model_dump(mode="json"),
            epoch=self.epoch,
            best_valid_acc=self.best_val_accuracy,
            training={
                "batch": self.batch,
                "epochs_without_gain": self.epochs_without_gain,
                "seconds": self.seconds,
                "sums": self._sums,
                "rate": self._rate,
                "scaler": self.scaler.state_dict(),
            },
        )
        save_checkpoint(checkpoint, self.optimizer.state_dict(), *paths)

    def restore(self, checkpoint: Checkpoint, optimizer_state_dict: dict[str, Any]) -> None:
        """Go back to where a checkpoint was saved; its weights were given at construction."""
        self.optimizer.load_state_dict(optimizer_state_dict)
        training = checkpoint.training
        self.epoch, self.batch = checkpoint.epoch, training["batch"]
        self.best_val_accuracy = checkpoint.best_valid_acc
        patience, waited = self.settings.early_stopping, training["epochs_without_gain"]
        self.epochs_without_gain = 0 if patience and waited >= patience else waited  # stopped early: a new chance
        self.seconds = training["seconds"]
        self._sums = dict(training["sums"])
        self._rate = training["rate"]
        self.scaler.load_state_dict(training["scaler"])
        self.freeze_for_epoch()

    def load_model(self, weights: StateDict) -> None:
        """Put other weights into the model, such as those of the best epoch."""
        apply_weights(self.model, self.row, weights, "the best checkpoint")


def _optimizer(settings: TrainSettings, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    rate = settings.learning_rate
    if settings.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=0.9, nesterov=True)
    if settings.optimizer == "adam":
        return torch.optim.Adam(groups, lr=rate)
    return torch.optim.AdamW(groups, lr=rate)

"""The plain course loop that the app is compared with: written as PyTorch courses teach it.

Settings of https://github.com/bentrevett/pytorch-image-classification: a Dataset that gives one picture at a time,
transforms on each, DataLoader with 4 workers, float32, Adam, the loss read after each batch, and accuracy on the
training pictures from a pass of its own.
"""

import multiprocessing
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Subset
from torch.utils.data import Dataset as TorchDataset

from stl_tl_gui.engine.benchmark.settings import BATCH_SIZE
from stl_tl_gui.engine.data import ImageSet
from stl_tl_gui.engine.data.stl10_files import SIDE
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.machine.torchvision_import import make_torchvision_importable
from stl_tl_gui.engine.models.model import StateDict, build_model, freeze
from stl_tl_gui.engine.models.weights import apply_weights
from stl_tl_gui.engine.settings.backbones import BACKBONES, PretrainedWeights

LEARNING_RATE = 1e-4
_WORKERS = 4

Transform = Callable[[Image.Image], torch.Tensor]
Pictures = TorchDataset[tuple[torch.Tensor, int]]

USUAL_WEIGHTS = PretrainedWeights("", 0.0, 0.0)
"""Preprocessing as most weights know it."""


def loader_workers() -> tuple[int, str]:
    """How many processes load pictures, and a sentence where they are not as many as in the course."""
    if getattr(sys, "frozen", False):
        return 0, "plain loop: without loader processes, which a packaged app cannot start"
    if "fork" not in multiprocessing.get_all_start_methods():
        return 0, "plain loop: without loader processes, as this system cannot fork"
    return _WORKERS, ""


def course_transform(
    input_size: int, stored: tuple[int, int] | None = None, weights: PretrainedWeights = USUAL_WEIGHTS
) -> Transform:
    """Picture -> what a model with these weights gets; no Resize where pictures are stored in the right size."""
    make_torchvision_importable()
    from torchvision import transforms

    mode = transforms.InterpolationMode(weights.interpolation)
    resize = [] if stored == (input_size, input_size) else [transforms.Resize((input_size, input_size), mode)]
    normalize = transforms.Normalize(weights.mean, weights.std)
    transform: Transform = transforms.Compose([*resize, transforms.ToTensor(), normalize])
    return transform


def course_model(backbone: str, n_classes: int, input_size: int, weights: StateDict | None = None) -> nn.Module:
    """The same model as the app's, without weights random; efficientnet_pytorch with its own Swish, as users get it.

    Raises WrongWeights.
    """
    model = build_model(backbone, n_classes, input_size)
    if weights is not None:
        apply_weights(model, BACKBONES[backbone], weights, backbone)
    if backbone == "efficientnet_pytorch_b0":
        model.set_swish(memory_efficient=True)  # type: ignore[operator]
    return model


class CourseDataset(TorchDataset[tuple[torch.Tensor, int]]):
    """The training pictures of an STL-10 folder, as torchvision.datasets.STL10 keeps and gives them."""

    def __init__(self, folder: Path, transform: Transform) -> None:
        pixels = np.fromfile(folder / "train_X.bin", np.uint8).reshape(-1, 3, SIDE, SIDE)
        self.data = np.transpose(pixels, (0, 1, 3, 2))
        self.labels = np.fromfile(folder / "train_y.bin", np.uint8).astype(np.int64) - 1
        self.transform = transform

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        image = Image.fromarray(np.transpose(self.data[index], (1, 2, 0)))
        return self.transform(image), int(self.labels[index])


class ImageSetPictures(TorchDataset[tuple[torch.Tensor, int]]):
    """The pictures of one of the app's splits, read one at a time, as torchvision.datasets.ImageFolder does."""

    def __init__(self, images: ImageSet, transform: Transform) -> None:
        self.images = images
        self.transform = transform

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.transform(self.images.read(index)), int(self.images.targets[index])


@dataclass(frozen=True)
class PlainEpoch:
    """What one epoch of the course loop reports. Accuracies are in [0, 1]."""

    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float


class PlainLoop:
    """The course loop: a model learns from the pictures of `train`, those of `val` validate."""

    def __init__(
        self,
        train: Pictures,
        val: Pictures,
        model: nn.Module,
        device: torch.device,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.train_loader = _loader(train, shuffle=True)
        self.val_loader = _loader(val, shuffle=False)
        self.device = device
        self.model = model.to(device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=LEARNING_RATE)
        self.criterion = nn.CrossEntropyLoss().to(device)
        self.should_stop = should_stop
        self.pictures_learned = 0
        """How many pictures the optimizer has seen, counted with repetition."""

    @classmethod
    def on_folder(
        cls,
        folder: Path,
        backbone: str,
        *,
        val: int,
        frozen: int = 0,
        input_size: int = SIDE,
        device: torch.device,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> "PlainLoop":
        """On an STL-10 folder, from random weights. `val` of its pictures validate, `frozen` stages do not learn."""
        dataset = CourseDataset(folder, course_transform(input_size, (SIDE, SIDE)))
        order = torch.randperm(len(dataset)).tolist()
        model = course_model(backbone, int(dataset.labels.max()) + 1, input_size)
        freeze(model, BACKBONES[backbone], frozen)
        return cls(Subset(dataset, order[val:]), Subset(dataset, order[:val]), model, device, should_stop)

    def epoch(self) -> PlainEpoch:
        """One epoch as in the course. Raises Cancelled."""
        train_loss = self.train()
        _, train_accuracy = self.evaluate(self.train_loader)
        return PlainEpoch(train_loss, train_accuracy, *self.evaluate(self.val_loader))

    def train(self) -> float:
        """One pass over the training pictures; returns the mean of the batches' losses."""
        epoch_loss = 0.0
        self.model.train()
        for images, targets in self._batches(self.train_loader):
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(images), targets)
            loss.backward()
            self.optimizer.step()
            epoch_loss += loss.item()
            self.pictures_learned += len(images)
        return epoch_loss / len(self.train_loader)

    def evaluate(self, loader: "DataLoader[Any]") -> tuple[float, float]:
        """Mean of the batches' losses, and the accuracy."""
        epoch_loss, correct, n = 0.0, 0, 0
        self.model.eval()
        with torch.no_grad():
            for images, targets in self._batches(loader):
                logits = self.model(images)
                epoch_loss += self.criterion(logits, targets).item()
                correct += int((logits.argmax(1) == targets).sum().item())
                n += len(targets)
        return epoch_loss / len(loader), correct / n

    def _batches(self, loader: "DataLoader[Any]") -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        with _no_advice():
            batches = iter(loader)
        for images, targets in batches:
            if self.should_stop():
                raise Cancelled
            yield images.to(self.device), targets.to(self.device)


def _loader(images: Pictures, shuffle: bool) -> "DataLoader[Any]":
    workers, _ = loader_workers()
    with _no_advice():
        return DataLoader(images, BATCH_SIZE, shuffle=shuffle, num_workers=workers, worker_init_fn=_leave_ctrl_c)


def _leave_ctrl_c(_worker: int) -> None:
    """Let the benchmark handle Ctrl+C, not each of its loader processes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _no_advice() -> Iterator[None]:
    """torch warns of more workers than cores, newer Pythons of copying a process with threads. So does the course."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class PlainClassifier:
    """How a course classifies a photo: open with Pillow, torchvision's transforms, model; one after the other."""

    def __init__(self, backbone: str, n_classes: int, input_size: int, device: torch.device) -> None:
        self.transform = course_transform(input_size)
        self.model = course_model(backbone, n_classes, input_size).to(device).eval()
        self.device = device

    def classify(self, path: Path) -> int:
        """The index of the most probable class."""
        with Image.open(path) as image:
            pixels = self.transform(image.convert("RGB"))
        with torch.no_grad():
            return int(self.model(pixels.unsqueeze(0).to(self.device)).argmax(1).item())

"""Inference: open a trained model and classify pictures with it."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import nn

from stl_tl_gui.engine.arithmetic import Arithmetic, RunArithmetic, for_inference, inference_batch, untried
from stl_tl_gui.engine.data.dataset import ImageSet
from stl_tl_gui.engine.data.decoding import Part, decode, printable
from stl_tl_gui.engine.data.loading import pixel_batches
from stl_tl_gui.engine.data.picture_files import find_pictures
from stl_tl_gui.engine.data.preprocessing import Preprocessing
from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.engine.machine.device import choose_device
from stl_tl_gui.engine.models.checkpoints import Checkpoint, load_checkpoint
from stl_tl_gui.engine.runs.run import open_run
from stl_tl_gui.engine.settings.backbones import known_row
from stl_tl_gui.engine.settings.groups.data import chosen_channels

Source = Path | Image.Image


class NoModelYet(UserError):
    """A run that has not saved a model."""


class NoPictures(UserError):
    """A folder or list of files without a picture."""


@dataclass(frozen=True)
class Classified:
    """The prediction for one picture, or why it could not be read."""

    name: str
    path: Path | None
    """None for a picture that has no file, such as a pasted one."""
    predicted: str | None
    confidence: float
    """Probability of the predicted class."""
    probabilities: dict[str, float]
    """Per class, most probable first; they sum to 1."""
    error: str | None = None


class _Sources(ImageSet):
    """Files and pictures in memory as an ImageSet without labels."""

    def __init__(self, sources: Sequence[Source], channels: tuple[int, ...]) -> None:
        names = [str(s) if isinstance(s, Path) else f"Picture {n}" for n, s in enumerate(sources, 1)]
        super().__init__(names, np.full(len(sources), -1, np.int64))
        self._sources, self._channels = sources, channels

    def read(self, index: int, at_least: int | None = None) -> Image.Image:
        source = self._sources[index]
        return (
            decode(source, at_least, Part(channels=self._channels))
            if isinstance(source, Path)
            else source.convert("RGB")
        )

    def path(self, index: int) -> Path | None:
        source = self._sources[index]
        return source if isinstance(source, Path) else None

    def subset(self, indices: npt.NDArray[np.int64]) -> ImageSet:
        return _Sources([self._sources[index] for index in indices], self._channels)


class Predictor:
    """A model in evaluation mode, from pixels to logits."""

    def __init__(
        self, model: nn.Module, preprocessing: Preprocessing, device: torch.device, arithmetic: Arithmetic
    ) -> None:
        self._compute = for_inference(model, device, arithmetic)
        self._preprocessing = preprocessing
        self._device = device

    def logits(self, pixels: torch.Tensor) -> torch.Tensor:
        """Logits (n, c), float32 on the CPU, of pixels (n, 3, s, s) uint8."""
        return self._compute(self._preprocessing.normalize(pixels.to(self._device))).cpu()


class Classifier:
    """A trained model with its class names and its preprocessing."""

    def __init__(self, checkpoint: Checkpoint, device: str = "auto") -> None:
        self.checkpoint = checkpoint
        self.class_names = checkpoint.class_names
        self.preprocessing = checkpoint.preprocessing
        self.device = choose_device(device)
        self.model: nn.Module = checkpoint.build_model()
        self.arithmetic = _arithmetic(checkpoint, self.device)
        self._predictor = Predictor(self.model, self.preprocessing, self.device, self.arithmetic.inference)

    @property
    def part(self) -> Part:
        """What of a file is the picture, as in training."""
        return Part(channels=chosen_channels(str((self.checkpoint.settings or {}).get("channels", ""))))

    @property
    def title(self) -> str:
        return f"{known_row(self.checkpoint.backbone).short_title}, {len(self.class_names)} classes"

    def classify(
        self, sources: Sequence[Source], should_stop: Callable[[], bool] = lambda: False
    ) -> Generator[Classified | Progress, None, list[Classified]]:
        """Classify files, folders (searched recursively) and pictures; yields each result as it comes, in order.

        A file that cannot be read is a result with `error`. Raises NoPictures when folders contain none, Cancelled.
        """
        images = _Sources((yield from _expand(sources, should_stop)), self.part.channels)
        results: list[Classified] = []
        batch_size = inference_batch(self.preprocessing.input_size)
        for batch in pixel_batches(images, self.preprocessing, batch_size, growing=True):
            if should_stop():
                raise Cancelled
            found = dict(zip(batch.indices.tolist(), self._probabilities(batch.pixels), strict=True))
            for index in sorted({*found, *batch.unreadable}):
                path = images.path(index)
                name = path.name if path else images.ids[index]
                if index in found:
                    result = self._result(name, path, found[index])
                else:
                    result = Classified(name, path, None, 0.0, {}, f"{name} {batch.unreadable[index].reason}.")
                results.append(result)
                yield result
            yield Progress(stage="Classifying", done=len(results), total=len(images))
        return results

    def _probabilities(self, pixels: torch.Tensor) -> list[list[float]]:
        if not len(pixels):
            return []
        rows: list[list[float]] = self._predictor.logits(pixels).double().softmax(dim=1).tolist()
        return rows

    def _result(self, name: str, path: Path | None, probabilities: list[float]) -> Classified:
        by_class = dict(
            sorted(zip(self.class_names, probabilities, strict=True), key=lambda pair: pair[1], reverse=True)
        )
        predicted = next(iter(by_class))
        return Classified(name, path, predicted, by_class[predicted], by_class)


def _arithmetic(checkpoint: Checkpoint, device: torch.device) -> RunArithmetic:
    """As the model was evaluated in training where this device can, else plain."""
    plain = RunArithmetic(untried(device), untried(device), device.type)
    try:
        known = RunArithmetic.from_dict(checkpoint.arithmetic) if checkpoint.arithmetic else plain
    except (TypeError, KeyError):  # written by another version of the app
        return plain
    return known if known.works_on(device) else plain


def _expand(sources: Sequence[Source], should_stop: Callable[[], bool]) -> Generator[Progress, None, list[Source]]:
    """Folders replaced by the pictures in them, also those of formats that cannot be opened. Raises NoPictures."""
    expanded: list[Source] = []
    empty: list[str] = []
    for source in sources:
        if isinstance(source, Path) and source.is_dir():
            found = yield from find_pictures(source, [], should_stop)
            files = sorted([*(picture.path for picture in found.pictures), *(path for path, _ in found.refused)])
            expanded += files
            empty += [] if files else [f"“{printable(str(source))}”"]
        else:
            expanded.append(source)
    if not expanded:
        raise NoPictures(f"No pictures in {' and '.join(empty)}.")
    return expanded


def open_classifier(
    path: Path, *, class_names: tuple[str, ...] | None = None, backbone: str | None = None, device: str = "auto"
) -> Classifier:
    """The model of a run folder (its best epoch, else its last) or of a checkpoint file.

    Raises NoModelYet, NotARun, or what `load_checkpoint` raises; `class_names` and `backbone` are for files that do
    not store them.
    """
    if path.is_dir():
        run = open_run(path)
        path = run.best if run.best.exists() else run.last
        if not path.exists():
            raise NoModelYet(f"“{run.name}” has no saved model yet: it stopped before its first epoch was finished.")
    return Classifier(load_checkpoint(path, class_names, backbone), device)

"""Preprocessing: how a picture becomes what the model gets. One object per model, stored in its checkpoint and used by
training, validation, test, prediction and previews alike."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageOps

from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.engine.settings.timm_models import backbone_row

_PADDING = (124, 116, 104)
"""ImageNet's mean color, which becomes zero after normalization."""


@dataclass(frozen=True)
class Preprocessing:
    """Picture -> square of `input_size` pixels -> numbers with the given mean and standard deviation."""

    input_size: int
    resize: Literal["stretch", "pad", "crop"]
    mean: tuple[float, float, float]
    """Per channel, of values in [0, 1]."""
    std: tuple[float, float, float]
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"

    def square(self, image: Image.Image) -> Image.Image:
        """An RGB picture of any shape as RGB of `input_size` x `input_size`, antialiased."""
        size = (self.input_size, self.input_size)
        if image.size == size:
            return image
        resample = Image.Resampling.BICUBIC if self.interpolation == "bicubic" else Image.Resampling.BILINEAR
        if self.resize == "stretch":
            return image.resize(size, resample)
        if self.resize == "pad":
            return ImageOps.pad(image, size, resample, color=_PADDING)
        return ImageOps.fit(image, size, resample)

    def pixels(self, image: Image.Image) -> npt.NDArray[np.uint8]:
        """The square as an array (3, input_size, input_size)."""
        return np.asarray(self.square(image)).transpose(2, 0, 1)

    def normalize(self, images: torch.Tensor) -> torch.Tensor:
        """Pixels (n, 3, h, w) in 0..255, of any dtype, as float32 model input."""
        factor = torch.tensor([1 / (255 * std) for std in self.std], device=images.device)
        offset = torch.tensor(
            [-mean / std for mean, std in zip(self.mean, self.std, strict=True)], device=images.device
        )
        return images.to(torch.float32, copy=True).mul_(factor.view(3, 1, 1)).add_(offset.view(3, 1, 1))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for a checkpoint."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Preprocessing":
        """What `to_dict` gave. Raises TypeError or KeyError for anything else."""
        return cls(**{**values, "mean": tuple(values["mean"]), "std": tuple(values["std"])})


def preprocessing_for(settings: TrainSettings) -> Preprocessing:
    """What a run does to pictures: the size and shape asked for, the colors that the backbone's weights know."""
    row = backbone_row(settings.backbone)
    facts = row.weights
    size = row.fixed_size or settings.input_size or facts.input_size  # where Automatic has not decided yet
    return Preprocessing(size, settings.resize, facts.mean, facts.std, facts.interpolation)

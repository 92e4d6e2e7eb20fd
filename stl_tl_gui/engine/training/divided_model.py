"""DividedModel: a model cut at its freeze boundary, so that frozen layers run once and only the others in each step."""

import hashlib
from collections.abc import Callable

import torch
from torch import nn

from stl_tl_gui.engine.arithmetic import RunArithmetic, for_inference
from stl_tl_gui.engine.data.preprocessing import preprocessing_for
from stl_tl_gui.engine.machine.compiling import compiled
from stl_tl_gui.engine.models.model import parts
from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.engine.settings.timm_models import backbone_row
from stl_tl_gui.engine.training.features import FrozenPart


class DividedModel:
    """The parts of a model that learns: its stages from the picture up, and the head. They share its weights."""

    def __init__(
        self, model: nn.Module, settings: TrainSettings, device: torch.device, arithmetic: RunArithmetic
    ) -> None:
        self._parts = parts(model, backbone_row(settings.backbone))
        self._settings = settings
        self._device = device
        self._arithmetic = arithmetic.inference
        self._learning: dict[int, nn.Module] = {}

    def compute_below(self, n: int) -> bool:
        """Whether the first `n` parts compute anything."""
        return any(len(part) for part in self._parts[:n])

    def frozen(self, n: int) -> FrozenPart:
        """The first `n` parts as they are now, ready to compute features."""
        arithmetic, settings = self._arithmetic, self._settings
        below = nn.Sequential(*self._parts[:n])
        tensorfloat = self._device.type == "cuda" and settings.precision == "auto"
        facts = (str(below), self._device.type, tensorfloat, arithmetic.precision, arithmetic.channels_last)
        digest = hashlib.sha256(repr(facts).encode())
        for tensor in below.state_dict().values():
            digest.update(tensor.cpu().numpy().tobytes())
        compute = for_inference(below, self._device, arithmetic)
        preprocessing = preprocessing_for(settings)
        return FrozenPart(compute, digest.hexdigest(), n, preprocessing, self._device, arithmetic.dtype)

    def each(self) -> list[Callable[[torch.Tensor], torch.Tensor]]:
        """Each part as it is now, to predict: one after the other they are the model."""
        return [for_inference(part, self._device, self._arithmetic) for part in self._parts]

    def uncompiled(self, first: int) -> nn.Module:
        """From part number `first` on."""
        return nn.Sequential(*self._parts[first:])

    def learning(self, first: int) -> nn.Module:
        """From part number `first` on, to train."""
        if first not in self._learning:
            part = self.uncompiled(first)
            self._learning[first] = part if self._settings.compile == "off" else compiled(part, self._device)
        return self._learning[first]

    def predicting(self, first: int) -> Callable[[torch.Tensor], torch.Tensor]:
        """From part number `first` on as it is now, to predict."""
        return for_inference(self.uncompiled(first), self._device, self._arithmetic)

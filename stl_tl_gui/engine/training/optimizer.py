"""ScaledOptimizer: the optimizer of a run, with a learning rate per stage and the loss scaling that float16 needs."""

from typing import Any

import torch
from torch import nn

from stl_tl_gui.engine.models.model import parameter_groups
from stl_tl_gui.engine.settings.backbones import Backbone
from stl_tl_gui.engine.settings.settings import TrainSettings


class ScaledOptimizer:
    """Changes a model's weights, step by step (loss scaling: Micikevicius et al. 2018)."""

    def __init__(
        self, settings: TrainSettings, model: nn.Module, row: Backbone, device: torch.device, precision: str
    ) -> None:
        groups = list(parameter_groups(model, row, settings.weight_decay))
        self.inner = _optimizer(settings, groups)
        self.scaler = torch.amp.GradScaler(device.type, enabled=precision == "float16")
        self.rate = 0.0
        """Learning rate of the head at the last step."""
        self._top = len(row.stages)

    def set_rate(self, rate: float, stage_decay: float) -> None:
        """Set the head's learning rate; each stage below learns at `stage_decay` times the rate of the one above."""
        self.rate = rate
        for group in self.inner.param_groups:
            group["lr"] = rate * stage_decay ** (self._top - group["stage"])

    def add_gradient(self, loss: torch.Tensor) -> None:
        """Compute the gradient of a loss, and add it to those since the last step."""
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]

    def step(self) -> None:
        """Change the weights by the gradients, which are forgotten only by `inner.zero_grad`."""
        self.scaler.step(self.inner)
        self.scaler.update()


def _optimizer(settings: TrainSettings, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    rate = settings.learning_rate
    if settings.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=0.9, nesterov=True, fused=True)
    if settings.optimizer == "adam":
        return torch.optim.Adam(groups, lr=rate, fused=True)
    return torch.optim.AdamW(groups, lr=rate, fused=True)

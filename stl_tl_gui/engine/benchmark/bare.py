"""The bare arithmetic: the model's speed on one batch on the device, without reading pictures, logs or files.

It uses the number format and the memory layout that the app chose for the same work.
"""

from collections.abc import Callable

import torch

from stl_tl_gui.engine.arithmetic import Arithmetic, for_inference, for_training, inference_batch
from stl_tl_gui.engine.benchmark.app_side import Clock
from stl_tl_gui.engine.benchmark.plain_loop import LEARNING_RATE
from stl_tl_gui.engine.benchmark.settings import BATCH_SIZE
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import ShouldStop
from stl_tl_gui.engine.models.model import build_model

_WARM_UP = 2
_CLASSES = 10


def bare_training(
    backbone: str, input_size: int, arithmetic: Arithmetic, device: torch.device, pictures: int, should_stop: ShouldStop
) -> float:
    """Pictures per second of forward pass, backward pass and fused step, over about that many pictures."""
    model = for_training(build_model(backbone, _CLASSES, input_size), device, arithmetic).train()
    optimizer = torch.optim.Adam(model.parameters(), LEARNING_RATE, fused=True)
    scaler = torch.amp.GradScaler(device.type, enabled=arithmetic.precision == "float16")
    images = arithmetic.lay_out(torch.randn(BATCH_SIZE, 3, input_size, input_size, device=device))
    targets = torch.randint(0, _CLASSES, (BATCH_SIZE,), device=device)

    def step() -> None:
        with arithmetic.autocast(device):
            loss = torch.nn.functional.cross_entropy(model(images).float(), targets)
        optimizer.zero_grad()
        scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        scaler.step(optimizer)
        scaler.update()

    return BATCH_SIZE * _rate(step, max(3, pictures // BATCH_SIZE), device, should_stop)


def bare_inference(
    backbone: str, input_size: int, arithmetic: Arithmetic, device: torch.device, pictures: int, should_stop: ShouldStop
) -> float:
    """Pictures per second of the folded model, over about that many pictures."""
    model = for_inference(build_model(backbone, _CLASSES, input_size), device, arithmetic)
    batch = inference_batch(input_size)
    shape = (batch, 3, input_size, input_size)
    images = arithmetic.lay_out(torch.randn(shape, device=device).to(arithmetic.dtype))
    steps = max(3, pictures // batch)
    return batch * _rate(lambda: model(images), steps, device, should_stop)


def _rate(step: Callable[[], object], steps: int, device: torch.device, should_stop: ShouldStop) -> float:
    """Steps per second. Raises Cancelled."""
    for _ in range(_WARM_UP):
        step()
    clock = Clock(device)
    for _ in range(steps):
        if should_stop():
            raise Cancelled
        step()
    return steps / clock.seconds()

"""The checks of the self-test. Each imports what it needs itself, so that a missing part fails alone."""

import io
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from stl_tl_gui import __version__
from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.settings.backbones import REINSTALL
from stl_tl_gui.engine.storage.places import cache_folder, data_folder, runs_folder, weights_folder

if TYPE_CHECKING:
    import torch

    from stl_tl_gui.engine.runs.run import Run

_LITTLE_SPACE = 2e9
"""Bytes of free disk space that a training soon fills."""
_NEAR = {"float32": 5e-3, "bfloat16": 0.05, "float16": 0.02}
"""How far the result of a device may be from the reference, in parts of its largest value."""


class Skipped(Exception):
    """The check is skipped, for this reason."""


class CheckFailed(UserError):
    """The check failed."""


@dataclass
class CheckContext:
    """The folder for the checks, and what later checks need of earlier ones."""

    folder: Path
    should_stop: Callable[[], bool] = lambda: False
    run: "Run | None" = field(default=None)
    """The run of the training."""


@dataclass(frozen=True)
class Check:
    """One part of the app on this computer; `do` returns what was found, or raises."""

    name: str
    title: str
    do: Callable[[CheckContext], str]


def checks() -> list[Check]:
    """All checks, in order."""
    return [
        Check("versions", "Versions", _versions),
        Check("folders", "Folders", _folders),
        Check("window", "Window", _window),
        Check("pictures", "Pictures", _pictures),
        Check("cpu", "Processor", lambda context: _device("cpu")),
        Check("gpu", "Graphics card", _graphics_cards),
        Check("training", "Training", _training),
        Check("checkpoint", "Checkpoint", _checkpoint),
        Check("prediction", "Prediction", _prediction),
        Check("weights", "Weights", _weights),
    ]


def _versions(context: CheckContext) -> str:
    import numpy
    import PIL
    import torch

    from stl_tl_gui.engine.models.model import build_model
    from stl_tl_gui.engine.settings.backbones import BACKBONES

    for backbone in BACKBONES:
        build_model(backbone, 2)
    import torchvision

    parts = {"torch": torch, "torchvision": torchvision, "Pillow": PIL, "NumPy": numpy}
    versions = ", ".join(f"{name} {module.__version__}" for name, module in parts.items())
    kind = "bundle" if getattr(sys, "frozen", False) else f"Python {platform.python_version()}"
    return f"STL Transfer Lab {__version__} ({kind}), {versions}; {platform.system()} {platform.machine()}"


def _folders(context: CheckContext) -> str:
    free = None
    for folder in (runs_folder(), data_folder(), weights_folder(), cache_folder()):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / ".self-test"
            probe.write_bytes(b"x")
            probe.unlink()
        except OSError as error:
            raise CheckFailed(
                f"“{folder}” cannot be written: {error.strerror or error}. Set STL_TL_GUI_HOME to another folder."
            ) from None
        room = shutil.disk_usage(folder).free
        free = room if free is None else min(free, room)
    assert free is not None
    if free < _LITTLE_SPACE:
        raise CheckFailed(f"Only {free / 1e9:.1f} GB are free in “{runs_folder().parent}”. Free some disk space.")
    return f"{runs_folder().parent} can be written; {free / 1e9:,.0f} GB are free"


def _window(context: CheckContext) -> str:
    from stl_tl_gui.engine.machine.processes import no_screen, seconds_to_window

    where = "offscreen, as there is no screen" if no_screen() else "on this screen"
    return f"opened and painted in {seconds_to_window():.1f} s, {where}"


def _pictures(context: CheckContext) -> str:
    """Encode a picture in every kind that can be opened, decode it, and compare."""
    import numpy as np
    from PIL import Image

    from stl_tl_gui.engine.data.decoding import FORMATS, decode

    ramp = np.linspace(0, 255, 64, dtype=np.uint8)
    drawn = np.stack([np.tile(ramp, (48, 1)), np.tile(ramp[::-1], (48, 1)), np.full((48, 64), 99, np.uint8)], axis=2)
    missing = [name for name, suffixes in FORMATS.items() if not suffixes]
    if missing:
        raise CheckFailed(f"This build cannot open {', '.join(missing)}.")
    for name in FORMATS:
        file = io.BytesIO()
        Image.fromarray(drawn).save(file, name)
        difference = np.abs(np.asarray(decode(file.getvalue())).astype(int) - drawn).mean()
        if difference > 8:  # GIF has 256 colors, and JPEG is not exact
            raise CheckFailed(f"{name} pictures are decoded wrongly.")
    return f"{', '.join(FORMATS)} can be opened"


def _graphics_cards(context: CheckContext) -> str:
    import torch

    from stl_tl_gui.engine.machine.device import gpus, why_no_gpu

    reason = why_no_gpu()
    if reason and torch.version.cuda is None and torch.version.hip is None:
        raise Skipped(f"{reason}; the app uses the CPU")
    if reason:
        raise CheckFailed(f"It cannot be used: {reason}. The app uses the CPU instead.")
    found = gpus()
    if not found:
        raise Skipped("PyTorch found none; the app uses the CPU")
    names = [f"cuda:{number}" for number in range(torch.cuda.device_count())] if found[0].type == "cuda" else ["mps"]
    return "; ".join(_device(name) for name in names)


def _device(name: str) -> str:
    """Convolve and backpropagate on a device in every number format, and compare with float64 on the CPU."""
    import torch

    from stl_tl_gui.engine.machine.device import half_precisions, machine_name

    device = torch.device(name)
    expected = _convolved(torch.device("cpu"), torch.float64)
    formats = ["float32", *half_precisions(device)]
    for each in formats:
        found = _convolved(device, getattr(torch, each))
        for right, got in zip(expected, found, strict=True):
            off = float((right - got).abs().max() / right.abs().max())
            if not off < _NEAR[each]:
                raise CheckFailed(f"{name} computes wrongly in {each}: off by {off:.1%}.")
    return f"{machine_name(device)} computes in {', '.join(formats)}"


def _convolved(device: "torch.device", format: "torch.dtype") -> "list[torch.Tensor]":
    """A convolution's result and its gradients, as float64 on the CPU."""
    import torch

    random = torch.Generator().manual_seed(0)
    pictures, kernel = (torch.randn(*shape, generator=random) for shape in ((4, 8, 24, 24), (16, 8, 3, 3)))
    leaves = [each.to(device, format).requires_grad_() for each in (pictures, kernel)]
    result = torch.nn.functional.conv2d(leaves[0], leaves[1], padding=1)
    result.float().square().sum().backward()  # type: ignore[no-untyped-call]
    return [each.detach().double().cpu() for each in (result, *(leaf.grad for leaf in leaves)) if each is not None]


def _training(context: CheckContext) -> str:
    from stl_tl_gui.engine.events import EpochEnd, Event, RunEnd, RunStart, result_of
    from stl_tl_gui.engine.settings.settings import make_settings
    from stl_tl_gui.engine.training.train import train

    values = {"data": "sample", "backbone": "resnet18", "weights": "none", "freeze": "none"}
    settings = make_settings({**values, "epochs": 2, "input_size": 32, "batch_size": 32})
    events: list[Event] = []
    run = result_of(train(settings, context.folder / "run", context.should_stop), events.append)
    end = next(event for event in reversed(events) if isinstance(event, RunEnd))
    if end.reason == "stopped":
        raise Cancelled
    if end.reason != "completed":
        raise CheckFailed(end.message)
    first, last = (event for event in events if isinstance(event, EpochEnd))
    if not last.train_loss < first.train_loss:
        raise CheckFailed(
            f"The model does not learn: its loss went from {first.train_loss:.2f} to {last.train_loss:.2f}."
        )
    context.run = run
    device = next(event.device for event in events if isinstance(event, RunStart))
    return f"two epochs on the sample on {device}; the loss went from {first.train_loss:.2f} to {last.train_loss:.2f}"


def _checkpoint(context: CheckContext) -> str:
    """Save the model again, open it, and compare."""
    import torch

    from stl_tl_gui.engine.models.checkpoints import load_checkpoint, save_checkpoint

    run = _run(context)
    copy = context.folder / "cöpy of a model.pt"
    before = load_checkpoint(run.best)
    save_checkpoint(before, copy)
    after = load_checkpoint(copy)
    same = all(torch.equal(each, after.model_state_dict[name]) for name, each in before.model_state_dict.items())
    if not same or after.class_names != before.class_names:
        raise CheckFailed("A saved model is different when it is opened again.")
    return f"saved and opened, {copy.stat().st_size / 1e6:.0f} MB"


def _prediction(context: CheckContext) -> str:
    """Classify pictures from files, and compare with the table that the training left."""
    from stl_tl_gui.engine.data import open_dataset
    from stl_tl_gui.engine.evaluation.inference import open_classifier
    from stl_tl_gui.engine.events import result_of
    from stl_tl_gui.engine.runs.predictions import read_predictions

    run = _run(context)
    table = read_predictions(run.predictions("test"))
    images = result_of(open_dataset("sample", should_stop=context.should_stop)).splits["test"]
    files = []
    for number in range(8):
        files.append(context.folder / f"píctüre {number}.png")
        images.read(number).save(files[-1])
    for row, found in enumerate(result_of(open_classifier(run.folder).classify(files, context.should_stop))):
        expected = dict(zip(table.class_names, table.probabilities[row].tolist(), strict=True))
        if max(abs(found.probabilities[name] - expected[name]) for name in expected) > 0.05:
            raise CheckFailed(f"A picture is classified differently than in the run’s predictions: {found.name}.")
    return f"{len(files)} pictures classified from files, as in the run’s predictions"


def _weights(context: CheckContext) -> str:
    from stl_tl_gui.engine.models.weight_store import is_intact, stored_weights

    stored = stored_weights()
    for each in stored:
        always = each.row.weights.included_file and not each.row.weights.extra
        if always and (each.path is None or not is_intact(each.path, context.should_stop)):
            raise CheckFailed(f"The weights of {each.row.short_title} are missing or damaged. {REINSTALL}")
    here = [each.row.short_title for each in stored if each.path is not None]
    return f"{len(here)} of {len(stored)} are on this computer: {', '.join(here)}"


def _run(context: CheckContext) -> "Run":
    if context.run is None:
        raise Skipped("the training did not complete")
    return context.run

"""The texts about a run: its settings in a few words, its state, the computer it runs on."""

import re
from collections.abc import Collection
from pathlib import Path

from stl_tl_gui.engine.events import Computation, PhaseStart, RunStart
from stl_tl_gui.engine.runs.run import RunSummary
from stl_tl_gui.engine.runs.so_far import RunSoFar
from stl_tl_gui.engine.settings.backbones import known_row
from stl_tl_gui.engine.settings.groups.model import weights_name
from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.words.progress import progress_in_words, time_left
from stl_tl_gui.words.quantities import duration, percent
from stl_tl_gui.words.settings import value_in_words


def data_name(data: str) -> str:
    """The data of a run in a word or two: "Sample", "STL-10", or the folder's name."""
    if data == "sample":
        return "Sample"
    name = Path(data).name
    return "STL-10" if name == "stl10_binary" else name or data


def backbone_name(backbone: str) -> str:
    """The backbone's title, as short as it stays unambiguous."""
    return known_row(backbone).short_title


def name_beside_date(name: str) -> str:
    """A run's name without the day that automatic names start with: “07.55.46 resnet18”."""
    return re.sub(r"^\d{4}-\d\d-\d\d (?=.)", "", name)


def run_title(summary: RunSummary) -> str:
    """The name that the user gave it, or “EfficientNet-Lite0 on photos10”."""
    return summary.notes.name or f"{backbone_name(summary.settings.backbone)} on {data_name(summary.settings.data)}"


def run_in_words(summary: RunSummary) -> str:
    """A run as it is called everywhere: “EfficientNet-Lite0 on photos10, 94.8 % test”."""
    return f"{run_title(summary)}, {outcome_words(summary)}"


def outcome_words(summary: RunSummary) -> str:
    """“94.8 % test”, “71.2 % validation”, or how far a run without an accuracy is."""
    if summary.state == "running":
        return "training now"
    if summary.test_accuracy is not None:
        return f"{percent(summary.test_accuracy)} test"
    if summary.best_val_accuracy is not None:
        return f"{percent(summary.best_val_accuracy)} validation"
    return state_name(summary.state).lower()


def weights_words(weights: str) -> str:
    return {"imagenet": "ImageNet", "none": "from scratch"}.get(weights, name_beside_date(weights_name(weights)))


def freeze_words(freeze: str) -> str:
    words = {"head": "head only", "none": "all layers", "head_then_all": "head, then all layers"}
    return words.get(freeze, f"frozen up to {freeze}")


def learning_words(settings: TrainSettings) -> str:
    """What learns: “Automatic”, or by the freezing."""
    return "Automatic" if settings.recipe == "automatic" else freeze_words(settings.freeze)


def title_of(settings: TrainSettings, apart: Collection[str]) -> str:
    """A run by its backbone and what else distinguishes it: “ResNet-18 · head only · seed 2”."""
    names = apart or ("weights", "freeze")
    parts = [backbone_name(settings.backbone)]
    if "weights" in names:
        parts.append(weights_words(settings.weights))
    if "freeze" in names and not (settings.weights == "none" and "weights" in names):
        parts.append(learning_words(settings))
    if "data" in names:
        parts.append(data_name(settings.data))
    others = (name for name in names if name not in ("backbone", "weights", "freeze", "data"))
    return " · ".join([*parts, *(_setting(settings, name) for name in others)])


def _setting(settings: TrainSettings, name: str) -> str:
    title = TrainSettings.model_fields[name].title or name
    return f"{title.lower()} {value_in_words(name, getattr(settings, name))}"


def sentence_case(text: str) -> str:
    """With a capital first letter, as a label or a cell of a table."""
    return text[:1].upper() + text[1:]


def state_name(state: str) -> str:
    return "Stopped early" if state == "early_stopped" else state.capitalize()


def state_help(state: str) -> str:
    return {
        "completed": "All epochs are done.",
        "early_stopped": "Early stopping ended it: validation accuracy stopped rising.",
        "stopped": "You stopped it. Resume it at any time.",
        "failed": "An error ended it. Open the run to read the error.",
        "running": "In progress here, in another window, or on the command line.",
        "interrupted": "The app or the computer stopped unexpectedly. Resume it at any time.",
    }[state]


def machine_in_words(start: RunStart) -> str:
    """“CPU, bfloat16, 3.1x faster here”: where and in what number format a run learns."""
    return f"{device_in_words(start.device)}, {_computation(start.training or Computation(precision=start.precision))}"


def machine_in_full(start: RunStart) -> str:
    """Where and how a run learns and predicts, with the memory order."""
    if start.training is None:  # an older version logged a sentence
        how = start.arithmetic or start.precision
    else:
        how = _computation(start.training, order=True)
        if start.inference not in (None, start.training):
            how += f"; prediction {_computation(start.inference, order=True)}"
    return f"{device_in_words(start.device)}, {how}"


def _computation(computation: Computation, *, order: bool = False) -> str:
    parts = [computation.precision]
    if order and computation.channels_last:
        parts.append("channels last")
    if computation.speedup is not None and computation.speedup >= 1.05:
        parts.append(f"{computation.speedup:.1f}x faster here")
    return ", ".join(parts)


def device_in_words(device: str) -> str:
    """“CPU” for cpu; the name of a graphics card as it is."""
    return device.upper() if device in ("cpu", "mps") else device


def phase_in_words(phase: PhaseStart) -> str:
    """What a phase of Automatic does: “Fitting the head at 160 pixels”."""
    does = {"head": "Fitting the head", "stages": "Fine-tuning the top stages", "all": "Fine-tuning all layers"}
    return f"{does[phase.phase]} at {phase.input_size} pixels"


def status_of(so_far: RunSoFar) -> str:
    """What the run does now, in one line. The epoch is shown beside it."""
    start = so_far.start
    doing = phase_in_words(so_far.phase) if so_far.is_automatic and so_far.phase and not so_far.end else ""
    if so_far.stage is not None:
        return "  ·  ".join(filter(None, (doing, progress_in_words(so_far.stage))))
    if start is None:
        return ""
    machine = machine_in_words(start)
    if so_far.end is not None:
        return f"Took {duration(so_far.end.seconds)}  ·  {machine}"
    if so_far.batch is None:
        return f"{doing}…" if doing else f"Starting on {machine}…"
    left = so_far.pace.seconds_left(so_far.batch.step) if so_far.pace else None
    parts = (
        doing,
        f"Batch {so_far.batch.batch} of {so_far.batch.batches}",
        f"{float(f'{so_far.batch.images_per_second:.3g}'):,.0f} pictures per second",
        time_left(left) if left is not None else "",
        machine,
    )
    return "  ·  ".join(filter(None, parts))

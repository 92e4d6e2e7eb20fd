"""What is said of a run."""

import math
import re
from pathlib import Path

from stl_tl_gui.engine.events import RunStart
from stl_tl_gui.engine.runs.so_far import RunSoFar
from stl_tl_gui.engine.settings.settings import choices
from stl_tl_gui.words.progress import duration, stage_in_words, time_left


def human_count(number: int | None) -> str:
    """11,181,642 as "11.2 M"."""
    if number is None:
        return "–"
    for size, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if number >= size * 0.99995:
            return f"{number / size:.1f} {unit}"
    return str(number)


def human_time(seconds: float) -> str:
    """3725 s as "1 h 02 min"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def human_accuracy(accuracy: float | None) -> str:
    return "–" if accuracy is None else f"{100 * accuracy:.1f} %"


def data_name(data: str) -> str:
    """The data of a run in a word or two: "Sample", "STL-10", or the folder's name."""
    if data == "sample":
        return "Sample"
    name = Path(data).name
    return "STL-10" if name == "stl10_binary" else name or data


def backbone_name(backbone: str) -> str:
    """The backbone's title, as short as it stays unambiguous."""
    return (choices("backbone") or {})[backbone].removesuffix(" (torchvision)")


def name_beside_date(name: str) -> str:
    """A run's name without the day that automatic names begin with: “07.55.46 resnet18”."""
    return re.sub(r"^\d{4}-\d\d-\d\d (?=.)", "", name)


def weights_name(weights: str) -> str:
    return {"imagenet": "ImageNet", "none": "Scratch"}.get(weights, Path(weights).name)


def freeze_name(freeze: str) -> str:
    names = {"head": "Head only", "none": "Nothing frozen", "head_then_all": "Head, then all"}
    return names.get(freeze, f"Up to {freeze}")


def state_name(state: str) -> str:
    return {
        "completed": "Completed",
        "early_stopped": "Stopped early",
        "stopped": "Stopped",
        "failed": "Failed",
        "running": "Running",
        "interrupted": "Interrupted",
    }[state]


def _state_help(state: str) -> str:
    return {
        "completed": "All epochs are done.",
        "early_stopped": "Ended by early stopping: the validation accuracy no longer rose.",
        "stopped": "Stopped on request. It can be resumed.",
        "failed": "Ended by an error. Open the run to read it.",
        "running": "Still going on, here or in another window or on the command line.",
        "interrupted": "Ended without a last word: a crash, or the machine was switched off. It can be resumed.",
    }[state]


def machine_in_words(start: RunStart) -> str:
    """“CPU, bfloat16, 3.1x faster here”: where and in what numbers a run learns, without the less important."""
    learning = (start.arithmetic or start.precision).partition(";")[0]
    return f"{device_in_words(start.device)}, {learning.replace(', channels last', '')}"


def device_in_words(device: str) -> str:
    """“CPU” for cpu; the name of a graphics card as it is."""
    return device.upper() if device in ("cpu", "mps") else device


def percent(share: float) -> str:
    """A share in [0, 1] as people read it."""
    return f"{100 * share:.1f} %" if math.isfinite(share) else "–"


def status_of(so_far: RunSoFar) -> str:
    """The run in one line."""
    start = so_far.start
    if so_far.stage is not None:
        return stage_in_words(so_far.stage)
    if start is None:
        return ""
    machine = machine_in_words(start)
    if so_far.end is not None:
        return f"Took {duration(so_far.end.seconds)}  ·  {machine}"
    if so_far.batch is None:
        return f"Starting on {machine}…"
    left = so_far.pace.seconds_left(so_far.batch.step) if so_far.pace else None
    parts = (
        "Epoch {epoch}, batch {batch} of {batches}".format(**so_far.batch.model_dump()),
        "{n:,.0f} pictures per second".format(n=float(f"{so_far.batch.images_per_second:.3g}")),
        time_left(left) if left is not None else "",
        machine,
    )
    return "  ·  ".join(filter(None, parts))

"""Compared runs in words: their states, settings and facts."""

from collections.abc import Sequence
from typing import Any

from stl_tl_gui.engine.comparison import ComparedRun, Mean
from stl_tl_gui.engine.settings.variants import told_apart
from stl_tl_gui.words.quantities import count, duration, percent
from stl_tl_gui.words.queue import state_name as job_state_name
from stl_tl_gui.words.run import (
    backbone_name,
    data_name,
    freeze_words,
    learning_words,
    name_beside_date,
    sentence_case,
    title_of,
    weights_words,
)
from stl_tl_gui.words.run import state_name as run_state_name
from stl_tl_gui.words.settings import value_in_words

_MOST = 4
"""So many names are listed in a sentence."""


def short_names(runs: Sequence[ComparedRun]) -> list[str]:
    """A distinct name for each run, by what differs; folder names where nothing else does."""
    apart = told_apart([run.settings for run in runs if run.settings is not None])
    names = [_short_name(run, apart) for run in runs]
    found: list[str] = []
    for run, name in zip(runs, names, strict=True):
        alone = f"{name} ({run.name})" if names.count(name) > 1 and run.run is not None else name
        again = sum(other == alone or other.startswith(f"{alone} (again ") for other in found)
        found.append(f"{alone} (again {again})" if again else alone)
    return found


def _short_name(run: ComparedRun, apart: Sequence[str]) -> str:
    if run.called or run.settings is None or (not apart and run.run is not None):
        return run.called or run.name
    return title_of(run.settings, apart or ("backbone", "weights", "freeze"))


def mean_words(mean: Mean, apart: Sequence[str]) -> str:
    """“ResNet-18 · head only: mean of 10 runs, best validation 81.2 % ± 1.1, test 80.3 % ± 0.9”."""
    names = {"best_val_accuracy": "validation", "test_accuracy": "test"}
    figures = ", ".join(
        f"{names[fact]} {percent(value)} ± {100 * deviation:.1f}"
        for fact, (value, deviation) in mean.accuracies.items()
    )
    text = "{title}: mean of {n} runs ± standard deviation: {figures}"
    return text.format(title=title_of(mean.settings, apart), n=mean.count, figures=figures)


def state_words(run: ComparedRun) -> str:
    """“Completed”, “Waiting in the queue”, “Cannot be read”."""
    if run.state == "unreadable":
        return "Cannot be read"
    if run.state == "waiting":
        return "Waiting in the queue"
    return job_state_name(run.state) if run.run is None else run_state_name(run.state)  # type: ignore[arg-type]


def title_in_list(run: ComparedRun) -> str:
    """The run in a list of all, in the same words as everywhere, or what it will be."""
    if run.called or run.settings is None:
        return run.called or name_beside_date(run.name)
    if run.run is None:
        return title_of(run.settings, ())
    return f"{backbone_name(run.settings.backbone)} on {data_name(run.settings.data)}"


def line_in_list(run: ComparedRun) -> str:
    """The second line in the list: state, accuracy, what learned, when."""
    over = run.state in ("completed", "early_stopped")
    parts = [] if over else [state_words(run)]  # the icon says it
    tested = run.test_accuracy is not None
    accuracy = run.test_accuracy if tested else run.best_val_accuracy
    if accuracy is not None:
        parts.append(f"{percent(accuracy)} {'test' if tested else 'val.'}")
    if over and run.settings is not None:
        parts.append(learning_words(run.settings))
    if run.created is not None:
        parts.append(f"{run.created.day} {run.created:%b %H:%M}")
    return " · ".join(parts or [state_words(run)])


def listed(names: Sequence[str]) -> str:
    """A few names in quotes, and how many more there are."""
    shown = ", ".join(f"“{name}”" for name in names[:_MOST])
    return f"{shown} and {len(names) - _MOST} more" if len(names) > _MOST else shown


def different_data() -> str:
    return "These runs were trained on different pictures: do not rank them by accuracy."


def setting_words(name: str, value: Any) -> str:
    """The value of a setting, as short as it stays clear."""
    if value is None:
        return "–"
    words = {"data": data_name, "weights": weights_words, "freeze": freeze_words}.get(name)
    text = words(str(value)) if words is not None else value_in_words(name, value)
    return sentence_case(text)


def fact_title(name: str) -> str:
    return {
        "best_val_accuracy": "Best val.",
        "test_accuracy": "Test",
        "parameters": "Parameters",
        "trainable_parameters": "Trained",
        "seconds": "Time",
        "checkpoint_bytes": "Checkpoint",
        "epochs": "Epochs done",
    }[name]


def fact_tip(name: str) -> str:
    return {
        "best_val_accuracy": "Best accuracy on the validation pictures",
        "test_accuracy": "Accuracy on the test pictures, after evaluation",
        "parameters": "All parameters of the model",
        "trainable_parameters": "Trainable parameters",
        "seconds": "Training time, known after the run has ended",
        "checkpoint_bytes": "Size of best.pt on disk",
        "epochs": "Finished epochs",
    }[name]


def fact_words(name: str, value: float | int | None) -> str:
    if value is None:
        return "–"
    match name:
        case "best_val_accuracy" | "test_accuracy":
            return percent(value)
        case "parameters" | "trainable_parameters":
            return count(int(value))
        case "seconds":
            return duration(value)
        case "checkpoint_bytes":
            return size_words(value)
    return str(value)


def size_words(size: float) -> str:
    """45,123,456 bytes as “45.1 MB”."""
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"

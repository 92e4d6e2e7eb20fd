"""The table of runs for other programs: all digits, accuracies as fractions in [0, 1]."""

from collections.abc import Iterable

from stl_tl_gui.engine.runs.run import RunSummary


def plain_rows(summaries: Iterable[RunSummary]) -> list[list[str | int | float | None]]:
    """A header, then a row for each run."""
    header: list[str | int | float | None] = [
        "name", "folder", "date", "data", "backbone", "weights", "freeze", "parameters", "trainable_parameters",
        "best_val_accuracy", "test_accuracy", "seconds", "state",
        "called", "note", "tags", "starred",
    ]  # fmt: skip
    return [header, *(_plain_row(summary) for summary in summaries)]


def _plain_row(summary: RunSummary) -> list[str | int | float | None]:
    settings = summary.settings
    return [
        summary.run.name,
        str(summary.run.folder),
        summary.created.isoformat(sep=" ", timespec="seconds"),
        settings.data,
        settings.backbone,
        settings.weights,
        settings.freeze,
        summary.parameters,
        summary.trainable_parameters,
        summary.best_val_accuracy,
        summary.test_accuracy,
        round(summary.seconds, 1),
        summary.state,
        summary.notes.name,
        summary.notes.note,
        ", ".join(summary.notes.tags),
        "yes" if summary.notes.starred else "",
    ]

"""The command `bench`, and its tables."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from stl_tl_gui.cli.follow import follow
from stl_tl_gui.cli.options import Json, several
from stl_tl_gui.cli.output import show, write_json
from stl_tl_gui.engine.benchmark.figures import SIDES, Report, Side, TaskResult
from stl_tl_gui.engine.benchmark.settings import QUICK_BACKBONES, QUICK_TASKS, TASKS, make_benchmark_settings
from stl_tl_gui.engine.settings.backbones import BACKBONES

_COLUMNS: dict[Side, str] = {
    "app": "app",
    "automatic": "Automatic",
    "quick_look": "Quick look",
    "recommended": "Recommended",
    "best_accuracy": "Best accuracy",
    "plain": "plain loop",
    "again": "app again",
    "steady": "app steady",
    "bare": "bare arithmetic",
}


def bench(
    backbone: Annotated[list[str], several("Backbone to measure.", BACKBONES)] = [*QUICK_BACKBONES],  # noqa: B006
    task: Annotated[list[str], several("What to measure.", TASKS)] = [*QUICK_TASKS],  # noqa: B006
    pictures: Annotated[int, typer.Option(min=80, help="Pictures to train on; STL-10 has 5,000.")] = 1280,
    photos: Annotated[int, typer.Option(min=1, help="Pictures to classify together.")] = 48,
    input_size: Annotated[int, typer.Option(min=32, max=1024, help="Side in pixels.")] = 96,
    rounds: Annotated[int, typer.Option(min=1, help="How often to measure each.")] = 3,
    data: Annotated[str, typer.Option(help="Pictures for reach_90 and reach_95: “sample”, or a folder.")] = "sample",
    seconds: Annotated[int, typer.Option(min=1, help="How long each side may learn in reach_90 and reach_95.")] = 120,
    as_json: Json = False,
) -> int:
    """Measure how fast this app is here, compared with a course's plain loop and with the bare arithmetic."""
    settings = make_benchmark_settings(
        backbone,
        task,
        pictures=pictures,
        photos=photos,
        input_size=input_size,
        rounds=rounds,
        data=data,
        seconds=seconds,
    )
    from stl_tl_gui.engine.benchmark.comparison import benchmark

    report = follow(lambda should_stop: benchmark(settings, should_stop), quiet=as_json)
    if as_json:
        write_json(report.to_dict())
    else:
        _print(report)
    return 0


def _print(report: Report) -> None:
    """The machine's facts, one table per backbone, and what the columns mean."""
    show(_facts(report), markup=False)
    for backbone in dict.fromkeys(row.backbone for row in report.rows):
        show(_table(backbone, [row for row in report.rows if row.backbone == backbone]))
    for side, name in _COLUMNS.items():
        if any(side in row.rounds for row in report.rows):
            show(f"{name}: {SIDES[side]}.", markup=False)
    show(*_notes(report), markup=False)
    if report.stopped:
        show("Stopped on request: these are the complete rounds until then.")


def _facts(report: Report) -> str:
    facts, settings = report.facts, report.settings
    processor = f"{facts['gpu']}, " if facts["gpu"] else ""
    memory = f", {facts['memory_gb']:.0f} GB" if facts["memory_gb"] else ""
    return (
        f"{processor}{facts['cpu']}, {facts['usable_cores']} of {facts['cores']} cores"
        f" ({', '.join(facts['cpu_features'])}){memory}\n"
        f"torch {facts['torch']} on {facts['device']} with {facts['threads']} threads, Python {facts['python']}, "
        f"{facts['system']}, version {facts['app']} of this app\n"
        f"{settings.pictures:,} pictures, input size {settings.input_size}; medians of up to {settings.rounds} rounds, "
        "ratios are those of the medians"
    )


def _table(backbone: str, rows: list[TaskResult]) -> Table:
    columns = _columns(rows)
    table = Table("work", "unit", title=escape(backbone) or None, title_justify="left")
    for name in columns:
        table.add_column(name, justify="right")
    for row, *texts in zip(rows, *columns.values(), strict=True):
        table.add_row(TASKS[row.task], row.unit, *texts)
    return table


def _columns(rows: list[TaskResult]) -> dict[str, list[str]]:
    """Those that any of the rows has: their names, and a text for each row."""
    columns: dict[str, list[str]] = {}
    for side, name in _COLUMNS.items():
        if any(side in row.rounds for row in rows):
            columns[name] = [_figure(row, side) for row in rows]
        if side == "plain" and any(row.times_plain is not None for row in rows):
            columns["app / plain"] = ["" if row.times_plain is None else f"{row.times_plain:.1f}x" for row in rows]
    if any(row.share_of_bare is not None for row in rows):
        columns["steady / bare"] = ["" if row.share_of_bare is None else f"{row.share_of_bare:.2f}" for row in rows]
    return columns


def _figure(row: TaskResult, side: Side) -> str:
    value = row.median(side)
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _notes(report: Report) -> list[str]:
    """Each with the work it belongs to; a note on several appears once."""
    found: dict[str, list[str]] = {}
    for row in report.rows:
        for note in row.notes:
            found.setdefault(note, []).append(f"{row.backbone} {row.task}".strip())
    return [f"{', '.join(where)}: {note}." for note, where in found.items()]

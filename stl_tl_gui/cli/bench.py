"""What a benchmark found, as tables in a terminal."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stl_tl_gui.engine.benchmark.figures import SIDES, Report, Side, TaskResult
from stl_tl_gui.engine.benchmark.settings import TASKS

_COLUMNS: dict[Side, str] = {
    "app": "app",
    "plain": "plain loop",
    "again": "app again",
    "steady": "app steady",
    "bare": "bare arithmetic",
}


def print_report(report: Report, console: Console) -> None:
    """The machine's facts, one table per backbone, and what the columns mean."""
    console.print(_facts(report), markup=False)
    for backbone in dict.fromkeys(row.backbone for row in report.rows):
        console.print(_table(backbone, [row for row in report.rows if row.backbone == backbone]))
    for side, name in _COLUMNS.items():
        if any(side in row.rounds for row in report.rows):
            console.print(f"{name}: {SIDES[side]}.", markup=False)
    for note in _notes(report):
        console.print(note, markup=False)
    if report.stopped:
        console.print("Stopped as asked: these are the whole rounds until then.")


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
    table = Table("work", "unit", title=escape(backbone) or None, title_justify="left")
    for name in ("app", "plain loop", "app / plain", "app again", "app steady", "bare arithmetic", "steady / bare"):
        table.add_column(name, justify="right")
    for row in rows:
        plain, again, steady, bare = (_figure(row, side) for side in ("plain", "again", "steady", "bare"))
        faster = "" if row.times_plain is None else f"{row.times_plain:.1f}x"
        share = "" if row.share_of_bare is None else f"{row.share_of_bare:.2f}"
        table.add_row(TASKS[row.task], row.unit, _figure(row, "app"), plain, faster, again, steady, bare, share)
    return table


def _figure(row: TaskResult, side: Side) -> str:
    value = row.median(side)
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _notes(report: Report) -> list[str]:
    """Each with the work it belongs to; what is said of several is said once."""
    found: dict[str, list[str]] = {}
    for row in report.rows:
        for note in row.notes:
            found.setdefault(note, []).append(f"{row.backbone} {row.task}".strip())
    return [f"{', '.join(where)}: {note}." for note, where in found.items()]

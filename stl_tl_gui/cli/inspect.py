"""The command that checks data before training."""

import json
import sys
from collections.abc import Callable, Generator
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stl_tl_gui.engine.data.inspection import DataCard

_SHOWN = 6
"""Pictures of a group that are named."""

Job = Callable[[Callable[[], bool]], Generator[Any, None, Any]]


def inspect_command(follow: Callable[..., Any]) -> Callable[..., int]:
    """The command; `follow` runs a job to its end, quietly or not, and shows its progress."""

    def inspect(
        data: Annotated[str, typer.Argument(metavar="sample|DIR|TABLE", help="The data, as in “train --data”.")],
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout.")] = False,
    ) -> int:
        """Check data: counts, sizes, copies, leaks, wrong labels, unreadable pictures."""
        card, notes = follow(_job(data), as_json)
        if as_json:
            sys.stdout.write(json.dumps(card.to_dict()) + "\n")
        else:
            _print(card, notes)
        return 0

    return inspect


def _job(location: str) -> Job:
    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, tuple[DataCard, list[str]]]:
        from stl_tl_gui.engine.data import open_dataset
        from stl_tl_gui.engine.data.inspection import inspect

        data = yield from open_dataset(location, should_stop=should_stop)
        card = yield from inspect(data, should_stop)
        return card, list(data.remarks())

    return job


def _print(card: DataCard, notes: list[str]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 200)
    splits = [name for name in card.counts if name != "unlabeled"]
    table = Table("class", *splits)
    for name in card.counts["train"]:
        table.add_row(escape(name), *(f"{card.counts[split][name]:,}" for split in splits))
    console.print(table)
    if card.sizes is not None:
        smallest, middle, largest = (f"{width}x{height}" for width, height in card.sizes)
        sizes = f"all {smallest}" if smallest == largest else f"{smallest} to {largest}, median {middle}"
        modes = ", ".join(f"{mode} {count:,}" for mode, count in card.modes.items())
        console.print(f"Sizes: {sizes}. Stored as: {modes}.")
    for note in notes:
        console.print(note, markup=False)
    for problem in card.problems:
        console.print(f"[bold]{problem.harm.name}[/bold] {escape(problem.sentence)} {escape(problem.advice)}")
        for group in problem.groups[:3]:
            more = f" and {len(group) - _SHOWN} more" if len(group) > _SHOWN else ""
            console.print("    " + ", ".join(group[:_SHOWN]) + more, markup=False)
    if not card.problems:
        console.print("No problems were found.")

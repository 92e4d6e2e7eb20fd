"""The command `inspect`: looks at data before training."""

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from stl_tl_gui.cli.follow import follow
from stl_tl_gui.cli.options import Json
from stl_tl_gui.cli.output import show, write_json

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.inspection import DataCard

_NAMED = 6
"""How many pictures of a group are listed."""


def inspect(
    data: Annotated[str, typer.Argument(metavar="sample|DIR|TABLE", help="The data, as for “train --data”.")],
    as_json: Json = False,
) -> int:
    """Check data for problems: class counts, sizes, copies, leaks, wrong labels, unreadable pictures."""
    card, notes = follow(lambda should_stop: _inspect(data, should_stop), quiet=as_json)
    if as_json:
        write_json(card.to_dict())
    else:
        _print(card, notes)
    return 0


def _inspect(location: str, should_stop: Callable[[], bool]) -> Generator[Any, None, "tuple[DataCard, list[str]]"]:
    from stl_tl_gui.engine.data import open_dataset
    from stl_tl_gui.engine.data.inspection import inspect

    data = yield from open_dataset(location, should_stop=should_stop)
    card = yield from inspect(data, should_stop)
    return card, list(data.remarks())


def _print(card: "DataCard", notes: list[str]) -> None:
    splits = [name for name in card.counts if name != "unlabeled"]
    table = Table("class", *splits)
    for name in card.counts["train"]:
        table.add_row(escape(name), *(f"{card.counts[split][name]:,}" for split in splits))
    show(table)
    if card.sizes is not None:
        smallest, middle, largest = (f"{width}x{height}" for width, height in card.sizes)
        sizes = f"all {smallest}" if smallest == largest else f"{smallest} to {largest}, median {middle}"
        modes = ", ".join(f"{mode} {count:,}" for mode, count in card.modes.items())
        show(f"Sizes: {sizes}. Stored as: {modes}.")
    for note in notes:
        show(note, markup=False)
    for problem in card.problems:
        show(f"[bold]{problem.harm.name}[/bold] {escape(problem.sentence)} {escape(problem.advice)}")
        for group in problem.groups[:3]:
            more = f" and {len(group) - _NAMED} more" if len(group) > _NAMED else ""
            show("    " + ", ".join(group[:_NAMED]) + more, markup=False)
    if not card.problems:
        show("No problems found.")

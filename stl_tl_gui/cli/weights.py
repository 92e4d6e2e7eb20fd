"""Weights on the command line: list | fetch | import | export, so that a lab gets them once and shares them."""

import json
import sys
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stl_tl_gui.engine.models.weight_store import (
    StoredWeights,
    export_weights,
    fetch_imagenet_weights,
    import_weights,
    rows_named,
    stored_weights,
)

Job = Callable[[Callable[[], bool]], Generator[Any, None, Any]]
Follow = Callable[[Job], Any]
"""Runs a job to its end and shows its events."""

_Names = Annotated[list[str] | None, typer.Argument(metavar="[BACKBONE]...", help="Default: all.")]


def weights_commands(follow: Follow) -> typer.Typer:
    """The commands."""
    app = typer.Typer(help="ImageNet weights on this computer.", no_args_is_help=True)
    app.command("list")(list_weights)

    @app.command()
    def fetch(backbones: _Names = None) -> int:
        """Download weights that are not here yet, checked against the sum in their names."""
        for row in rows_named(backbones or []):
            path = follow(partial(fetch_imagenet_weights, row))
            sys.stdout.write(f"{path}\n")
        return 0

    @app.command("import")
    def import_(
        sources: Annotated[list[Path], typer.Argument(metavar="FILE|FOLDER...", help="Weights, or folders of them.")],
    ) -> int:
        """Copy weights from files or folders, such as a USB stick, into the app's weights folder."""
        copied = follow(lambda should_stop: import_weights(sources, should_stop))
        sys.stdout.writelines(f"{path}\n" for path in copied)
        return 0 if copied else 1

    @app.command()
    def export(
        folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Made if it does not exist.")],
        backbones: _Names = None,
    ) -> int:
        """Copy weights that are here into a folder for other machines."""
        copied = follow(lambda should_stop: export_weights(backbones or [], folder, should_stop))
        sys.stdout.writelines(f"{path}\n" for path in copied)
        return 0

    return app


def list_weights(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")
    ] = False,
) -> int:
    """List the weights of every backbone: where they come from, how good they are, and whether they are here."""
    found = stored_weights()
    if as_json:
        sys.stdout.write(json.dumps([_document(each) for each in found]) + "\n")
        return 0
    table = Table("backbone", "file", "size", "ImageNet top-1", "source", "licence", "here")
    for each in found:
        weights = each.row.weights
        here = str(each.path.parent) if each.path is not None else "no"
        row = (each.row.name, weights.file_name, f"{weights.megabytes:.0f} MB", f"{100 * weights.top1:.1f} %",
               weights.source, weights.license, here)  # fmt: skip
        table.add_row(*map(escape, row))
    Console(width=None if sys.stdout.isatty() else 200).print(table)
    return 0


def _document(each: StoredWeights) -> dict[str, Any]:
    weights = each.row.weights
    return {
        "backbone": each.row.name,
        "file": weights.file_name,
        "url": weights.url,
        "megabytes": weights.megabytes,
        "top1": weights.top1,
        "source": weights.source,
        "licence": weights.license,
        "path": str(each.path) if each.path is not None else None,
    }

"""The commands `weights list | fetch | import | export`, so that a lab downloads weights once and shares them."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from stl_tl_gui.cli.follow import follow
from stl_tl_gui.cli.options import Json
from stl_tl_gui.cli.output import show, write, write_json

if TYPE_CHECKING:
    from stl_tl_gui.engine.models.weight_store import StoredWeights

_Names = Annotated[list[str] | None, typer.Argument(metavar="[BACKBONE]...", help="Default: all.")]

app = typer.Typer(help="ImageNet weights on this computer.", no_args_is_help=True)


@app.command("list")
def list_weights(as_json: Json = False) -> int:
    """List the weights of every backbone: their source, their accuracy, and where they are on this computer."""
    from stl_tl_gui.engine.models.weight_store import stored_weights

    found = stored_weights()
    if as_json:
        write_json([_document(each) for each in found])
        return 0
    table = Table("backbone", "file", "size", "ImageNet top-1", "source", "license", "here")
    for each in found:
        weights = each.row.weights
        here = "included" if each.place == "included" else str(each.path.parent) if each.path is not None else "no"
        row = (each.row.name, weights.file_name, f"{weights.megabytes:.0f} MB", f"{weights.top1:.1%}",
               weights.source, weights.license, here)  # fmt: skip
        table.add_row(*map(escape, row))
    show(table)
    return 0


@app.command()
def fetch(backbones: _Names = None) -> int:
    """Download weights that are not here yet, and check them against the checksum in their names."""
    from stl_tl_gui.engine.models.weight_store import fetch_imagenet_weights, rows_named

    for row in rows_named(backbones or []):
        write(follow(partial(fetch_imagenet_weights, row)))
    return 0


@app.command("import")
def import_(
    sources: Annotated[list[Path], typer.Argument(metavar="FILE|FOLDER...", help="Weights, or folders of them.")],
) -> int:
    """Copy weights from files or folders, such as a USB stick, into the app's weights folder."""
    from stl_tl_gui.engine.models.weight_store import import_weights

    copied = follow(lambda should_stop: import_weights(sources, should_stop))
    for path in copied:
        write(path)
    return 0 if copied else 1


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Made if it does not exist.")],
    backbones: _Names = None,
) -> int:
    """Copy weights that are here into a folder, for other computers."""
    from stl_tl_gui.engine.models.weight_store import export_weights

    for path in follow(lambda should_stop: export_weights(backbones or [], folder, should_stop)):
        write(path)
    return 0


def _document(each: "StoredWeights") -> dict[str, Any]:
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
        "place": each.place,
    }

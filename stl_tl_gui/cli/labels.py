"""The command `labels`: labels of pictures from a table, into a table, or as class folders."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from stl_tl_gui.cli.follow import follow
from stl_tl_gui.cli.output import messages, show

if TYPE_CHECKING:
    from stl_tl_gui.engine.data import Dataset


def labels(
    data: Annotated[str, typer.Argument(metavar="DIR", help="The pictures.")],
    read: Annotated[Path | None, typer.Option(help="Take labels from this table (CSV) of paths and classes.")] = None,
    table: Annotated[Path | None, typer.Option(help="Write all labels into this table (CSV).")] = None,
    folders: Annotated[Path | None, typer.Option(help="Copy the labeled pictures into class folders there.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what --folders would copy.")] = False,
) -> int:
    """Show how pictures are labeled; read labels from a table, write them, or copy pictures into class folders."""
    opened = follow(lambda should_stop: _open(data, should_stop), quiet=True)
    if read is not None:
        opened = _read(opened, read)
    _print(opened)
    if table is not None:
        from stl_tl_gui.engine.data.labels import labeled_pictures, write_labels

        write_labels(table, labeled_pictures(opened))
        messages.print(f"Labels written to “{escape(str(table))}”.")
    if folders is not None:
        _copy(opened, folders, dry_run)
    return 0


def _open(location: str, should_stop: Callable[[], bool]) -> "Generator[Any, None, Dataset]":
    from stl_tl_gui.engine.data import open_dataset

    return (yield from open_dataset(location, should_stop=should_stop))


def _read(opened: "Dataset", table: Path) -> "Dataset":
    """Save the labels of a table with the data, and open it with them."""
    from stl_tl_gui.engine.data.corrections import change_corrections
    from stl_tl_gui.engine.data.labels import labels_in

    found = labels_in(table, opened)
    change_corrections(opened.location, lambda known: known.with_step(f"Labels from “{table.name}”", found))
    named = sum(each.what == "class" for each in found)
    messages.print(f"{named:,} labels read from “{escape(str(table))}”.")
    return follow(lambda should_stop: _open(opened.location, should_stop), quiet=True)


def _print(opened: "Dataset") -> None:
    splits = [name for name in opened.splits if name != "unlabeled"]
    rows = Table("class", *splits)
    for label, name in enumerate(opened.class_names):
        rows.add_row(escape(name), *(f"{opened.class_counts(split)[label]:,}" for split in splits))
    show(rows)
    show(f"Unlabeled: {len(opened.splits.get('unlabeled', ())):,}.")
    if opened.unready:
        show(escape(opened.unready))


def _copy(opened: "Dataset", folders: Path, dry_run: bool) -> None:
    from stl_tl_gui.engine.data.labels import copy_into_folders, files_of, plan_folders

    plan = plan_folders(files_of(opened))
    verb = "Would copy" if dry_run else "Copied"
    if not dry_run:
        follow(lambda should_stop: copy_into_folders(plan, folders, should_stop))
    messages.print(f"{verb} {len(plan.copies):,} files ({plan.size / 1e6:.1f} MB) into “{escape(str(folders))}”:")
    for name, count in plan.counts().items():
        messages.print(f"  {escape(name)}: {count:,}")

"""The commands `runs`, `stop` and `relink`: list runs, stop one, and set where the pictures of one are now."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from stl_tl_gui.cli.follow import follow
from stl_tl_gui.cli.options import Json, RunFolder
from stl_tl_gui.cli.output import messages, show, write_json
from stl_tl_gui.engine.settings.groups.model import weights_name
from stl_tl_gui.engine.settings.settings import InvalidSettings
from stl_tl_gui.words.quantities import terminal_percent

if TYPE_CHECKING:
    from stl_tl_gui.engine.runs.run import RunSummary


def runs(
    folder: Annotated[Path | None, typer.Argument(help="Folder of runs. Default: the app's own.")] = None,
    as_json: Json = False,
) -> int:
    """List runs, newest first."""
    from stl_tl_gui.engine.runs.run import list_runs
    from stl_tl_gui.engine.storage.places import runs_folder

    place = folder or runs_folder()
    if folder is not None and not folder.is_dir():
        raise InvalidSettings(f"The folder “{folder}” does not exist.")
    summaries = list_runs(place)
    if as_json:
        write_json([_run_document(summary) for summary in summaries])
        return 0
    if not summaries:
        messages.print(f"No runs in {escape(str(place))} yet.")
        return 0
    table = Table(
        "run", "date", "data", "backbone", "weights", "freezing", "parameters", "val", "test", "time", "state"
    )
    for summary in summaries:
        table.add_row(*_run_row(summary))
    show(table)
    messages.print(f"They are in {escape(str(place))}.")
    return 0


def _run_document(summary: "RunSummary") -> dict[str, Any]:
    return {
        "run": str(summary.run.folder),
        "name": summary.run.name,
        "created": summary.created.isoformat(),
        "settings": summary.settings.model_dump(mode="json"),
        "parameters": summary.parameters,
        "trainable_parameters": summary.trainable_parameters,
        "best_val_accuracy": summary.best_val_accuracy,
        "test_accuracy": summary.test_accuracy,
        "seconds": summary.seconds,
        "state": summary.state,
    }


def _run_row(summary: "RunSummary") -> list[str]:
    settings = summary.settings
    return [
        escape(str(summary.run.name)),
        f"{summary.created:%Y-%m-%d %H:%M}",
        escape(Path(settings.data).name),
        settings.backbone,
        escape(weights_name(settings.weights)),
        settings.freeze,
        "" if summary.parameters is None else f"{summary.parameters / 1e6:.1f} M",
        terminal_percent(summary.best_val_accuracy),
        terminal_percent(summary.test_accuracy),
        f"{summary.seconds:.0f} s",
        summary.state,
    ]


def stop(run: RunFolder) -> int:
    """Stop a run that a window or another command trains; it saves first, and can be resumed."""
    from stl_tl_gui.engine.runs.elsewhere import ask_to_stop
    from stl_tl_gui.engine.runs.run import open_run

    opened = open_run(run)
    ask_to_stop(opened)
    messages.print(f"Asked the training of “{escape(opened.name)}” to stop and save.")
    return 0


def relink(
    run: RunFolder,
    data: Annotated[str, typer.Argument(metavar="DIR", help="Where the pictures are now.")],
) -> int:
    """Set where the pictures of a run are now, after you moved them. They must be the same pictures."""
    from stl_tl_gui.engine.runs.run import open_run
    from stl_tl_gui.engine.runs.run_data import relink as relink_run

    opened = open_run(run)
    found = follow(lambda should_stop: relink_run(opened, data, should_stop))
    messages.print(f"“{escape(opened.name)}” now uses the pictures in {escape(found.location)}.")
    return 0

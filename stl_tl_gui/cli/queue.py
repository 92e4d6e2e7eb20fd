"""The commands `queue list | add | clear | run`. The window shows the same queue."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from stl_tl_gui.cli.chosen import found
from stl_tl_gui.cli.follow import follow
from stl_tl_gui.cli.jobs import percent, say_job
from stl_tl_gui.cli.options import Json, Preset, TrainingCommand, several, with_settings
from stl_tl_gui.cli.output import messages, show, write_json
from stl_tl_gui.engine.queue.queue import FINISHED, Queue, QueuedJob, remove_jobs
from stl_tl_gui.engine.queue.running import JobEnd, work_off
from stl_tl_gui.engine.settings.groups.model import weights_name
from stl_tl_gui.engine.settings.presets import from_preset
from stl_tl_gui.engine.settings.settings import InvalidSettings, TrainSettings, make_settings
from stl_tl_gui.engine.settings.variants import combinations, course_table
from stl_tl_gui.words.quantities import number_of

app = typer.Typer(help="Train several runs, one after the other.", no_args_is_help=True)


@app.command("list")
def list_jobs(as_json: Json = False) -> int:
    """List the queue, the next run first."""
    queue = Queue()
    jobs = queue.jobs()
    _say_damage(queue)
    if as_json:
        write_json([job.model_dump(mode="json") for job in jobs])
        return 0
    table = Table("state", "data", "backbone", "weights", "freezing", "epochs", "seed", "val", "test", "message")
    for job in jobs:
        table.add_row(*map(escape, _row(job)))
    show(table)
    return 0


def _of(name: str) -> Any:
    return several(TrainSettings.model_fields[name].description or "")


@app.command(cls=TrainingCommand)
@with_settings("backbone", "freeze", "weights")
def add(
    backbone: Annotated[list[str], _of("backbone")] = [],  # noqa: B006 - typer's way to say none
    freeze: Annotated[list[str], _of("freeze")] = [],  # noqa: B006
    weights: Annotated[list[str], _of("weights")] = [],  # noqa: B006
    course: Annotated[bool, typer.Option("--course-table", help="The nine runs of the course's table.")] = False,
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each kind, each with the next seed.")] = 1,
    preset: Preset = None,
    **chosen: Any,
) -> int:
    """Add runs to the queue: one for each combination of the given backbones, freezing, and weights."""
    if course and (backbone or freeze or weights):
        raise InvalidSettings("--course-table sets backbones, freezing, and weights itself: leave out those flags.")
    for name in backbone:
        make_settings({"backbone": name})  # raises with a sentence if there is no such backbone
    weights, backbone = found(weights, backbone)
    usual = make_settings({**(from_preset(preset, chosen) if preset else chosen), **_first(backbone, freeze, weights)})
    base = usual.model_copy(update={"data": _absolute(usual.data)})
    if course:
        runs = course_table(base, repeats, chosen=chosen)
    else:
        varied = backbone or [usual.backbone], freeze or [usual.freeze], weights or [usual.weights]
        variants = combinations(base, *varied, repeats, chosen=chosen)
        runs = [variant.settings for variant in variants if variant.settings is not None]
        for reason in dict.fromkeys(variant.reason for variant in variants if variant.reason):
            messages.print(f"Left out: {escape(reason)}")
        if not runs:
            raise InvalidSettings("No runs to add: choose other backbones, freezing, or weights.")
    queue = Queue()
    queue.add(runs)
    _say_damage(queue)
    messages.print(f"Added {number_of(len(runs), 'run')}. Start them with “stl-tl-gui queue run” or on the Runs page.")
    return 0


@app.command()
def clear(
    everything: Annotated[bool, typer.Option("--all", help="Also remove waiting runs.")] = False,
) -> int:
    """Remove finished, failed and skipped runs from the list. Their run folders stay."""
    queue = Queue()
    gone = [job.id for job in queue.jobs() if everything or job.state in FINISHED]
    queue.edit(lambda jobs: remove_jobs(jobs, gone))
    _say_damage(queue)
    return list_jobs()


@app.command()
def run() -> int:
    """Train the waiting runs. Ctrl+C stops and saves the current one; run this command again to continue."""
    queue, failed = Queue(), False

    def watch(event: object) -> None:
        nonlocal failed
        say_job(event)
        failed |= isinstance(event, JobEnd) and event.job.state == "failed"
        _say_damage(queue)

    follow(lambda should_stop: work_off(queue, should_stop), watch=watch)
    return int(failed)


def _first(backbone: list[str], freeze: list[str], weights: list[str]) -> dict[str, str]:
    """The first combination, for which other settings are recommended."""
    given = {"backbone": backbone, "freeze": freeze, "weights": weights}
    first = {name: values[0] for name, values in given.items() if values}
    return {**first, "freeze": "none"} if first.get("weights") == "none" else first


def _absolute(place: str) -> str:
    """Data by its full path, valid from anywhere; “sample” as it is."""
    return place if place == "sample" or not Path(place).exists() else str(Path(place).absolute())


def _row(job: QueuedJob) -> list[str]:
    settings = job.settings
    weights, data = weights_name(settings.weights), Path(settings.data).name
    facts = (settings.freeze, str(settings.epochs), str(settings.seed))
    results = (percent(getattr(job, name), job.deviation(name)) for name in ("val_accuracy", "test_accuracy"))
    return [job.state, data, settings.backbone, weights, *facts, *results, job.message]


def _say_damage(queue: Queue) -> None:
    """Warn once of what was wrong with the file."""
    if queue.damage:
        messages.print(escape(queue.damage))
        queue.damage = ""

"""The queue on the command line: list | add | clear | run. The window shows the same queue."""

import inspect
import json
import sys
from collections.abc import Callable, Generator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stl_tl_gui.cli.folds import in_percent, print_folds
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import RunEnd, RunStart
from stl_tl_gui.engine.queue.queue import FINISHED, Queue, QueueBusy, QueuedJob, after_run, outcome, without
from stl_tl_gui.engine.settings.presets import from_preset
from stl_tl_gui.engine.settings.settings import InvalidSettings, TrainSettings, make_settings
from stl_tl_gui.engine.settings.variants import combinations, course_table

Job = Callable[[Callable[[], bool]], Generator[Any, None, Any]]
Follow = Callable[[Job, bool, Callable[[object], object]], Any]
"""Runs a job to its end, quietly or not, shows its events and gives each to a function."""

Result = TypeVar("Result")
_TRIES = 60
"""Each takes a second."""
_VARIED = ("backbone", "freeze", "weights")
_messages = Console(stderr=True, highlight=False, soft_wrap=True)


def queue_commands(follow: Follow, flag: Callable[[str], inspect.Parameter]) -> typer.Typer:
    """The commands. `flag` gives the flag of a setting."""
    app = typer.Typer(help="Runs to be done one after the other.", no_args_is_help=True)
    app.command("list")(list_jobs)
    app.command("add")(_add_command(flag))

    @app.command()
    def clear(
        everything: Annotated[bool, typer.Option("--all", help="Also what waits; not what is being done.")] = False,
    ) -> int:
        """Take what is done, failed or skipped off the list. The runs stay."""
        queue = Queue()
        gone = [job.id for job in queue.jobs() if everything or job.state in FINISHED]
        queue.edit(lambda jobs: without(jobs, gone))
        _remark(queue)
        return list_jobs()

    @app.command()
    def run() -> int:
        """Do what waits in the queue. Ctrl+C stops and saves the run under way; the next time it goes on."""
        return run_queue(Queue(), follow)

    return app


def list_jobs(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")
    ] = False,
) -> int:
    """List the queue, the next run at the top."""
    queue = Queue()
    jobs = queue.jobs()
    _remark(queue)
    if as_json:
        sys.stdout.write(json.dumps([job.model_dump(mode="json") for job in jobs]) + "\n")
        return 0
    table = Table("state", "data", "backbone", "weights", "freezing", "epochs", "seed", "val", "test", "message")
    for job in jobs:
        table.add_row(*map(escape, _row(job)))
    Console(width=None if sys.stdout.isatty() else 200).print(table)
    return 0


def add(
    backbone: list[str],
    freeze: list[str],
    weights: list[str],
    course: bool,
    repeats: int,
    preset: str | None,
    **more: Any,
) -> int:
    """Add runs to the queue: one for each combination of the backbones, freezings and weights given."""
    if course and (backbone or freeze or weights):
        raise InvalidSettings("The course's table has its own backbones, weights and freezings.")
    for name in backbone:
        make_settings({"backbone": name})  # or it would say what is wrong
    chosen = from_preset(preset, more) if preset else more
    usual = make_settings({**chosen, **_first(backbone, freeze, weights)})
    base = usual.model_copy(update={"data": _absolute(usual.data)})
    if course:
        runs = course_table(base, repeats, chosen=more)
    else:
        weights = [_absolute(each) for each in weights or [usual.weights]]
        several = backbone or [usual.backbone], freeze or [usual.freeze], weights
        found = combinations(base, *several, repeats, chosen=more)
        runs = [variant.settings for variant in found if variant.settings is not None]
        reasons = dict.fromkeys(variant.reason for variant in found if variant.reason)
        for reason in reasons:
            _messages.print(f"Left out: {escape(reason)}")
        if not runs:
            raise InvalidSettings("There is nothing to add.")
    queue = Queue()
    queue.add(runs)
    _remark(queue)
    _messages.print(f"{len(runs)} added to the queue. “stl-tl-gui queue run” does them, or the window's Runs page.")
    return 0


def _first(backbone: list[str], freeze: list[str], weights: list[str]) -> dict[str, str]:
    """The first combination, for which other settings are recommended."""
    given = {"backbone": backbone, "freeze": freeze, "weights": [_absolute(each) for each in weights]}
    first = {name: values[0] for name, values in given.items() if values}
    return {**first, "freeze": "none"} if first.get("weights") == "none" else first


def run_queue(queue: Queue, follow: Follow) -> int:
    """Do what waits. Returns 1 if a run failed, else 0."""
    failed = False
    while (job := _patiently(queue.claim)) is not None:
        _remark(queue)
        settings = job.settings
        _messages.print(f"{settings.backbone}, weights {escape(settings.weights)}, freezing {settings.freeze}:")
        if job.fold_count > 1:
            _messages.print(f"Fold {len(job.folds) + 1} of {job.fold_count}:")
        values = _do(queue, job, follow)
        stopped = values["state"] == "waiting"
        values = after_run(_patiently(partial(queue.job, job.id)) or job, values)
        _patiently(partial(queue.release, job.id, **values))
        if values["state"] == "done" and job.fold_count > 1:
            print_folds(job.model_copy(update=values))
        if values["state"] == "failed":
            failed = True
            _messages.print(f"[red]Failed:[/red] {escape(values['message'])}")
        if stopped:
            break
    return int(failed)


def _do(queue: Queue, job: QueuedJob, follow: Follow) -> dict[str, Any]:
    """Train a claimed job to its end; what it is then."""
    ends: list[RunEnd] = []

    def watch(event: object) -> None:
        if isinstance(event, RunStart):
            _patiently(lambda: queue.update([job.id], run=Path(event.run)))
        elif isinstance(event, RunEnd):
            ends.append(event)

    try:
        follow(_training(job), False, watch)
    except (Cancelled, KeyboardInterrupt):
        return {"state": "waiting", "message": "Stopped as asked."}
    except Exception as error:  # noqa: BLE001 - one run that fails must not take those behind it along
        from stl_tl_gui.engine.training.failures import explain

        return {"state": "failed", "message": explain(error)}
    return outcome(ends[-1])


def _patiently(do: Callable[[], Result]) -> Result:
    """Do something with the queue when others are done with it: a run that took hours is not lost for a second."""
    for _ in range(_TRIES):
        with suppress(QueueBusy):
            return do()
    return do()


def _training(job: QueuedJob) -> Job:
    from stl_tl_gui.engine.training.train import resume, train

    run = job.run_to_resume()
    if run is not None:
        return lambda should_stop: resume(run, None, should_stop)
    return lambda should_stop: train(job.next_run, None, should_stop)


def _add_command(flag: Callable[[str], inspect.Parameter]) -> Callable[..., int]:
    """The command with a flag for each setting; those that vary may be given several times."""
    course = Annotated[bool, typer.Option("--course-table", help="The nine runs of the course's experiment table.")]
    repeats = Annotated[int, typer.Option(min=1, help="How often, each time with the next seed.")]
    preset = Annotated[str | None, typer.Option(help="A set of settings to begin with; other flags go first.")]
    several = {name: _several(name) for name in _VARIED}
    kinds: dict[str, tuple[Any, Any]] = {
        "course": (course, False), "repeats": (repeats, 1), "preset": (preset, None),
        **{name: (kind, []) for name, kind in several.items()},
    }  # fmt: skip
    keyword = inspect.Parameter.KEYWORD_ONLY
    own = [inspect.Parameter(name, keyword, default=value, annotation=kind) for name, (kind, value) in kinds.items()]
    flags = [flag(name) for name in TrainSettings.model_fields if name not in _VARIED]

    def command(**values: Any) -> int:
        return add(**{name: value for name, value in values.items() if value is not None or name == "preset"})

    command.__signature__ = inspect.Signature([*own, *flags])  # type: ignore[attr-defined]
    command.__annotations__ = {option.name: option.annotation for option in (*own, *flags)}
    command.__doc__ = add.__doc__
    return command


def _several(name: str) -> Any:
    text = TrainSettings.model_fields[name].description or ""
    return Annotated[list[str], typer.Option(f"--{name}", help=f"{text} May be given several times.")]


def _absolute(place: str) -> str:
    """A file or folder as it is found from anywhere; words such as “sample” as they are."""
    return (
        str(Path(place).absolute()) if Path(place).exists() and place not in ("sample", "imagenet", "none") else place
    )


def _row(job: QueuedJob) -> list[str]:
    settings = job.settings
    weights, data = Path(settings.weights).name, Path(settings.data).name
    facts = (settings.freeze, str(settings.epochs), str(settings.seed))
    accuracies = (in_percent(job, name) for name in ("val_accuracy", "test_accuracy"))
    return [job.state, data, settings.backbone, weights, *facts, *accuracies, job.message]


def _remark(queue: Queue) -> None:
    if queue.remark:
        _messages.print(escape(queue.remark))
        queue.remark = ""

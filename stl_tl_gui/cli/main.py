"""The command line: train | resume | evaluate | predict | runs | queue | weights | bench and others.

It prints the events of the window. Results go to stdout, progress and messages to stderr.
Exit code 0: done or stopped on request; 1: failed; 2: usage.
"""

import inspect
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from stl_tl_gui.cli.fetch import download_commands, import_command, import_pictures_command
from stl_tl_gui.cli.folds import train_folds
from stl_tl_gui.cli.follow import follow, follow_run, messages, write
from stl_tl_gui.cli.inspect import inspect_command
from stl_tl_gui.cli.learning_rate import finder_command
from stl_tl_gui.cli.options import Json, RunFolder, setting_flag, several
from stl_tl_gui.cli.predict import evaluate, predict
from stl_tl_gui.cli.queue import queue_commands
from stl_tl_gui.cli.runs import relink_command, runs
from stl_tl_gui.cli.self_test import self_test_command
from stl_tl_gui.cli.weights import weights_commands
from stl_tl_gui.engine.benchmark.settings import QUICK_BACKBONES, QUICK_TASKS, TASKS, make_benchmark_settings
from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.settings.backbones import BACKBONES
from stl_tl_gui.engine.settings.presets import PRESETS, from_preset
from stl_tl_gui.engine.settings.settings import (
    InvalidSettings,
    TrainSettings,
    fold_runs,
    make_settings,
)

app = typer.Typer(
    name="stl-tl-gui",
    help="STL Transfer Lab: teach a computer to see from few pictures. Without a command, the window opens.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code. A user's mistake is one sentence, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")  # a terminal or pipe that cannot show all letters
    try:
        code = app(arguments, standalone_mode=False)
    except InvalidSettings as error:
        messages.print(f"[red]Error:[/red] {escape(str(error))}")
        return 2
    except UserError as error:
        hint = f" ({error.on_the_command_line})" if error.on_the_command_line else ""
        messages.print(f"[red]Error:[/red] {escape(str(error) + hint)}")
        return 1
    except (Cancelled, KeyboardInterrupt, typer.Abort):
        messages.print("Stopped as asked.")
        return 0
    except Exception as error:
        if isinstance(error, typer.Exit):
            return int(error.exit_code)
        show = getattr(error, "show", None)  # click's usage errors
        if show is None:
            raise
        show()
        return int(getattr(error, "exit_code", 2))
    return int(code or 0)


def train(run: Path | None = None, preset: str | None = None, **values: Any) -> int:
    """Train a model; the run folder holds everything it leaves behind."""
    chosen = {name: value for name, value in values.items() if value is not None}
    settings = make_settings(from_preset(preset, chosen) if preset else chosen)
    if len(fold_runs(settings)) > 1:
        return train_folds(settings, run, follow)
    from stl_tl_gui.engine.training.train import train as train_run  # torch: after the settings were found to be right

    return follow_run(lambda should_stop: train_run(settings, run, should_stop))


def _train_command() -> Callable[..., int]:
    folder = inspect.Parameter(
        "run",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[Path | None, typer.Option("--run", help="Folder for the run. Must not exist yet.")],
    )
    names = ", ".join(name.lower().replace(" ", "-") for name in PRESETS)
    preset = inspect.Parameter(
        "preset",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[
            str | None,
            typer.Option("--preset", help=f"A set of settings to begin with; other flags go first: {names}."),
        ],
    )
    options = [preset, *(setting_flag(name) for name in TrainSettings.model_fields)]

    def command(**values: Any) -> int:
        return train(**values)

    command.__signature__ = inspect.Signature([*options, folder])  # type: ignore[attr-defined]
    command.__annotations__ = {option.name: option.annotation for option in (*options, folder)}
    command.__doc__ = train.__doc__
    return command


app.command("train")(_train_command())
app.add_typer(queue_commands(follow, setting_flag), name="queue")
app.add_typer(weights_commands(follow), name="weights")
app.command("find-learning-rate")(finder_command(follow, setting_flag))
app.command("import-stl10")(import_command(follow))
app.command("import-pictures")(import_pictures_command(follow))
app.add_typer(download_commands(follow), name="download")
app.command("inspect")(inspect_command(follow))
app.command("self-test")(self_test_command(follow))
app.command("runs")(runs)
app.command("relink")(relink_command(follow))
app.command()(evaluate)
app.command()(predict)


@app.command()
def resume(run: RunFolder, epochs: Annotated[int | None, typer.Option(min=1, help="Epochs in all.")] = None) -> int:
    """Go on with a run from its last checkpoint."""
    from stl_tl_gui.engine.runs.run import open_run
    from stl_tl_gui.engine.training.train import resume as resume_run

    opened = open_run(run)
    return follow_run(lambda should_stop: resume_run(opened, epochs, should_stop))


@app.command()
def bench(
    backbone: Annotated[list[str], several("With which backbone.", BACKBONES)] = [*QUICK_BACKBONES],  # noqa: B006
    task: Annotated[list[str], several("What to measure.", TASKS)] = [*QUICK_TASKS],  # noqa: B006
    pictures: Annotated[int, typer.Option(min=80, help="Pictures to train on; STL-10 has 5,000.")] = 1280,
    photos: Annotated[int, typer.Option(min=1, help="Photos to drop together.")] = 48,
    input_size: Annotated[int, typer.Option(min=32, max=1024, help="Side in pixels.")] = 96,
    rounds: Annotated[int, typer.Option(min=1, help="How often each side has its turn.")] = 3,
    as_json: Json = False,
) -> int:
    """Measure how fast this app is here, beside the plain loop of a course and the bare arithmetic."""
    settings = make_benchmark_settings(backbone, task, pictures, photos, input_size, rounds)
    from stl_tl_gui.cli.bench import print_report
    from stl_tl_gui.engine.benchmark.comparison import benchmark

    report = follow(lambda should_stop: benchmark(settings, should_stop), quiet=as_json)
    if as_json:
        write(json.dumps(report.to_dict()))
    else:
        print_report(report, Console(width=None if sys.stdout.isatty() else 200))
    return 0

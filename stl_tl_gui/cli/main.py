"""The command line: puts the commands together.

Results go to stdout, progress and messages to stderr.
Exit code 0: done or stopped on request; 1: failed; 2: usage.
"""

import io
import sys

import typer
from rich.markup import escape

from stl_tl_gui.cli import bench, fetch, inspect, labels, learning_rate, predict, queue, runs, self_test, train, weights
from stl_tl_gui.cli.options import TrainingCommand
from stl_tl_gui.cli.output import messages
from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.settings.settings import InvalidSettings

app = typer.Typer(
    name="stl-tl-gui",
    help="STL Transfer Lab: train picture classifiers by transfer learning. Without a command, the window opens.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("train", cls=TrainingCommand)(train.train)
app.command("resume")(train.resume)
app.command("evaluate")(predict.evaluate)
app.command("predict")(predict.predict)
app.command("runs")(runs.runs)
app.command("stop")(runs.stop)
app.command("relink")(runs.relink)
app.add_typer(queue.app, name="queue")
app.add_typer(weights.app, name="weights")
app.add_typer(fetch.downloads, name="download")
app.command("import-stl10")(fetch.import_stl10)
app.command("import-pictures")(fetch.import_pictures)
app.command("inspect")(inspect.inspect)
app.command("labels")(labels.labels)
app.command("find-learning-rate", cls=TrainingCommand)(learning_rate.find_learning_rate)
app.command("self-test")(self_test.self_test)
app.command("bench")(bench.bench)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code. A user's mistake becomes one sentence, not a traceback."""
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
        messages.print("Stopped.")
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

"""The command line: train | resume | evaluate | predict | runs | queue | weights | bench and others.

It prints the events of the window. Results go to stdout, progress and messages to stderr.
Exit code 0: done or stopped on request; 1: failed; 2: usage.
"""

import csv
import inspect
import io
import json
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stl_tl_gui.download_commands import download_commands
from stl_tl_gui.engine.benchmark.settings import QUICK_BACKBONES, QUICK_TASKS, TASKS, make_benchmark_settings
from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.events import EvaluationEnd, RunEnd
from stl_tl_gui.engine.presets import PRESETS, from_preset
from stl_tl_gui.engine.settings import (
    BACKBONES,
    InvalidSettings,
    TrainSettings,
    choices,
    fold_runs,
    make_settings,
)
from stl_tl_gui.finder_command import finder_command
from stl_tl_gui.folds_command import train_folds
from stl_tl_gui.import_command import import_command, import_pictures_command
from stl_tl_gui.inspect_command import inspect_command
from stl_tl_gui.queue_commands import queue_commands
from stl_tl_gui.runs_commands import relink_command, runs
from stl_tl_gui.self_test_command import self_test_command
from stl_tl_gui.weights_commands import weights_commands

if TYPE_CHECKING:
    from stl_tl_gui.engine.inference import Classified
    from stl_tl_gui.engine.runs import Run

Result = TypeVar("Result")
Job = Callable[[Callable[[], bool]], Generator[Any, None, Result]]
Split = Literal["val", "test"]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, or a name that “runs” lists.")]

app = typer.Typer(
    name="stl-tl-gui",
    help="STL Transfer Lab: teach a computer to see from few pictures. Without a command, the window opens.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_messages = Console(stderr=True, highlight=False, soft_wrap=True)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code. A user's mistake is one sentence, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")  # a terminal or pipe that cannot show all letters
    try:
        code = app(arguments, standalone_mode=False)
    except InvalidSettings as error:
        _messages.print(f"[red]Error:[/red] {escape(str(error))}")
        return 2
    except UserError as error:
        hint = f" ({error.on_the_command_line})" if error.on_the_command_line else ""
        _messages.print(f"[red]Error:[/red] {escape(str(error) + hint)}")
        return 1
    except (Cancelled, KeyboardInterrupt, typer.Abort):
        _messages.print("Stopped as asked.")
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


@contextmanager
def _stop_on_signal() -> Generator[Callable[[], bool], None, None]:
    """Ctrl+C and SIGTERM ask the job to stop and save; a second Ctrl+C stops at once.

    A signal may arrive in the middle of a print, which cannot be begun again: a thread tells that it arrived.
    """
    asked: SimpleQueue[bool] = SimpleQueue()  # its `put` may interrupt itself, an Event's `set` may not
    numbers: list[int] = []

    def ask(number: int, _frame: object) -> None:
        if numbers and number == signal.SIGINT:
            raise KeyboardInterrupt
        numbers.append(number)
        asked.put(True)

    def tell() -> None:
        if asked.get():
            _messages.print("Stopping after this batch…")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    previous = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(numbers)
    finally:
        for number, action in previous.items():
            signal.signal(number, action)
        asked.put(False)
        teller.join()


def _follow(job: Job[Result], quiet: bool = False, watch: Callable[[object], object] = lambda event: None) -> Result:
    """Run a job to its end, showing its events on stderr and to `watch`; returns its result."""
    from stl_tl_gui.console import EventPrinter

    with _stop_on_signal() as should_stop, EventPrinter(_messages, quiet) as printer:
        events = job(should_stop)
        while True:
            try:
                event = next(events)
            except StopIteration as stop:
                result: Result = stop.value
                return result
            printer.on_event(event)
            watch(event)


def _follow_run(job: "Job[Run]") -> int:
    """Train to the end, name the run folder, and return the exit code, also where the log could not be written."""
    last: deque[object] = deque(maxlen=1)
    run = _follow(job, watch=last.append)
    _messages.print(f"Run folder: {escape(str(run.folder))}")
    return 1 if isinstance(last[0], RunEnd) and last[0].reason == "failed" else 0


def train(run: Path | None = None, preset: str | None = None, **values: Any) -> int:
    """Train a model; the run folder holds everything it leaves behind."""
    chosen = {name: value for name, value in values.items() if value is not None}
    settings = make_settings(from_preset(preset, chosen) if preset else chosen)
    if len(fold_runs(settings)) > 1:
        return train_folds(settings, run, _follow)
    from stl_tl_gui.engine.training import train as train_run  # torch: after the settings were found to be right

    return _follow_run(lambda should_stop: train_run(settings, run, should_stop))


def _option(name: str) -> inspect.Parameter:
    """The flag of a setting: its help, its choices and its default come from TrainSettings."""
    field = TrainSettings.model_fields[name]
    allowed = choices(name)
    text = (field.description or "") + (f" One of: {', '.join(allowed)}." if allowed else "")
    kind = field.annotation if field.annotation in (int, float) else str
    flag = "--" + name.replace("_", "-")
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[
            kind | None, typer.Option(flag, help=text, show_default=str(field.default), rich_help_panel=_group(name))
        ],
    )


def _group(name: str) -> str:
    extra = TrainSettings.model_fields[name].json_schema_extra
    assert isinstance(extra, dict)
    return str(extra["group"])


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
    options = [preset, *(_option(name) for name in TrainSettings.model_fields)]

    def command(**values: Any) -> int:
        return train(**values)

    command.__signature__ = inspect.Signature([*options, folder])  # type: ignore[attr-defined]
    command.__annotations__ = {option.name: option.annotation for option in (*options, folder)}
    command.__doc__ = train.__doc__
    return command


app.command("train")(_train_command())
app.add_typer(queue_commands(_follow, _option), name="queue")
app.add_typer(weights_commands(_follow), name="weights")
app.command("find-learning-rate")(finder_command(_follow, _option))
app.command("import-stl10")(import_command(_follow))
app.command("import-pictures")(import_pictures_command(_follow))
app.add_typer(download_commands(_follow), name="download")
app.command("inspect")(inspect_command(_follow))
app.command("self-test")(self_test_command(_follow))
app.command("runs")(runs)
app.command("relink")(relink_command(_follow))


@app.command()
def resume(run: RunFolder, epochs: Annotated[int | None, typer.Option(min=1, help="Epochs in all.")] = None) -> int:
    """Go on with a run from its last checkpoint."""
    from stl_tl_gui.engine.runs import open_run
    from stl_tl_gui.engine.training import resume as resume_run

    opened = open_run(run)
    return _follow_run(lambda should_stop: resume_run(opened, epochs, should_stop))


@app.command()
def evaluate(
    run: RunFolder,
    split: Annotated[Split | None, typer.Option(help="Which pictures. Default: test, where there are any.")] = None,
    data: Annotated[str | None, typer.Option(help="Other data with the same classes.")] = None,
    as_json: Json = False,
) -> int:
    """Predict a split with a run's best model, write the table and print the accuracy."""
    from stl_tl_gui.engine.evaluation import evaluate as evaluate_run
    from stl_tl_gui.engine.evaluation import metrics
    from stl_tl_gui.engine.runs import open_run

    opened = open_run(run)
    predictions = _follow(lambda should_stop: evaluate_run(opened, split, data, should_stop), quiet=as_json)
    figures = metrics(predictions)
    done = [event for event in opened.events(batches=False) if isinstance(event, EvaluationEnd)][-1]
    if as_json:
        loss = float(predictions.loss.mean())
        _write(json.dumps({"run": str(opened.folder), "split": done.split, "loss": loss, **figures.to_dict()}))
        return 0
    table = Table("class", "precision", "recall", "F1", "pictures")
    for index, name in enumerate(predictions.class_names):
        row = (figures.precision[index], figures.recall[index], figures.f1[index])
        table.add_row(escape(str(name)), *(f"{value:.1%}" for value in row), str(figures.support[index]))
    console = Console()
    console.print(table)
    console.print(
        f"{done.split} accuracy {figures.accuracy:.1%} on {len(predictions)} pictures "
        f"(95% interval {figures.low:.1%} to {figures.high:.1%}). Table: {opened.folder / done.predictions}",
        soft_wrap=True,
        markup=False,
    )
    return 0


@app.command()
def predict(
    model: Annotated[
        Path,
        typer.Argument(metavar="RUN|CHECKPOINT", help="A run folder, a name that “runs” lists, or a checkpoint file."),
    ],
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Pictures, or folders of pictures.")],
    top_k: Annotated[int, typer.Option(min=1, help="How many classes to print for each picture.")] = 1,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write a table to this file.")] = None,
    as_json: Json = False,
    class_names: Annotated[Path | None, typer.Option(help="File with the class names, one a line.")] = None,
    backbone: Annotated[str | None, typer.Option(help="Backbone of a checkpoint that does not say.")] = None,
) -> int:
    """Classify pictures. A picture that cannot be read is reported in its row; exit code 1 if none could be read."""
    from stl_tl_gui.engine.inference import open_classifier
    from stl_tl_gui.engine.runs import known_place

    classifier = open_classifier(known_place(model), class_names=_names(class_names), backbone=backbone)
    results = _follow(lambda should_stop: classifier.classify(paths, should_stop), quiet=as_json)
    if as_json:
        _write(json.dumps([_document(result) for result in results]))
    else:
        for result in results:
            _write(_line(result, top_k))
    if csv_file is not None:
        _write_csv(csv_file, results, classifier.class_names)
    return 0 if any(result.error is None for result in results) else 1


def _names(path: Path | None) -> tuple[str, ...] | None:
    if path is None:
        return None
    try:
        return tuple(line.strip() for line in path.read_text("utf-8-sig").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettings(f"The class names in “{path}” cannot be read: {error}.") from None


def _document(result: "Classified") -> dict[str, Any]:
    where = {"path": str(result.path)}
    if result.error is not None:
        return where | {"error": result.error}
    return where | {
        "predicted": result.predicted,
        "confidence": result.confidence,
        "probabilities": result.probabilities,
    }


def _line(result: "Classified", top_k: int) -> str:
    if result.error is not None:
        return f"{result.path}: {result.error}"
    best = list(result.probabilities.items())[:top_k]
    return f"{result.path}: " + ", ".join(f"{name} {p:.1%}" for name, p in best)


def _write_csv(path: Path, results: "list[Classified]", class_names: tuple[str, ...]) -> None:
    try:
        with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["path", "predicted", "confidence", *(f"p_{name}" for name in class_names), "error"])
            for result in results:
                values = [result.probabilities.get(name, "") for name in class_names]
                confidence = result.confidence if result.error is None else ""
                writer.writerow([result.path, result.predicted or "", confidence, *values, result.error or ""])
    except OSError as error:
        raise UserError(f"“{path}” cannot be written: {error.strerror}.") from None


def _several(text: str, names: Iterable[str]) -> Any:
    return typer.Option(help=f"{text} May be given several times. One of: {', '.join(names)}.")


@app.command()
def bench(
    backbone: Annotated[list[str], _several("With which backbone.", BACKBONES)] = [*QUICK_BACKBONES],  # noqa: B006
    task: Annotated[list[str], _several("What to measure.", TASKS)] = [*QUICK_TASKS],  # noqa: B006
    pictures: Annotated[int, typer.Option(min=80, help="Pictures to train on; STL-10 has 5,000.")] = 1280,
    photos: Annotated[int, typer.Option(min=1, help="Photos to drop together.")] = 48,
    input_size: Annotated[int, typer.Option(min=32, max=1024, help="Side in pixels.")] = 96,
    rounds: Annotated[int, typer.Option(min=1, help="How often each side has its turn.")] = 3,
    as_json: Json = False,
) -> int:
    """Measure how fast this app is here, beside the plain loop of a course and the bare arithmetic."""
    settings = make_benchmark_settings(backbone, task, pictures, photos, input_size, rounds)
    from stl_tl_gui.bench_table import print_report
    from stl_tl_gui.engine.benchmark.comparison import benchmark

    report = _follow(lambda should_stop: benchmark(settings, should_stop), quiet=as_json)
    if as_json:
        _write(json.dumps(report.to_dict()))
    else:
        print_report(report, Console(width=None if sys.stdout.isatty() else 200))
    return 0


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")

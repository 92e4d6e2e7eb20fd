"""The commands `evaluate` and `predict`: a model on a split of its data, or on other pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.markup import escape
from rich.table import Table

from stl_tl_gui.cli.follow import follow
from stl_tl_gui.cli.options import Json, RunFolder
from stl_tl_gui.cli.output import show, write, write_json
from stl_tl_gui.engine.errors import UserError, reported_as
from stl_tl_gui.engine.events import EvaluationEnd
from stl_tl_gui.engine.settings.settings import InvalidSettings
from stl_tl_gui.engine.storage.spreadsheet import Row, write_spreadsheet

if TYPE_CHECKING:
    from stl_tl_gui.engine.evaluation.inference import Classified


class TableNotWritten(UserError):
    """The file for the table cannot be written."""


Split = Literal["val", "test", "train"]


def evaluate(
    run: RunFolder,
    split: Annotated[
        Split | None, typer.Option(help="Which pictures. Default: test if the data has test pictures, else val.")
    ] = None,
    data: Annotated[str | None, typer.Option(help="Evaluate on other data with the same classes.")] = None,
    as_json: Json = False,
) -> int:
    """Evaluate a run's best model: print accuracy and per-class figures, save every prediction."""
    from stl_tl_gui.engine.evaluation.evaluate import evaluate as evaluate_run
    from stl_tl_gui.engine.evaluation.metrics import confusion
    from stl_tl_gui.engine.runs.run import open_run

    opened = open_run(run)
    predictions = follow(lambda should_stop: evaluate_run(opened, split, data, should_stop), quiet=as_json)
    figures = confusion(predictions)
    done = [event for event in opened.events(batches=False) if isinstance(event, EvaluationEnd)][-1]
    if as_json:
        loss = float(predictions.loss.mean())
        write_json({"run": str(opened.folder), "split": done.split, "loss": loss, **figures.to_dict()})
        return 0
    table = Table("class", "precision", "recall", "F1", "pictures")
    for index, name in enumerate(predictions.class_names):
        row = (figures.precision[index], figures.recall[index], figures.f1[index])
        table.add_row(escape(str(name)), *(f"{value:.1%}" for value in row), str(figures.support[index]))
    show(table)
    low, high = figures.interval
    write(
        f"{done.split} accuracy {figures.accuracy:.1%} on {len(predictions)} pictures "
        f"(95% interval {low:.1%} to {high:.1%}). Table: {opened.folder / done.predictions}"
    )
    return 0


def predict(
    model: Annotated[
        Path,
        typer.Argument(
            metavar="RUN|CHECKPOINT", help="A run folder, a name from “stl-tl-gui runs”, or a checkpoint file."
        ),
    ],
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Pictures, or folders of pictures.")],
    top_k: Annotated[int, typer.Option(min=1, help="Print this many classes for each picture.")] = 1,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Also write a table to this file.")] = None,
    as_json: Json = False,
    class_names: Annotated[
        Path | None, typer.Option(help="Text file with one class name per line, for a checkpoint without class names.")
    ] = None,
    backbone: Annotated[str | None, typer.Option(help="Backbone, for a checkpoint that does not name it.")] = None,
) -> int:
    """Classify pictures. Unreadable pictures are reported in their row; exit code 1 if none could be read."""
    from stl_tl_gui.engine.evaluation.inference import open_classifier
    from stl_tl_gui.engine.runs.run import known_place

    classifier = open_classifier(known_place(model), class_names=_names(class_names), backbone=backbone)
    results = follow(lambda should_stop: classifier.classify(paths, should_stop), quiet=as_json)
    if as_json:
        write_json([_document(result) for result in results])
    else:
        for result in results:
            write(_line(result, top_k))
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
    rows: list[Row] = [["path", "predicted", "confidence", *(f"p_{name}" for name in class_names), "error"]]
    for result in results:
        values = [result.probabilities.get(name) for name in class_names]
        confidence = result.confidence if result.error is None else None
        rows.append([str(result.path), result.predicted, confidence, *values, result.error])
    with reported_as(TableNotWritten, f"“{path}” cannot be written"):
        write_spreadsheet(path, rows)

"""Why a run has no confusion matrix to compare, and what can be done about it."""

from collections.abc import Sequence

from stl_tl_gui.engine.comparison import ComparedRun, Split
from stl_tl_gui.engine.evaluation.metrics import Confusion
from stl_tl_gui.gui.compare.compare_jobs import Table
from stl_tl_gui.gui.compare.marked_run import MarkedRun
from stl_tl_gui.words.comparison import listed


def split_words(split: Split) -> str:
    return {"test": "test pictures", "val": "validation pictures"}[split]


def why_no_matrix(each: MarkedRun, split: Split, table: Table) -> str:
    """The reason in a sentence or two; empty where there is a matrix."""
    run = each.run
    if isinstance(table, Confusion):
        return ""
    if isinstance(table, str):
        return table
    if run.state == "unreadable":
        return f"“{each.name}” cannot be read. {run.problem}"
    if run.run is None:
        return f"“{each.name}” has not begun. Its matrix comes when it has been trained."
    if run.state == "running":
        return f"“{each.name}” is being trained. It is evaluated when it ends."
    if run.checkpoint_bytes is None:
        text = "“{name}” has no checkpoint. Resume it on the Runs page and let it finish at least one epoch."
        return text.format(name=each.name)
    text = f"“{each.name}” has not been evaluated on the {split_words(split)}."
    others = [other for other in run.evaluated if other != split]
    hint = "It has been on the {split}: choose those above, or evaluate it."
    return f"{text} {hint.format(split=split_words(others[0]))}" if others else text


def can_evaluate(run: ComparedRun, table: Table) -> bool:
    """Whether a missing matrix can be had by evaluating the run."""
    over = run.run is not None and run.state not in ("running", "unreadable")
    return over and run.checkpoint_bytes is not None and not isinstance(table, Confusion)


def why_no_difference(shown: Sequence[MarkedRun], pair: Sequence[Confusion]) -> str:
    """Why two matrices cannot be subtracted, by the classes that only one of them knows."""
    one, other = pair
    only = [sorted(set(a.class_names) - set(b.class_names)) for a, b in ((one, other), (other, one))]
    parts = [
        f"only “{each.name}” knows {listed(classes)}" for each, classes in zip(shown, only, strict=True) if classes
    ]
    text = "These runs know different classes, so their matrices have no difference: {parts}."
    return text.format(parts="; ".join(parts))

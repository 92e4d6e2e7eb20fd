"""Why a run has no confusion matrix to compare, and what to do about it."""

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
        return f"“{each.name}” has not started. Its matrix appears after training."
    if run.state == "running":
        return f"“{each.name}” is still training. It is evaluated when training ends."
    if run.checkpoint_bytes is None:
        return f"“{each.name}” has no checkpoint. Resume it on the Runs page and let it finish at least one epoch."
    text = f"“{each.name}” has not been evaluated on the {split_words(split)}."
    others = [other for other in run.evaluated if other != split]
    return f"{text} Evaluate it, or choose the {split_words(others[0])} above." if others else text


def can_evaluate(run: ComparedRun, table: Table) -> bool:
    """Whether evaluating the run would give the missing matrix."""
    over = run.run is not None and run.state not in ("running", "unreadable")
    return over and run.checkpoint_bytes is not None and not isinstance(table, Confusion)


def why_no_difference(shown: Sequence[MarkedRun], pair: Sequence[Confusion]) -> str:
    """Why two matrices cannot be subtracted: the classes that only one of them has."""
    one, other = pair
    only = [sorted(set(a.class_names) - set(b.class_names)) for a, b in ((one, other), (other, one))]
    parts = [f"only “{each.name}” has {listed(classes)}" for each, classes in zip(shown, only, strict=True) if classes]
    return f"These runs have different classes, so their matrices cannot be subtracted: {'; '.join(parts)}."

"""What the evaluate page says about a run: its name, its tables, what can be done, what to do first."""

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.events import RunStart
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.runs.run_data import KNOWN_PICTURES, knows_its_pictures
from stl_tl_gui.gui.evaluate.evaluation_header import SPLIT_NAMES, Split
from stl_tl_gui.words.quantities import number_of, percent


def tables(run: Run | None) -> list[Split]:
    """The splits that have been predicted, test first."""
    return [split for split in SPLIT_NAMES if run is not None and run.predictions(split).exists()]


_LEARNED = (
    "The model learned from these pictures: this says how much it remembers, not how well it does on others. Wrong "
    "labels stand out here."
)


_HELD_OUT = (
    "Each training picture was predicted by the fold whose model did not learn from it. Wrong labels stand out here."
)


def caution(run: Run | None, split: Split, *, held_out: bool) -> str:
    """What to keep in mind about the results of a run; empty where there is nothing."""
    if split == "train":
        return _HELD_OUT if held_out else _LEARNED
    try:
        known = run is not None and knows_its_pictures(run.settings(), str(run.facts().get("data_name", "")))
    except UserError:
        return ""
    return KNOWN_PICTURES if known else ""


def fixes_words(count: int, before: float | None) -> str:
    """How many pictures were corrected since a run was trained; `before`: the accuracy with the labels of then."""
    if not count:
        return ""
    text = f"{number_of(count, 'picture')} corrected since this run was trained"
    return f"{text} (with the labels of then: {percent(before)})." if before is not None else f"{text}."


def reasons(run: Run | None, training: bool, evaluating: bool) -> dict[Split, str]:
    """Why a split cannot be evaluated now; empty where it can."""
    reason = ""
    if run is None:
        reason = "Train a model or open a run first"
    elif training:
        reason = "Still training. It is evaluated when training ends"
    elif not run.best.exists():
        reason = "This run has no checkpoint to evaluate"
    elif evaluating:
        reason = "An evaluation is already running"
    no_test = reason or ("The data of this run has no test pictures" if not _has_test(run) else "")
    return {"test": no_test, "val": reason, "train": reason}


def advice(run: Run | None, training: bool, problem: str) -> tuple[str, str]:
    """A heading and a sentence for a page that has no table to show."""
    if run is None:
        return "Nothing to evaluate yet", (
            "Train a model on the Train page, or open a run on the Runs page. Then see here what it gets right and "
            "wrong, picture by picture."
        )
    if problem:
        return "These results cannot be shown", problem
    if training:
        return "Still training", "When training ends, the model is evaluated and shown here."
    if not run.best.exists():
        return (
            "Nothing to evaluate yet",
            "This run has no checkpoint. Resume it on the Runs page and let it finish at least one epoch.",
        )
    return (
        "Not evaluated yet",
        "Press “Evaluate” and choose pictures to see what this model gets right and wrong.",
    )


def _has_test(run: Run | None) -> bool:
    starts = (event for event in run.events(batches=False) if isinstance(event, RunStart)) if run is not None else ()
    start = next(iter(starts), None)
    return start is None or start.counts.get("test", 0) > 0

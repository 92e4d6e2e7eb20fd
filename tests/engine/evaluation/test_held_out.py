"""Training pictures of a cross-validation, each predicted by the model that did not learn from it."""

from pathlib import Path
from typing import Any

import builders
import numpy as np

from stl_tl_gui.engine.data import open_dataset
from stl_tl_gui.engine.data.splits import splitting_of
from stl_tl_gui.engine.evaluation.evaluate import evaluate
from stl_tl_gui.engine.evaluation.held_out import is_held_out, other_folds
from stl_tl_gui.engine.events import EvaluationEnd
from stl_tl_gui.engine.runs.predictions import read_predictions
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.settings.settings import fold_runs, make_settings
from stl_tl_gui.engine.training.train import train

FOLDS = 3


def cross_validated(colours: Path, drain: Any) -> list[Run]:
    values = {**builders.QUICK, **builders.PLAIN, "epochs": 1, "data": str(colours), "protocol": "kfold"}
    return [drain(train(settings))[1] for settings in fold_runs(make_settings({**values, "folds": FOLDS}))]


def test_that_training_pictures_are_predicted_by_the_folds_that_did_not_see_them(colours: Path, drain: Any) -> None:
    first, *others = cross_validated(colours, drain)
    assert {other.folder for other in other_folds(first)} == {other.folder for other in others}
    events, table = drain(evaluate(first, "train"))
    seen = {run: set(drain(open_dataset(str(colours), splitting_of(run.settings())))[1].splits["train"].ids)
            for run in (first, *others)}  # fmt: skip
    assert set(table.ids) == seen[first]
    for other in others:
        theirs = read_predictions(other.predictions("val"))
        assert not set(theirs.ids) & seen[other]
        rows = {id: row for row, id in enumerate(theirs.ids)}
        same = [(row, rows[id]) for row, id in enumerate(table.ids) if id in rows]
        assert same
        for row, place in same:
            assert np.array_equal(table.probabilities[row], theirs.probabilities[place])
    assert is_held_out(first)
    own = [event for event in events if isinstance(event, EvaluationEnd)][-1]
    assert (own.split, own.held_out, own.count) == ("train", True, len(table))
    assert read_predictions(first.predictions("train")).ids == table.ids


def test_that_without_all_folds_the_run_predicts_its_own_training_pictures(colours: Path, drain: Any) -> None:
    first, second, third = cross_validated(colours, drain)
    third.best.unlink()
    assert other_folds(first) == []
    _, table = drain(evaluate(first, "train"))
    assert not is_held_out(first)
    assert not second.predictions("val").exists() or len(table) > len(read_predictions(second.predictions("val")))


def test_that_runs_with_other_settings_are_no_folds_of_this_one(colours: Path, drain: Any) -> None:
    first, second, _ = cross_validated(colours, drain)
    second.update(settings=second.settings().model_copy(update={"epochs": 5}))
    assert other_folds(first) == []

"""Corrected labels: the model's answers stay, and only what is still there counts."""

import numpy as np
import pytest
from builders import predictions

from stl_tl_gui.engine.data.corrections import Corrections, Effect, leave_out, relabel, write_corrections
from stl_tl_gui.engine.evaluation.metrics import confusion
from stl_tl_gui.engine.evaluation.relabeled import corrections_since, relabeled
from stl_tl_gui.engine.runs.run import create_run
from stl_tl_gui.engine.settings.settings import make_settings

NAMES = ("cat", "dog", "ship")
TABLE = predictions([f"{i}.png" for i in range(40)], NAMES, sure=1.0)


def test_that_without_corrections_nothing_changes() -> None:
    now = relabeled(TABLE, {}, "test")
    assert np.array_equal(now.table.targets, TABLE.targets)
    assert np.array_equal(now.figures.counts, confusion(TABLE).counts)


def test_that_a_corrected_mistake_is_right_and_its_loss_is_that_of_the_new_class() -> None:
    row = int(np.flatnonzero(TABLE.predicted != TABLE.targets)[0])
    said = int(TABLE.predicted[row])
    now = relabeled(TABLE, {f"{row}.png": Effect(class_name=NAMES[said])}, "test")
    assert now.figures.accuracy == pytest.approx(confusion(TABLE).accuracy + 1 / 40)
    assert now.table.loss[row] == pytest.approx(-np.log(TABLE.probabilities[row, said]))
    assert TABLE.targets[row] != said  # the table itself is as it was


def test_that_what_is_left_out_moved_or_of_an_unknown_class_is_not_counted() -> None:
    effects = {
        "0.png": Effect(left_out=True),
        "1.png": Effect(split="train"),
        "2.png": Effect(class_name="plane"),
        "3.png": Effect(split="test"),
        "elsewhere.png": Effect(left_out=True),
    }
    now = relabeled(TABLE, effects, "test")
    assert now.figures.count == 37
    assert set(now.changed) == {0, 1, 2, 3}


def test_that_only_corrections_made_after_the_training_are_new(tmp_path) -> None:
    run = create_run(make_settings({"data": "sample"}), tmp_path / "run")
    known = Corrections().with_step("then", [*relabel(["a"], "cat"), *leave_out(["b"])])
    run.corrections.write_text(known.model_dump_json(), "utf-8")
    place = str(tmp_path)
    write_corrections(place, known)
    assert corrections_since(run, place) == {}
    write_corrections(place, known.with_step("now", [*relabel(["a"], "dog"), *relabel(["c"], "dog")]))
    assert corrections_since(run, place) == {"a": Effect(class_name="dog"), "c": Effect(class_name="dog")}

"""What transfer gave: the run from scratch that answers a pretrained one, and the runs that can be compared."""

import time
from itertools import count
from pathlib import Path
from typing import Any

import builders
import pytest

from stl_tl_gui.engine.events import EvaluationEnd, RunEnd
from stl_tl_gui.engine.runs.run import Run, create_run
from stl_tl_gui.engine.runs.transfer import Transfer, answers, from_scratch, transfer_of
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings

SCRATCH = {"weights": "none"}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run is made a second after the one before."""
    seconds = count(1.8e9)
    monkeypatch.setattr(time, "time", lambda: next(seconds))


def trained(
    test: float | None = 0.9,
    reason: str = "completed",
    fingerprint: str = "f",
    folder: Path | None = None,
    best: float = 0.8,
    **chosen: Any,
) -> Run:
    run = create_run(make_settings(chosen), folder)
    run.update(facts={"data_fingerprint": fingerprint})
    run.log(builders.run_start(run))
    run.log(builders.epoch_end(1, best, best=True))
    if test is not None:
        run.log(EvaluationEnd(split="test", accuracy=test, count=10, loss=1.0, predictions="predictions.csv"))
    run.log(RunEnd(reason=reason, message="", best_val_accuracy=best, test_accuracy=test, seconds=7.0))  # type: ignore[arg-type]
    return run


def gave(run: Run) -> tuple[float, float] | None:
    found = transfer_of(run)
    return found.accuracies if isinstance(found, Transfer) else None


# The run from scratch


def test_that_the_run_from_scratch_has_the_recommended_recipe_and_backbone() -> None:
    asked = make_settings({"data": "/pictures", "seed": 3, "test_fraction": 0.2, "budget": 30.0})
    assert asked.recipe == "automatic"
    expected = {"data": "/pictures", "seed": 3, "test_fraction": 0.2, "weights": "none"}
    assert from_scratch(asked) == make_settings(expected)
    assert from_scratch(asked).backbone == "resnet18"


def test_that_a_chosen_backbone_size_and_machine_stay() -> None:
    asked = make_settings({"backbone": "resnet34", "input_size": 160, "device": "cpu", "group_by": "folder"})
    assert from_scratch(asked) == make_settings({**asked.model_dump(include={
        "backbone", "input_size", "device", "group_by"}), "weights": "none"})  # fmt: skip


def test_that_what_suits_pretrained_layers_is_not_taken_over() -> None:
    asked = make_settings({"freeze": "head", "learning_rate": 3e-3, "epochs": 2, "optimizer": "sgd"})
    assert from_scratch(asked) == make_settings({"weights": "none", "epochs": 10})


def test_that_training_from_scratch_is_at_least_as_long() -> None:
    assert from_scratch(make_settings({"epochs": 40})).epochs == 40


@pytest.mark.parametrize(
    ("scratch", "answered"),
    [
        ({}, True),
        ({"epochs": 30, "learning_rate": 0.01}, True),
        ({"backbone": "efficientnet_lite0"}, True),
        ({"backbone": "resnet34"}, False),
        ({"epochs": 9}, False),
        ({"seed": 1}, False),
        ({"val_fraction": 0.2}, False),
        ({"protocol": "kfold", "fold": 1}, False),
        ({"weights": "imagenet"}, False),
    ],
)
def test_that_only_a_fair_run_from_scratch_answers(scratch: dict[str, Any], answered: bool) -> None:
    assert answers(make_settings({**SCRATCH, **scratch}), make_settings({})) is answered


# Among the runs


def test_that_a_pretrained_run_alone_asks_for_the_run_from_scratch() -> None:
    run = trained()
    assert transfer_of(run) == from_scratch(run.settings())


def test_that_both_runs_say_what_transfer_gave() -> None:
    pretrained, scratch = trained(0.9), trained(0.6, **SCRATCH)
    assert gave(pretrained) == gave(scratch) == (0.9, 0.6)


def test_that_the_newest_finished_run_counts() -> None:
    pretrained = trained(0.9)
    trained(0.5, **SCRATCH)
    trained(0.6, **SCRATCH)
    trained(0.7, "stopped", **SCRATCH)
    assert gave(pretrained) == (0.9, 0.6)


def test_that_runs_on_other_pictures_or_of_other_splits_are_not_compared() -> None:
    pretrained = trained(0.9)
    trained(0.6, fingerprint="g", **SCRATCH)
    trained(None, **SCRATCH)
    assert isinstance(transfer_of(pretrained), TrainSettings)


def test_that_automatic_has_a_result_when_it_is_stopped() -> None:
    pretrained = trained(0.9, "stopped")
    assert isinstance(transfer_of(pretrained), TrainSettings)
    trained(0.6, **SCRATCH)
    assert gave(pretrained) == (0.9, 0.6)


def test_that_without_test_pictures_the_validation_pictures_count() -> None:
    pretrained = trained(None, best=0.8)
    trained(None, best=0.4, **SCRATCH)
    found = transfer_of(pretrained)
    assert isinstance(found, Transfer)
    assert (found.accuracies, found.tested) == ((0.8, 0.4), False)


def test_that_runs_beside_each_other_elsewhere_are_found(tmp_path: Path) -> None:
    pretrained = trained(0.9, folder=tmp_path / "elsewhere" / "a")
    trained(0.6, folder=tmp_path / "elsewhere" / "b", **SCRATCH)
    assert gave(pretrained) == (0.9, 0.6)


def test_that_other_runs_raise_no_question(tmp_path: Path) -> None:
    own = tmp_path / "best.pt"
    assert transfer_of(trained(weights=str(own))) is None
    assert transfer_of(trained(reason="stopped", epochs=10)) is None
    assert transfer_of(trained(reason="failed")) is None
    assert transfer_of(trained(0.6, fingerprint="h", **SCRATCH)) is None


def test_that_a_damaged_run_is_passed_over() -> None:
    pretrained, scratch = trained(0.9), trained(0.6, **SCRATCH)
    (trained(0.7, **SCRATCH).folder / "settings.json").write_text("{")
    assert gave(pretrained) == gave(scratch) == (0.9, 0.6)

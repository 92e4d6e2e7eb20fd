"""Automatic in real runs: with the weights that come with the app, on pictures that any model learns at once."""

from pathlib import Path
from typing import Any

import pytest
import torch

from stl_tl_gui.engine.data.preprocessing import preprocessing_for
from stl_tl_gui.engine.evaluation.inference import open_classifier
from stl_tl_gui.engine.events import BatchEnd, EpochEnd, EvaluationEnd, PhaseStart, RunEnd, RunStart
from stl_tl_gui.engine.models.checkpoints import load_checkpoint
from stl_tl_gui.engine.runs.predictions import read_predictions
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.settings.settings import InvalidSettings, TrainSettings, fixed, make_settings
from stl_tl_gui.engine.training import automatic
from stl_tl_gui.engine.training.train import NothingToResume, resume, train


def settings_for(data: Path, **more: Any) -> TrainSettings:
    plain = {"precision": "float32", "memory_format": "channels_last"}  # nothing to try
    return make_settings({"data": str(data), "device": "cpu", "input_size": 32, **plain, **more})


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fine-tuning of few epochs, of the top stages only."""
    monkeypatch.setattr(automatic, "_EPOCHS", {"top": 2, "all": 2})
    monkeypatch.setattr(automatic, "_FEWEST_EPOCHS", 2)
    monkeypatch.setattr(automatic, "_MODELS", 2)
    monkeypatch.setattr(automatic, "_MOSTLY_RIGHT", 0.0)


def of_kind(events: list[Any], kind: type[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def test_that_one_click_gives_a_tested_model(colours: Path, tmp_path: Path, drain: Any) -> None:
    events, run = drain(train(settings_for(colours), tmp_path / "run"))
    end = events[-1]
    assert (end.reason, end.test_accuracy) == ("completed", 1.0)
    assert "6 validation pictures" in end.message  # too few to judge fine-tuning by
    assert of_kind(events, RunStart)[0].epochs == 0
    phase = of_kind(events, PhaseStart)[0]
    assert (phase.phase, phase.input_size, phase.epochs) == ("head", 32, 1)
    assert phase.expected_seconds > 0
    assert open_classifier(run.folder).class_names == ("blue", "green", "red")


def test_that_sizes_are_tried_and_the_model_keeps_the_best(
    colours: Path, tmp_path: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(automatic, "SIZES", (32, 48, 64))
    events, run = drain(train(settings_for(colours, input_size=0), tmp_path / "run"))
    kept = [phase.input_size for phase, end in _fits(events) if end.best]
    assert load_checkpoint(run.best).preprocessing.input_size == kept[-1]
    assert run.settings().input_size == 0  # what was asked for


def _fits(events: list[Any]) -> list[tuple[PhaseStart, EpochEnd]]:
    phases = [phase for phase in of_kind(events, PhaseStart) if phase.phase == "head"]
    ends = {end.epoch: end for end in of_kind(events, EpochEnd)}
    return [(phase, ends[phase.epoch]) for phase in phases]


@pytest.mark.usefixtures("short")
def test_that_layers_are_fine_tuned_and_each_kept_model_is_tested(colours: Path, tmp_path: Path, drain: Any) -> None:
    events, run = drain(train(settings_for(colours, val_fraction=0.4), tmp_path / "run"))
    assert [phase.phase for phase in of_kind(events, PhaseStart)][:2] == ["head", "stages"]
    kept = [end for end in of_kind(events, EpochEnd) if end.best]
    assert len(of_kind(events, EvaluationEnd)) == len(kept)
    assert events[-1].test_accuracy == of_kind(events, EvaluationEnd)[-1].accuracy
    assert events[-1].best_val_accuracy == kept[-1].val_accuracy
    assert len(read_predictions(run.predictions())) == 18


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("batches", [0, 1, 4])
def test_that_a_stop_at_any_moment_leaves_the_best_model_so_far_tested(
    colours: Path, tmp_path: Path, drain: Any, batches: int
) -> None:
    seen: list[Any] = []

    def stop() -> bool:
        return len(of_kind(seen, EvaluationEnd)) > 0 and len(of_kind(seen, BatchEnd)) >= batches

    for event in train(settings_for(colours, val_fraction=0.4), tmp_path / "run", stop):
        seen.append(event)
    end, run = seen[-1], Run(tmp_path / "run")
    assert isinstance(end, RunEnd)
    assert end.reason == "stopped"
    assert end.test_accuracy == of_kind(seen, EvaluationEnd)[-1].accuracy
    assert len(read_predictions(run.predictions())) == 18
    assert open_classifier(run.folder).class_names == ("blue", "green", "red")


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("batches", [0, 1, 3, 4])
def test_that_a_resumed_run_ends_as_if_it_had_not_been_stopped(
    colours: Path, tmp_path: Path, drain: Any, batches: int
) -> None:
    settings = settings_for(colours, val_fraction=0.4)
    whole, one = drain(train(settings, tmp_path / "whole"))
    seen: list[Any] = []

    def stop() -> bool:
        return len(of_kind(seen, EvaluationEnd)) > 0 and len(of_kind(seen, BatchEnd)) >= batches

    for event in train(settings, tmp_path / "parts", stop):
        seen.append(event)
    again, other = drain(resume(Run(tmp_path / "parts")))
    assert again[-1].reason == "completed"
    assert again[-1].message == whole[-1].message
    weights, theirs = (load_checkpoint(run.best).model_state_dict for run in (one, other))
    assert all(torch.equal(weights[name], theirs[name]) for name in weights)
    assert again[-1].test_accuracy == whole[-1].test_accuracy
    with pytest.raises(NothingToResume):
        drain(resume(other))


def test_that_a_run_that_was_killed_before_its_test_is_tested_when_resumed(
    colours: Path, tmp_path: Path, drain: Any
) -> None:
    job = train(settings_for(colours), tmp_path / "run")
    while not isinstance(next(job), EpochEnd):
        pass
    job.close()
    run = Run(tmp_path / "run")
    events, _ = drain(resume(run))
    assert events[-1].test_accuracy == 1.0
    assert len(read_predictions(run.predictions())) == 18


def test_that_a_time_limit_ends_the_run_with_a_tested_model(colours: Path, tmp_path: Path, drain: Any) -> None:
    events, _ = drain(train(settings_for(colours, budget=0.01, input_size=0), tmp_path / "run"))
    assert events[-1].test_accuracy is not None
    assert [phase.input_size for phase in of_kind(events, PhaseStart)] == [96]  # the smallest, as nothing else fits


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"weights": "none", "recipe": "automatic"}, "starts from pretrained weights"),
        ({"epochs": 5, "budget": 10.0}, "time limit"),
        ({"recipe": "fixed", "input_size": 0}, "at least 32"),
        ({"input_size": 20}, "at least 32"),
    ],
)
def test_that_what_cannot_be_is_a_sentence(values: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidSettings, match=said):
        make_settings(values)


@pytest.mark.parametrize(
    "chosen", [{"epochs": 3}, {"freeze": "head"}, {"learning_rate": 0.1}, {"weights": "none"}, {"views": 2}]
)
def test_that_a_choice_of_what_automatic_decides_gives_the_fixed_recipe(chosen: dict[str, Any]) -> None:
    settings = make_settings(chosen)
    assert settings.recipe == "fixed"
    assert settings.input_size == 96


@pytest.mark.parametrize(
    "chosen", [{}, {"backbone": "resnet18"}, {"input_size": 128}, {"weights": "a.pth"}, {"seed": 3}]
)
def test_that_other_choices_are_kept_by_automatic(chosen: dict[str, Any]) -> None:
    settings = make_settings(chosen)
    assert settings.recipe == "automatic"
    assert {name: getattr(settings, name) for name in chosen} == chosen


def test_that_a_fixed_recipe_takes_the_place_of_automatic_where_one_is_needed() -> None:
    settings = fixed(make_settings({"backbone": "resnet18", "seed": 4, "budget": 9.0}))
    assert settings == make_settings({"backbone": "resnet18", "seed": 4, "recipe": "fixed"})
    assert fixed(settings) == settings


def test_that_pictures_are_previewed_as_the_weights_know_them() -> None:
    assert preprocessing_for(make_settings({})).input_size == 224

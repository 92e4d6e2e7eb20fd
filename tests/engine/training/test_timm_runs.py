"""Whole runs of timm's own tiny models, with random weights in files."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from builders import PLAIN
from safetensors.torch import load_file, save_file

from stl_tl_gui.engine.data.preprocessing import preprocessing_for
from stl_tl_gui.engine.evaluation.inference import open_classifier
from stl_tl_gui.engine.events import BatchEnd, EpochEnd, Notice, PhaseStart, Progress, RunStart
from stl_tl_gui.engine.models.checkpoints import load_checkpoint
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.settings import backbones
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings
from stl_tl_gui.engine.settings.timm_models import NoSuchModel, backbone_row, timm_model
from stl_tl_gui.engine.training import automatic
from stl_tl_gui.engine.training.estimate import estimate
from stl_tl_gui.engine.training.first_weights import find_start
from stl_tl_gui.engine.training.train import resume, train

QUICK = {"device": "cpu", "input_size": 32, "batch_size": 16, **PLAIN}


@pytest.fixture
def weights(tmp_path: Path) -> Callable[[str], str]:
    def write(name: str) -> str:
        torch.manual_seed(0)
        save_file(timm_model(name).state_dict(), tmp_path / "weights.safetensors")
        return str(tmp_path / "weights.safetensors")

    return write


def settings_for(data: Path, name: str, file: str, **more: Any) -> TrainSettings:
    return make_settings({"data": str(data), "backbone": name, "weights": file, **QUICK, **more})


def of_kind(events: list[Any], kind: type[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


@pytest.mark.parametrize(
    ("name", "freeze"),
    [*(("timm:test_vit", freeze) for freeze in ("head", "none", "head_then_all")), ("timm:test_resnet", "stage1")],
)
def test_that_a_fixed_recipe_that_was_stopped_ends_as_if_it_had_not_been(
    colours: Path, tmp_path: Path, drain: Any, weights: Callable[[str], str], name: str, freeze: str
) -> None:
    settings = settings_for(colours, name, weights(name), freeze=freeze, epochs=3, head_epochs=1, views=2)
    whole, one = drain(train(settings, tmp_path / "whole"))
    seen: list[Any] = []
    for event in train(settings, tmp_path / "stopped", lambda: len(of_kind(seen, BatchEnd)) >= 4):
        seen.append(event)
    again, other = drain(resume(Run(tmp_path / "stopped")))
    assert (whole[-1].reason, again[-1].reason) == ("completed", "completed")
    mine, theirs = (load_checkpoint(run.last).model_state_dict for run in (one, other))
    assert all(torch.equal(mine[key], theirs[key]) for key in mine)
    cached = any("features" in event.stage for event in of_kind(whole, Progress))
    assert cached == (freeze in ("head", "head_then_all"))
    before, stem = load_file(settings.weights), backbone_row(name).stages[0].modules[0]
    same = all(torch.equal(mine[key], before[key]) for key in before if f"{key}.".startswith(f"{stem}."))
    assert same == (freeze in ("head", "stage1"))


@pytest.mark.parametrize("name", ["timm:test_vit", "timm:test_efficientnet"])
def test_that_automatic_fits_fine_tunes_resumes_and_predicts(
    colours: Path,
    tmp_path: Path,
    drain: Any,
    monkeypatch: pytest.MonkeyPatch,
    weights: Callable[[str], str],
    name: str,
) -> None:
    monkeypatch.setattr(automatic, "_EPOCHS", {"top": 3, "all": 3})
    settings = settings_for(colours, name, weights(name), recipe="automatic", val_fraction=0.4)
    whole, one = drain(train(settings, tmp_path / "whole"))
    top = "all" if name == "timm:test_vit" else "stages"  # a stage of it has few parameters: it takes all of them
    assert [phase.phase for phase in of_kind(whole, PhaseStart)][:2] == ["head", top]
    seen: list[Any] = []
    for event in train(settings, tmp_path / "stopped", lambda: len(of_kind(seen, BatchEnd)) >= 2):
        seen.append(event)
    again, other = drain(resume(Run(tmp_path / "stopped")))
    assert again[-1].message == whole[-1].message
    mine, theirs = (load_checkpoint(run.best).model_state_dict for run in (one, other))
    assert all(torch.equal(mine[key], theirs[key]) for key in mine)
    assert whole[-1].test_accuracy > 0.8
    classifier = open_classifier(one.folder)
    assert classifier.title == f"timm: {name.removeprefix('timm:')}, 3 classes"
    _, found = drain(classifier.classify(sorted((colours / "test" / "red").iterdir())))
    assert [each.predicted for each in found].count("red") >= 4
    assert find_start(str(one.folder)).backbone == name


def test_that_a_model_of_one_size_gets_it_and_says_so(
    colours: Path, tmp_path: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = backbone_row("timm:test_vit2")
    monkeypatch.setitem(backbones._OF_TIMM, row.name, replace(row, fixed_size=64))
    settings = settings_for(colours, row.name, "none", freeze="none", epochs=1)
    assert preprocessing_for(settings).input_size == 64
    events, run = drain(train(settings, tmp_path / "run"))
    assert any("takes pictures of 64 pixels only" in notice.message for notice in of_kind(events, Notice))
    assert run.settings().input_size == 64
    assert load_checkpoint(run.best).preprocessing.input_size == 64
    assert drain(estimate(settings))[1].total > 0


def test_that_imagenet_weights_in_the_hubs_cache_are_used_without_a_network(
    colours: Path, tmp_path: Path, drain: Any
) -> None:
    row = backbone_row("timm:test_resnet")
    model = row.weights.hub_model.replace("/", "--")
    folder = tmp_path / "hugging face" / "hub" / f"models--{model}"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("abc")
    (folder / "snapshots" / "abc").mkdir(parents=True)
    published = timm_model(row.name).state_dict()
    save_file(published, folder / "snapshots" / "abc" / "model.safetensors")
    events, run = drain(train(settings_for(colours, row.name, "imagenet", freeze="head", epochs=1), tmp_path / "run"))
    assert events[-1].reason == "completed"
    assert torch.equal(load_checkpoint(run.last).model_state_dict["conv1.0.weight"], published["conv1.0.weight"])
    start, end = of_kind(events, RunStart)[0], of_kind(events, EpochEnd)[0]
    assert start.trainable_parameters == 3 * (row.head_features + 1)
    assert end.epoch == 1


def test_that_a_wrong_name_is_a_sentence_before_anything_is_read(tmp_path: Path) -> None:
    settings = make_settings({"data": str(tmp_path / "nothing"), "backbone": "timm:test_rsnet"})
    with pytest.raises(NoSuchModel, match="Did you mean “test_resnet”"):
        next(train(settings, tmp_path / "run"))
    assert not (tmp_path / "run").exists()

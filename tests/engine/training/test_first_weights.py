"""Runs that start from what an earlier run learned, on other data and other classes."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from builders import QUICK, write_colours

from stl_tl_gui.engine.events import Notice
from stl_tl_gui.engine.models.model import build_model
from stl_tl_gui.engine.models.weight_store import WrongWeights
from stl_tl_gui.engine.models.weights import with_rows_of
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.runs.starting_points import StartingPoint
from stl_tl_gui.engine.settings.backbones import BACKBONES
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings
from stl_tl_gui.engine.training.first_weights import find_start
from stl_tl_gui.engine.training.preparation import prepare
from stl_tl_gui.engine.training.train import train


def settings_for(data: Path, **more: Any) -> TrainSettings:
    return make_settings({**QUICK, "data": str(data), "epochs": 1, **more})


@pytest.fixture
def earlier(colours: Path, tmp_path: Path, drain: Any) -> Run:
    """A run that knows blue, green, and red."""
    run: Run = drain(train(settings_for(colours), tmp_path / "earlier"))[1]
    return run


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Other data: two of the classes, at other places, and two new ones."""
    folder = write_colours(tmp_path / "other")
    for split in ("train", "test"):
        shutil.copytree(folder / split / "blue", folder / split / "azure")
        (folder / split / "blue").rename(folder / split / "navy")
    return folder


def test_that_a_run_starts_from_another_and_keeps_the_classes_of_the_same_name(
    earlier: Run, other: Path, tmp_path: Path, drain: Any
) -> None:
    settings = settings_for(other, weights=str(earlier.folder))
    learner, data = drain(prepare(settings, lambda: False))[1]
    assert data.class_names == ("azure", "green", "navy", "red")
    own = learner.model.state_dict()
    known = torch.load(earlier.best, weights_only=True)["model_state_dict"]
    head = {"classifier.1.weight", "classifier.1.bias"}
    assert all(torch.equal(own[key], known[key]) for key in known if key not in head)
    for key in head:
        assert torch.equal(own[key][[1, 3]], known[key][[1, 2]])  # green, red
    assert not torch.isin(own["classifier.1.weight"][[0, 2]], known["classifier.1.weight"]).any()

    events, run = drain(train(settings, tmp_path / "run"))
    assert run.settings().weights == str(earlier.best.resolve())
    said = [event.message for event in events if isinstance(event, Notice)]
    assert "The head keeps what it learned about 2 of 4 classes: green, red." in said
    again = drain(train(run.settings(), tmp_path / "again"))[1]
    first, second = (torch.load(each.best, weights_only=True)["model_state_dict"] for each in (run, again))
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_that_the_same_number_of_other_classes_gets_a_new_head() -> None:
    row = BACKBONES["resnet18"]
    weights, own = (build_model("resnet18", 2).state_dict() for _ in range(2))
    mixed = with_rows_of(weights, own, row, ("cat", "dog"), ("dog", "fox"))
    assert torch.equal(mixed["fc.weight"][0], weights["fc.weight"][1])
    assert torch.equal(mixed["fc.bias"][1], own["fc.bias"][1])
    new = with_rows_of(weights, own, row, ("cat", "dog"), ("ape", "fox"))
    assert torch.equal(new["fc.weight"], own["fc.weight"])
    assert torch.equal(new["conv1.weight"], weights["conv1.weight"])
    damaged = with_rows_of(weights, own, row, ("cat", "dog", "fox"), ("dog", "fox"))
    assert torch.equal(damaged["fc.weight"], own["fc.weight"])


def test_that_the_backbone_is_that_of_the_run_or_the_one_that_fits(earlier: Run, tmp_path: Path) -> None:
    best = str(earlier.best.resolve())
    assert find_start(str(earlier.folder)) == StartingPoint("earlier", "squeezenet1_1", best)
    assert find_start(best) == StartingPoint("earlier", "squeezenet1_1", best)
    file = tmp_path / "mine.pth"
    for backbone in BACKBONES:
        torch.save(build_model(backbone, 3).state_dict(), file)
        assert find_start(str(file)).backbone == backbone


def test_that_weights_of_another_or_of_no_backbone_are_refused_before_the_work(
    earlier: Run, other: Path, tmp_path: Path, drain: Any
) -> None:
    settings = settings_for(other, backbone="resnet18", weights=str(earlier.best))
    with pytest.raises(WrongWeights) as refused:
        drain(train(settings, tmp_path / "run"))
    assert str(refused.value) == (
        "“earlier” has the weights of SqueezeNet 1.1, not of ResNet-18. Choose SqueezeNet 1.1 as the backbone."
    )
    assert refused.value.backbone == "squeezenet1_1"
    assert not (tmp_path / "run").exists()
    torch.save({"strange": torch.ones(3)}, tmp_path / "strange.pth")
    for failing in (
        lambda: find_start(str(tmp_path / "strange.pth")),
        lambda: drain(train(settings_for(other, weights=str(tmp_path / "strange.pth")))),
    ):
        with pytest.raises(WrongWeights, match=r"“strange\.pth” fit none of this app’s backbones") as refused:
            failing()
        assert refused.value.backbone is None

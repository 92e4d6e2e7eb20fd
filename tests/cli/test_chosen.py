"""Weights on the command line: a run by its name, and the backbone by the weights."""

from pathlib import Path

import pytest
import torch
from builders import QUICK_FLAGS

from stl_tl_gui.cli.chosen import chosen_settings
from stl_tl_gui.cli.main import main
from stl_tl_gui.engine.models.model import build_model
from stl_tl_gui.engine.queue.queue import Queue
from stl_tl_gui.engine.runs.run import Run, create_run
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.engine.storage.places import runs_folder

SMALL = ["--input-size", "32", "--batch-size", "16", "--device", "cpu", "--epochs", "1"]


def make_run(name: str, backbone: str) -> Run:
    run = create_run(make_settings({"backbone": backbone}), runs_folder() / name)
    run.best.touch()
    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    torch.save(build_model("squeezenet1_1", 3).state_dict(), tmp_path / "mine.pth")
    return tmp_path / "mine.pth"


def test_that_a_run_starts_from_a_run_by_its_name(
    colours: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = runs_folder() / "first"
    assert main(["train", "--data", str(colours), *QUICK_FLAGS, "--epochs", "1", "--run", str(first)]) == 0
    assert main(["train", "--data", str(colours), *SMALL, "--weights", "first", "--run", str(tmp_path / "next")]) == 0
    settings = Run(tmp_path / "next").settings()
    assert (settings.backbone, settings.weights) == ("squeezenet1_1", str((first / "best.pt").resolve()))
    assert "The head keeps what it learned about 3 of 3 classes" in capsys.readouterr().err.replace("\n", " ")
    flags = ["--data", str(colours), *SMALL, "--weights", "first", "--backbone", "resnet18"]
    assert main(["train", *flags]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "“first” has the weights of SqueezeNet 1.1, not of ResNet-18." in said
    assert "(--backbone squeezenet1_1)" in said


def test_that_the_backbone_follows_the_weights_unless_it_is_given(file: Path) -> None:
    run = make_run("known", "mobilenet_v2")
    assert chosen_settings(None, {"weights": "known"}).backbone == "mobilenet_v2"
    assert chosen_settings("quick-look", {"weights": str(run.best)}).backbone == "mobilenet_v2"
    assert chosen_settings(None, {"weights": str(file)}).backbone == "squeezenet1_1"
    assert chosen_settings(None, {"weights": str(file), "backbone": "resnet34"}).backbone == "resnet34"
    assert chosen_settings(None, {"weights": "none"}) == make_settings({"weights": "none"})


def test_that_what_is_no_run_and_no_file_is_a_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["train", "--data", "sample", "--weights", "nowhere.pth"]) == 1
    assert "“nowhere.pth” does not exist" in " ".join(capsys.readouterr().err.split())
    torch.save({"strange": torch.ones(3)}, tmp_path / "strange.pth")
    assert main(["train", "--data", "sample", "--weights", str(tmp_path / "strange.pth")]) == 1
    assert "fit none of this app’s backbones" in " ".join(capsys.readouterr().err.split())


def test_that_queued_runs_start_from_runs_and_files(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    best = str(make_run("known", "squeezenet1_1").best.resolve())
    weights = ["--weights", "known", "--weights", str(file), "--weights", "imagenet"]
    assert main(["queue", "add", "--freeze", "head", *weights]) == 0
    wanted = [("squeezenet1_1", place) for place in (best, str(file.resolve()), "imagenet")]
    assert [(job.settings.backbone, job.settings.weights) for job in Queue().jobs()] == wanted
    make_run("different", "resnet18")
    assert main(["queue", "add", "--weights", "known", "--weights", "different"]) == 2
    assert "SqueezeNet 1.1, ResNet-18" in " ".join(capsys.readouterr().err.split())

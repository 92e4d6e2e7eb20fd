from pathlib import Path
from typing import Any

import pytest
import torch

from stl_tl_gui.engine.evaluation.inference import NoModelYet, open_classifier
from stl_tl_gui.engine.models.checkpoints import ClassNamesNeeded, ClassNamesRepeat, UnknownModel, load_checkpoint
from stl_tl_gui.engine.models.model import build_model
from stl_tl_gui.engine.models.weights import NotAWeightsFile
from stl_tl_gui.engine.runs.run import NotARun, create_run
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.engine.training.train import train

NAMES = ("airplane", "bird", "car")


@pytest.fixture
def course_file(tmp_path: Path) -> Path:
    """A checkpoint as the course's notebook writes it."""
    model = build_model("resnet18", 3)
    optimizer = torch.optim.Adam(model.parameters())
    content = {
        "model_state_dict": model.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
        "epoch": 4,
        "best_valid_acc": torch.tensor(0.87),
        "train_loss": [1.0, 0.5],
    }
    torch.save(content, tmp_path / "course.pt")
    return tmp_path / "course.pt"


def test_that_a_course_checkpoint_asks_only_for_the_class_names(course_file: Path) -> None:
    with pytest.raises(ClassNamesNeeded, match="3 classes") as caught:
        load_checkpoint(course_file)
    assert caught.value.count == 3
    checkpoint = load_checkpoint(course_file, NAMES)
    assert checkpoint.backbone == "resnet18"
    assert checkpoint.class_names == NAMES
    assert checkpoint.best_valid_acc == pytest.approx(0.87)
    assert open_classifier(course_file, class_names=NAMES).title == "ResNet-18, 3 classes"


def test_that_a_wrong_number_of_class_names_is_said(course_file: Path) -> None:
    with pytest.raises(ClassNamesNeeded, match="2 names were given"):
        load_checkpoint(course_file, ("cat", "dog"))


def test_that_each_class_needs_a_name_of_its_own(course_file: Path) -> None:
    with pytest.raises(ClassNamesRepeat, match="twin"):
        load_checkpoint(course_file, ("twin", "cat", "twin"))


def test_that_course_code_can_read_our_checkpoint(colours: Path, tmp_path: Path, drain: Any) -> None:
    settings = make_settings(
        {
            "data": str(colours),
            "backbone": "resnet18",
            "weights": "none",
            "epochs": 1,
            "input_size": 32,
            "batch_size": 16,
        }
    )
    _, run = drain(train(settings, tmp_path / "run"))
    content = torch.load(run.best, weights_only=True)
    model = build_model("resnet18", 3)
    model.load_state_dict(content["model_state_dict"])
    torch.optim.AdamW(model.parameters())
    assert content["optimizer_state_dict"]["state"]
    assert content["epoch"] == 1
    assert content["best_valid_acc"] == run.summary().best_val_accuracy


def test_that_a_checkpoint_opens_without_its_run_folder(colours: Path, tmp_path: Path, drain: Any) -> None:
    settings = make_settings(
        {"data": str(colours), "backbone": "squeezenet1_1", "weights": "none", "epochs": 1, "input_size": 32,
         "batch_size": 16, "resize": "pad"}
    )  # fmt: skip
    _, run = drain(train(settings, tmp_path / "run"))
    alone = run.best.rename(tmp_path / "my model.pt")
    classifier = open_classifier(alone)
    assert classifier.class_names == ("blue", "green", "red")
    assert (classifier.preprocessing.input_size, classifier.preprocessing.resize) == (32, "pad")


def test_that_weights_of_no_known_model_are_named(tmp_path: Path) -> None:
    torch.save({"layer.weight": torch.zeros(3, 3)}, tmp_path / "other.pt")
    with pytest.raises(UnknownModel, match=r"other\.pt"):
        load_checkpoint(tmp_path / "other.pt")


def test_that_weights_for_another_backbone_than_the_named_one_are_refused(course_file: Path) -> None:
    with pytest.raises(UnknownModel, match="SqueezeNet"):
        load_checkpoint(course_file, NAMES, "squeezenet1_1")
    with pytest.raises(UnknownModel, match="alexnet"):
        load_checkpoint(course_file, NAMES, "alexnet")


def test_that_a_text_file_named_pt_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.pt").write_text("buy milk")
    with pytest.raises(NotAWeightsFile, match=r"notes\.pt"):
        open_classifier(tmp_path / "notes.pt")


def test_that_a_run_without_a_model_says_so(tmp_path: Path) -> None:
    run = create_run(make_settings({}), tmp_path / "run")
    with pytest.raises(NoModelYet, match="run"):
        open_classifier(run.folder)
    with pytest.raises(NotARun):
        open_classifier(tmp_path)


def test_that_a_squeezenet_of_another_program_keeps_the_head_it_was_trained_with(tmp_path: Path) -> None:
    torch.manual_seed(0)
    theirs = build_model("squeezenet1_1", 3, original_head=True).eval()
    torch.save({"model_state_dict": theirs.state_dict()}, tmp_path / "theirs.pt")
    images = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        expected = theirs(images)
        assert torch.equal(load_checkpoint(tmp_path / "theirs.pt", NAMES).build_model()(images), expected)
        ours = build_model("squeezenet1_1", 3)
        ours.load_state_dict(theirs.state_dict())
        assert not torch.equal(ours.eval()(images), expected)

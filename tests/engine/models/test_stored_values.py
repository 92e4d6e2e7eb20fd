"""What a checkpoint may hold beside its weights."""

from pathlib import Path
from typing import Any

import pytest
import torch

from stl_tl_gui.engine.models.checkpoints import load_checkpoint
from stl_tl_gui.engine.models.model import StateDict, build_model
from stl_tl_gui.engine.models.weights import NotAWeightsFile

SHAPE = {"resize": "stretch", "mean": [0.5] * 3, "std": [0.5] * 3, "input_size": 64}


@pytest.fixture(scope="module")
def weights() -> StateDict:
    return build_model("squeezenet1_1", 2, original_head=True).state_dict()


def saved(folder: Path, weights: StateDict, **values: Any) -> Path:
    path = folder / "c.pth"
    torch.save({"model_state_dict": weights, **values}, path)
    return path


@pytest.mark.parametrize(
    "values",
    [
        {"preprocessing": {**SHAPE, "input_size": "224"}},
        {"preprocessing": {**SHAPE, "input_size": 0}},
        {"preprocessing": {**SHAPE, "input_size": 20_000}},
        {"preprocessing": {**SHAPE, "mean": [0.5] * 4}},
        {"preprocessing": {**SHAPE, "std": [0.0, 0.5, 0.5]}},
        {"preprocessing": {**SHAPE, "std": [float("nan")] * 3}},
        {"preprocessing": {**SHAPE, "resize": "squash"}},
        {"preprocessing": "square"},
        {"backbone": ["resnet18"]},
        {"backbone": {"conv1.weight": torch.zeros(1)}},
        {"class_names": 5},
        {"class_names": ["a", ["b"]]},
        {"settings": "none"},
        {"training": [1]},
    ],
)
def test_that_a_value_of_the_wrong_kind_is_named(tmp_path: Path, weights: StateDict, values: dict[str, Any]) -> None:
    name = next(iter(values)).replace("_", " ")
    with pytest.raises(NotAWeightsFile, match=rf"“c\.pth” cannot be used: its {name}.* is wrong"):
        load_checkpoint(saved(tmp_path, weights, **values), ("a", "b"))


@pytest.mark.parametrize(
    "values",
    [
        {"epoch": "last"},
        {"epoch": {"train": 3}},
        {"epoch": float("nan")},
        {"best_valid_acc": torch.tensor([0.5, 0.6])},
        {"best_valid_acc": "good"},
    ],
)
def test_that_a_figure_that_only_informs_does_not_stand_in_the_way(
    tmp_path: Path, weights: StateDict, values: dict[str, Any]
) -> None:
    found = load_checkpoint(saved(tmp_path, weights, **values), ("a", "b"))
    assert (found.epoch, found.best_valid_acc) == (0, None)


def test_that_figures_in_tensors_are_read(tmp_path: Path, weights: StateDict) -> None:
    found = load_checkpoint(
        saved(tmp_path, weights, epoch=torch.tensor(7), best_valid_acc=torch.tensor(0.5)), ("a", "b")
    )
    assert (found.epoch, found.best_valid_acc) == (7, 0.5)


def test_that_weights_that_are_no_numbers_are_refused(tmp_path: Path, weights: StateDict) -> None:
    spoilt = {name: value * float("nan") if name == "classifier.1.weight" else value for name, value in weights.items()}
    with pytest.raises(NotAWeightsFile, match=r"“classifier\.1\.weight” holds values that are no numbers"):
        load_checkpoint(saved(tmp_path, spoilt), ("a", "b"))


def test_that_a_hundred_thousand_class_names_are_checked_at_once(tmp_path: Path) -> None:
    many = build_model("squeezenet1_1", 100_000, original_head=True).state_dict()
    found = load_checkpoint(saved(tmp_path, many, class_names=[f"class {n}" for n in range(100_000)]))
    assert len(found.class_names) == 100_000

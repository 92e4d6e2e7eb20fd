"""Models of timm as any other: a head for the classes, frozen stages, parts, and weights from files."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from stl_tl_gui.engine.arithmetic import Arithmetic, for_inference, for_training
from stl_tl_gui.engine.data.preprocessing import Preprocessing
from stl_tl_gui.engine.models.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from stl_tl_gui.engine.models.model import build_model, freeze, parameter_groups, parts, train_mode
from stl_tl_gui.engine.models.weight_store import WeightsMissing, WrongWeights, fetch_imagenet_weights
from stl_tl_gui.engine.models.weights import (
    apply_weights,
    backbone_of,
    load_imagenet_weights,
    load_weights,
    require_fit,
)
from stl_tl_gui.engine.settings import backbones, timm_models
from stl_tl_gui.engine.settings.timm_models import NoSuchModel, TimmMissing, backbone_row, timm_model

NAMES = [f"timm:{name}" for name in ("test_vit", "test_resnet", "test_efficientnet", "test_convnext", "resnetv2_50")]
"""The last one's head is a convolution."""
VIT = "timm:test_vit"


@pytest.mark.parametrize("name", NAMES)
def test_that_the_parts_one_after_the_other_are_the_model(name: str) -> None:
    model, row = build_model(name, 3).eval(), backbone_row(name)
    pictures = torch.rand(2, 3, 64, 64)
    pieces = parts(model, row)
    assert len(pieces) == len(row.stages) + 1
    with torch.no_grad():
        features = nn.Sequential(*pieces[:-1])(pictures)
        assert features.shape == (2, row.head_features)
        assert torch.equal(pieces[-1](features), model(pictures))
    assert not any(key.startswith(f"{row.head}.") for key in pieces[-2].state_dict())  # or heads would change features


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("last", [False, True])
def test_that_prediction_and_half_precision_compute_the_same(name: str, last: bool) -> None:
    model, pictures = build_model(name, 3).eval(), torch.rand(4, 3, 64, 64)
    with torch.no_grad():
        expected = model(pictures)
    found = for_inference(model, torch.device("cpu"), Arithmetic(channels_last=last))(pictures)
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)
    arithmetic = Arithmetic("bfloat16", last)
    made_ready = for_training(model, torch.device("cpu"), arithmetic)
    with torch.no_grad(), arithmetic.autocast(torch.device("cpu")):
        rounded = made_ready(arithmetic.lay_out(pictures)).float()
    assert (rounded - expected).norm() < 0.1 * expected.norm()


@pytest.mark.parametrize("name", NAMES)
def test_that_frozen_stages_neither_learn_nor_change_their_averages(name: str) -> None:
    model, row = build_model(name, 3), backbone_row(name)
    for n in range(len(row.stages) + 1):
        freeze(model, row, n)
        train_mode(model, row, n)
        learning = sum(p.numel() for p in model.parameters() if p.requires_grad)
        assert learning == sum(s.parameters for s in row.stages[n:]) + 3 * (row.head_features + 1)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    model(torch.rand(4, 3, 64, 64)).sum().backward()
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert {p.grad is not None for p in model.get_submodule(row.head).parameters()} == {True}


@pytest.mark.parametrize("name", NAMES)
def test_that_each_parameter_is_in_one_optimizer_group_of_its_stage(name: str) -> None:
    model, row = build_model(name, 3), backbone_row(name)
    groups = list(parameter_groups(model, row, 0.1))
    grouped = [id(p) for group in groups for p in group["params"]]
    assert sorted(grouped) == sorted(id(p) for p in model.parameters())
    assert {group["stage"] for group in groups} == set(range(len(row.stages) + 1))


def test_that_a_file_of_the_same_model_fits_and_any_other_is_refused(tmp_path: Path) -> None:
    file, row = tmp_path / "mine.safetensors", backbone_row(VIT)
    weights = build_model(VIT, 9).state_dict()
    save_file(weights, file)
    model = build_model(VIT, 3)
    assert not apply_weights(model, row, load_weights(file), file.name)
    assert torch.equal(model.state_dict()["blocks.5.mlp.fc1.weight"], weights["blocks.5.mlp.fc1.weight"])
    with pytest.raises(WrongWeights):
        require_fit(backbone_row("timm:test_vit2"), load_weights(file), file.name)
    del weights["pos_embed"]
    with pytest.raises(WrongWeights):
        require_fit(row, weights, file.name)


def test_that_a_checkpoint_brings_its_model_back(tmp_path: Path) -> None:
    model, pictures = build_model(VIT, 2).eval(), torch.rand(2, 3, 64, 64)
    preprocessing = Preprocessing(64, "stretch", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    save_checkpoint(Checkpoint(VIT, ("cat", "dog"), preprocessing, model.state_dict()), tmp_path / "best.pt")
    again = load_checkpoint(tmp_path / "best.pt")
    assert (again.backbone, again.preprocessing) == (VIT, preprocessing)
    with torch.no_grad():
        assert torch.equal(again.build_model()(pictures), model(pictures))
    assert backbone_of(tmp_path / "best.pt") == VIT  # also as the start of another run


def test_that_a_checkpoint_says_what_it_needs_where_timm_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = build_model(VIT, 2)
    preprocessing = Preprocessing(64, "stretch", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    save_checkpoint(Checkpoint(VIT, ("cat", "dog"), preprocessing, model.state_dict()), tmp_path / "best.pt")
    monkeypatch.setattr(backbones, "_OF_TIMM", {})
    monkeypatch.setattr(timm_models, "find_spec", lambda name: None)
    with pytest.raises(TimmMissing, match="“timm:test_vit” needs the package timm"):
        load_checkpoint(tmp_path / "best.pt")


def test_that_published_weights_are_converted_by_timm(tmp_path: Path) -> None:
    row, published = backbone_row(VIT), timm_model(VIT).state_dict()
    smaller = {**published, "pos_embed": published["pos_embed"][:, :26]}  # pretrained at 80 pixels
    save_file(smaller, tmp_path / "published.safetensors")
    weights = load_imagenet_weights(row, tmp_path / "published.safetensors")
    assert weights["pos_embed"].shape == published["pos_embed"].shape
    assert torch.equal(weights["blocks.0.norm1.weight"], published["blocks.0.norm1.weight"])
    model = build_model(VIT, 3)
    assert not apply_weights(model, row, weights, "published")
    assert torch.equal(model.state_dict()["norm.bias"], published["norm.bias"])


def test_that_published_weights_of_another_model_are_a_sentence(tmp_path: Path) -> None:
    save_file(timm_model("timm:test_resnet").state_dict(), tmp_path / "other.safetensors")
    with pytest.raises(NoSuchModel, match="cannot use the published weights of “test_vit”"):
        load_imagenet_weights(backbone_row(VIT), tmp_path / "other.safetensors")


def test_that_published_weights_are_downloaded_once_under_a_name_of_their_own(server: Any, drain: Any) -> None:
    row = backbone_row(VIT)
    row = replace(row, weights=replace(row.weights, url=server.url))
    _, path = drain(fetch_imagenet_weights(row, lambda: False))
    assert path.read_bytes() == server.content
    assert path.name == "timm--test_vit.r160_in1k--file.bin"
    assert drain(fetch_imagenet_weights(row, lambda: False)) == ([], path)


def test_that_a_model_without_published_weights_is_a_sentence(drain: Any) -> None:
    with pytest.raises(WeightsMissing, match="no pretrained weights for timm: test_vit4"):
        drain(fetch_imagenet_weights(backbone_row("timm:test_vit4"), lambda: False))

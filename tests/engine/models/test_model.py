import pytest
import torch

from stl_tl_gui.engine.models.model import (
    build_model,
    freeze,
    parameter_groups,
    parts,
    train_mode,
    trainable_parameters,
)
from stl_tl_gui.engine.settings.backbones import BACKBONES, UnknownStage, parameter_counts


@pytest.mark.parametrize("name", BACKBONES)
def test_that_a_backbone_classifies_into_the_given_classes_at_any_size(name: str) -> None:
    model = build_model(name, 7, input_size=64).eval()
    with torch.inference_mode():
        assert model(torch.rand(2, 3, 64, 64)).shape == (2, 7)


@pytest.mark.parametrize("name", BACKBONES)
def test_that_the_table_counts_parameters_as_the_model_has_them(name: str) -> None:
    row = BACKBONES[name]
    with torch.device("meta"):
        model = build_model(name, 10)
    for choice in ("head", "none", *(stage.name for stage in row.stages)):
        freeze(model, row, row.frozen_stages(choice))
        total = sum(p.numel() for p in model.parameters())
        assert parameter_counts(name, 10, choice) == (trainable_parameters(model), total), choice


@pytest.mark.parametrize("name", BACKBONES)
def test_that_stages_and_head_are_the_whole_model_without_overlap(name: str) -> None:
    with torch.device("meta"):
        model = build_model(name, 10)
    grouped = [p for group in parameter_groups(model, BACKBONES[name], 0.1) for p in group["params"]]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) == set(model.parameters())


@pytest.mark.parametrize("name", BACKBONES)
def test_that_the_parts_one_after_the_other_are_the_model(name: str) -> None:
    _assert_parts_are(build_model(name, 5, input_size=64), name)


def test_that_the_parts_are_the_model_with_its_original_head_too() -> None:
    _assert_parts_are(build_model("squeezenet1_1", 5, original_head=True), "squeezenet1_1")


def _assert_parts_are(model: torch.nn.Module, name: str) -> None:
    images = torch.rand(3, 3, 64, 64)
    pieces = parts(model, BACKBONES[name])
    assert len(pieces) == len(BACKBONES[name].stages) + 1
    for training in (False, True):
        model.train(training)
        torch.manual_seed(0)  # dropout, and dropped blocks
        expected = model(images)
        torch.manual_seed(0)
        assert torch.equal(torch.nn.Sequential(*pieces)(images), expected)


@pytest.mark.parametrize("name", BACKBONES)
def test_that_a_part_holds_the_weights_of_its_stage_and_no_others(name: str) -> None:
    with torch.device("meta"):
        model = build_model(name, 5)
    pieces, row = parts(model, BACKBONES[name]), BACKBONES[name]
    assert [sum(p.numel() for p in piece.parameters()) for piece in pieces[:-1]] == [s.parameters for s in row.stages]
    assert {id(p) for p in pieces[-1].parameters()} == {id(p) for p in model.get_submodule(row.head).parameters()}


@pytest.mark.parametrize("name", BACKBONES)
def test_that_frozen_means_frozen_batchnorm_statistics_too(name: str) -> None:
    row = BACKBONES[name]
    torch.manual_seed(0)
    model = build_model(name, 3, input_size=64)
    n_frozen = len(row.stages) - 1
    freeze(model, row, n_frozen)
    train_mode(model, row, n_frozen)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.5, weight_decay=0.1)
    for _ in range(2):
        loss = torch.nn.functional.cross_entropy(model(torch.rand(4, 3, 64, 64)), torch.tensor([0, 1, 2, 0]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    changed = {key for key, value in model.state_dict().items() if not torch.equal(value, before[key])}
    frozen = tuple(f"{path}." for stage in row.stages[:n_frozen] for path in stage.modules)
    assert not {key for key in changed if key.startswith(frozen)}
    learning = tuple(f"{path}." for path in row.stages[-1].modules)
    assert {key for key in changed if key.startswith(learning)}
    assert f"{row.head}.weight" in changed


def test_that_an_unknown_stage_is_a_sentence_that_lists_the_stages() -> None:
    with pytest.raises(UnknownStage, match="layer3"):
        parameter_counts("resnet18", 10, "layer9")

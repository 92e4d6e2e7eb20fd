import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from stl_tl_gui.engine.arithmetic import (
    Arithmetic,
    RunArithmetic,
    choose_arithmetic,
    for_inference,
    inference_batch,
    probe,
)
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.engine.machine.device import half_precisions
from stl_tl_gui.engine.models.model import build_model, parts
from stl_tl_gui.engine.settings.backbones import BACKBONES
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings
from stl_tl_gui.engine.storage.places import cache_folder

CPU = torch.device("cpu")


def model_that_has_seen_pictures(name: str) -> nn.Module:
    """Random weights, and BatchNorm statistics that matter."""
    torch.manual_seed(0)
    model = build_model(name, 5, input_size=64).train()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 0.5
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.1)
    with torch.no_grad():
        for _ in range(3):
            model(torch.randn(4, 3, 64, 64))
    return model.eval()


@pytest.mark.parametrize("name", BACKBONES)
@pytest.mark.parametrize("channels_last", [False, True])
def test_that_a_folded_model_computes_the_same(name: str, channels_last: bool) -> None:
    model, images = model_that_has_seen_pictures(name), torch.randn(3, 3, 64, 64)
    way = Arithmetic(channels_last=channels_last)
    with torch.inference_mode():
        expected = model(images)
    assert torch.allclose(for_inference(model, CPU, way)(images), expected, rtol=1e-3, atol=1e-4)
    pieces = parts(model, BACKBONES[name])
    below = for_inference(nn.Sequential(*pieces[:2]), CPU, way)
    above = for_inference(nn.Sequential(*pieces[2:]), CPU, way)
    assert torch.allclose(above(below(images)), expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", BACKBONES)
def test_that_half_precision_gives_float32_results_that_are_near(name: str) -> None:
    model, images = model_that_has_seen_pictures(name), torch.randn(3, 3, 64, 64)
    expected = for_inference(model, CPU, Arithmetic())(images)
    found = for_inference(model, CPU, Arithmetic("bfloat16", True))(images)
    assert found.dtype == torch.float32
    assert (found - expected).norm() < 0.15 * expected.norm()  # many layers of random weights amplify rounding


def test_that_nothing_is_left_of_batchnorm_and_the_model_stays_as_it_was() -> None:
    model = model_that_has_seen_pictures("resnet18").train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    compute = for_inference(model, CPU, Arithmetic())
    images = torch.randn(2, 3, 64, 64)
    first = compute(images)
    assert model.training
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    nn.init.zeros_(model.get_parameter("fc.weight"))
    assert torch.equal(compute(images), first)


class _FitsThree(nn.Module):
    """Runs out of memory with more than three pictures."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        if len(images) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return images.flatten(1).sum(1)


def test_that_where_memory_runs_out_fewer_pictures_are_computed_at_once() -> None:
    images = torch.randn(10, 3, 4, 4)
    found = for_inference(_FitsThree(), CPU, Arithmetic())(images)
    assert torch.allclose(found, images.flatten(1).sum(1))


def test_that_batches_of_large_pictures_are_small_but_never_tiny() -> None:
    assert [inference_batch(side) for side in (1, 96, 160, 224, 1024)] == [128, 128, 64, 32, 16]


def test_that_a_choice_reads_back_and_describes_itself() -> None:
    choice = RunArithmetic(Arithmetic("bfloat16", True, 3.14), Arithmetic(), "cpu")
    assert RunArithmetic.from_dict(json.loads(json.dumps(choice.to_dict()))) == choice
    assert choice.training.describe() == "bfloat16, channels last, 3.1x faster here"
    assert choice.inference.describe() == "float32"


def test_that_a_choice_holds_for_the_kind_of_device_it_was_made_on() -> None:
    assert RunArithmetic(device="cpu").works_on(CPU)
    assert not RunArithmetic(device="cuda").works_on(CPU)
    assert RunArithmetic(Arithmetic("bfloat16")).works_on(CPU) == ("bfloat16" in half_precisions(CPU))
    assert not RunArithmetic(Arithmetic("float16")).works_on(CPU)


def settings_for(**values: Any) -> TrainSettings:
    return make_settings({"backbone": "squeezenet1_1", "weights": "none", "input_size": 32, "batch_size": 16, **values})


def choose(
    settings: TrainSettings, drain: Any, frozen: int = 0, steps: int = 10_000
) -> tuple[list[Any], RunArithmetic]:
    events, choice = drain(choose_arithmetic(settings, 3, CPU, frozen, steps, lambda: False))
    return events, choice


def test_that_a_short_run_tries_nothing(drain: Any) -> None:
    events, choice = choose(settings_for(), drain, steps=20)
    assert events == []
    assert (choice.training.precision, choice.training.speedup) == ("float32", None)
    assert not cache_folder().exists()


def test_that_a_long_run_tries_once_and_remembers(drain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_SHORT", 0.0)
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    events, choice = choose(settings_for(), drain)
    assert torch.equal(torch.rand(3), expected), "the run's own random numbers are touched"
    assert isinstance(events[-1], Progress)
    assert events[-1].done == events[-1].total == len(events)
    assert choice.training.speedup is not None
    assert choice.inference.speedup is not None
    assert choose(settings_for(), drain) == ([], choice)
    assert choose(settings_for(batch_size=8), drain)[0]


def test_that_of_a_head_only_the_layers_below_are_tried(drain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_SHORT", 0.0)
    _, choice = choose(settings_for(freeze="head"), drain, frozen=len(BACKBONES["squeezenet1_1"].stages))
    assert choice.training.precision == "float32"
    assert choice.training.speedup is None
    assert choice.inference.speedup is not None


def test_that_the_settings_are_kept_to(drain: Any) -> None:
    asked = settings_for(precision="bfloat16", memory_format="channels_last")
    events, choice = choose(asked, drain)
    assert events == []
    assert choice.training == choice.inference == Arithmetic("bfloat16", True)


@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}', '{"a": {"training": {"speed": 1}}}'])
def test_that_a_damaged_memory_is_no_harm(content: str, drain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_SHORT", 0.0)
    cache_folder().mkdir(parents=True)
    (cache_folder() / "arithmetic.json").write_text(content)
    _, choice = choose(settings_for(), drain)
    assert choose(settings_for(), drain) == ([], choice)


def test_that_a_cache_that_cannot_be_written_is_no_harm(
    home: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "_SHORT", 0.0)
    home.mkdir()
    (home / "cache").write_text("in the way")
    assert choose(settings_for(), drain)[1].inference.speedup is not None


def test_that_a_candidate_with_other_results_is_never_chosen(drain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def cheat(self: Any, batch: int, candidate: Arithmetic, times: int) -> Any:
        plain = candidate == Arithmetic()
        return probe._Tried((torch.tensor(1.0 if plain else float("nan")),), 1.0 if plain else 0.001)

    monkeypatch.setattr(probe._Probe, "train", cheat)
    monkeypatch.setattr(probe._Probe, "infer", cheat)
    _, choice = choose(settings_for(), drain)
    assert choice.training == choice.inference == Arithmetic(speedup=1.0)


def test_that_a_run_goes_on_where_trying_takes_more_memory_than_there_is(
    drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_large(*_: object, **__: object) -> None:
        raise RuntimeError("can't allocate memory")

    monkeypatch.setattr(probe._Probe, "train", too_large)
    _, choice = choose(settings_for(), drain)
    assert choice.training.speedup is None
    assert not (cache_folder() / "arithmetic.json").exists()


def test_that_trying_takes_no_more_pictures_than_it_needs(drain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    draw = probe._Probe._draw

    def counted(self: Any, batch: int) -> None:
        drawn.append(batch)
        draw(self, batch)

    monkeypatch.setattr(probe._Probe, "_draw", counted)
    choose(settings_for(batch_size=4096), drain)
    assert drawn
    assert max(drawn) < 4096


def test_that_trying_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_SHORT", 0.0)
    with pytest.raises(Cancelled):
        list(choose_arithmetic(settings_for(), 3, CPU, 0, 10_000, lambda: True))

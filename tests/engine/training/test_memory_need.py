"""Batches in parts: the same step, chosen by what is free, and smaller still when memory runs out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from stl_tl_gui.engine.arithmetic import RunArithmetic
from stl_tl_gui.engine.data.augmentation import AUGMENTATIONS
from stl_tl_gui.engine.data.loading import PackedImages
from stl_tl_gui.engine.events import BatchEnd, EpochEnd, Notice
from stl_tl_gui.engine.models.checkpoints import load_checkpoint
from stl_tl_gui.engine.runs.run import open_run
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings
from stl_tl_gui.engine.training import estimate as estimate_room
from stl_tl_gui.engine.training import learner as learner_room
from stl_tl_gui.engine.training import memory_need
from stl_tl_gui.engine.training.estimate import estimate
from stl_tl_gui.engine.training.features import Pixels
from stl_tl_gui.engine.training.gradients import add_gradients
from stl_tl_gui.engine.training.learner import Learner
from stl_tl_gui.engine.training.memory_need import SHARE, StepNeed, choose_microbatch, need_of_step
from stl_tl_gui.engine.training.mixing import Mixed
from stl_tl_gui.engine.training.steps import Batch, StepResult, cut_evenly
from stl_tl_gui.engine.training.train import resume, train

N = 16
LITTLE = 12_000_000
"""Free bytes, of which a batch of 16 pictures of 32 pixels needs more than may be taken."""


def settings_for(data: Path | str, **more: Any) -> TrainSettings:
    values = {
        "data": str(data), "backbone": "squeezenet1_1", "weights": "none", "epochs": 2, "batch_size": N,
        "input_size": 32, "optimizer": "sgd", "learning_rate": 0.01, "device": "cpu", "precision": "float32",
    }  # fmt: skip
    return make_settings(values | more)


def learner_of(exact: bool = False, **more: Any) -> Learner:
    counts = np.array([5, 20, 40])
    learner = Learner(
        settings_for("sample", **more), ("a", "b", "c"), counts, None, torch.device("cpu"), RunArithmetic()
    )
    for module in learner.model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0  # it draws other numbers for parts than for a whole batch
    if not exact:
        return learner
    learner.model.double()  # rounding decides nowhere which of two pixels is the larger one
    real = learner.parts.learning
    learner.parts.learning = lambda first: lambda images: real(first)(images.double())  # type: ignore[method-assign]
    return learner


def inputs_of(learner: Learner, n: int = N) -> Pixels:
    generator, size = torch.Generator().manual_seed(0), learner.settings.input_size
    pixels = torch.randint(256, (n, 3, size, size), dtype=torch.uint8, generator=generator)
    targets = torch.randint(3, (n,), generator=generator)
    return Pixels(
        PackedImages(lambda chosen: pixels[chosen], targets, (), ""), learner.preprocessing, AUGMENTATIONS["strong"]
    )


def step(learner: Learner, inputs: Pixels) -> StepResult:
    rows, random = torch.arange(len(inputs.targets)), learner.random(0, 0)
    return learner.step(inputs, Batch(0, inputs.gather(rows, random), inputs.targets, random), 4)


def runs_out_above(learner: Learner, most: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Memory runs out whenever more pictures than this are computed at once; returns how many are tried."""
    real, tried = learner.parts.learning, list[int]()

    def learning(first: int) -> Callable[[torch.Tensor], torch.Tensor]:
        def compute(images: torch.Tensor) -> torch.Tensor:
            tried.append(len(images))
            if len(images) > most:
                raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9")
            return real(first)(images)

        return compute

    monkeypatch.setattr(learner.parts, "learning", learning)
    return tried


def has_free(monkeypatch: pytest.MonkeyPatch, free: int | None) -> None:
    for room in (memory_need, estimate_room):
        monkeypatch.setattr(room, "free_on", lambda device: free)


def test_that_batches_are_cut_into_parts_of_about_the_same_size() -> None:
    assert cut_evenly(64, None) == [slice(0, 64)]
    assert [rows.stop - rows.start for rows in cut_evenly(65, 16)] == [13] * 5
    assert [rows.stop - rows.start for rows in cut_evenly(5, 2)] == [2, 3]
    assert len(cut_evenly(5, 1)) == 5
    assert StepNeed(for_each=10, fixed=100).microbatch(64, None) is None
    assert StepNeed(for_each=10, fixed=100).microbatch(64, 2000) is None
    assert StepNeed(for_each=10, fixed=100).microbatch(64, 1000) == 32  # 60 would fit: two equal parts
    assert StepNeed(for_each=10, fixed=1000).microbatch(64, 1) == 2


@pytest.mark.parametrize(
    "how",
    [{}, {"label_smoothing": 0.1}, {"class_weighting": "balanced", "label_smoothing": 0.1}, {"mixup": 0.4}],
)
@pytest.mark.parametrize("at_once", [1, 5, 8])
def test_that_parts_add_up_to_the_step_of_the_whole_batch(how: dict[str, Any], at_once: int) -> None:
    whole, cut = learner_of(True, **how), learner_of(True, **how)
    cut.microbatch = at_once
    expected, found = step(whole, inputs_of(whole)), step(cut, inputs_of(cut))
    torch.testing.assert_close(found.loss, expected.loss, atol=1e-5, rtol=1e-5)
    assert found.correct == expected.correct
    for (name, theirs), ours in zip(whole.model.named_parameters(), cut.model.parameters(), strict=True):
        assert theirs.grad is not None
        torch.testing.assert_close(ours.grad, theirs.grad, atol=1e-5, rtol=1e-5, msg=name)
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5, msg=name)


def test_that_a_step_in_which_memory_runs_out_goes_on_with_half_as_many_pictures_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, short = learner_of(True), learner_of(True)
    tried = runs_out_above(short, 5, monkeypatch)
    expected, found = step(whole, inputs_of(whole)), step(short, inputs_of(short))
    assert tried == [16, 8, 4, 4, 4, 4]
    assert short.microbatch == 4
    assert short.batch == 1
    torch.testing.assert_close(found.loss, expected.loss, atol=1e-5, rtol=1e-5)
    for theirs, ours in zip(whole.model.parameters(), short.model.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


def test_that_where_not_even_one_picture_fits_the_step_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = learner_of()
    before = learner.weights()
    runs_out_above(learner, 0, monkeypatch)
    with pytest.raises(RuntimeError, match="allocate memory"):
        step(learner, inputs_of(learner))
    assert all(torch.equal(value, before[name]) for name, value in learner.weights().items())


def test_that_other_errors_are_not_taken_for_a_lack_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = learner_of()

    def broken(first: int) -> Callable[[torch.Tensor], torch.Tensor]:
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr(learner.parts, "learning", broken)
    with pytest.raises(RuntimeError, match="shapes"):
        step(learner, inputs_of(learner))
    assert learner.microbatch is None


@pytest.mark.parametrize("backbone", ["resnet18", "mobilenet_v2"])
def test_that_measuring_leaves_the_model_and_random_numbers_alone_and_larger_pictures_need_more(backbone: str) -> None:
    small, large = learner_of(backbone=backbone), learner_of(backbone=backbone, input_size=64)
    before, state = {name: value.clone() for name, value in small.model.state_dict().items()}, torch.get_rng_state()
    need, more = need_of_step(small, inputs_of(small)), need_of_step(large, inputs_of(large))
    assert all(torch.equal(value, before[name]) for name, value in small.model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)
    assert all(parameter.grad is None for parameter in small.model.parameters())
    assert 3 < more.for_each / need.for_each < 5  # four times as many pixels


def test_that_what_is_counted_is_what_pytorch_keeps_for_the_gradient() -> None:
    learner = learner_of()
    kept = need_of_step(learner, inputs_of(learner)).for_each
    learner.freeze_for_phase()
    frozen = learner_of(freeze="head", views=0)
    assert need_of_step(frozen, inputs_of(frozen)).for_each < kept / 2
    weights = sum(parameter.nbytes for parameter in learner.model.parameters())
    assert need_of_step(learner, inputs_of(learner)).fixed > 2 * weights
    step(learner, inputs_of(learner))  # now the optimizer has its state
    assert need_of_step(learner, inputs_of(learner)).fixed < weights


def test_that_what_fits_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = learner_of()
    for free in (None, 10**10):
        has_free(monkeypatch, free)
        choose_microbatch(learner, inputs_of(learner))
        assert learner.microbatch is None


def test_that_a_run_says_in_how_many_parts_it_computes_its_batches(
    colours: Path, tmp_path: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_free(monkeypatch, 120_000_000)
    events, run = drain(
        train(settings_for(colours, backbone="mobilenet_v2", input_size=64, epochs=1), tmp_path / "run")
    )
    (said,) = [event.message for event in events if isinstance(event, Notice) and "parts" in event.message]
    assert said.startswith("Each batch of 16 is computed in ")
    assert said.endswith(" parts, to fit 0.1 GB. Batch normalization sees one part at a time.")
    assert events[-1].reason == "completed"
    assert load_checkpoint(run.last).training["microbatch"] < N


def test_that_a_run_whose_memory_runs_out_goes_on_and_says_so(
    colours: Path, tmp_path: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_little_memory(logits_of: Any, mixed: Mixed, at_once: int | None, *rest: Any) -> Any:
        if (at_once or len(mixed.images)) > 10:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return add_gradients(logits_of, mixed, at_once, *rest)

    monkeypatch.setattr(learner_room, "add_gradients", with_little_memory)
    events, _ = drain(train(settings_for(colours, epochs=1), tmp_path / "run"))
    said = [event.message for event in events if isinstance(event, Notice) and "parts" in event.message]
    assert said == ["Memory ran out. Each batch of 16 is computed in 2 parts."]
    assert events[-1].reason == "completed"


def test_that_a_resumed_run_computes_in_the_same_parts_also_where_more_is_free(
    colours: Path, tmp_path: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_free(monkeypatch, 120_000_000)
    settings, seen = settings_for(colours, backbone="mobilenet_v2", input_size=64), list[Any]()
    whole, _ = drain(train(settings, tmp_path / "whole"))
    for event in train(settings, tmp_path / "run", lambda: len([e for e in seen if isinstance(e, BatchEnd)]) >= 2):
        seen.append(event)
    has_free(monkeypatch, None)
    rest, _ = drain(resume(open_run(tmp_path / "run")))
    expected, found = ([e.val_loss for e in events if isinstance(e, EpochEnd)] for events in (whole, rest))
    assert found == expected


def test_that_an_estimate_says_what_is_needed_and_is_computed_in_parts_too(
    colours: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_free(monkeypatch, LITTLE)
    _, found = drain(estimate(settings_for(colours)))
    assert found.is_tight
    assert found.parts > 1
    assert found.free == LITTLE < found.needed / SHARE
    has_free(monkeypatch, 10**10)
    _, roomy = drain(estimate(settings_for(colours)))
    assert (roomy.is_tight, roomy.parts, roomy.needed) == (False, 1, found.needed)


def test_that_the_estimate_of_automatic_knows_what_fine_tuning_needs(
    colours: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(colours, recipe="automatic", weights="imagenet", val_fraction=0.4, epochs=5)
    _, roomy = drain(estimate(settings))
    has_free(monkeypatch, LITTLE)
    _, tight = drain(estimate(settings))
    assert roomy.first_result == roomy.phases[0].preparing
    assert (roomy.is_tight, roomy.parts) == (False, 1)
    assert tight.is_tight
    assert tight.parts > 1
    assert tight.needed == roomy.needed > 0

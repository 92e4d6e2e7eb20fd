import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import EpochEnd
from stl_tl_gui.engine.machine.memory import forget_peak, peak_memory
from stl_tl_gui.engine.models.model import build_model
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings
from stl_tl_gui.engine.storage.places import cache_folder, runs_folder
from stl_tl_gui.engine.training.estimate import Estimate, EstimateFailed, PhaseEstimate, estimate
from stl_tl_gui.engine.training.learner import Learner
from stl_tl_gui.engine.training.train import train


def settings_for(data: Path, **more: Any) -> TrainSettings:
    usual = {
        "backbone": "squeezenet1_1", "weights": "none", "epochs": 6, "input_size": 32, "batch_size": 16,
        "device": "cpu",
    }  # fmt: skip
    return make_settings({"data": str(data), **usual, **more})


def test_that_the_estimate_is_of_the_order_of_what_training_takes(colours: Path, tmp_path: Path, drain: Any) -> None:
    settings = settings_for(colours, input_size=96, backbone="resnet18")
    _, found = drain(estimate(settings))
    events, run = drain(train(settings, tmp_path / "run"))
    epochs = sorted(event.seconds for event in events if isinstance(event, EpochEnd))
    (phase,) = found.phases
    assert epochs[0] / 4 < phase.per_epoch < 4 * epochs[-1]
    assert 1 / 5 < found.total / run.summary().seconds < 5  # of the order: other programs may disturb either


def test_that_kept_features_are_paid_for_once(colours: Path, drain: Any) -> None:
    _, head = drain(estimate(settings_for(colours, freeze="head", input_size=96)))
    _, anew = drain(estimate(settings_for(colours, freeze="head", input_size=96, views=0)))
    assert head.phases[0].preparing > head.phases[0].per_epoch
    assert anew.phases[0].preparing == 0
    assert anew.phases[0].per_epoch > head.phases[0].per_epoch


def test_that_the_heads_warm_up_is_a_phase_of_its_own(colours: Path, tmp_path: Path, drain: Any) -> None:
    torch.save(build_model("squeezenet1_1", 5).state_dict(), tmp_path / "weights.pth")
    weights = str(tmp_path / "weights.pth")
    _, found = drain(estimate(settings_for(colours, weights=weights, freeze="head_then_all", head_epochs=2)))
    assert [phase.epochs for phase in found.phases] == [2, 4]
    assert [phase.preparing > 0 for phase in found.phases] == [True, False]


def test_that_the_parts_make_up_the_total() -> None:
    found = Estimate(5.0, (PhaseEstimate(2, 3.0, 1.0), PhaseEstimate(10, 0.0, 4.0)), 7.0, None, "CPU", False)
    assert found.preparing == 8
    assert found.total == 5 + 3 + 2 + 40 + 7


def test_that_pretrained_weights_are_not_fetched_and_nothing_is_left(colours: Path, home: Path, drain: Any) -> None:
    state = torch.get_rng_state()
    drain(estimate(settings_for(colours, weights="imagenet", freeze="head")))
    assert torch.equal(torch.get_rng_state(), state)
    assert not list(runs_folder().glob("*"))
    assert not list(cache_folder().rglob("*.npy"))
    assert not list(home.rglob("*.pth"))


def test_that_cancel_acts_within_one_step(colours: Path, drain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[object] = []
    step = Learner.step
    monkeypatch.setattr(Learner, "step", lambda *args: steps.append(args) or step(*args))
    with pytest.raises(Cancelled):
        drain(estimate(settings_for(colours), lambda: len(steps) >= 3))
    assert len(steps) == 3


def test_that_settings_that_do_not_fit_say_so(colours: Path, drain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(Learner, "step", full)
    with pytest.raises(EstimateFailed, match="Not enough memory"):
        drain(estimate(settings_for(colours)))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells")
def test_that_the_peak_of_memory_is_told_and_forgotten() -> None:
    forget_peak()
    before = peak_memory()
    block = torch.ones(2**26)
    during = peak_memory()
    del block
    assert before is not None
    assert during is not None
    assert during - before > 2**27

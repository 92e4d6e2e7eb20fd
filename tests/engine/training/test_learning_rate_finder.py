import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import BatchEnd, EpochEnd, RateTried
from stl_tl_gui.engine.models.model import build_model
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings
from stl_tl_gui.engine.storage.places import runs_folder
from stl_tl_gui.engine.training.learning_rate_finder import find_learning_rate
from stl_tl_gui.engine.training.range_test import has_diverged, judge, smoothed
from stl_tl_gui.engine.training.train import train


def settings_for(data: Path, **more: Any) -> TrainSettings:
    usual = {"backbone": "squeezenet1_1", "weights": "none", "input_size": 32, "batch_size": 16, "device": "cpu"}
    return make_settings({"data": str(data), **usual, **more})


def valley(lowest: float, steepest_before: float = 1.0, n: int = 100) -> tuple[list[float], list[float]]:
    """A loss that falls before a rate and rises beyond it, over powers of ten."""
    rates = np.geomspace(1e-6, 1, n)
    x = np.log10(rates / lowest)
    losses = 2.3 - 1.6 / (1 + np.exp(-4 * (x + steepest_before))) + np.exp(np.minimum(5 * (x - 0.6), 20))
    return rates.tolist(), losses.tolist()


@given(st.floats(1e-4, 1e-1))
def test_that_the_suggestion_lies_where_the_loss_falls_before_it_is_lowest(lowest: float) -> None:
    rates, losses = valley(lowest)
    found = judge(rates, losses)
    best = rates[int(np.argmin(losses))]
    assert found.suggestion is not None
    assert best / 100 < found.suggestion < best


def test_that_noise_hardly_ever_suggests_anything() -> None:
    rates, rng = np.geomspace(1e-6, 1, 100).tolist(), np.random.default_rng(0)
    tests = [judge(rates, (2.3 * np.exp(0.1 * rng.normal(size=100))).tolist()) for _ in range(300)]
    assert sum(found.suggestion is not None for found in tests) <= 3
    assert "Keep the recommended rate" in tests[0].why


def test_that_a_loss_that_explodes_at_once_suggests_nothing() -> None:
    assert judge([1e-6, 2e-6], [2.3, math.inf]).suggestion is None


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=50))
def test_that_smoothing_stays_within_the_losses(losses: list[float]) -> None:
    curve = smoothed(losses)
    assert len(curve) == len(losses)
    assert min(losses) * 0.999 <= curve.min() <= curve.max() <= max(losses) * 1.001


def test_that_what_is_no_number_has_diverged() -> None:
    assert has_diverged([2.0, math.nan])
    assert has_diverged([2.0] * 20 + [1e6])
    assert not has_diverged([2.0, 2.1, 1.9])


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.save(build_model("squeezenet1_1", 5).state_dict(), tmp_path / "weights.pth")
    return tmp_path / "weights.pth"


@pytest.mark.parametrize("freeze", ["head", "none", "stage2", "head_then_all"])
def test_that_rates_are_tried_in_every_kind_of_run(colours: Path, weights: Path, drain: Any, freeze: str) -> None:
    events, found = drain(find_learning_rate(settings_for(colours, weights=str(weights), freeze=freeze)))
    tried = [event for event in events if isinstance(event, RateTried)]
    assert len(tried) >= 10
    assert tuple(event.rate for event in tried) == found.rates == tuple(sorted(found.rates))
    assert tuple(event.loss for event in tried) == found.losses
    assert found.why.endswith((" learning.", "does harm."))


def test_that_the_suggested_rate_learns_where_a_hundredth_of_it_does_not(colours: Path, drain: Any) -> None:
    settings = settings_for(colours, epochs=3)
    _, found = drain(find_learning_rate(settings))
    assert found.suggestion is not None

    def last_loss(rate: float) -> float:
        events, _ = drain(train(settings.model_copy(update={"learning_rate": rate})))
        return [event.train_loss for event in events if isinstance(event, EpochEnd)][-1]

    assert last_loss(found.suggestion) < 0.7 * last_loss(found.suggestion / 100)


def test_that_nothing_is_left_but_the_answer(colours: Path, weights: Path, drain: Any) -> None:
    settings = settings_for(colours, weights=str(weights), freeze="none")
    before, state, numpy_state, python_state = (
        weights.read_bytes(), torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate(),
    )  # fmt: skip
    first, again = (drain(find_learning_rate(settings))[1] for _ in range(2))
    assert first == again
    assert weights.read_bytes() == before
    assert torch.equal(torch.get_rng_state(), state)
    assert np.random.get_state()[1].tolist() == numpy_state
    assert random.getstate() == python_state
    assert not list(runs_folder().glob("*"))


def test_that_a_run_is_the_same_after_a_rate_was_found(colours: Path, tmp_path: Path, drain: Any) -> None:
    settings = settings_for(colours, epochs=1)
    losses = []
    for name in ("before", "after"):
        events, _ = drain(train(settings, tmp_path / name))
        losses.append([event.loss for event in events if isinstance(event, BatchEnd)])
        drain(find_learning_rate(settings))
    assert losses[0] == losses[1]


@pytest.mark.parametrize("after", [0, 5])
def test_that_cancel_acts_within_one_batch(colours: Path, after: int) -> None:
    seen: list[Any] = []

    def go_through() -> None:
        for event in find_learning_rate(settings_for(colours), lambda: len(seen) >= after):
            seen.extend([event] if isinstance(event, RateTried) else [])

    with pytest.raises(Cancelled):
        go_through()
    assert len(seen) == after

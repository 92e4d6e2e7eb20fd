import pytest
from hypothesis import given
from hypothesis import strategies as st

from stl_tl_gui.engine.training.schedule import rate_factor

SCHEDULES = ["cosine", "one_cycle", "step", "constant"]


@given(st.sampled_from(SCHEDULES), st.integers(1, 500), st.data())
def test_that_the_factor_is_always_a_positive_share_of_the_full_rate(
    schedule: str, steps: int, data: st.DataObject
) -> None:
    step = data.draw(st.integers(0, steps - 1))
    assert 0 < rate_factor(schedule, step, steps) <= 1


@pytest.mark.parametrize(("schedule", "least"), [("cosine", 0.95), ("one_cycle", 0.95), ("step", 1), ("constant", 1)])
def test_that_the_full_rate_is_reached(schedule: str, least: float) -> None:
    assert max(rate_factor(schedule, step, 100) for step in range(100)) >= least


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle", "step"])
def test_that_the_rate_ends_low(schedule: str) -> None:
    assert rate_factor(schedule, 99, 100) <= 0.02


def test_that_cosine_rises_first_and_never_after() -> None:
    factors = [rate_factor("cosine", step, 200) for step in range(200)]
    top = factors.index(max(factors))
    assert 10 < top < 30
    assert factors[top:] == sorted(factors[top:], reverse=True)

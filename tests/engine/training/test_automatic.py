"""What Automatic decides, without a run: each phase follows from what the phases before it brought."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from stl_tl_gui.engine.settings.backbones import BACKBONES
from stl_tl_gui.engine.settings.phases import SIZES, Phase
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings
from stl_tl_gui.engine.training.automatic import (
    Ending,
    Outcome,
    Work,
    expected_seconds,
    following,
    gain_in_errors,
    planned,
    top_stages,
)

WORK = Work(900, 100, 500, (0.0001,) * 8 + (0.00001,), 96, 0.0005)
"""Of a thousand pictures and a fast computer: a fit at 96 pixels takes two seconds."""


def automatic(**values: object) -> TrainSettings:
    return make_settings(values)


def play(
    settings: TrainSettings, best_size: int, work: Work = WORK, tuned_gains: int = 0, accuracy: float = 0.5
) -> list[Outcome]:
    """The phases of a run in which the head is best at one size, and so many fine-tunings gain."""
    done: list[Outcome] = []
    while isinstance(phase := following(settings, work, done, left(settings, done)), Phase):
        assert len(done) < 20
        seconds = expected_seconds(settings, work, phase, done)
        if phase.fits:
            distance = abs(phase.input_size - best_size)
            kept = all(distance < abs(each.phase.input_size - best_size) for each in done if each.kept)
        else:
            kept = len([each for each in done if not each.phase.fits]) < tuned_gains
        done.append(Outcome(phase, seconds, kept, accuracy))
    return done


def left(settings: TrainSettings, done: list[Outcome]) -> float:
    return (settings.budget or math.inf) - sum(each.seconds for each in done)


def best(done: list[Outcome]) -> Phase:
    return [each.phase for each in done if each.kept][-1]


def test_that_larger_pictures_are_tried_until_they_no_longer_help() -> None:
    done = play(automatic(), best_size=192)
    sizes = [each.phase.input_size for each in done if each.phase.fits]
    assert sizes[0] in (96, 128, 160)
    assert best(done[: len(sizes)]).input_size == 192


def test_that_the_largest_size_is_reached_where_it_is_the_best() -> None:
    done = play(automatic(), best_size=SIZES[-1])
    fits = [each for each in done if each.phase.fits]
    assert [each.kept for each in fits] == [True] * (len(fits) - 1) + [False]
    assert fits[-2].phase.input_size == SIZES[-1]
    assert fits[-1].phase.input_size == done[-1].phase.input_size == 256  # from here, layers learn: it costs less


def test_that_an_input_size_that_was_chosen_is_the_only_one() -> None:
    done = play(automatic(input_size=128), best_size=288, tuned_gains=5)
    assert {each.phase.input_size for each in done} == {128}


def test_that_layers_learn_from_the_top_until_that_no_longer_gains() -> None:
    done = play(automatic(), best_size=160, tuned_gains=5)
    tuned = [each.phase for each in done if not each.phase.fits]
    top = top_stages(BACKBONES["efficientnet_lite0"])
    assert [phase.freeze for phase in tuned] == [top, *["none"] * 5]  # much is still wrong: all layers follow at once
    right = play(automatic(), best_size=160, tuned_gains=5, accuracy=0.95)
    assert [each.phase.freeze for each in right if not each.phase.fits] == [top] * 4
    assert play(automatic(), best_size=160, tuned_gains=0)[-1].phase.freeze == top
    ending = following(automatic(), WORK, done, math.inf)
    assert isinstance(ending, Ending)
    assert "no longer gains" in ending.reason


def test_that_nothing_is_fine_tuned_where_nobody_could_tell_whether_it_gains() -> None:
    few = replace(WORK, train=27, val=3)
    done = play(automatic(), 160, few, tuned_gains=9)
    assert all(each.phase.fits for each in done)
    ending = following(automatic(), few, done, math.inf)
    assert isinstance(ending, Ending)
    assert "3 validation pictures" in ending.reason


def test_that_stl10s_protocol_chooses_by_training_pictures_only() -> None:
    settings = automatic(protocol="stl10", fold=1)
    assert all(each.phase.fits for each in play(settings, 160, tuned_gains=9))


@given(budget=st.floats(1, 600), slower=st.floats(0.1, 30), best_size=st.sampled_from(SIZES))
def test_that_the_phases_fit_into_the_time_limit(budget: float, slower: float, best_size: int) -> None:
    settings = automatic(budget=budget)
    work = replace(WORK, seconds=tuple(slower * each for each in WORK.seconds))
    done = play(settings, best_size, work, tuned_gains=9)
    assert any(each.kept for each in done)
    smallest = expected_seconds(settings, work, Phase("head", 0, 1, fits=True, input_size=SIZES[0]), [])
    assert sum(each.seconds for each in done) <= max(budget, smallest) * 1.001


@given(st.floats(5, 600))
def test_that_more_time_never_gives_smaller_pictures(budget: float) -> None:
    small = play(automatic(budget=budget), SIZES[-1])
    large = play(automatic(budget=2 * budget), SIZES[-1])
    assert best(small).input_size <= best(large).input_size


def test_that_the_plan_is_what_a_run_does_that_gains() -> None:
    wrong = play(automatic(), SIZES[-1], tuned_gains=2)[:-1]
    right = play(automatic(), SIZES[-1], tuned_gains=9, accuracy=1.0)
    plans = planned(automatic(), WORK)
    found = [[phase for phase, _ in plan] for plan in plans]
    assert sorted(found, key=len) == sorted([[each.phase for each in way] for way in (wrong, right)], key=len)
    assert sum(seconds for _, seconds in plans[0]) >= sum(seconds for _, seconds in plans[1])
    assert all(sum(seconds for _, seconds in plan) <= 20 for plan in planned(automatic(budget=20.0), WORK))


@pytest.mark.parametrize("name", BACKBONES)
def test_that_the_top_stages_have_most_of_the_parameters(name: str) -> None:
    row = BACKBONES[name]
    frozen = row.frozen_stages(top_stages(row))
    whole = sum(stage.parameters for stage in row.stages)
    assert sum(stage.parameters for stage in row.stages[frozen:]) >= 0.9 * whole
    assert sum(stage.parameters for stage in row.stages[frozen + 1 :]) < 0.9 * whole


def test_that_an_outcome_survives_a_checkpoint() -> None:
    outcome = Outcome(Phase("stage5", 3, 12, 1.0, 0.4, input_size=224, keeps_averages=True), 12.5, True)
    assert Outcome.from_dict(outcome.to_dict()) == outcome


def test_that_a_gain_is_judged_picture_by_picture() -> None:
    before = torch.linspace(0, 5, 100)
    noise = torch.randn(100, generator=torch.Generator().manual_seed(0))
    noise -= noise.mean()
    assert gain_in_errors(before - 0.01 + 0.01 * noise, before) > 5  # small beside how much pictures differ
    assert -5 < gain_in_errors(before + noise - 0.01, before) < 1
    assert gain_in_errors(before + 0.01 * noise + 0.01, before) < -5
    assert gain_in_errors(before, before) == 0
    assert gain_in_errors(before - 1, before) == math.inf

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stl_tl_gui.engine.settings.backbones import BACKBONES
from stl_tl_gui.engine.settings.phases import phases
from stl_tl_gui.engine.settings.presets import PRESETS
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings, recommended
from stl_tl_gui.engine.settings.variants import combinations, course_table, missing_weights, told_apart, variants

FREEZINGS = ["head", "head_then_all", "none", "layer3", "stage5"]


def some(values: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, unique=True)


bases = st.builds(
    make_settings,
    st.fixed_dictionaries(
        {"epochs": st.integers(1, 30), "seed": st.integers(0, 9), "input_size": st.sampled_from([64, 96])},
        optional={"learning_rate": st.floats(1e-5, 0.1), "optimizer": st.sampled_from(["adamw", "sgd"])},
    ),
)


def test_that_a_rate_that_was_chosen_is_kept_even_where_it_is_the_usual_one() -> None:
    base = make_settings({"freeze": "head", "learning_rate": 3e-3})
    assert [run.learning_rate for run in variants(base, ["resnet18"], ["none"], ["imagenet"])] == [3e-4]
    chosen = variants(base, ["resnet18"], ["none"], ["imagenet"], chosen=["learning_rate"])
    assert [run.learning_rate for run in chosen] == [3e-3]


@given(bases, some(list(BACKBONES)), some(FREEZINGS), some(["imagenet", "none"]), st.integers(1, 3))
def test_that_each_combination_is_a_run_of_its_own_or_has_a_reason(
    base: TrainSettings, backbones: list[str], freezings: list[str], weights: list[str], repeats: int
) -> None:
    found = combinations(base, backbones, freezings, weights, repeats)
    assert len(found) == len(backbones) * len(freezings) * len(weights) * repeats
    assert all((variant.settings is None) == bool(variant.reason) for variant in found)
    runs = [variant.settings for variant in found if variant.settings is not None]
    assert len(set(runs)) == len(runs)
    for run in runs:
        for phase in phases(run):
            BACKBONES[run.backbone].frozen_stages(phase.freeze)
        assert run.weights != "none" or run.freeze == "none"
        same = {"epochs", "input_size", "optimizer", "data", "augmentation"}
        assert run.model_dump(include=same) == base.model_dump(include=same)
    scratch = {(run.backbone, run.seed) for run in runs if run.weights == "none"}
    assert len(scratch) == ("none" in weights) * len(backbones) * repeats


def test_that_the_courses_table_has_three_ways_to_train_each_of_three_networks() -> None:
    table = course_table(make_settings({"data": "/pictures", "seed": 3, "epochs": 7}))
    assert [(run.backbone, run.weights, run.freeze) for run in table] == [
        (backbone, weights, freeze)
        for backbone in ("resnet18", "resnet34", "efficientnet_b0")
        for weights, freeze in (("imagenet", "head"), ("imagenet", "head_then_all"), ("none", "none"))
    ]
    assert {(run.data, run.seed, run.epochs) for run in table} == {("/pictures", 3, 7)}


def test_that_what_is_recommended_follows_the_variant_and_what_was_chosen_stays() -> None:
    usual = variants(make_settings({}), ["resnet18"], ["head", "none"], ["imagenet"])
    assert [run.learning_rate for run in usual] == [
        recommended({"freeze": freeze})["learning_rate"] for freeze in ("head", "none")
    ]
    own = variants(make_settings({"learning_rate": 0.02}), ["resnet18"], ["head", "none"], ["imagenet"])
    assert [run.learning_rate for run in own] == [0.02, 0.02]


@pytest.mark.parametrize("preset", PRESETS)
def test_that_every_preset_can_be_varied(preset: str) -> None:
    assert len(course_table(make_settings(PRESETS[preset]))) == 9


def test_that_repeats_have_seeds_of_their_own_and_come_after_all_first_runs() -> None:
    found = variants(make_settings({"seed": 5}), ["resnet18", "resnet34"], ["head"], ["imagenet"], repeats=2)
    assert [(run.seed, run.backbone) for run in found] == [
        (5, "resnet18"),
        (5, "resnet34"),
        (6, "resnet18"),
        (6, "resnet34"),
    ]


def test_that_what_is_left_out_says_why(tmp_path: Path) -> None:
    base = make_settings({"backbone": "resnet18", "weights": str(tmp_path / "own.pth")})
    brief = make_settings({"epochs": 1})

    def reason(backbone: str, freeze: str, weights: str, base: TrainSettings = base) -> str:
        (variant,) = combinations(base, [backbone], [freeze], [weights])
        return variant.reason

    assert reason("mobilenet_v2", "layer3", "imagenet") == "MobileNetV2 has no stage “layer3”."
    assert reason("resnet18", "head_then_all", "imagenet", brief).startswith("The head warms up for 1 epochs")
    assert reason("resnet34", "head", str(tmp_path / "own.pth")) == "“own.pth” has weights for ResNet-18."
    assert reason("resnet18", "head", str(tmp_path / "own.pth")).endswith("does not exist.")
    (tmp_path / "own.pth").touch()
    assert reason("resnet18", "head", str(tmp_path / "own.pth")) == ""


def test_that_a_run_in_the_queue_is_not_offered_again() -> None:
    base = make_settings({})
    queued = variants(base, ["resnet18"], ["head"], ["imagenet"])
    found = combinations(base, ["resnet18"], ["head", "none"], ["imagenet"], queued=queued)
    assert ["Already" in variant.reason for variant in found] == [True, False]


def test_that_missing_weights_are_known_before_the_run(home: Path) -> None:
    settings = make_settings({"backbone": "resnet18"})
    row = missing_weights(settings)
    assert row is BACKBONES["resnet18"]
    (home / "weights").mkdir(parents=True)
    (home / "weights" / row.weights.file_name).touch()
    assert missing_weights(settings) is None
    assert missing_weights(make_settings({"weights": "none"})) is None


def test_that_runs_are_told_apart_by_what_was_chosen_not_by_what_follows() -> None:
    assert told_apart(course_table(make_settings({}))) == ("backbone", "weights", "freeze")
    same = make_settings({"recipe": "fixed"})
    assert told_apart([same, same]) == ()
    assert told_apart([same, make_settings({"learning_rate": 0.5})]) == ("learning_rate",)
    assert told_apart([same, make_settings({"recipe": "fixed", "seed": 1, "input_size": 64})]) == ("input_size", "seed")

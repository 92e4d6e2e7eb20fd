from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stl_tl_gui.engine.settings.backbones import BACKBONES
from stl_tl_gui.engine.settings.presets import PRESETS
from stl_tl_gui.engine.settings.settings import (
    InvalidSettings,
    TrainSettings,
    choices,
    load_settings,
    make_settings,
    recommended,
)


def test_that_every_setting_explains_itself() -> None:
    for name, field in TrainSettings.model_fields.items():
        assert field.title, name
        assert field.description is not None, name
        assert field.description.endswith("."), name


def test_that_the_choices_offered_are_the_values_allowed() -> None:
    for name in TrainSettings.model_fields:
        for value in choices(name) or {}:
            extra = {"epochs": 5, **({"rotate": 33.0} if value == "custom" else {})}
            assert getattr(make_settings({name: value, **extra}), name) == value


def test_that_the_backbones_offered_are_those_of_the_table() -> None:
    assert list(choices("backbone") or {}) == list(BACKBONES)


@pytest.mark.parametrize("preset", PRESETS)
def test_that_presets_are_valid_settings(preset: str) -> None:
    assert make_settings(PRESETS[preset]).epochs >= 1


@given(
    backbone=st.sampled_from(list(BACKBONES)),
    weights=st.sampled_from(["imagenet", "none", "file.pth"]),
    optimizer=st.sampled_from(["adamw", "sgd", "adam"]),
    epochs=st.integers(1, 100),
    precision=st.sampled_from(["auto", "float32", "bfloat16"]),
)
def test_that_recommended_values_always_fit_together_and_survive_json(**chosen: Any) -> None:
    settings = make_settings(chosen)
    assert load_settings(settings.model_dump_json()) == settings
    assert recommended(chosen)["learning_rate"] == settings.learning_rate


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"epochs": 0}, "Epochs"),
        ({"learning_rate": float("nan")}, "Learning rate"),
        ({"learning_rate": -1}, "Learning rate"),
        ({"backbone": "alexnet"}, "Backbone"),
        ({"device": "tpu"}, "Device"),
        ({"colour": "blue"}, "colour"),
        ({"weights": "none", "freeze": "head_then_all"}, "from scratch"),
        ({"freeze": "head_then_all", "epochs": 3, "head_epochs": 3}, "warms up"),
    ],
)
def test_that_a_wrong_value_is_one_sentence_that_names_the_setting(values: dict[str, Any], word: str) -> None:
    with pytest.raises(InvalidSettings, match=word) as caught:
        make_settings(values)
    assert "\n" not in str(caught.value)


def test_that_training_from_scratch_freezes_nothing_by_default() -> None:
    assert make_settings({"weights": "none"}).freeze == "none"


def test_that_random_weights_get_a_backbone_that_learns_from_scratch_unless_one_was_chosen() -> None:
    assert make_settings({}).backbone == "efficientnet_lite0"
    assert make_settings({"weights": "none"}).backbone == "resnet18"
    assert make_settings({"weights": "none", "backbone": "efficientnet_lite0"}).backbone == "efficientnet_lite0"

"""A level of augmentation is a set of its items' values."""

import json

import pytest

from stl_tl_gui.engine.settings.advice import DEFAULTS, choose, essential, filled
from stl_tl_gui.engine.settings.groups.augmentation import ITEMS, LEVELS
from stl_tl_gui.engine.settings.settings import AUTOMATIC_SETTINGS, InvalidSettings, fixed, load_settings, make_settings
from stl_tl_gui.engine.settings.variants import told_apart


def items_of(settings) -> dict[str, float]:
    return settings.model_dump(include=set(ITEMS))


@pytest.mark.parametrize("level", LEVELS)
def test_that_a_level_fills_the_items_also_from_old_run_folders(level):
    settings = make_settings({"augmentation": level})
    assert items_of(settings) == LEVELS[level]
    old = {name: value for name, value in settings.model_dump().items() if name not in ITEMS}
    assert load_settings(json.dumps(old)) == settings


def test_that_an_item_that_differs_makes_the_level_custom_and_back():
    settings = make_settings({"augmentation": "strong", "rotate": 90})
    assert settings.augmentation == "custom"
    assert items_of(settings) == {**LEVELS["strong"], "rotate": 90}
    assert load_settings(settings.model_dump_json()) == settings
    assert make_settings({**settings.model_dump(), "rotate": 20}).augmentation == "strong"


def test_that_another_level_for_known_settings_brings_its_items():
    light = make_settings({"recipe": "fixed"})
    assert light.augmentation == "light"
    assert items_of(make_settings({**light.model_dump(), "augmentation": "strong"})) == LEVELS["strong"]


def test_that_items_apply_in_automatic_and_a_level_asks_for_a_fixed_recipe():
    automatic = make_settings({"quarter_turns": 1})
    assert (automatic.recipe, automatic.augmentation) == ("automatic", "custom")
    assert items_of(automatic) == {**LEVELS[AUTOMATIC_SETTINGS["augmentation"]], "quarter_turns": 1}
    assert make_settings({"augmentation": "strong"}).recipe == "fixed"
    assert items_of(fixed(make_settings({}))) == LEVELS["light"]
    assert fixed(automatic).quarter_turns == 1


@pytest.mark.parametrize(("values", "title"), [({"augmentation": "wild"}, "Augmentation"), ({"blur": -1}, "Blur")])
def test_that_what_cannot_be_is_refused(values, title):
    with pytest.raises(InvalidSettings, match=title):
        make_settings(values)


def test_that_choosing_a_level_replaces_items_and_keeps_automatic():
    chosen = choose("rotate", 45.0, {}, {})
    assert (filled(chosen, {})["augmentation"], filled(chosen, {})["recipe"]) == ("custom", "automatic")
    chosen = choose("augmentation", "microscope", chosen, {})
    values = filled(chosen, {})
    assert (values["augmentation"], values["recipe"], values["rotate"]) == ("microscope", "automatic", 0)
    chosen = choose("augmentation", "strong", {"epochs": 3, "blur": 2.0}, {})
    assert chosen == {"epochs": 3, "augmentation": "strong"}


def test_that_a_level_is_the_shortest_way_to_say_it():
    values = {
        name: value
        for name, value in make_settings({"augmentation": "strong"}).model_dump().items()
        if name in DEFAULTS
    }
    assert essential(values, {}) == {"augmentation": "strong"}


def test_that_runs_are_told_apart_by_level_or_by_item():
    light, strong = make_settings({"augmentation": "light"}), make_settings({"augmentation": "strong"})
    assert told_apart([light, strong]) == ("augmentation",)
    turned = [make_settings({"augmentation": "light", "rotate": angle}) for angle in (30, 60)]
    assert told_apart(turned) == ("rotate",)

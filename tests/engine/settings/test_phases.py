from stl_tl_gui.engine.settings.phases import Phase, phases
from stl_tl_gui.engine.settings.settings import make_settings


def test_that_a_run_with_one_freezing_is_one_phase() -> None:
    for freeze in ("head", "none", "layer3"):
        assert phases(make_settings({"freeze": freeze, "epochs": 7})) == (Phase(freeze, 0, 7),)


def test_that_the_head_warms_up_before_all_layers_learn_at_lower_rates() -> None:
    settings = make_settings({"freeze": "head_then_all", "epochs": 7, "head_epochs": 2, "stage_rate": 0.5})
    warm_up, rest = phases(settings)
    assert (warm_up.freeze, warm_up.first, warm_up.epochs, warm_up.warms_up) == ("head", 0, 2, True)
    assert (rest.freeze, rest.first, rest.epochs, rest.warms_up) == ("none", 2, 5, False)
    assert rest.rate < warm_up.rate == 1
    assert (warm_up.stage_decay, rest.stage_decay) == (1, 0.5)

"""Facts about timm's models: what is known without loading timm, and what it says when it is asked."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stl_tl_gui.engine.settings import advice, timm_models
from stl_tl_gui.engine.settings.backbones import BACKBONES, known_row, parameter_counts
from stl_tl_gui.engine.settings.settings import InvalidSettings, load_settings, make_settings
from stl_tl_gui.engine.settings.timm_models import NoSuchModel, TimmMissing, backbone_row, pretrained_names

FAMILIES = ["test_vit", "test_vit4", "test_resnet", "test_efficientnet", "test_convnext"]


@pytest.mark.parametrize("name", FAMILIES)
def test_that_stages_cover_all_parameters_below_the_head_each_once(name: str) -> None:
    row = backbone_row(f"timm:{name}")
    model = timm_models.timm_model(row.name, num_classes=7)
    paths = [path for stage in row.stages for path in stage.modules]
    covered = [[key for key, _ in model.named_parameters() if f"{key}.".startswith(f"{path}.")] for path in paths]
    keys = [key for each in covered for key in each]
    assert sorted(keys) == sorted(key for key, _ in model.named_parameters() if not key.startswith(f"{row.head}."))
    assert row.stages[0].name == "stem"
    total = sum(parameter.numel() for parameter in model.parameters())
    assert parameter_counts(row.name, 7, "head") == (7 * (row.head_features + 1), total)


def test_that_a_row_has_what_timm_says_of_the_weights() -> None:
    row = backbone_row("timm:test_vit")
    assert (row.weights.input_size, row.weights.mean, row.weights.interpolation) == (160, (0.5, 0.5, 0.5), "bicubic")
    assert row.weights.url == "https://huggingface.co/timm/test_vit.r160_in1k/resolve/main/model.safetensors"
    assert row.weights.file_name == "timm--test_vit.r160_in1k--model.safetensors"
    assert backbone_row("timm:resnet18.tv_in1k").weights != backbone_row("timm:resnet18.a1_in1k").weights
    assert not backbone_row("timm:test_vit4").weights.url  # timm has none


def test_that_vision_transformers_take_any_size_and_others_say_which_one() -> None:
    assert backbone_row("timm:test_vit").fixed_size == 0
    assert backbone_row("timm:test_resnet").fixed_size == 0
    assert backbone_row("timm:swin_tiny_patch4_window7_224").fixed_size == 224


def test_that_a_model_without_groups_has_one_stage_and_one_without_classes_gets_a_head() -> None:
    assert [stage.name for stage in backbone_row("timm:caformer_s18").stages] == ["layers"]
    assert backbone_row("timm:vit_small_patch14_dinov2").head == "head"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("timm:test_rsnet", "no model “test_rsnet”. Did you mean “test_resnet”?"),
        ("timm:resnet18.tv", "Did you mean “resnet18.tv_in1k”?"),
        ("timm:levit_128s", "does not end in a single layer"),
    ],
)
def test_that_what_timm_does_not_have_and_what_has_no_single_head_is_a_sentence(name: str, said: str) -> None:
    with pytest.raises(NoSuchModel, match=said.replace("?", r"\?")):
        backbone_row(name)


def test_that_without_timm_a_sentence_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timm_models, "find_spec", lambda name: None)
    for ask in (lambda: backbone_row("timm:test_resnet2"), pretrained_names):
        with pytest.raises(TimmMissing, match=r"pip install .stl-tl-gui\[timm\]"):
            ask()


def test_that_a_model_has_a_name_and_no_facts_before_timm_is_asked() -> None:
    row = known_row("timm:never_asked")
    assert (row.short_title, row.stages) == ("timm: never_asked", ())
    assert known_row("resnet18") is BACKBONES["resnet18"]


def test_that_settings_take_the_names_that_timm_may_have_and_no_others() -> None:
    settings = make_settings({"backbone": "timm:convnext_nano.d1h_in1k"})
    assert load_settings(settings.model_dump_json()) == settings
    for name in ("timm:", "timm:a/b", "timm:hf-hub:someone/model", "resnt18", "timm"):
        with pytest.raises(InvalidSettings) as caught:
            make_settings({"backbone": name})
        assert str(caught.value).startswith("Backbone: ")
        assert "“timm:” and the name of a model" in str(caught.value)


def test_that_freezing_up_to_a_stage_is_kept_while_the_stages_are_not_known() -> None:
    chosen = {"backbone": "timm:not_asked_yet", "freeze": "stage3"}
    assert advice.possible(chosen, {}) == chosen
    backbone_row("timm:test_convnext")
    assert "freeze" not in advice.possible({"backbone": "timm:test_convnext", "freeze": "stage9"}, {})


def test_that_neither_torch_nor_timm_is_imported_to_check_settings_and_list_runs(tmp_path: Path) -> None:
    code = (
        "from stl_tl_gui.engine.settings.settings import make_settings\n"
        "from stl_tl_gui.engine.settings.variants import missing_weights\n"
        "from stl_tl_gui.engine.runs.run import create_run, find_runs\n"
        "from stl_tl_gui.words.run import title_of\n"
        "settings = make_settings({'backbone': 'timm:test_vit'}); create_run(settings); missing_weights(settings)\n"
        "print([title_of(run.settings(), ()) for run in find_runs()], [run.name[20:] for run in find_runs()])\n"
        "import sys; assert not {'torch', 'timm', 'huggingface_hub'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "timm: test_vit" in done.stdout
    assert "'timm test_vit'" in done.stdout  # no colon, which Windows does not allow in a name


def test_that_the_hubs_cache_is_searched_as_the_hubs_own_package_does(tmp_path: Path) -> None:
    from huggingface_hub import try_to_load_from_cache

    row = backbone_row("timm:test_convnext")
    assert row.weights.find() is None
    file = cached(tmp_path / "hugging face", row.weights.hub_model)
    assert row.weights.find() == file
    found: Any = try_to_load_from_cache(row.weights.hub_model, "model.safetensors", cache_dir=file.parents[3])
    assert Path(found) == file


def cached(home: Path, model: str) -> Path:
    """An empty file of weights as the hub's package keeps it."""
    folder = home / "hub" / f"models--{model.replace('/', '--')}"
    file = folder / "snapshots" / ("0" * 40) / "model.safetensors"
    file.parent.mkdir(parents=True)
    file.touch()
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("0" * 40)
    return file

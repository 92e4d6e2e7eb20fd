"""The settings form: settings survive it, untouched ones follow what is recommended, mistakes are explained."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from stl_tl_gui.engine.settings.advice import NAMES, ON_DATA_PAGE, filled
from stl_tl_gui.engine.settings.backbones import BACKBONES, parameter_counts
from stl_tl_gui.engine.settings.presets import AUTOMATIC, PRESETS, RECOMMENDED
from stl_tl_gui.engine.settings.settings import DECIDED, InvalidSettings, TrainSettings, choices, make_settings
from stl_tl_gui.engine.storage.places import weights_folder
from stl_tl_gui.gui.train.setting_fields import (
    DeviceField,
    NumberField,
    limits,
    limits_in_words,
    next_on_ladder,
)
from stl_tl_gui.gui.train.settings_form import SettingsForm
from stl_tl_gui.gui.train.weights_field import WeightsField
from stl_tl_gui.words.settings import CUSTOM_NOTE, shortest

ROWS = tuple(name for name in NAMES if name not in ON_DATA_PAGE)


@pytest.fixture
def form(qtbot) -> SettingsForm:
    form = SettingsForm()
    qtbot.addWidget(form)
    return form


def _values_of(name: str) -> st.SearchStrategy:
    offered = choices(name)
    if offered:
        return st.sampled_from(list(offered))
    if TrainSettings.model_fields[name].annotation is str:
        return st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), max_size=20)
    low, high = limits(name)
    if TrainSettings.model_fields[name].annotation is int:
        return st.integers(int(low), int(high))
    return st.one_of(st.sampled_from([low, high]), st.floats(max(low, 1e-12), high))


@st.composite
def any_settings(draw) -> TrainSettings:
    values = {name: draw(_values_of(name)) for name in NAMES}
    stages = [stage.name for stage in BACKBONES[values["backbone"]].stages]
    values["freeze"] = draw(st.sampled_from(["head", "none", "head_then_all", *stages]))
    values["weights"] = draw(st.sampled_from(["imagenet", "none", "/some/where/weights.pth"]))
    values["channels"] = draw(st.sampled_from(["", "1,2,3", "4,2,1"]))
    values["device"] = draw(st.sampled_from(["auto", "cpu", "cuda:3"]))
    if values["weights"] == "none" or values["head_epochs"] >= values["epochs"]:
        values["freeze"] = "none" if values["freeze"] == "head_then_all" else values["freeze"]
    if values["protocol"] == "kfold":
        values["fold"] %= values["folds"] + 1
    if values["protocol"] == "stl10":
        values["early_stopping"] = 0
    if values["recipe"] == "fixed":
        return TrainSettings(**{**values, "budget": 0.0, "input_size": max(values["input_size"], 32)})
    values["weights"] = "imagenet" if values["weights"] == "none" else values["weights"]
    values["input_size"] = 0 if values["input_size"] < 32 else values["input_size"]
    values["budget"] = float(round(values["budget"]))
    return make_settings({name: value for name, value in values.items() if name not in DECIDED})


def test_that_any_valid_settings_come_out_as_they_went_in(form):
    @settings(max_examples=60, deadline=None)
    @given(any_settings())
    def round_trip(wanted: TrainSettings) -> None:
        form.set_values(wanted.model_dump())
        assert {**form.values(), "data": "sample"} == wanted.model_dump()
        shown = {name: form.row(name).editor.value() for name in ROWS}
        assert shown == {name: form.values()[name] for name in ROWS}

    round_trip()


def test_that_the_form_has_an_editor_with_name_and_help_for_every_setting(form):
    for name in ROWS:
        field = TrainSettings.model_fields[name]
        editor = form.row(name).editor
        assert editor.accessibleName() == field.title
        assert field.description in editor.toolTip()
        assert field.description in editor.whatsThis()


def test_that_a_fresh_form_shows_what_is_recommended(form):
    assert form.settings("sample") == make_settings({"data": "sample"})
    assert form.presets.currentData() == AUTOMATIC
    assert not any(form.row(name).differs for name in ROWS)


def test_that_the_settings_of_the_last_time_are_shown_and_can_be_undone(form):
    fresh = form.values()
    form.begin_with({})
    form.begin_with({"epochs": "many"})
    assert (form.values(), form.history.undoable) == (fresh, "")
    form.begin_with({"backbone": "mobilenet_v2", "weights": "none", "epochs": 7})
    assert (form.values()["backbone"], form.values()["epochs"]) == ("mobilenet_v2", 7)
    form.history.undo()
    assert form.values() == fresh


def test_that_untouched_settings_follow_and_touched_ones_stay(form):
    form.row("freeze").editor.set_value("none")
    assert form.values()["learning_rate"] == 3e-4
    form.row("optimizer").editor.set_value("sgd")
    assert form.values()["learning_rate"] == 3e-3

    form.row("learning_rate").editor.set_value(0.5)
    form.row("freeze").editor.set_value("head")
    assert form.values()["learning_rate"] == 0.5


def test_that_a_setting_that_differs_is_marked_and_can_be_reset(form):
    form.apply_preset(RECOMMENDED)
    form.row("learning_rate").editor.set_value(0.5)
    row = form.row("learning_rate")
    assert row.differs
    assert "<b>" in row.label.text()
    assert not row.reset.isHidden()
    assert "0.003" in row.reset.toolTip()

    row.reset.click()
    assert form.values()["learning_rate"] == 3e-3
    assert not row.differs
    assert row.reset.isHidden()


def test_that_a_changed_setting_is_counted_while_it_is_folded_away(form):
    form.set_values({"seed": 7})
    assert form.row("seed").editor.isHidden()
    assert "(1 changed)" in form.advanced.text()
    form.advanced.setChecked(True)
    assert not form.row("seed").editor.isHidden()
    assert not form.row("seed").reset.isHidden()


@pytest.mark.parametrize("name", list(PRESETS))
def test_that_a_preset_sets_what_it_says_and_is_shown(form, name):
    form.set_values({"backbone": "mobilenet_v2", "seed": 3, "label_smoothing": 0.3})
    form.apply_preset(name)
    assert PRESETS[name].items() <= form.values().items()
    assert form.values()["backbone"] == "mobilenet_v2"
    assert form.values()["seed"] == 3
    assert form.presets.currentData() == name


def test_that_presets_replace_each_other_and_own_changes_are_called_own(form):
    form.apply_preset("Course tutorial")
    form.apply_preset("Quick look")
    assert form.values() == filled(PRESETS["Quick look"], {})
    form.row("epochs").editor.set_value(4)
    assert form.presets.currentIndex() == -1
    form.apply_preset(RECOMMENDED)
    assert form.settings("sample") == make_settings({"recipe": "fixed"})
    form.apply_preset(AUTOMATIC)
    assert form.settings("sample") == make_settings({})


def test_that_the_warm_up_cannot_be_chosen_from_scratch_and_the_field_says_why(form):
    form.set_values({"freeze": "head_then_all"})
    form.row("weights").editor.set_value("none")
    freeze = form.row("freeze")
    assert form.values()["freeze"] == "none"
    assert not freeze.editor.model().item(freeze.editor.findData("head_then_all")).isEnabled()
    assert "warm-up" in freeze.note.text()
    form.settings("sample")

    form.row("weights").editor.set_value("imagenet")
    assert freeze.editor.model().item(freeze.editor.findData("head_then_all")).isEnabled()
    assert "warm-up" not in freeze.note.text()


def test_that_a_warm_up_as_long_as_the_run_is_explained_and_the_run_is_not_started(form):
    form.set_values({"epochs": 5, "freeze": "head_then_all", "head_epochs": 5})
    assert "5 epochs" in form.row("freeze").note.text()
    with pytest.raises(InvalidSettings, match="5 epochs"):
        form.settings("sample")
    form.row("epochs").editor.set_value(6)
    assert form.problem() == ""


def test_that_warm_up_settings_can_be_changed_only_with_a_warm_up(form):
    assert form.row("head_epochs").editor.isEnabled()
    form.row("freeze").editor.set_value("head")
    assert not form.row("head_epochs").editor.isEnabled()
    assert not form.row("stage_rate").editor.isEnabled()


@pytest.mark.parametrize("backbone", list(BACKBONES))
def test_that_stages_and_parameters_are_those_of_the_backbone(form, backbone):
    form.set_data(7, 1000)
    form.row("backbone").editor.set_value(backbone)
    freeze = form.row("freeze")
    stages = [stage.name for stage in BACKBONES[backbone].stages]
    offered = [freeze.editor.itemData(index) for index in range(freeze.editor.count())]
    assert offered == ["head", "none", "head_then_all", *stages[:-1]]

    freeze.editor.set_value("head")
    trainable, _ = parameter_counts(backbone, 7, "head")
    assert freeze.note.text().startswith(f"{trainable:,} of ")


def test_that_a_stage_that_the_new_backbone_lacks_gives_way_to_what_is_recommended(form):
    form.row("backbone").editor.set_value("resnet18")
    form.row("freeze").editor.set_value("layer2")
    form.row("backbone").editor.set_value("resnet50")
    assert form.values()["freeze"] == "layer2"
    form.row("backbone").editor.set_value("mobilenet_v2")
    assert form.values()["freeze"] == "head_then_all"


def test_that_a_weights_file_is_shown_by_its_name_and_must_exist(form, tmp_path: Path):
    file = tmp_path / "mine.pth"
    form.row("weights").editor.set_value(str(file))
    assert "does not exist" in form.problem()
    assert form.row("weights").note.text() == form.problem()
    with pytest.raises(InvalidSettings, match="does not exist"):
        form.settings("sample")

    file.write_bytes(b"")
    form.row("weights").editor.set_value("imagenet")
    form.row("weights").editor.set_value(str(file))
    assert form.problem() == ""
    assert form.row("weights").editor.currentText() == "mine.pth"
    assert form.settings("sample").weights == str(file)


def test_that_choosing_file_asks_for_one_and_a_cancel_keeps_the_choice(form, qtbot):
    weights = form.row("weights").editor
    assert isinstance(weights, WeightsField)
    form.show()
    weights.setCurrentIndex(weights.findText("File…"))
    weights.activated.emit(weights.findText("File…"))
    dialog = weights.findChild(QFileDialog)
    assert dialog is not None
    dialog.reject()
    assert form.values()["weights"] == "imagenet"
    dialog.fileSelected.emit("/x/own.safetensors")
    assert form.values()["weights"] == "/x/own.safetensors"


def test_that_a_batch_larger_than_the_data_is_a_problem_at_its_field(form):
    form.set_data(10, 50)
    form.set_values({"batch_size": 51})
    assert "50 training pictures" in form.row("batch_size").note.text()
    assert form.problem()
    form.row("batch_size").editor.set_value(50)
    assert form.problem() == ""


def test_that_the_wheel_scrolls_the_panel_and_changes_no_setting(form, qtbot):
    form.show()
    before = form.values()
    for editor in (form.row("epochs").editor, form.row("learning_rate").editor, form.row("backbone").editor):
        _scroll(editor)
    _scroll(form.presets)
    assert form.values() == before


def _scroll(widget: QWidget) -> None:
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        widget.mapToGlobal(middle),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def test_that_what_is_typed_counts_before_the_cursor_leaves(form, qtbot):
    form.show()
    rate = form.row("learning_rate").editor
    rate.selectAll()
    qtbot.keyClicks(rate, "2e-4")
    assert form.values()["learning_rate"] == 2e-4


@pytest.mark.parametrize(("typed", "value"), [("0,05", 0.05), ("1e-5", 1e-5), (".5", 0.5), ("99", 0.001), ("x", 0.001)])
def test_that_a_number_can_be_typed_in_any_notation_and_stays_within_its_limits(qtbot, typed, value):
    field = NumberField("learning_rate")
    qtbot.addWidget(field)
    field.set_value(0.001)
    field.show()
    field.selectAll()
    qtbot.keyClicks(field, typed)
    field.interpretText()
    assert field.value() == value


def test_that_the_arrows_of_the_learning_rate_step_at_any_scale(qtbot):
    field = NumberField("learning_rate")
    qtbot.addWidget(field)
    field.set_value(1e-3)
    field.stepBy(1)
    assert field.value() == 2e-3
    field.stepBy(-2)
    assert field.value() == 5e-4
    field.stepBy(-100)
    assert 0 < field.value() <= 1e-6
    field.stepBy(1000)
    assert field.value() == 10


def test_that_arrows_never_reach_an_excluded_limit(qtbot):
    decay, smoothing = NumberField("stage_rate"), NumberField("label_smoothing")
    for field in (decay, smoothing):
        qtbot.addWidget(field)
        field.set_value(0.3)
    decay.stepBy(-10)
    assert decay.value() == 0.1
    smoothing.stepBy(100)
    assert smoothing.value() == 0.95


@given(st.floats(1e-6, 10))
def test_that_steps_up_and_down_go_the_right_way(value):
    assert next_on_ladder(value, up=True) > value
    assert next_on_ladder(value, up=False) < value


@given(st.floats(0, 1e4))
def test_that_the_shortest_text_of_a_number_is_exact(value):
    assert float(shortest(value)) == value


def test_that_limits_are_said_in_words():
    assert limits_in_words("learning_rate") == "above 0, at most 10"
    assert limits_in_words("stage_rate") == "above 0, at most 1"
    assert limits_in_words("backbone") == ""


def test_that_a_choice_can_hold_a_value_that_is_not_offered(qtbot):
    field = DeviceField("device")
    qtbot.addWidget(field)
    field.set_value("cuda:2")
    assert field.value() == field.currentText() == "cuda:2"


def test_that_the_devices_of_this_computer_are_offered_and_another_one_stays(form):
    device = form.row("device").editor

    def offered() -> list[str]:
        return [device.itemText(index) for index in range(device.count())]

    assert offered() == ["Automatic", "CPU"]
    form.set_values({"device": "cuda:3"})
    form.set_devices({"auto": "Automatic", "cpu": "CPU", "cuda:0": "GPU 0: NVIDIA H200"})
    assert offered() == ["Automatic", "CPU", "GPU 0: NVIDIA H200", "cuda:3"]
    assert form.values()["device"] == "cuda:3"
    form.set_values({"device": "cuda"})
    assert device.currentText() == "GPU (CUDA)"
    device.setCurrentIndex(2)
    assert form.values()["device"] == "cuda:0"
    form.set_values({"device": "cpu"})
    form.set_devices({"auto": "Automatic", "cpu": "CPU"})
    assert offered() == ["Automatic", "CPU"]
    assert form.values()["device"] == "cpu"


def test_that_a_batch_that_nobody_chose_fits_itself_to_few_pictures(form):
    form.apply_preset(RECOMMENDED)
    form.set_data(3, 20)
    assert form.values()["batch_size"] == 20
    assert form.problem() == ""
    form.set_data(3, 500)
    assert form.values()["batch_size"] == 64


def test_that_the_drawn_sample_can_be_trained_on_without_a_download(form):
    form.set_data(10, 450, "sample")
    assert (form.values()["backbone"], form.values()["weights"]) == ("efficientnet_lite0", "imagenet")
    assert form.row("weights").note.text() == ""
    form.set_values({"backbone": "resnet18"})
    assert (form.values()["weights"], form.values()["freeze"]) == ("none", "none")
    form.set_data(10, 450, "folder")
    assert form.values()["weights"] == "imagenet"
    assert "45\u00a0MB to download" in form.row("weights").note.text()


def test_that_from_scratch_the_form_offers_the_stages_of_the_backbone_that_follows(form):
    form.row("weights").editor.set_value("none")
    assert form.values()["backbone"] == "resnet18"
    form.row("freeze").editor.set_value("layer2")
    assert form.values()["freeze"] == "layer2"
    form.row("weights").editor.set_value("imagenet")
    assert (form.values()["backbone"], form.values()["freeze"]) == ("efficientnet_lite0", "head_then_all")


def test_that_weights_that_are_here_are_recommended_for_the_sample_too(form):
    form.set_values({"backbone": "resnet18"})
    file = weights_folder() / BACKBONES["resnet18"].weights.file_name
    file.parent.mkdir(parents=True)
    file.touch()
    form.set_data(10, 450, "sample")
    assert form.values()["weights"] == "imagenet"
    assert form.row("weights").note.text() == ""


def test_that_no_preset_freezes_what_knows_nothing(form):
    form.set_values({"weights": "none"})
    form.apply_preset("Quick look")
    assert form.values()["freeze"] == "none"


def test_that_settings_without_effect_cannot_be_changed(form):
    def idle() -> set[str]:
        return {name for name in ROWS if not form.row(name).editor.isEnabled()}

    form.set_values({"freeze": "head_then_all", "protocol": "kfold", "group_by": "name"})
    assert idle() == {"budget"}
    form.set_values({"freeze": "head"})
    assert idle() == {"budget", "head_epochs", "stage_rate", "blend"}
    form.set_values({"freeze": "none", "protocol": "stl10"})
    assert idle() == {"budget", "folds", "head_epochs", "stage_rate", "blend", "views"}
    form.set_values({"freeze": "none", "protocol": "single", "group_by": "similar"})
    assert idle() == {"budget", "folds", "fold", "head_epochs", "stage_rate", "blend", "views"}


def test_that_what_cannot_be_with_folds_is_said_where_it_can_be_changed(form):
    form.set_values({"protocol": "kfold", "folds": 3, "fold": 4})
    assert "there is no fold 4" in form.row("fold").note.text()
    form.set_values({"protocol": "stl10", "fold": 4, "early_stopping": 3})
    assert "no validation pictures to stop early by" in form.row("early_stopping").note.text()
    assert form.row("early_stopping").editor.isEnabled()


def test_that_the_effect_of_weighting_and_sampling_is_shown_in_numbers(form):
    form.set_data(3, 120, "folder", {"cat": 90, "dog": 20, "owl": 10})
    assert "9 times as many" in form.row("class_weighting").note.text()
    form.set_values({"class_weighting": "balanced"})
    assert "“owl” (10) counts 9 times as much as one of “cat” (90)" in form.row("class_weighting").note.text()
    form.set_values({"class_weighting": "none", "sampling": "balanced"})
    note = form.row("sampling").note.text()
    assert "40 of each class" in note
    assert "“owl” is seen 4 times, of “cat” 0.44" in note
    form.set_values({"class_weighting": "balanced", "sampling": "balanced"})
    assert "use one of the two" in form.row("sampling").note.text()


def test_that_the_arrows_of_weight_averaging_make_steps_worth_making(form):
    blend = form.row("blend").editor
    blend.stepBy(1)
    assert form.values()["blend"] == 0.1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (RECOMMENDED, ["head warms up"]),
        ("Quick look", ["only the head learns", "Several times faster"]),
        ("Course tutorial", ["As in the course", "about as long"]),
        ("Best accuracy", ["averaged", "7 times as long"]),
    ],
)
def test_that_a_line_says_what_a_preset_does_and_how_long_it_takes(form, name, words):
    form.apply_preset(name)
    assert not form.purpose.isHidden()
    for part in words:
        assert part in form.purpose.text()
    form.set_values({"batch_size": 7})
    assert form.purpose.text() == CUSTOM_NOTE
    assert not form.purpose.isHidden()  # what is below does not move


def test_that_every_preset_has_its_line(form):
    said = set()
    for name in PRESETS:
        form.apply_preset(name)
        said.add(form.purpose.text().split(".")[0])
    assert len(said) == len(PRESETS)
    assert "" not in said


def test_that_from_scratch_no_preset_is_said_to_freeze(form):
    form.set_values({"weights": "none"})
    for name in (RECOMMENDED, *PRESETS):
        form.apply_preset(name)
        assert form.purpose.text().startswith("All layers learn from scratch.")
    form.apply_preset("Quick look")
    assert "6 times as long" in form.purpose.text()

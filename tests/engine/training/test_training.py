import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from stl_tl_gui.engine.arithmetic import RunArithmetic
from stl_tl_gui.engine.evaluation.evaluate import evaluate
from stl_tl_gui.engine.evaluation.metrics import confusion
from stl_tl_gui.engine.events import BatchEnd, EpochEnd, EvaluationEnd, Notice, PhaseStart, RunEnd, RunStart
from stl_tl_gui.engine.machine.device import DeviceUnusable
from stl_tl_gui.engine.models.checkpoints import load_checkpoint
from stl_tl_gui.engine.models.model import build_model
from stl_tl_gui.engine.runs.predictions import read_predictions
from stl_tl_gui.engine.runs.run import RunBusy, RunExists, open_run
from stl_tl_gui.engine.runs.run_data import DataChanged
from stl_tl_gui.engine.settings.settings import InvalidSettings, TrainSettings, make_settings
from stl_tl_gui.engine.training import saver
from stl_tl_gui.engine.training.failures import explain
from stl_tl_gui.engine.training.learner import Learner, balanced_weights
from stl_tl_gui.engine.training.preparation import BatchTooLarge, batch_sizes
from stl_tl_gui.engine.training.steps import StepResult
from stl_tl_gui.engine.training.train import NothingToResume, resume, train
from stl_tl_gui.engine.training.validation import Validation

HALF_RIGHT = Validation(torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([0, 1]))
NO_NUMBER = Validation(torch.full((2, 2), float("nan")), torch.tensor([0, 1]))


@pytest.fixture
def _two_threads():
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(1)


def settings_for(data: Path, **more: Any) -> TrainSettings:
    values = {
        "data": str(data), "backbone": "squeezenet1_1", "weights": "none", "epochs": 2, "batch_size": 16,
        "input_size": 32, "learning_rate": 1e-3, "device": "cpu",
    }  # fmt: skip
    return make_settings(values | more)


def stopped_after(batches: int, settings: TrainSettings, folder: Path) -> list[Any]:
    """The events of a run that is asked to stop once it has done so many batches."""
    seen: list[Any] = []
    for event in train(settings, folder, lambda: len([e for e in seen if isinstance(e, BatchEnd)]) >= batches):
        seen.append(event)
    return seen


def test_that_a_run_learns_and_leaves_what_the_contract_names(colours: Path, tmp_path: Path, drain: Any) -> None:
    events, run = drain(train(settings_for(colours, epochs=8), tmp_path / "run"))
    assert sorted(path.name for path in run.folder.iterdir()) == [
        "best.pt",
        "events.jsonl",
        "last.pt",
        "predictions.csv",
        "settings.json",
    ]
    end = events[-1]
    assert isinstance(end, RunEnd)
    assert end.reason == "completed"
    assert end.test_accuracy is not None
    assert end.test_accuracy > 0.8
    assert end.best_val_accuracy == max(event.val_accuracy for event in events if isinstance(event, EpochEnd))
    assert [event.event for event in events].count("run_end") == 1
    logged = [json.loads(line)["event"] for line in (run.folder / "events.jsonl").read_text().splitlines()]
    assert logged == [event.event for event in events if event.event != "progress"]
    assert run.summary().test_accuracy == confusion(read_predictions(run.predictions())).accuracy == end.test_accuracy


def test_that_the_first_event_of_a_run_describes_it(colours: Path, tmp_path: Path, drain: Any) -> None:
    events, run = drain(train(settings_for(colours, epochs=1), tmp_path / "run"))
    start = next(event for event in events if isinstance(event, RunStart))
    assert start.counts == {"train": 54, "val": 6, "test": 18}
    assert start.class_names == ["blue", "green", "red"]
    assert start.batches_per_epoch == len([event for event in events if isinstance(event, BatchEnd)]) == 4
    assert run.facts()["class_names"] == start.class_names


def without_times(events: list[Any]) -> list[dict[str, Any]]:
    volatile = {"time", "seconds", "images_per_second", "run"}
    kept = [event for event in events if isinstance(event, BatchEnd | EpochEnd | EvaluationEnd)]
    return [event.model_dump(exclude=volatile) for event in kept]


@pytest.mark.usefixtures("_two_threads")
def test_that_one_seed_gives_the_same_numbers_twice_and_another_seed_others(
    colours: Path, tmp_path: Path, drain: Any
) -> None:
    settings = settings_for(colours, augmentation="strong")
    first, second = (drain(train(settings, tmp_path / name))[0] for name in ("a", "b"))
    other, _ = drain(train(settings.model_copy(update={"seed": 1}), tmp_path / "c"))
    assert without_times(first) == without_times(second)
    assert without_times(first) != without_times(other)


@pytest.mark.parametrize(
    ("optimizer", "items"), [("adamw", {}), ("sgd", {"quarter_turns": 1.0, "crop": 0.2, "blur": 1.0, "noise": 0.1})]
)
@pytest.mark.parametrize("batches", [1, 4, 6])
def test_that_a_stopped_and_resumed_run_equals_one_that_was_never_stopped(
    colours: Path, tmp_path: Path, drain: Any, batches: int, optimizer: str, items: dict[str, float]
) -> None:
    settings = settings_for(colours, augmentation="strong", optimizer=optimizer, learning_rate=1e-3, **items)
    whole, _ = drain(train(settings, tmp_path / "whole"))
    first = stopped_after(batches, settings, tmp_path / "stopped")
    assert first[-1].reason == "stopped"
    rest, _ = drain(resume(open_run(tmp_path / "stopped")))
    assert rest[-1].reason == "completed"
    assert without_times(first) + without_times(rest) == without_times(whole)


def test_that_stop_acts_within_one_batch_and_saves(colours: Path, tmp_path: Path) -> None:
    seen = stopped_after(1, settings_for(colours, epochs=50), tmp_path / "run")
    assert [type(event) for event in seen if not isinstance(event, Notice)][-2:] == [BatchEnd, RunEnd]
    assert seen[-1].reason == "stopped"
    assert load_checkpoint(tmp_path / "run" / "last.pt").training["batch"] == 1


def test_that_a_run_stopped_in_its_evaluation_goes_on_with_that(colours: Path, tmp_path: Path, drain: Any) -> None:
    whole, _ = drain(train(settings_for(colours), tmp_path / "whole"))
    seen: list[Any] = []
    for event in train(settings_for(colours), tmp_path / "run", lambda: bool(seen and seen[-1].epoch == 2)):
        seen.extend([event] if isinstance(event, EpochEnd) else [])
    run = open_run(tmp_path / "run")
    assert run.state() == "stopped"
    with pytest.raises(NothingToResume):
        drain(resume(run, 1))
    rest, _ = drain(resume(run))
    assert [type(event) for event in rest if isinstance(event, BatchEnd | EpochEnd | EvaluationEnd)] == [EvaluationEnd]
    assert rest[-1].reason == "completed"
    assert rest[-1].test_accuracy == whole[-1].test_accuracy
    with pytest.raises(NothingToResume):
        drain(resume(run))


def test_that_a_run_that_had_stopped_early_is_only_evaluated(colours: Path, tmp_path: Path, drain: Any) -> None:
    settings, seen = settings_for(colours, epochs=40, early_stopping=1, learning_rate=1e-9), []
    for event in train(settings, tmp_path / "run", lambda: len(seen) >= 2):
        seen.extend([event] if isinstance(event, EpochEnd) else [])
    run = open_run(tmp_path / "run")
    assert (run.state(), len(seen)) == ("stopped", 2)
    rest, _ = drain(resume(run))
    assert not any(isinstance(event, BatchEnd | EpochEnd) for event in rest)
    assert rest[-1].reason == "early_stopped"


def test_that_results_stay_where_a_better_model_cannot_be_written(
    colours: Path, tmp_path: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, run = drain(train(settings_for(colours, epochs=1), tmp_path / "run"))

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(saver, "save_checkpoint", full)
    monkeypatch.setattr("stl_tl_gui.engine.storage.room._PATIENCE", -1.0)
    events, _ = drain(resume(run, 3))
    assert events[-1].reason == "failed"
    assert run.predictions().exists()


def test_that_fewer_pictures_than_the_usual_batch_are_no_hindrance_from_a_file_of_settings_either(
    colours: Path, tmp_path: Path, drain: Any
) -> None:
    settings = settings_for(colours, batch_size=64, backbone="mobilenet_v3_small", epochs=1)
    kept = TrainSettings.model_validate_json(settings.model_dump_json())  # as the queue keeps them
    assert drain(train(kept, tmp_path / "run"))[0][-1].reason == "completed"


def test_that_results_on_pictures_that_were_learnt_say_so(colours: Path, tmp_path: Path, drain: Any) -> None:
    _, run = drain(train(settings_for(colours, epochs=1), tmp_path / "run"))

    def told(data: Path) -> bool:
        events, _ = drain(evaluate(run, data=str(data)))
        return any("was trained on these pictures" in event.message for event in events if isinstance(event, Notice))

    assert not told(colours)  # it has pictures of its own to test with
    shutil.rmtree(colours / "test")
    _, run = drain(train(settings_for(colours, epochs=1), tmp_path / "second"))
    assert told(colours)
    shutil.copytree(colours / "train", tmp_path / "others")
    next((tmp_path / "others").rglob("*.png")).unlink()
    assert not told(tmp_path / "others")


def test_that_the_table_of_a_model_goes_when_another_is_kept(colours: Path, tmp_path: Path, drain: Any) -> None:
    _, run = drain(train(settings_for(colours, epochs=1), tmp_path / "run"))
    assert run.predictions().exists()
    seen: list[Any] = []
    for event in resume(run, 40, lambda: any(isinstance(e, EpochEnd) and e.best for e in seen)):
        seen.append(event)
    assert not run.predictions().exists()
    assert run.summary().test_accuracy is None


def test_that_a_completed_run_goes_on_when_more_epochs_are_asked_for(colours: Path, tmp_path: Path, drain: Any) -> None:
    _, run = drain(train(settings_for(colours, epochs=1), tmp_path / "run"))
    with pytest.raises(NothingToResume, match="Set more epochs"):
        drain(resume(run))
    events, _ = drain(resume(run, 2))
    assert [event.epoch for event in events if isinstance(event, EpochEnd)] == [2]
    assert run.settings().epochs == 2


def test_that_the_head_warms_up_before_everything_learns(colours: Path, tmp_path: Path, drain: Any) -> None:
    weights = tmp_path / "weights.pth"
    torch.save(build_model("squeezenet1_1", 5).state_dict(), weights)
    settings = settings_for(colours, weights=str(weights), freeze="head_then_all", head_epochs=1)
    events, run = drain(train(settings, tmp_path / "run"))
    phases = [
        (event.epoch, event.phase, event.trainable_parameters) for event in events if isinstance(event, PhaseStart)
    ]
    assert phases == [(1, "head", 1539), (2, "all", 724_035)]
    assert settings.weights == run.settings().weights
    rates = [event.learning_rate for event in events if isinstance(event, BatchEnd)]
    assert max(rates[:4]) > max(rates[4:])


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "efficientnet_pytorch_b0", "resnet18"])
def test_that_a_model_from_scratch_is_evaluated_as_it_learns_after_few_steps(name: str) -> None:
    torch.manual_seed(0)
    settings = settings_for(Path("colours"), backbone=name)
    model = Learner(settings, ("a", "b"), np.array([1, 1]), None, torch.device("cpu"), RunArithmetic()).model
    images = torch.randn(32, 3, 32, 32)
    layer = next(module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d))
    with torch.no_grad():
        seen: list[torch.Tensor] = []
        layer.register_forward_hook(lambda _module, inputs, _output: seen.append(inputs[0]))
        for _ in range(30):
            model(images)
    assert torch.allclose(layer.running_mean, seen[-1].mean((0, 2, 3)), atol=0.1)
    assert torch.allclose(layer.running_var, seen[-1].var((0, 2, 3)), rtol=0.1, atol=0.1)


@pytest.mark.parametrize("freeze", ["head", "stage2"])
def test_that_what_is_frozen_keeps_its_weights(colours: Path, tmp_path: Path, drain: Any, freeze: str) -> None:
    weights = tmp_path / "weights.pth"
    torch.save(build_model("squeezenet1_1", 5).state_dict(), weights)
    settings = settings_for(colours, weights=str(weights), freeze=freeze, epochs=1)
    _, run = drain(train(settings, tmp_path / "run"))
    before, after = torch.load(weights), load_checkpoint(run.best).model_state_dict
    changed = {key for key in before if not torch.equal(before[key], after[key])}
    assert any(key.startswith("classifier") for key in changed)
    assert any(key.startswith("features.12") for key in changed) == (freeze == "stage2")
    assert not any(key.startswith(("features.0", "features.3", "features.6")) for key in changed)


def test_that_a_diverging_run_says_what_to_try_and_keeps_the_last_good_checkpoint(
    colours: Path, tmp_path: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Learner.step

    def diverging(self: Learner, *rest: Any) -> StepResult:
        result = step(self, *rest)
        return replace(result, loss=result.loss * float("nan")) if self.epoch == 1 else result

    monkeypatch.setattr(Learner, "step", diverging)
    events, run = drain(train(settings_for(colours), tmp_path / "run"))
    assert events[-1].reason == "failed"
    assert "learning rate" in events[-1].message
    assert load_checkpoint(run.last).epoch == 1
    assert run.state() == "failed"


def test_that_a_run_stops_early_when_validation_no_longer_improves(
    colours: Path, tmp_path: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Learner, "validate", lambda *_: HALF_RIGHT)
    events, _ = drain(train(settings_for(colours, epochs=9, early_stopping=2), tmp_path / "run"))
    assert events[-1].reason == "early_stopped"
    assert len([event for event in events if isinstance(event, EpochEnd)]) == 3


def test_that_patience_goes_on_after_a_stop_and_begins_anew_after_an_early_end(
    colours: Path, tmp_path: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Learner, "validate", lambda *_: HALF_RIGHT)
    stopped_after(9, settings_for(colours, epochs=9, early_stopping=2), tmp_path / "run")
    for last_epoch in (3, 5):
        events, _ = drain(resume(open_run(tmp_path / "run")))
        assert events[-1].reason == "early_stopped"
        assert [event.epoch for event in events if isinstance(event, EpochEnd)][-1] == last_epoch


def test_that_a_validation_loss_that_is_no_number_keeps_the_last_good_checkpoint(
    colours: Path, tmp_path: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Learner, "validate", lambda learner, *_: NO_NUMBER if learner.epoch else HALF_RIGHT)
    events, run = drain(train(settings_for(colours, epochs=3), tmp_path / "run"))
    assert events[-1].reason == "failed"
    assert "validation loss" in events[-1].message
    assert "is kept" in events[-1].message
    assert load_checkpoint(run.last).epoch == 1


def test_that_the_best_checkpoint_is_written_before_the_last(
    colours: Path, tmp_path: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    monkeypatch.setattr(saver, "save_checkpoint", lambda _, *paths: written.extend(path.name for path in paths))
    drain(train(settings_for(colours, epochs=1), tmp_path / "run"))
    assert written == ["last.pt", "best.pt", "last.pt"]  # the first one before the first step


def test_that_resuming_refuses_impossible_epochs_and_leaves_the_run_as_it_was(colours: Path, tmp_path: Path) -> None:
    stopped_after(1, settings_for(colours), tmp_path / "run")
    run = open_run(tmp_path / "run")
    with pytest.raises(InvalidSettings, match="Epochs"):
        next(resume(run, 20_000))
    assert run.settings().epochs == 2


def test_that_resuming_clears_away_half_written_files(colours: Path, tmp_path: Path, drain: Any) -> None:
    stopped_after(1, settings_for(colours), tmp_path / "run")
    half = tmp_path / "run" / ".last.pt.12345678.partial"
    half.write_bytes(b"half")
    drain(resume(open_run(tmp_path / "run")))
    assert not half.exists()


@pytest.mark.parametrize(
    ("precision", "expected"),
    [("float16", ["“run” was trained in float16 and continues in float32."]), ("float32", [])],
)
def test_that_a_run_from_another_machine_resumes_on_the_device_there_is(
    colours: Path,
    tmp_path: Path,
    drain: Any,
    monkeypatch: pytest.MonkeyPatch,
    precision: str,
    expected: list[str],
) -> None:
    monkeypatch.setattr("stl_tl_gui.engine.machine.device.gpus", lambda: [])
    stopped_after(1, settings_for(colours, device="auto"), tmp_path / "run")
    run = open_run(tmp_path / "run")
    had = {"precision": precision}
    run.update(facts={"device": "cuda:7", "arithmetic": {"training": had, "inference": had, "device": "cuda"}})
    events, _ = drain(resume(run))
    assert events[-1].reason == "completed"
    assert next(event for event in events if isinstance(event, RunStart)).device == "cpu"
    assert [event.message for event in events if isinstance(event, Notice)][1:] == expected
    run.update(settings=run.settings().model_copy(update={"device": "cuda"}), facts={"device": "cuda:7"})
    with pytest.raises(DeviceUnusable):
        drain(resume(run, 3))


def test_that_a_run_says_what_was_left_out_of_its_data(colours: Path, tmp_path: Path, drain: Any) -> None:
    (colours / "train" / "red" / "03.png").write_bytes(b"")
    events, _ = drain(train(settings_for(colours, epochs=1), tmp_path / "run"))
    messages = [event.message for event in events if isinstance(event, Notice)]
    assert "Left out: train/red/03.png is empty." in messages


def test_that_balanced_weights_make_classes_count_the_same_and_absent_ones_nothing() -> None:
    counts = np.array([30, 10, 0])
    weights = balanced_weights(counts)
    assert (weights * torch.from_numpy(counts)).tolist() == [20, 20, 0]


def test_that_one_picture_at_a_time_is_explained(
    colours: Path, tmp_path: Path, drain: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_for(colours, backbone="mobilenet_v3_small", batch_size=1, epochs=1)
    events, _ = drain(train(settings, tmp_path / "run"))
    assert events[-1].reason == "failed"
    assert "batch size of 2" in events[-1].message
    assert not caplog.records  # a sentence is enough


def test_that_a_full_disk_ends_the_run_with_a_sentence(
    colours: Path, tmp_path: Path, drain: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stl_tl_gui.engine.training.saver.save_checkpoint", full)
    monkeypatch.setattr("stl_tl_gui.engine.storage.room._PATIENCE", -1.0)
    events, _ = drain(train(settings_for(colours), tmp_path / "run"))
    assert events[-1].reason == "failed"
    assert "disk is full" in events[-1].message
    assert not caplog.records


def test_that_a_batch_larger_than_the_data_is_refused_before_there_is_a_run(
    colours: Path, tmp_path: Path, drain: Any
) -> None:
    with pytest.raises(BatchTooLarge, match="54"):
        drain(train(settings_for(colours, batch_size=55), tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_that_a_batch_size_that_nobody_chose_fits_itself_to_few_pictures(
    colours: Path, tmp_path: Path, drain: Any
) -> None:
    settings = make_settings(
        {"data": str(colours), "backbone": "resnet18", "weights": "none", "epochs": 1, "input_size": 32}
    )
    _, run = drain(train(settings, tmp_path / "run"))
    assert run.settings().batch_size == 54


def test_that_a_taken_run_folder_is_refused_before_anything_is_read(colours: Path, tmp_path: Path, drain: Any) -> None:
    with pytest.raises(RunExists):
        drain(train(settings_for(tmp_path / "no data here"), colours))


def test_that_a_run_that_is_being_trained_cannot_be_resumed_beside_it(
    colours: Path, tmp_path: Path, drain: Any
) -> None:
    job = train(settings_for(colours), tmp_path / "run")
    for event in job:
        if isinstance(event, EpochEnd):
            break
    run = open_run(tmp_path / "run")
    assert run.state() == "running"
    with pytest.raises(RunBusy, match="another window"):
        drain(resume(run, 9))
    job.close()  # as when the process dies: there is no RunEnd
    assert run.state() == "running"  # no lock any more, but it was logged to a moment ago
    events, _ = drain(resume(run, 3))
    assert events[-1].reason == "completed"


def test_that_resuming_on_changed_data_is_refused(colours: Path, tmp_path: Path, drain: Any) -> None:
    _, run = drain(train(settings_for(colours, epochs=1), tmp_path / "run"))
    (colours / "train" / "red" / "03.png").unlink()
    with pytest.raises(DataChanged, match="changed"):
        drain(resume(run, 3))


def test_that_a_picture_damaged_after_opening_is_left_out_by_name(colours: Path, tmp_path: Path, drain: Any) -> None:
    job = train(settings_for(colours), tmp_path / "run")
    for event in job:
        if isinstance(event, RunStart):
            (colours / "train" / "red" / "03.png").write_bytes(b"\x89PNG")
            (colours / "test" / "red" / "03.png").write_bytes(b"\x89PNG")
    notices = [event.message for event in open_run(tmp_path / "run").events() if isinstance(event, Notice)]
    assert len([message for message in notices if "red/03.png" in message]) == 2
    assert len(read_predictions(tmp_path / "run" / "predictions.csv")) == 17


def test_that_evaluating_again_gives_the_same_table(colours: Path, tmp_path: Path, drain: Any) -> None:
    _, run = drain(train(settings_for(colours, device="cpu"), tmp_path / "run"))  # a graphics card rounds otherwise
    before = run.predictions().read_bytes()
    events, predictions = drain(evaluate(run))
    assert run.predictions().read_bytes() == before
    assert events[-1].accuracy == (predictions.predicted == predictions.targets).mean()
    val_events, _ = drain(evaluate(run, "val"))
    assert val_events[-1].count == 6
    assert run.predictions("val").exists()


def test_that_other_data_of_the_same_classes_has_a_table_of_its_own(colours: Path, tmp_path: Path, drain: Any) -> None:
    _, run = drain(train(settings_for(colours, epochs=1), tmp_path / "run"))
    own = run.predictions().read_bytes()
    other = shutil.copytree(colours, tmp_path / "other")
    drain(evaluate(run, "test", str(other)))
    assert run.predictions().read_bytes() == own
    assert run.predictions("test", "other").exists()
    (other / "train" / "red").rename(other / "train" / "pink")
    (other / "test" / "red").rename(other / "test" / "pink")
    with pytest.raises(DataChanged, match="pink"):
        drain(evaluate(run, "test", str(other)))


@pytest.mark.parametrize("kept", [("Red", "blue"), ("RED ",), ("blue", "green")])
def test_that_other_data_may_lack_classes_and_write_them_with_capitals(
    colours: Path, tmp_path: Path, drain: Any, kept: tuple[str, ...]
) -> None:
    _, run = drain(train(settings_for(colours, epochs=1), tmp_path / "run"))
    for name in kept:
        shutil.copytree(colours / "test" / name.strip().lower(), tmp_path / "other" / name.strip())
    _, table = drain(evaluate(run, "test", str(tmp_path / "other")))
    names = load_checkpoint(run.best).class_names
    assert table.class_names == names
    assert {names[label] for label in table.targets} == {name.strip().lower() for name in kept}


def test_that_all_pictures_of_other_data_without_a_test_split_are_evaluated(
    colours: Path, tmp_path: Path, drain: Any
) -> None:
    _, run = drain(train(settings_for(colours, epochs=1), tmp_path / "run"))
    other = tmp_path / "other"
    for name in ("red", "green", "blue"):
        (other / name).mkdir(parents=True)
        shutil.copy(colours / "train" / name / "00.png", other / name)
    (other / "red" / "empty.png").write_bytes(b"")
    events, predictions = drain(evaluate(run, data=str(other)))
    assert (events[-1].split, len(predictions)) == ("test", 3)
    assert any("red/empty.png" in event.message for event in events if isinstance(event, Notice))
    assert run.predictions("test", "other").exists()


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("choice", ["optimizer=sgd", "schedule=one_cycle", "schedule=step", "class_weighting=balanced"])
def test_that_every_choice_trains(colours: Path, tmp_path: Path, drain: Any, precision: str, choice: str) -> None:
    name, value = choice.split("=")
    events, _ = drain(train(settings_for(colours, epochs=1, precision=precision, **{name: value}), tmp_path / "run"))
    assert events[-1].reason == "completed"


def test_that_no_batch_has_a_single_picture_unless_asked_for() -> None:
    assert batch_sizes(65, 64) == [65]
    assert batch_sizes(130, 64) == [64, 64, 2]
    assert batch_sizes(3, 1) == [1, 1, 1] or sum(batch_sizes(3, 1)) == 3


def test_that_memory_that_runs_out_is_explained() -> None:
    assert "smaller batch size" in explain(torch.OutOfMemoryError("CUDA out of memory"))


def test_that_the_weights_are_averaged_with_those_after_the_warm_up_where_that_does_no_harm(
    colours: Path, tmp_path: Path, drain: Any
) -> None:
    torch.manual_seed(0)
    torch.save(build_model("squeezenet1_1", 5).state_dict(), tmp_path / "start.pth")
    settings = settings_for(
        colours, weights=str(tmp_path / "start.pth"), freeze="head_then_all", head_epochs=1, epochs=2, blend=0.25
    )
    _, run = drain(train(settings, tmp_path / "run"))
    _, plain = drain(train(settings.model_copy(update={"blend": 0.0}), tmp_path / "plain"))
    warm, final, found = (load_checkpoint(path).model_state_dict for path in (run.warm_up, plain.last, run.best))
    share = 0.25 if any("Weight averaging" in e.message for e in run.events() if isinstance(e, Notice)) else 0.0
    for name, value in found.items():
        torch.testing.assert_close(value, torch.lerp(final[name], warm[name], share), atol=1e-4, rtol=1e-4)
    assert share

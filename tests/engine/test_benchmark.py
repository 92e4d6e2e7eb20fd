import json
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from builders import epoch_end

from stl_tl_gui.engine.benchmark import app_side, reaching_work, training_work
from stl_tl_gui.engine.benchmark.app_side import Steady
from stl_tl_gui.engine.benchmark.comparison import benchmark
from stl_tl_gui.engine.benchmark.curve import Curve
from stl_tl_gui.engine.benchmark.figures import Measured, Report, TaskResult
from stl_tl_gui.engine.benchmark.pictures import draw_photos, spread, write_stl10
from stl_tl_gui.engine.benchmark.plain_loop import PlainClassifier, PlainLoop
from stl_tl_gui.engine.benchmark.reaching_work import REACHING, ReachingWork, Rounds
from stl_tl_gui.engine.benchmark.settings import TASKS, BenchmarkSettings, TaskName, make_benchmark_settings
from stl_tl_gui.engine.benchmark.tasks import WORK
from stl_tl_gui.engine.benchmark.workplace import Workplace
from stl_tl_gui.engine.data import open_dataset
from stl_tl_gui.engine.data.decoding import decode
from stl_tl_gui.engine.data.splits import Splitting
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import EvaluationEnd, Event, Progress, RunEnd
from stl_tl_gui.engine.settings.presets import AUTOMATIC, from_preset
from stl_tl_gui.engine.settings.settings import InvalidSettings, make_settings
from stl_tl_gui.engine.storage.places import cache_folder
from stl_tl_gui.engine.training.preparation import prepare

CPU = torch.device("cpu")
Drain = Callable[..., Any]


def small(*tasks: TaskName, rounds: int = 1, backbone: str = "squeezenet1_1") -> BenchmarkSettings:
    return BenchmarkSettings((backbone,), tasks, 160, 3, (400, 300), 2, 32, rounds, "cpu")


@pytest.fixture(autouse=True)
def no_loader_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a packaged app: a process takes longer to start than all that is to be measured here."""
    monkeypatch.setattr("sys.frozen", True, raising=False)


def test_that_pictures_are_an_stl10_folder_with_balanced_classes_and_always_the_same(
    tmp_path: Path, drain: Drain
) -> None:
    first, again, other = (write_stl10(tmp_path / str(n), 60, seed) for n, seed in enumerate((0, 0, 1)))
    assert (first / "train_X.bin").read_bytes() == (again / "train_X.bin").read_bytes()
    assert (first / "train_X.bin").read_bytes() != (other / "train_X.bin").read_bytes()
    _, data = drain(open_dataset(str(first), Splitting(val_fraction=0.5)))
    assert data.counts() == {"train": 30, "val": 30}
    assert set(data.class_counts("train")) == {3}


def test_that_photos_are_jpeg_files_of_their_own(tmp_path: Path) -> None:
    photos = spread(draw_photos(tmp_path / "drawn", (400, 300)), tmp_path / "dropped", 8)
    assert len(set(photos)) == 8
    assert all(decode(photo).size == (400, 300) for photo in photos)


def test_that_the_plain_loop_learns(tmp_path: Path) -> None:
    torch.manual_seed(0)
    loop = PlainLoop.on_folder(write_stl10(tmp_path / "data", 144), "resnet18", val=16, input_size=32, device=CPU)
    epochs = [loop.epoch() for _ in range(3)]
    assert epochs[-1].train_loss < 0.8 * epochs[0].train_loss
    assert loop.pictures_learned == 3 * 128


def test_that_the_plain_loop_leaves_frozen_stages_as_they_are(tmp_path: Path) -> None:
    loop = PlainLoop.on_folder(
        write_stl10(tmp_path / "data", 80), "resnet18", val=8, frozen=5, input_size=32, device=CPU
    )
    before = {name: value.clone() for name, value in loop.model.named_parameters()}
    loop.train()
    changed = {name for name, value in loop.model.named_parameters() if not torch.equal(value, before[name])}
    assert changed == {"fc.weight", "fc.bias"}


def test_that_the_plain_loop_gets_pictures_the_right_way_round(tmp_path: Path, drain: Drain) -> None:
    folder = write_stl10(tmp_path / "data", 20)
    loop = PlainLoop.on_folder(folder, "squeezenet1_1", val=0, device=CPU)
    _, data = drain(open_dataset(str(folder), Splitting(val_fraction=0.5)))
    ours = data.splits["train"]
    tensor, label = loop.train_loader.dataset.dataset[int(ours.ids[0].split("/")[1])]
    mean, std = (np.array(values).reshape(3, 1, 1) for values in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    pixels = ((tensor.numpy() * std + mean) * 255).round().astype(np.uint8).transpose(1, 2, 0)
    assert np.array_equal(pixels, np.asarray(ours.read(0)))
    assert label == ours.targets[0]


def test_that_a_plain_classifier_names_a_class(tmp_path: Path) -> None:
    (photo, *_) = draw_photos(tmp_path / "drawn", (120, 90))
    assert PlainClassifier("efficientnet_pytorch_b0", 10, 32, CPU).classify(photo) in range(10)


def test_that_all_tasks_that_compare_give_figures(drain: Drain) -> None:
    tasks: tuple[TaskName, ...] = ("train", "head", "stage", "evaluate", "photos", "drop")
    events, report = drain(benchmark(small(*tasks)))
    assert all(isinstance(event, Progress) for event in events)
    assert [row.task for row in report.rows] == list(tasks)
    sides = {row.task: set(row.rounds) for row in report.rows}
    assert sides == {
        "train": {"app", "plain", "steady", "bare"},
        "head": {"app", "plain", "again"},
        "stage": {"app", "plain", "again"},
        "evaluate": {"app", "plain", "steady", "bare"},
        "photos": {"app", "plain"},
        "drop": {"app", "plain"},
    }
    for row in report.rows:
        assert all(math.isfinite(figure) and figure > 0 for figures in row.rounds.values() for figure in figures)
    notes = [note for row in report.rows for note in row.notes]
    assert any("1 of 10 epochs" in note for note in notes)
    assert any("without loader processes" in note for note in notes)


def test_that_start_and_memory_are_measured_in_processes_of_their_own(
    drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("sys.frozen")  # else it is the interpreter that is started
    _, report = drain(benchmark(small("start", "window", "memory_unlabeled")))
    figures = {row.task: row.median("app") for row in report.rows}
    assert 0 < figures["start"] < 60
    assert 0 < figures["window"] < 60
    assert 50 < figures["memory_unlabeled"] < 2700  # the unlabeled file has 2,765 MB
    assert [row.backbone for row in report.rows] == ["squeezenet1_1", "", ""]


def test_that_both_sides_of_training_learn_from_the_same_number_of_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loops = []

    class Watched(PlainLoop):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            loops.append(self)

    monkeypatch.setattr(training_work, "PlainLoop", Watched)
    work = training_work.TrainingWork(Workplace(tmp_path, small("train"), lambda: False), "squeezenet1_1")
    work.plain()
    work.app()
    times = work._times
    assert times is not None
    assert (times.train_pictures, times.val_pictures) == (144, 16)
    assert loops[0].pictures_learned == 144
    assert len(loops[0].val_loader.dataset) == 16


def test_that_each_run_of_the_app_finds_empty_caches_and_the_users_own_are_left_alone(
    home: Path, tmp_path: Path
) -> None:
    place = Workplace(tmp_path, small("train"), lambda: False)
    with place.new_home() as first:
        assert cache_folder().is_relative_to(first)
        cache_folder().mkdir()
        (cache_folder() / "features").write_bytes(b"kept for the next run")
    with place.new_home() as second:
        assert not cache_folder().exists()
    assert first != second
    assert not first.exists()
    assert os.environ["STL_TL_GUI_HOME"] == str(home)
    assert not home.exists()


def test_that_a_benchmark_leaves_nothing_behind(home: Path, drain: Drain, tmp_path: Path, monkeypatch: Any) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    drain(benchmark(small("evaluate")))
    assert not list(temporary.iterdir())
    assert not home.exists()


def test_that_a_stopped_benchmark_reports_the_whole_rounds_until_then(drain: Drain) -> None:
    stop = False
    events = benchmark(small("drop", rounds=3), lambda: stop)
    next(events)  # before the plain side of the first round
    next(events)
    next(events)  # before the plain side of the second round
    next(events)
    stop = True
    _, report = drain(events)
    assert report.stopped
    (row,) = report.rows
    assert {side: len(figures) for side, figures in row.rounds.items()} == {"app": 1, "plain": 1}


@pytest.mark.parametrize("task", ["train", "evaluate", "reach_90"])
def test_that_a_benchmark_stops_in_the_midst_of_a_measurement(task: TaskName, colours: Path, drain: Drain) -> None:
    asked = 0

    def should_stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    _, report = drain(benchmark(replace(small(task, rounds=100), data=str(colours)), should_stop))
    assert report.stopped
    assert report.rows == []


def test_that_ratios_are_those_of_the_medians_and_more_is_faster_also_for_times() -> None:
    speed = TaskResult("train", "resnet18", "pictures/s")
    for app, plain, steady, bare in ((100, 20, 150, 160), (90, 30, 140, 200), (110, 10, 160, 160)):
        speed.add([Measured({"plain": plain}), Measured({"app": app, "steady": steady}), Measured({"bare": bare})])
    assert (speed.times_plain, speed.share_of_bare) == (5, 150 / 160)
    document = Report(BenchmarkSettings(), {"cpu": "some"}, [speed]).to_dict()
    (result,) = json.loads(json.dumps(document))["results"]
    assert result["rounds"]["times_plain"] == [5, 3, 11]
    assert (result["task"], result["app"], result["again"]) == ("train", 100, None)
    time = TaskResult("drop", "resnet18", "ms")
    time.add([Measured({"plain": 300}), Measured({"app": 60})])
    assert time.times_plain == 5


def test_that_steady_speed_counts_whole_batches_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class FakeClock:
        now = 0.0

        def seconds(self) -> float:
            return self.now

    clock = FakeClock()
    steady = Steady(clock, pictures=84, batch_size=20)  # type: ignore[arg-type]
    for _epoch in range(2):
        for batch, seconds in enumerate((9, 2, 2, 2, 100), start=1):
            clock.now += seconds
            steady.on_batch(batch)
    assert steady.rate() == 10


def reaching(data: object, seconds: int = 2, rounds: int = 1) -> BenchmarkSettings:
    return replace(small("reach_90", "reach_95", rounds=rounds), data=str(data), seconds=seconds)


@pytest.fixture
def quick_presets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The presets with the smallest pictures, and few epochs."""

    def quick(preset: str, chosen: dict[str, Any]) -> dict[str, Any]:
        less = {"input_size": 32, "precision": "float32", "memory_format": "contiguous"}
        fewer = {} if preset == AUTOMATIC else {"epochs": 3, "head_epochs": 1}
        return {**from_preset(preset, chosen), **less, **fewer}

    monkeypatch.setattr(reaching_work, "from_preset", quick)


def test_that_all_sides_learn_up_to_shares_of_one_accuracy(colours: Path, drain: Drain, quick_presets: None) -> None:
    _, report = drain(benchmark(reaching(colours)))
    assert [(row.task, row.backbone, row.unit) for row in report.rows] == [("reach_90", "", "s"), ("reach_95", "", "s")]
    for row in report.rows:
        assert set(row.rounds) == set(REACHING)
        assert 0 < (row.median("automatic") or 0) < 60
    (ends,) = (note for note in report.rows[0].notes if "accuracies at the end" in note)
    assert "on 12 pictures, after learning from 48 others of “colours”: plain loop" in ends
    assert "(stopped after 2 s)" in ends
    json.dumps(report.to_dict(), allow_nan=False)


def test_that_the_course_loop_learns_from_the_apps_pictures_and_weights(
    colours: Path, tmp_path: Path, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    loops = []

    class Watched(PlainLoop):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self.first = {name: value.clone() for name, value in self.model.state_dict().items()}
            loops.append(self)

    monkeypatch.setattr(reaching_work, "PlainLoop", Watched)
    rounds = Rounds(Workplace(tmp_path, reaching(colours), lambda: False))
    curve = rounds.curve(1, "plain")
    assert curve.cut_off
    assert rounds.curve(1, "plain") is curve
    (loop,) = loops
    settings = make_settings({"data": str(colours), "val_fraction": 0.2, "input_size": 32})
    learner, data = drain(prepare(settings, lambda: False))[1]
    ours = {name: value for name, value in learner.model.state_dict().items() if not name.startswith("_fc")}
    assert all(torch.equal(value, loop.first[name]) for name, value in ours.items())
    for split, loader in (("train", loop.train_loader), ("val", loop.val_loader)):
        assert loader.dataset.images.ids == data.splits[split].ids
    pixels = torch.from_numpy(learner.preprocessing.pixels(data.splits["val"].read(0)).copy())
    seen, target = loop.val_loader.dataset[0]
    assert torch.allclose(seen, learner.preprocessing.normalize(pixels[None])[0], atol=1e-5)
    assert target == data.splits["val"].targets[0]


def test_that_a_side_that_never_gets_there_has_no_time_but_a_note(tmp_path: Path) -> None:
    rounds = Rounds(Workplace(tmp_path, reaching("sample"), lambda: False))
    ends = {"plain": 0.5, "automatic": 0.9, "quick_look": 0.80, "recommended": 0.85, "best_accuracy": 1.0}
    for number in (1, 2, 3):
        for side, end in ends.items():
            rounds._curves[number, side] = Curve([(number, 0.1), (10.0 * number, end)])  # type: ignore[index]
    rounds._curves[3, "automatic"] = Curve([(1.0, 0.1)])
    row = TaskResult("reach_90", "", "s")
    work = ReachingWork(rounds, 0.90)
    for _ in range(3):
        row.add([work.learn("plain"), work.seconds()])
    assert row.rounds["automatic"] == [10, 20, None]
    assert row.rounds["plain"] == [None, None, None]
    assert (row.median("automatic"), row.median("best_accuracy"), row.median("plain")) == (20, 20, None)
    assert "round 1: plain loop never reached 0.900" in row.notes
    assert "round 3: Automatic never reached 0.900" in row.notes
    assert not any("Best accuracy never" in note for note in row.notes)


def test_that_the_clock_stands_still_while_the_app_tests_its_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0

    def events(*_: object) -> Iterator[Event]:
        nonlocal now
        predicting = Progress(stage="Predicting test pictures", done=1, total=2)
        for seconds, event in (
            (3.0, epoch_end(1, 0.5, best=True)),
            (1.0, predicting),
            (5.0, predicting),
            (5.0, EvaluationEnd(split="test", accuracy=0.4, count=2, loss=1.0, predictions="predictions.csv")),
            (2.0, epoch_end(2, 0.9, best=False)),
            (2.0, epoch_end(3, 0.8, best=True)),
            (1.0, RunEnd(reason="completed", message="", best_val_accuracy=0.85)),
        ):
            now += seconds
            yield event

    monkeypatch.setattr(app_side, "train", events)
    monkeypatch.setattr(app_side.Clock, "_now", lambda _: now)
    curve = app_side.accuracy_over_time(make_settings({}), tmp_path, CPU, lambda: False, 60)
    assert curve.points == [(3, 0.5), (8, 0.8), (9, 0.85)]
    assert (curve.seconds_to(0.5), curve.seconds_to(0.82), curve.seconds_to(0.9)) == (3, 9, None)
    assert not curve.cut_off


def test_that_drawing_the_sample_can_be_stopped_and_leaves_the_users_cache_alone(home: Path, tmp_path: Path) -> None:
    place = Workplace(tmp_path / "place", reaching("sample"), lambda: True)
    with pytest.raises(Cancelled):
        _ = place.chosen_data
    assert not home.exists()


def test_that_every_task_has_words_and_work() -> None:
    assert set(get_args(TaskName)) == set(TASKS) == set(WORK)


def test_that_settings_know_backbones_and_tasks() -> None:
    settings = make_benchmark_settings(["resnet18", "resnet18"], ["drop", "train"], pictures=80)
    assert (settings.backbones, settings.tasks, settings.pictures) == (("resnet18",), ("train", "drop"), 80)
    with pytest.raises(InvalidSettings, match="no backbone “alexnet”"):
        make_benchmark_settings(["alexnet"], ["train"])
    with pytest.raises(InvalidSettings, match="no task “dance”"):
        make_benchmark_settings(["resnet18"], ["dance"])

"""Runs side by side: differences, names, facts, the Pareto front and confusion matrices."""

import json
import math
import os
from pathlib import Path
from typing import Any

import builders
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stl_tl_gui.engine import comparison
from stl_tl_gui.engine.comparison import (
    ComparedRun,
    RunReader,
    best_of,
    differences,
    pareto_front,
    plain_rows,
    planned,
    read_run,
)
from stl_tl_gui.engine.evaluation.metrics import confusion
from stl_tl_gui.engine.events import EpochEnd, EvaluationEnd, RunEnd
from stl_tl_gui.engine.queue.queue import QueuedJob
from stl_tl_gui.engine.runs.predictions import DamagedPredictions, Predictions, write_predictions
from stl_tl_gui.engine.runs.run import Run, create_run
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.words.comparison import short_names


def epoch_end(epoch: int, val_accuracy: float, val_loss: float = 1.0) -> EpochEnd:
    return builders.epoch_end(epoch, val_accuracy, val_loss=val_loss, train_loss=2.0 / epoch, seconds=3.0)


def trained(folder: Path, reason: str | None = "completed", fingerprint: str = "f", **settings: Any) -> Run:
    run = create_run(make_settings({"weights": "none", "epochs": 4, **settings}), folder)
    run.update(facts={"data_fingerprint": fingerprint})
    run.log(builders.run_start(run, epochs=4))
    run.log(epoch_end(1, 0.5))
    run.log(epoch_end(2, 0.7))
    run.log(EvaluationEnd(split="test", accuracy=0.6, count=10, loss=1.0, predictions="predictions.csv"))
    run.best.write_bytes(b"x" * 123)
    if reason is not None:
        run.log(RunEnd(reason=reason, message="", seconds=7.5))  # type: ignore[arg-type]
    return run


def some(**facts: Any) -> ComparedRun:
    return ComparedRun("key", "name", "completed", **facts)


# One run


def test_that_all_facts_of_a_run_are_found(tmp_path: Path) -> None:
    found = read_run(trained(tmp_path / "a"))
    assert (found.state, found.best_val_accuracy, found.test_accuracy) == ("completed", 0.7, 0.6)
    assert (found.parameters, found.trainable_parameters, found.checkpoint_bytes) == (1000, 10, 123)
    assert (found.seconds, found.epochs, found.device, found.fingerprint) == (7.5, 2, "cpu", "f")
    assert found.history.curve("val_accuracy") == [0.5, 0.7]
    assert found.history.seconds() == [3.0, 6.0]


def test_that_a_run_under_way_has_no_time_yet(tmp_path: Path) -> None:
    found = read_run(trained(tmp_path / "a", reason=None))
    assert (found.state, found.seconds, found.epochs) == ("running", None, 2)


def test_that_epochs_which_a_resumed_run_went_through_again_count_once(tmp_path: Path) -> None:
    run = trained(tmp_path / "a", reason="stopped")
    run.log(builders.run_start(run, epochs=4, epochs_done=1))
    run.log(epoch_end(2, 0.9, math.inf))
    history = read_run(run).history
    assert history.numbers() == [1, 2]
    assert history.curve("val_accuracy") == [0.5, 0.9]
    assert history.curve("val_loss") == [1.0, math.inf]


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"settings": {"epochs": -3}}', '{"format": 99, "settings": {}}'])
def test_that_a_damaged_run_is_a_sentence_and_no_error(tmp_path: Path, content: str) -> None:
    run = trained(tmp_path / "a")
    (run.folder / "settings.json").write_text(content)
    found = read_run(run)
    assert (found.state, found.settings, found.name) == ("unreadable", None, "a")
    assert found.problem.endswith(".") or "got" in found.problem


def test_that_a_run_whose_folder_is_gone_is_a_sentence(tmp_path: Path) -> None:
    assert "does not exist" in read_run(Run(tmp_path / "gone")).problem


def test_that_a_log_cut_short_gives_what_it_has(tmp_path: Path) -> None:
    run = trained(tmp_path / "a")
    log = run.folder / "events.jsonl"
    log.write_bytes(log.read_bytes()[:-60] + b"\xff\xfe")
    assert read_run(run).epochs == 2


def test_that_a_queued_job_is_a_run_to_come() -> None:
    job = QueuedJob(settings=make_settings({}))
    found = planned(job)
    assert (found.state, found.run, found.settings, found.best_val_accuracy) == ("waiting", None, job.settings, None)
    assert short_names([found]) == ["EfficientNet-Lite0 · ImageNet · Automatic"]


def test_that_a_run_is_read_again_only_when_its_files_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, reader = trained(tmp_path / "a"), RunReader()
    reads: list[Run] = []
    monkeypatch.setattr(comparison, "read_run", lambda run: reads.append(run) or read_run(run))
    first = reader.read(run)
    assert reader.read(run) is first
    run.log(EvaluationEnd(split="test", accuracy=0.9, count=10, loss=1.0, predictions="predictions.csv"))
    assert reader.read(run).test_accuracy == 0.9
    assert len(reads) == 2


def test_that_a_run_under_way_is_always_looked_at_again(tmp_path: Path) -> None:
    """It may have died without a word."""
    run, reader = trained(tmp_path / "a", reason=None), RunReader()
    assert reader.read(run).state == "running"
    os.utime(run.folder / "events.jsonl", (0, 0))
    assert reader.read(run).state == "interrupted"


# What differs


def test_that_only_settings_that_differ_are_in_the_table(tmp_path: Path) -> None:
    runs = [read_run(trained(tmp_path / str(seed), seed=seed, learning_rate=0.1)) for seed in (1, 2)]
    assert [(each.name, each.title, each.values) for each in differences(runs)] == [("seed", "Seed", (1, 2))]
    assert differences(runs[:1]) == []


def test_that_a_run_without_settings_has_gaps_in_the_table(tmp_path: Path) -> None:
    runs = [read_run(trained(tmp_path / str(seed), seed=seed)) for seed in (1, 2)]
    runs.append(read_run(Run(tmp_path / "gone")))
    assert differences(runs)[0].values == (1, 2, None)
    assert short_names(runs) == ["ResNet-18 · seed 1", "ResNet-18 · seed 2", "gone"]


def test_that_names_say_what_differs_and_fall_back_on_folders(tmp_path: Path) -> None:
    a, b = (trained(tmp_path / name, backbone=name) for name in ("resnet18", "squeezenet1_1"))
    again = trained(tmp_path / "again", backbone="resnet18")
    assert short_names([read_run(a), read_run(b)]) == ["ResNet-18", "SqueezeNet 1.1"]
    assert short_names([read_run(a), read_run(again)]) == ["resnet18", "again"]
    assert short_names([read_run(a), read_run(b), read_run(again)]) == [
        "ResNet-18 (resnet18)",
        "SqueezeNet 1.1",
        "ResNet-18 (again)",
    ]
    jobs = [planned(QueuedJob(settings=a.settings())) for _ in range(3)]
    assert len(set(short_names([*jobs, read_run(a), read_run(b)]))) == 5


def test_that_the_best_is_known_where_there_is_one() -> None:
    runs = [some(test_accuracy=0.5, parameters=10), some(test_accuracy=0.7, parameters=10), some(test_accuracy=None)]
    assert best_of(runs, "test_accuracy") == {1}
    assert best_of(runs, "parameters") == set()  # all the same
    assert best_of([some(seconds=3.0), some(seconds=2.0)], "seconds") == {1}
    assert best_of([some(epochs=3), some(epochs=2)], "epochs") == set()


def test_that_accuracies_on_different_pictures_have_no_best() -> None:
    runs = [
        some(test_accuracy=0.5, seconds=1.0, fingerprint="a"),
        some(test_accuracy=0.7, seconds=2.0, fingerprint="b"),
    ]
    assert best_of(runs, "test_accuracy") == set()
    assert best_of(runs, "seconds") == {0}


def test_that_the_table_for_other_programs_has_all_values(tmp_path: Path) -> None:
    runs = [read_run(trained(tmp_path / str(seed), seed=seed)) for seed in (1, 2)]
    header, first, _ = plain_rows(runs, short_names(runs))
    row = dict(zip(header, first, strict=True))
    assert (row["run"], row["seed"], row["test_accuracy"], row["state"]) == ("ResNet-18 · seed 1", 1, 0.6, "completed")
    assert json.dumps(row)


# Pareto front


def beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[0] and one[1] >= other[1] and one != other


numbers = st.one_of(st.integers(0, 5).map(float), st.just(math.nan))


@given(st.lists(st.tuples(numbers, numbers), max_size=12))
def test_that_the_front_is_what_nothing_beats(points: list[tuple[float, float]]) -> None:
    finite = [place for place, point in enumerate(points) if not any(map(math.isnan, point))]
    front = pareto_front(points)
    assert set(front) == {place for place in finite if not any(beats(points[other], points[place]) for other in finite)}
    assert [points[place] for place in front] == sorted(points[place] for place in front)


# Confusion matrices


def table(targets: list[int], predicted: list[int], names: tuple[str, ...]) -> Predictions:
    probabilities = np.eye(len(names), dtype=np.float32)[predicted]
    ids = [f"{row}.png" for row in range(len(targets))]
    return Predictions(ids, np.array(targets, np.int64), probabilities, np.zeros(len(targets), np.float32), names)


def test_that_the_matrix_is_that_of_the_evaluation() -> None:
    rng = np.random.default_rng(0)
    predictions = table(rng.integers(0, 4, 50).tolist(), rng.integers(0, 4, 50).tolist(), ("a", "b", "c", "d"))
    found = confusion(predictions)
    right = predictions.targets == predictions.predicted
    assert (np.diag(found.counts) == np.bincount(predictions.targets[right], minlength=4)).all()
    assert found.accuracy == right.mean()
    assert found.count == 50


def test_that_an_empty_table_has_an_empty_matrix() -> None:
    found = confusion(table([], [], ("a", "b")))
    assert found.counts.tolist() == [[0, 0], [0, 0]]
    assert math.isnan(found.accuracy)


def test_that_classes_in_another_order_are_put_in_order_and_other_ones_are_refused() -> None:
    found = confusion(table([0, 0, 1], [0, 1, 1], ("cat", "dog")))
    turned = found.in_order_of(("dog", "cat"))
    assert turned is not None
    assert turned.counts.tolist() == [[1, 0], [1, 1]]
    assert found.in_order_of(("cat", "ship")) is None


def test_that_a_table_is_read_again_only_when_it_has_changed(tmp_path: Path) -> None:
    path, reader = tmp_path / "predictions.csv", RunReader()
    write_predictions(path, table([0, 1], [0, 0], ("cat", "dog")))
    first = reader.confusion(path)
    assert reader.confusion(path) is first
    write_predictions(path, table([0, 1, 1], [0, 0, 1], ("cat", "dog")))
    assert reader.confusion(path).count == 3
    with pytest.raises(DamagedPredictions):
        reader.confusion(tmp_path / "missing.csv")

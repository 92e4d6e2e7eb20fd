import re

import builders
import numpy as np
import pytest
import torch

from stl_tl_gui.cli.main import main
from stl_tl_gui.engine.data import open_dataset
from stl_tl_gui.engine.data.splits import NoFolds, Splitting
from stl_tl_gui.engine.data.stl10_files import read_folds
from stl_tl_gui.engine.events import RunEnd
from stl_tl_gui.engine.machine.randomness import Randomness
from stl_tl_gui.engine.queue.queue import Queue, QueuedJob
from stl_tl_gui.engine.runs.run import Run, list_runs
from stl_tl_gui.engine.settings.settings import InvalidSettings, fold_runs, make_settings
from stl_tl_gui.engine.training.sampling import epoch_order
from stl_tl_gui.engine.training.train import train

QUICK = {**builders.QUICK, **builders.PLAIN, "epochs": 2}


def flags(**values):
    return [word for name, value in values.items() for word in ("--" + name.replace("_", "-"), str(value))]


def test_that_a_predefined_fold_is_learnt_whole_and_others_only_watch(sample, drain):
    _, data = drain(open_dataset("sample", Splitting(protocol="stl10", fold=7)))
    _, whole = drain(open_dataset("sample"))
    folds = read_folds(sample)
    assert max(map(max, folds)) > 255  # an index that a byte would spoil
    assert data.splits["train"].ids == [f"train/{index:06}" for index in folds[6]]
    assert not set(data.splits["train"].ids) & set(data.splits["val"].ids)
    assert data.splits["test"].ids == whole.splits["test"].ids
    assert "Fold 7 of 10" in " ".join(data.notes)
    row = data.splits["train"].ids.index(f"train/{max(folds[6]):06}")
    (pixels,) = data.splits["train"].squares(np.array([row]), 96)
    assert np.array_equal(pixels.transpose(1, 2, 0), np.asarray(data.splits["train"].read(row)))


def test_that_data_without_folds_says_what_to_choose(colours, drain):
    with pytest.raises(NoFolds, match="Cross-validation"):
        drain(open_dataset(str(colours), Splitting(protocol="stl10")))


@pytest.mark.usefixtures("sample")
def test_that_a_fold_beyond_the_last_is_named(drain):
    with pytest.raises(NoFolds, match=r"no fold 11: “fold_indices\.txt” has 10"):
        drain(open_dataset("sample", Splitting(protocol="stl10", fold=11)))


def test_that_with_the_official_protocol_the_last_epoch_counts(sample, drain):
    settings = make_settings({**QUICK, "protocol": "stl10", "fold": 1, "epochs": 3})
    events, run = drain(train(settings))
    ends = [event for event in events if event.event == "epoch_end"]
    assert all(end.best for end in ends)
    assert events[-1].best_val_accuracy == ends[-1].val_accuracy
    assert torch.load(run.best, weights_only=True)["epoch"] == 3


def test_that_all_folds_are_as_many_runs():
    assert [run.fold for run in fold_runs(make_settings({"protocol": "kfold", "folds": 3}))] == [1, 2, 3]
    assert len(fold_runs(make_settings({"protocol": "stl10"}))) == 10
    assert len(fold_runs(make_settings({"protocol": "stl10", "fold": 4}))) == 1
    assert len(fold_runs(make_settings({}))) == 1


def test_that_folds_that_cannot_be_are_refused():
    with pytest.raises(InvalidSettings, match="no fold 4"):
        make_settings({"protocol": "kfold", "folds": 3, "fold": 4})
    with pytest.raises(InvalidSettings, match="early stopping to 0"):
        make_settings({"protocol": "stl10", "early_stopping": 2})


def test_that_a_job_of_folds_waits_for_the_next_and_ends_with_mean_and_deviation(tmp_path):
    job = QueuedJob(settings=make_settings({"protocol": "kfold", "folds": 3}))
    for fold, accuracy in enumerate((0.5, 0.6, 0.7), start=1):
        assert job.next_run.fold == fold
        job = job.model_copy(update={"run": tmp_path / str(fold)})
        job = job.after_run(RunEnd(reason="completed", message="Done.", best_val_accuracy=accuracy, seconds=2.0))
        assert job.state == ("done" if fold == 3 else "waiting")
        assert not job.interrupted
    assert job.val_accuracy == pytest.approx(0.6)
    assert job.deviation("val_accuracy") == pytest.approx(0.1)
    assert job.test_accuracy is None
    assert job.deviation("test_accuracy") is None
    assert job.seconds == 6
    assert job.runs == [tmp_path / "1", tmp_path / "2", tmp_path / "3"]


def test_that_a_fold_that_fails_or_is_stopped_loses_nothing_of_the_others(tmp_path):
    job = QueuedJob(settings=make_settings({"protocol": "kfold", "folds": 3}), run=tmp_path / "1")
    job = job.after_run(RunEnd(reason="completed", message="Done.", best_val_accuracy=0.5, seconds=2.0))
    for reason, state in (("failed", "failed"), ("stopped", "waiting")):
        ended = job.after_run(RunEnd.model_validate({"reason": reason, "message": "why", "best_val_accuracy": 0.9}))
        assert ended == job.model_copy(update={"state": state, "message": "why"})
        assert ended.next_run.fold == 2


def test_that_the_queue_does_a_job_of_folds_as_one_with_one_table(colours, capsys):
    wanted = flags(data=colours, protocol="kfold", folds=3, **QUICK)
    assert main(["queue", "add", *wanted]) == 0
    assert main(["queue", "run"]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"mean .*of 3, ± standard deviation .*% ± [.0-9]+", shown)
    (job,) = Queue().jobs()
    assert job.state == "done"
    assert [Run(folder).settings().fold for folder in job.runs] == [1, 2, 3]
    assert len(list_runs()) == 3
    assert job.deviation("test_accuracy") is not None


def test_that_train_goes_through_all_folds_and_prints_the_table(colours, tmp_path, capsys):
    wanted = flags(data=colours, protocol="kfold", folds=2, **QUICK)
    assert main(["train", *wanted, "--run", str(tmp_path / "cv")]) == 0
    assert "mean" in capsys.readouterr().out
    assert [Run(tmp_path / "cv" / f"fold {n:02}").settings().fold for n in (1, 2)] == [1, 2]


@pytest.mark.parametrize("counts", [[90, 20, 10], [5, 5, 5], [1, 30, 0]])
def test_that_balanced_sampling_shows_each_class_as_often_and_each_picture_in_turn(counts):
    targets = torch.tensor([label for label, count in enumerate(counts) for _ in range(count)])
    order = epoch_order(targets, "balanced", Randomness(0, 1))
    assert len(order) == len(targets)
    seen = torch.bincount(targets[order], minlength=3)
    there = seen[torch.tensor(counts) > 0]
    assert there.max() - there.min() <= 1
    times = torch.bincount(order, minlength=len(targets))
    for label, count in enumerate(counts):
        if count:
            assert times[targets == label].max() - times[targets == label].min() <= 1
    assert torch.equal(order, epoch_order(targets, "balanced", Randomness(0, 1)))
    assert not torch.equal(order, epoch_order(targets, "balanced", Randomness(0, 2)))


def test_that_plain_sampling_is_the_permutation_that_it_always_was():
    order = epoch_order(torch.zeros(50, dtype=torch.int64), "all", Randomness(3, 1))
    assert torch.equal(order, Randomness(3, 1).permutation(50))


def test_that_a_run_with_balanced_sampling_learns(colours, drain):
    events, _ = drain(train(make_settings({**QUICK, "data": str(colours), "sampling": "balanced"})))
    assert events[-1].reason == "completed"

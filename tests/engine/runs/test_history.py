"""What a run's log says, with epochs done twice, and of a run that an earlier version of the app made."""

import shutil
from pathlib import Path

import pytest

from stl_tl_gui.engine.evaluation.metrics import confusion
from stl_tl_gui.engine.events import BatchEnd, EpochEnd, EvaluationEnd, Notice, PhaseStart, RunEnd, RunStart
from stl_tl_gui.engine.runs.history import history
from stl_tl_gui.engine.runs.predictions import read_predictions
from stl_tl_gui.engine.runs.run import Run, list_runs, open_run
from stl_tl_gui.words.run import machine_in_full, machine_in_words

BATCHES = 2


def start(**done: int) -> RunStart:
    return RunStart(
        run="r", settings={}, class_names=["a", "b"], counts={}, parameters=1, trainable_parameters=1, device="cpu",
        precision="float32", epochs=4, batches_per_epoch=BATCHES, **done,  # type: ignore[arg-type]
    )  # fmt: skip


def batch(step: int) -> BatchEnd:
    return BatchEnd(
        epoch=1, batch=1, batches=BATCHES, step=step, loss=10.0 - step, learning_rate=0.1, images_per_second=9.0
    )


def epoch(number: int, accuracy: float, *, best: bool = False) -> EpochEnd:
    return EpochEnd(
        epoch=number, train_loss=1, train_accuracy=0.5, val_loss=1, val_accuracy=accuracy, learning_rate=0.1,
        images_per_second=9, seconds=3, best=best,
    )  # fmt: skip


def test_that_what_a_resumed_run_does_again_counts_once() -> None:
    phase = PhaseStart(epoch=3, phase="all", trainable_parameters=1)
    first = [batch(1), batch(2), epoch(1, 0.5), batch(3), batch(4), epoch(2, 0.9), phase, batch(5)]
    again = [batch(3), batch(4), epoch(2, 0.6), phase]
    log = history([start(), *first, start(epochs_done=1), *again])
    assert log.numbers() == [1, 2]
    assert log.curve("val_accuracy") == [0.5, 0.6]
    assert log.seconds() == [3, 6]
    assert log.steps.tolist() == [1, 2, 3, 4]
    assert log.losses.tolist() == [9, 8, 7, 6]
    assert log.phases == [phase]


def test_that_a_run_that_goes_on_has_no_end_but_remembers_its_time_and_result() -> None:
    tested = EvaluationEnd(split="test", accuracy=0.7, count=9, loss=1, predictions="predictions.csv")
    elsewhere = tested.model_copy(update={"data": "other data", "accuracy": 0.1})
    ended = RunEnd(reason="stopped", message="Stopped.", best_val_accuracy=0.5, seconds=12)
    events = [start(), epoch(1, 0.5, best=True), tested, elsewhere, Notice(message="Left out."), ended]
    log = history(events)
    assert (log.end, log.best_val_accuracy, log.test_accuracy, log.trained_for) == (ended, 0.5, 0.7, 12)
    assert log.notices == ["Left out."]
    log = history([*events, start(epochs_done=1)])
    assert (log.end, log.best_val_accuracy, log.test_accuracy, log.trained_for) == (None, 0.5, 0.7, 12)
    log.take(epoch(2, 0.6, best=True))
    assert (log.best_val_accuracy, log.test_accuracy) == (0.6, None)


@pytest.fixture
def run_before(tmp_path: Path) -> Run:
    """A run that version 0.1.0 made of twelve pictures, before its log had `training` and `inference`.

    Its checkpoints (9 MB each) are left out.
    """
    source = Path(__file__).parents[2] / "data" / "run_before"
    return open_run(Path(shutil.copytree(source, tmp_path / "runs" / "run_before")))


def test_that_a_run_of_the_version_before_is_listed_with_its_settings_and_results(run_before: Run) -> None:
    (summary,) = list_runs(run_before.folder.parent)
    assert summary.run == run_before
    assert (summary.settings.backbone, summary.settings.epochs, summary.settings.input_size) == ("squeezenet1_1", 2, 32)
    assert (summary.state, summary.epochs_done) == ("completed", 2)
    assert (summary.best_val_accuracy, summary.test_accuracy) == (1.0, 1.0)
    assert summary.seconds == pytest.approx(0.222, abs=0.001)
    assert run_before.facts()["data_fingerprint"] == "b5c09b3bbe8e1668"


def test_that_the_log_of_the_version_before_gives_the_whole_history(run_before: Run) -> None:
    log = history(run_before.events())
    assert log.numbers() == [1, 2]
    assert log.curve("val_loss") == pytest.approx([0.652, 0.625], abs=0.001)
    assert log.steps.tolist() == [1, 2, 3, 4]
    assert log.start is not None
    assert log.start.run == str(run_before.folder)
    assert machine_in_words(log.start) == "CPU, float32"
    assert machine_in_full(log.start) == "CPU, float32, channels last; prediction float32, channels last"


def test_that_the_predictions_of_the_version_before_are_read(run_before: Run) -> None:
    table = read_predictions(run_before.predictions())
    assert (len(table), confusion(table).accuracy, table.class_names) == (4, 1.0, ("blue", "red"))

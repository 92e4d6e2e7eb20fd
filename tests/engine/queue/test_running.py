"""Working through the queue, with a training that does what the test says."""

import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.events import RunEnd, RunStart
from stl_tl_gui.engine.queue.queue import Queue, QueueBusy, QueueUnusable
from stl_tl_gui.engine.queue.running import JobEnd, JobStart, QueueEnd, train_folds, work_off
from stl_tl_gui.engine.runs.run import create_run
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings

SETTINGS = make_settings({"weights": "none", "epochs": 2})
Ends = dict[int, RunEnd | BaseException]
NO = bool
"""A question whose answer is no."""


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> Ends:
    """How the run of each seed ends, if it is not completed. An exception is raised before there is a run."""
    found: Ends = {}

    def train(settings: TrainSettings, folder: Path | None, should_stop: Callable[[], bool]) -> Any:
        end = found.get(settings.seed, RunEnd(reason="completed", message="", best_val_accuracy=0.5, seconds=1))
        if isinstance(end, BaseException):
            raise end
        run = create_run(settings, folder)
        yield start_of(run.folder, settings)
        yield RunEnd(reason="stopped", message="Stopped.") if should_stop() else end
        return run

    monkeypatch.setattr("stl_tl_gui.engine.training.train.train", train)
    return found


def start_of(folder: Path, settings: TrainSettings) -> RunStart:
    return RunStart(
        run=str(folder), settings=settings.model_dump(mode="json"), class_names=[], counts={}, parameters=1,
        trainable_parameters=1, device="cpu", precision="", epochs=2, batches_per_epoch=1,
    )  # fmt: skip


def filled(n: int, **more: Any) -> tuple[Queue, list[str]]:
    queue = Queue()
    seeds = [SETTINGS.model_copy(update={"seed": seed, **more}) for seed in range(n)]
    return queue, [job.id for job in queue.add(seeds)]


def kinds(events: list[Any]) -> list[str]:
    return [event.event for event in events]


def states() -> list[str]:
    return [job.state for job in Queue().jobs()]


def test_that_each_run_has_its_events_between_those_of_its_job(ends: Ends) -> None:
    queue, _ = filled(2)
    events = list(work_off(queue, NO))
    assert kinds(events) == ["job_start", "run_start", "run_end", "job_end"] * 2 + ["queue_end"]
    assert events[-1] == QueueEnd("finished")
    assert states() == ["done", "done"]
    assert events[3].job == queue.jobs()[0]


def test_that_a_run_that_fails_is_marked_and_the_next_one_begins(ends: Ends, caplog: pytest.LogCaptureFixture) -> None:
    queue, _ = filled(3)
    ends[0], ends[1] = UserError("There is no folder."), ZeroDivisionError("ours")
    events = list(work_off(queue, NO))
    assert states() == ["failed", "failed", "done"]
    assert queue.jobs()[0].message == "There is no folder."
    assert "ours" in queue.jobs()[1].message
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ZeroDivisionError]
    assert kinds(events)[:3] == ["job_start", "job_end", "job_start"]


@pytest.mark.parametrize("error", [Cancelled(), KeyboardInterrupt()])
def test_that_a_run_that_is_stopped_waits_and_no_other_begins(ends: Ends, error: BaseException) -> None:
    queue, _ = filled(2)
    ends[0] = error
    assert list(work_off(queue, NO))[-1] == QueueEnd("stopped")
    assert states() == ["waiting", "waiting"]
    assert queue.jobs()[0].interrupted


def test_that_stop_ends_the_run_and_the_work(ends: Ends) -> None:
    queue, _ = filled(2)
    asked: list[bool] = []
    events = work_off(queue, lambda: bool(asked))
    assert isinstance(next(events), JobStart)
    asked.append(True)
    assert kinds(list(events)) == ["run_start", "run_end", "job_end", "queue_end"]
    job = queue.jobs()[0]
    assert (job.interrupted, job.run is not None) == (True, True)


def test_that_no_run_begins_while_the_queue_is_paused(ends: Ends) -> None:
    queue, _ = filled(2)
    answers = iter([True, False])
    assert list(work_off(queue, NO, lambda: next(answers)))[-1] == QueueEnd("paused")
    assert states() == ["done", "waiting"]


def test_that_a_run_under_way_is_skipped_and_the_next_one_begins(ends: Ends) -> None:
    queue, ids = filled(2)
    assert list(work_off(queue, NO, should_skip=lambda job_id: job_id == ids[0]))[-1] == QueueEnd("finished")
    assert states() == ["skipped", "done"]


def test_that_folds_are_done_one_by_one(ends: Ends) -> None:
    queue, _ = filled(1, protocol="kfold", folds=3)
    jobs = [event.job for event in work_off(queue, NO) if isinstance(event, JobEnd)]
    assert [(job.state, len(job.folds)) for job in jobs] == [("waiting", 1), ("waiting", 2), ("done", 3)]
    assert len(set(queue.jobs()[0].runs)) == 3


def test_that_folds_without_a_queue_have_folders_of_their_own(ends: Ends, tmp_path: Path, drain: Any) -> None:
    settings = SETTINGS.model_copy(update={"protocol": "kfold", "folds": 2})
    _, job = drain(train_folds(settings, tmp_path / "cv", NO))
    assert job.runs == [tmp_path / "cv" / "fold 01", tmp_path / "cv" / "fold 02"]
    ends[0] = RunEnd(reason="failed", message="The disk is full.")
    _, job = drain(train_folds(settings, tmp_path / "other", NO))
    assert (job.state, job.message, job.folds) == ("failed", "The disk is full.", ())
    ends[0] = UserError("There is no folder.")
    with pytest.raises(UserError):
        drain(train_folds(settings, None, NO))


def test_that_a_busy_file_is_waited_for(ends: Ends) -> None:
    queue, _ = filled(1)
    events = work_off(queue, NO)
    while not isinstance(next(events), RunEnd):
        pass
    lock = FileLock(queue.path.with_suffix(".lock"), thread_local=False)
    lock.acquire()
    with pytest.raises(QueueBusy):
        queue.jobs()
    threading.Timer(1.2, lock.release).start()
    assert kinds(list(events)) == ["job_end", "queue_end"]
    assert states() == ["done"]


def test_that_a_job_is_let_go_when_nobody_follows_any_more_or_the_file_cannot_be_written(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, ids = filled(1)
    events: Generator[Any, None, None] = work_off(queue, NO)
    next(events)
    assert states() == ["running"]
    events.close()
    assert states() == ["waiting"]

    def full(job: object) -> None:
        raise QueueUnusable("The disk is full.")

    monkeypatch.setattr(queue, "release", full)
    with pytest.raises(QueueUnusable):
        list(work_off(queue, NO))
    assert queue.jobs()[0].interrupted
    assert queue.claim() is not None
    assert [job.id for job in queue.jobs()] == ids

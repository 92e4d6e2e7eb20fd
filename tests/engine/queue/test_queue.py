import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from builders import epoch_end
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from stl_tl_gui.engine.events import RunEnd
from stl_tl_gui.engine.queue.queue import (
    Queue,
    QueueBusy,
    QueuedJob,
    QueueUnusable,
    move_jobs,
    remove_jobs,
    restore_jobs,
)
from stl_tl_gui.engine.runs.run import Run, create_run
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.engine.storage.places import queue_file

SETTINGS = make_settings({"weights": "none", "epochs": 2})
CLAIM = """
import sys
from stl_tl_gui.engine.queue.queue import Queue
queue = Queue()
while True:
    print(*filter(None, [getattr(queue.claim(), "id", None)]), flush=True)
    if sys.stdin.readline() != "more\\n":
        break
"""


def filled(n: int = 3) -> tuple[Queue, list[str]]:
    queue = Queue()
    return queue, [job.id for job in queue.add([SETTINGS.model_copy(update={"seed": seed}) for seed in range(n)])]


def states(queue: Queue) -> list[str]:
    return [job.state for job in queue.jobs()]


def another_process() -> subprocess.Popen[str]:
    """A process that claims a job for each line that it is sent, and says which."""
    return subprocess.Popen([sys.executable, "-c", CLAIM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def next_claim(process: subprocess.Popen[str]) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("more\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def test_that_the_queue_is_there_again_after_a_restart() -> None:
    queue, ids = filled(2)
    assert [(job.id, job.state, job.settings.seed) for job in Queue().jobs()] == [
        (ids[0], "waiting", 0),
        (ids[1], "waiting", 1),
    ]
    assert queue.path == queue_file()


def test_that_looking_at_a_queue_that_is_not_there_makes_no_file(home: Path) -> None:
    assert Queue().jobs() == []
    assert not home.exists()


def test_that_jobs_are_claimed_in_order_and_each_once() -> None:
    queue, ids = filled(2)
    other = Queue()
    claimed = [queue.claim(), other.claim(), queue.claim()]
    assert [job.id if job else None for job in claimed] == [*ids, None]
    assert states(Queue()) == ["running", "running"]


def test_that_two_processes_claim_each_job_once() -> None:
    _, ids = filled(6)
    processes = [another_process() for _ in range(2)]
    claimed = [process.stdout.readline().strip() for process in processes if process.stdout is not None]
    claimed += [next_claim(process) for _ in range(3) for process in processes]
    assert sorted(claimed) == sorted([*ids, "", ""])
    for process in processes:
        process.communicate()
    assert states(Queue()) == ["waiting"] * 6


def test_that_many_processes_add_without_losing_anything() -> None:
    code = (
        "from stl_tl_gui.engine.queue.queue import Queue\n"
        "from stl_tl_gui.engine.settings.settings import make_settings\n"
        "for seed in range(10): Queue().add([make_settings({'seed': seed})])"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert sorted(job.settings.seed for job in Queue().jobs()) == sorted([*range(10)] * 3)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_that_the_job_of_a_killed_process_waits_again_and_goes_on_from_its_checkpoint() -> None:
    queue, ids = filled(2)
    process = another_process()
    assert process.stdout is not None
    assert process.stdout.readline().strip() == ids[0]
    run = create_run(SETTINGS)
    queue.update([ids[0]], run=run.folder)
    assert queue.jobs()[0].state == "running"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    job = queue.jobs()[0]
    assert (job.state, job.interrupted) == ("waiting", True)
    assert job.run_to_resume() is None
    run.last.write_bytes(b"")
    claimed = queue.claim()
    assert claimed is not None
    assert claimed.id == ids[0]
    assert claimed.run_to_resume() == run
    assert not claimed.message


def test_that_a_job_whose_run_folder_is_gone_starts_anew() -> None:
    queue, ids = filled(1)
    queue.update(ids, run=Path("/nowhere/run"), message="Stopped.")
    job = queue.claim()
    assert job is not None
    assert job.run is None


def test_that_a_run_that_was_completed_elsewhere_is_not_done_again() -> None:
    queue, ids = filled(2)
    run: Run = create_run(SETTINGS)
    run.log(epoch_end(1))
    run.log(epoch_end(2))
    run.log(RunEnd(reason="completed", message="", best_val_accuracy=0.5, seconds=3))
    queue.update(ids[:1], run=run.folder, message="Cut off.")
    job = queue.claim()
    assert job is not None
    assert job.id == ids[1]
    done = queue.jobs()[0]
    assert (done.state, done.val_accuracy) == ("done", 0.5)


def test_that_a_run_that_is_resumed_by_hand_is_not_begun_as_well() -> None:
    queue, ids = filled(2)
    run: Run = create_run(SETTINGS)
    run.log(epoch_end(1))
    queue.update(ids[:1], run=run.folder, message="Cut off.")
    with run.locked():
        job = queue.claim()
    assert job is not None
    assert job.id == ids[1]
    assert queue.jobs()[0].state == "waiting"


def test_that_a_job_that_could_not_be_noted_is_not_kept_from_all(monkeypatch: pytest.MonkeyPatch) -> None:
    queue, ids = filled(1)
    with monkeypatch.context() as full:
        full.setattr(queue, "_write", raise_unusable)
        with pytest.raises(QueueUnusable):
            queue.claim()
    job = queue.claim()
    assert job is not None
    assert job.id == ids[0]


def test_that_a_job_stays_claimed_until_its_outcome_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    queue, _ = filled(1)
    job = queue.claim()
    assert job is not None
    with FileLock(queue.path.with_suffix(".lock")), pytest.raises(QueueBusy):
        queue.release(job.model_copy(update={"state": "done"}))
    assert Queue().claim() is None
    queue.release(job.model_copy(update={"state": "done"}))
    assert queue.jobs()[0].state == "done"


def raise_unusable(jobs: object) -> None:
    raise QueueUnusable("The disk is full.")


@pytest.mark.parametrize("reason", ["stopped", "failed", None])
def test_that_a_run_that_learnt_all_and_was_not_evaluated_goes_on(reason: str | None) -> None:
    queue, ids = filled(2)
    run: Run = create_run(SETTINGS)
    run.log(epoch_end(1))
    run.log(epoch_end(2))
    if reason is not None:
        run.log(RunEnd.model_validate({"reason": reason, "message": "", "best_val_accuracy": 0.5, "seconds": 3}))
    queue.update(ids[:1], run=run.folder, message="Cut off.")
    job = queue.claim()
    assert job is not None
    assert (job.id, job.run) == (ids[0], run.folder)


def test_that_a_released_job_is_what_its_last_event_says() -> None:
    queue, ids = filled(3)
    ends = [
        RunEnd(reason="completed", message="All done.", best_val_accuracy=0.8, test_accuracy=0.7, seconds=9),
        RunEnd(reason="failed", message="The disk is full."),
        RunEnd(reason="stopped", message="Stopped as asked."),
    ]
    for end in ends:
        job = queue.claim()
        assert job is not None
        queue.release(job.after_run(end))
    done, failed, stopped = queue.jobs()
    assert (done.state, done.val_accuracy, done.test_accuracy, done.seconds, done.message) == ("done", 0.8, 0.7, 9, "")
    assert (failed.state, failed.message) == ("failed", "The disk is full.")
    assert stopped.interrupted
    again = Queue().claim()
    assert again is not None
    assert again.id == ids[2]
    assert [path.suffix for path in queue.path.parent.glob("*.lock") if path.stem in ids] == [".lock"]


def test_that_a_job_removed_while_it_runs_does_not_come_back() -> None:
    queue, _ = filled(1)
    job = queue.claim()
    assert job is not None
    Queue().edit(lambda jobs: [])
    queue.release(job.model_copy(update={"state": "done"}))
    assert queue.jobs() == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b'{"format": 1}', b'{"format": 1, "jobs": 7}', b"\xff"])
def test_that_a_damaged_file_is_kept_aside_and_said(content: bytes) -> None:
    queue, _ = filled(1)
    queue.path.write_bytes(content)
    assert queue.jobs() == []
    assert "damaged" in queue.damage
    (kept,) = queue.path.parent.glob("damaged *.json")
    assert kept.read_bytes() == content
    assert str(kept) in queue.damage
    queue.add([SETTINGS])
    assert len(Queue().jobs()) == 1


def test_that_one_damaged_job_does_not_take_the_others_with_it() -> None:
    queue, ids = filled(3)
    document = json.loads(queue.path.read_text())
    document["jobs"][1]["settings"]["epochs"] = "many"
    queue.path.write_text(json.dumps(document))
    assert [job.id for job in queue.jobs()] == [ids[0], ids[2]]
    assert queue.damage.startswith("1 of 3 runs")
    assert len(list(queue.path.parent.glob("damaged *.json"))) == 1
    queue.jobs()
    assert len(list(queue.path.parent.glob("damaged *.json"))) == 1


def test_that_the_file_of_a_newer_version_is_left_alone() -> None:
    queue, _ = filled(1)
    content = json.dumps({"format": 99, "jobs": []})
    queue.path.write_text(content)
    with pytest.raises(QueueUnusable, match="newer version"):
        queue.add([SETTINGS])
    assert queue.path.read_text() == content


def test_that_a_place_that_cannot_be_written_is_named(home: Path) -> None:
    home.parent.mkdir(exist_ok=True)
    home.write_text("a file where the folder should be")
    with pytest.raises(QueueUnusable, match=r"queue\.json"):
        Queue().add([SETTINGS])


def test_that_a_process_that_does_not_let_go_is_not_waited_for_forever() -> None:
    queue, _ = filled(1)
    with FileLock(queue.path.with_suffix(".lock")), pytest.raises(QueueUnusable, match="in use"):
        queue.jobs()


JOBS = [QueuedJob(id=str(number), settings=SETTINGS) for number in range(6)]
some_ids = st.sets(st.sampled_from([job.id for job in JOBS]))


@given(some_ids, st.integers(-2, 8))
def test_that_moving_loses_nothing_and_keeps_the_order_of_the_others(ids: set[str], place: int) -> None:
    after = move_jobs(JOBS, ids, place)
    assert sorted(job.id for job in after) == [job.id for job in JOBS]
    for group in (True, False):
        names = [job.id for job in after if (job.id in ids) == group]
        assert names == sorted(names)


def test_that_jobs_move_up_down_and_to_the_ends() -> None:
    def order(ids: set[str], place: int) -> str:
        return "".join(job.id for job in move_jobs(JOBS, ids, place))

    assert order({"2"}, 1) == "021345"
    assert order({"2"}, 4) == "013245"
    assert order({"1", "4"}, 0) == "140235"
    assert order({"0"}, 6) == "123450"


@given(some_ids)
def test_that_removing_is_undone_at_the_old_places(ids: set[str]) -> None:
    left = remove_jobs(JOBS, ids)
    assert restore_jobs(left, [(place, job) for place, job in enumerate(JOBS) if job.id in ids]) == JOBS


def test_that_a_running_job_is_not_removed() -> None:
    running = JOBS[0].model_copy(update={"state": "running"})
    assert remove_jobs([running, JOBS[1]], {"0", "1"}) == [running]

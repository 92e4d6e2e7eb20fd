import json
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from builders import batch_end, epoch_end, run_start

from stl_tl_gui.engine.events import EvaluationEnd, Notice, RunEnd, RunStart
from stl_tl_gui.engine.runs.run import (
    NotARun,
    Run,
    RunBusy,
    RunExists,
    RunFolderNotWritable,
    create_run,
    list_runs,
    open_run,
)
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.engine.storage.files import write_atomically

SETTINGS = make_settings({"backbone": "squeezenet1_1", "weights": "none"})


def test_that_a_run_opens_again_with_its_settings_and_facts(tmp_path: Path) -> None:
    run = create_run(SETTINGS, tmp_path / "läuft nicht weg")
    run.update(facts={"device": "cpu"})
    run.update(facts={"threads": 2})
    again = open_run(run.folder)
    assert again.settings() == SETTINGS
    assert again.facts() == {"device": "cpu", "threads": 2}


def test_that_a_run_without_a_name_gets_a_fresh_folder() -> None:
    assert create_run(SETTINGS).folder != create_run(SETTINGS).folder


def test_that_a_taken_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(RunExists):
        create_run(SETTINGS, tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["thesis.txt"]


def test_that_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(RunFolderNotWritable, match="file"):
        create_run(SETTINGS, blocked / "run")
    with pytest.raises(RunFolderNotWritable):
        create_run(SETTINGS, tmp_path / ("x" * 300))


def test_that_events_come_back_in_order_and_a_line_cut_by_a_crash_is_passed_over(tmp_path: Path) -> None:
    run = create_run(SETTINGS, tmp_path / "run")
    logged = [run.log(batch_end(1, 9)), run.log(epoch_end(1, 0.5))]
    with (run.folder / "events.jsonl").open("a") as file:
        file.write('{"event":"batch_end","epo')
    assert list(run.events()) == logged
    assert list(run.events(batches=False)) == logged[1:]


def test_that_a_line_cut_in_the_middle_of_a_letter_is_passed_over(tmp_path: Path) -> None:
    run = create_run(SETTINGS, tmp_path / "run")
    with (run.folder / "events.jsonl").open("ab") as file:
        file.write('{"event":"notice","message":"ü'.encode()[:-1])
    logged = run.log(epoch_end(1, 0.5))
    assert list(run.events()) == [logged]


def test_that_the_log_goes_on_after_a_line_cut_by_a_crash(tmp_path: Path) -> None:
    run = create_run(SETTINGS, tmp_path / "run")
    with (run.folder / "events.jsonl").open("a") as file:
        file.write('{"event":"batch_end","epo')
    logged = run.log(epoch_end(1, 0.5))
    assert list(run.events()) == [logged]


def test_that_the_summary_says_what_the_events_say(tmp_path: Path) -> None:
    run = create_run(SETTINGS, tmp_path / "run")
    run.log(epoch_end(1, 0.7))
    run.log(epoch_end(2, 0.6))
    run.log(EvaluationEnd(split="test", accuracy=0.65, count=8, loss=1, predictions="predictions.csv"))
    run.log(RunEnd(reason="completed", message="", seconds=12))
    run.log(EvaluationEnd(split="test", accuracy=0.1, count=8, loss=1, predictions="x.csv", data="another folder"))
    summary = run.summary()
    assert (summary.best_val_accuracy, summary.test_accuracy, summary.seconds) == (0.7, 0.65, 12)
    assert summary.state == "completed"


def test_that_a_silent_run_without_an_end_was_interrupted(tmp_path: Path) -> None:
    run = create_run(SETTINGS, tmp_path / "run")
    run.log(epoch_end(1, 0.7))
    assert run.state() == "running"
    os.utime(run.folder / "events.jsonl", (1, 1))
    assert run.state() == "interrupted"


def test_that_an_evaluation_that_was_broken_off_does_not_change_how_a_run_ended(tmp_path: Path) -> None:
    run = create_run(SETTINGS, tmp_path / "run")
    run.log(RunEnd(reason="completed", message=""))
    run.log(Notice(message="Left out: a picture."))
    assert run.state() == "completed"


def test_that_a_lock_that_nobody_holds_tells_of_a_process_that_died(tmp_path: Path) -> None:
    run = create_run(SETTINGS, tmp_path / "run")
    run.log(epoch_end(1, 0.7))
    with run.locked():
        os.utime(run.folder / "events.jsonl", (1, 1))
        assert run.state() == "running"
        with pytest.raises(RunBusy), open_run(run.folder).locked():
            pass
    os.utime(run.folder / "events.jsonl")
    (run.folder / "run.lock").touch()
    assert run.state() == "interrupted"


def test_that_the_best_accuracy_is_that_of_the_model_that_was_kept(tmp_path: Path) -> None:
    run = create_run(SETTINGS, tmp_path / "run")
    run.log(run_start(run, epochs_done=0))
    for epoch, accuracy in ((1, 0.6), (2, 0.7), (3, 0.9)):
        run.log(epoch_end(epoch, accuracy).model_copy(update={"best": True}))
    run.log(run_start(run, epochs_done=2))  # killed before the third was saved
    assert run.summary().best_val_accuracy == 0.7
    run.log(epoch_end(3, 0.65))
    assert run.summary().best_val_accuracy == 0.7
    run.log(RunEnd(reason="completed", message="", best_val_accuracy=0.68))  # of averaged weights
    assert run.summary().best_val_accuracy == 0.68


def test_that_a_result_is_forgotten_when_another_model_is_kept(tmp_path: Path) -> None:
    run = create_run(SETTINGS, tmp_path / "run")
    run.log(run_start(run, epochs_done=0))
    run.log(epoch_end(1, 0.6).model_copy(update={"best": True}))
    run.log(EvaluationEnd(split="test", accuracy=0.5, count=9, loss=1, predictions="predictions.csv"))
    run.log(run_start(run, epochs_done=1))
    run.log(epoch_end(2, 0.5))
    assert run.summary().test_accuracy == 0.5
    run.log(epoch_end(3, 0.7).model_copy(update={"best": True}))
    assert run.summary().test_accuracy is None


def test_that_two_never_hold_a_lock_whose_file_comes_and_goes(tmp_path: Path) -> None:
    run, inside, together = create_run(SETTINGS, tmp_path / "run"), [], []

    def enter(_: int) -> None:
        with suppress(RunBusy), Run(run.folder).locked():
            inside.append(1)
            together.append(len(inside))
            time.sleep(0.0005)
            inside.pop()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(enter, range(400)))
    assert set(together) == {1}
    assert not (run.folder / "run.lock").exists()


def test_that_runs_that_begin_together_get_folders_of_their_own() -> None:
    with ThreadPoolExecutor(8) as threads:
        folders = list(threads.map(lambda _: create_run(SETTINGS).folder, range(40)))
    assert len(set(folders)) == 40


def test_that_a_mere_name_is_one_of_the_apps_own_runs(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    run = create_run(SETTINGS)
    assert open_run(Path(run.name)) == run
    with pytest.raises(NotARun, match="does not exist"):
        open_run(Path("nothing of this name"))


def test_that_a_run_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path, monkeypatch: Any) -> None:
    good, bad, odd = (create_run(SETTINGS, tmp_path / "runs" / name) for name in ("good", "bad", "odd"))
    document = json.loads((odd.folder / "settings.json").read_text())
    (odd.folder / "settings.json").write_text(json.dumps({**document, "created": "yesterday"}))
    (bad.folder / "events.jsonl").mkdir()
    assert {summary.run.name for summary in list_runs(tmp_path / "runs")} == {"good", "odd"}
    assert good.folder.exists()


def test_that_folders_that_are_no_runs_are_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    run = create_run(SETTINGS, folder / "good")
    (folder / "empty").mkdir()
    (folder / "damaged").mkdir()
    (folder / "damaged" / "settings.json").write_text("{")
    assert [summary.run for summary in list_runs(folder)] == [run]


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"settings": 3}', '{"format": 99, "settings": {}}'])
def test_that_something_else_is_not_a_run(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "settings.json").write_text(content)
    with pytest.raises(NotARun):
        open_run(tmp_path)


def test_that_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def fail(_file: object) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, write=fail)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_that_settings_json_carries_its_format(tmp_path: Path) -> None:
    run = create_run(SETTINGS, tmp_path / "run")
    assert json.loads((Run(run.folder).folder / "settings.json").read_text())["format"] == 1


def test_that_a_run_that_was_copied_is_where_it_is_now(tmp_path: Path) -> None:
    run = create_run(make_settings({}), tmp_path / "first")
    run.log(run_start(run))
    copy = Run(Path(shutil.copytree(run.folder, tmp_path / "copy")))
    (start,) = copy.events()
    assert isinstance(start, RunStart)
    assert start.run == str(copy.folder)

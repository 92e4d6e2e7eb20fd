"""What a run keeps when it is killed, when its pictures vanish, and when the disk is full."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import builders
import pytest
import torch

from stl_tl_gui.engine.events import BatchEnd, EpochEnd, EvaluationEnd, Event, Progress, RunEnd
from stl_tl_gui.engine.models.checkpoints import load_checkpoint, save_checkpoint
from stl_tl_gui.engine.runs.run import Run, create_run, open_run
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings
from stl_tl_gui.engine.storage import files, room
from stl_tl_gui.engine.storage.room import NoRoomForRun
from stl_tl_gui.engine.training import saver
from stl_tl_gui.engine.training.train import resume, train

BATCHES = 4
"""Of an epoch."""


def settings_for(data: Path, **more: Any) -> TrainSettings:
    values = {**builders.QUICK, **builders.PLAIN, "data": str(data), "backbone": "squeezenet1_1", "weights": "none"}
    return make_settings({**values, "epochs": 2, "batch_size": 16, "input_size": 32, **more})


def killed_at(settings: TrainSettings, folder: Path, moment: Callable[[list[Event]], bool]) -> Run:
    """The run folder as it was at a moment: a killed process cleans nothing up."""
    seen: list[Event] = []
    events = train(settings, folder / "whole")
    for event in events:
        seen.append(event)
        if moment(seen):
            shutil.copytree(folder / "whole", folder / "killed", ignore=shutil.ignore_patterns("run.lock"))
            return Run(folder / "killed")
    raise AssertionError("the moment never came")


def after_batches(n: int) -> Callable[[list[Event]], bool]:
    return lambda seen: sum(isinstance(event, BatchEnd) for event in seen) == n


def same_weights(one: Path, other: Path) -> bool:
    first, second = load_checkpoint(one).model_state_dict, load_checkpoint(other).model_state_dict
    return all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("precision", ["float32", "auto"])
@pytest.mark.parametrize("batches", [1, BATCHES - 1, BATCHES + 1])
def test_that_a_run_killed_within_an_epoch_goes_on_as_if_it_had_not_been(
    colours: Path, tmp_path: Path, drain: Any, batches: int, precision: str
) -> None:
    settings = settings_for(colours, precision=precision)
    _, whole = drain(train(settings, tmp_path / "undisturbed"))
    killed = killed_at(settings, tmp_path, after_batches(batches))
    events, run = drain(resume(killed))
    assert events[-1].reason == "completed"
    assert same_weights(run.last, whole.last)


def test_that_long_epochs_are_saved_on_the_way(
    colours: Path, tmp_path: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saver, "_WITHIN", 0.0)
    monkeypatch.setattr(saver, "_COST", 1e9)
    settings = settings_for(colours)
    killed = killed_at(settings, tmp_path, after_batches(3))
    assert load_checkpoint(killed.last).training["batch"] == 2  # the third is saved after its event
    events, run = drain(resume(killed))
    assert next(event.batch for event in events if isinstance(event, BatchEnd)) == 3
    _, whole = drain(train(settings, tmp_path / "undisturbed"))
    assert same_weights(run.last, whole.last)


def test_that_saving_within_an_epoch_takes_a_hundredth_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(saver.time, "monotonic", lambda: now)
    each = saver.Saver.__new__(saver.Saver)
    each._written, each._cost = now, 5.0
    now += 400
    assert not each.is_due
    now += 101
    assert each.is_due


def test_that_the_line_of_an_epoch_is_logged_before_its_checkpoint(colours: Path, tmp_path: Path, drain: Any) -> None:
    killed = killed_at(settings_for(colours), tmp_path, lambda seen: isinstance(seen[-1], EpochEnd))
    assert [event.epoch for event in killed.events() if isinstance(event, EpochEnd)] == [1]
    assert load_checkpoint(killed.last).epoch == 0
    _, run = drain(resume(killed))
    assert [event.epoch for event in run.history().epochs] == [1, 2]  # the repeated one counts once


def test_that_the_best_checkpoint_is_enough_to_go_on(colours: Path, tmp_path: Path, drain: Any) -> None:
    killed = killed_at(settings_for(colours), tmp_path, after_batches(2 * BATCHES))
    killed.last.unlink()
    events, run = drain(resume(killed))
    assert events[-1].reason == "completed"
    assert run.history().epochs[-1].epoch == 2


def test_that_pictures_that_vanish_make_the_run_fail_and_it_is_evaluated_when_they_are_back(
    colours: Path, tmp_path: Path, drain: Any
) -> None:
    events: list[Event] = []
    for event in train(settings_for(colours, epochs=1), tmp_path / "run"):
        events.append(event)
        if isinstance(event, EpochEnd):
            (colours / "test").rename(tmp_path / "unplugged")
    end = events[-1]
    assert isinstance(end, RunEnd)
    assert (end.reason, end.test_accuracy) == ("failed", None)
    assert "None of the" in end.message
    assert "test pictures can be read any more" in end.message
    (tmp_path / "unplugged").rename(colours / "test")
    events, _ = drain(resume(open_run(tmp_path / "run")))
    assert (events[-1].reason, events[-1].test_accuracy is not None) == ("completed", True)


def test_that_the_result_names_pictures_that_could_not_be_read(colours: Path, tmp_path: Path, drain: Any) -> None:
    events: list[Event] = []
    for event in train(settings_for(colours, epochs=1), tmp_path / "run"):
        events.append(event)
        if isinstance(event, EpochEnd):
            (colours / "test" / "red" / "00.png").unlink()
    (found,) = [event for event in events if isinstance(event, EvaluationEnd)]
    assert found.unreadable == 1


def test_that_a_run_waits_for_room_on_a_full_disk_and_goes_on(
    colours: Path, tmp_path: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = 3

    def full_at_first(*asked: Any) -> None:
        nonlocal failures
        if failures and load_checkpoint(tmp_path / "run" / "last.pt").epoch == 0 and asked[0].epoch:
            failures -= 1
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        save_checkpoint(*asked)

    monkeypatch.setattr(room, "_LOOK_EVERY", 0.0)
    begun = train(settings_for(colours, epochs=1), tmp_path / "run")
    events: list[Event] = []
    for event in begun:
        events.append(event)
        if isinstance(event, BatchEnd):
            monkeypatch.setattr(saver, "save_checkpoint", full_at_first)
    waits = [event for event in events if isinstance(event, Progress) and "disk is full" in event.stage]
    assert len(waits) == 3
    assert events[-1].reason == "completed"
    assert load_checkpoint(tmp_path / "run" / "last.pt").epoch == 1


def test_that_room_is_checked_before_a_run(
    colours: Path, tmp_path: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 3_000_000))
    with pytest.raises(NoRoomForRun, match=r"need about \d+ MB, but the disk of .* has 3 MB left"):
        drain(train(settings_for(colours), tmp_path / "new" / "run"))
    assert not (tmp_path / "new").exists()


def test_that_a_folder_killed_before_its_settings_does_not_block_its_name(tmp_path: Path, colours: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".settings.json.123-12345678.partial").write_bytes(b"{")
    run = create_run(settings_for(colours), tmp_path / "run")
    assert [path.name for path in run.folder.iterdir()] == ["settings.json"]


def test_that_leftovers_of_dead_processes_go_and_files_under_way_stay(tmp_path: Path) -> None:
    dead = tmp_path / ".a.pth.999999999-12345678.partial"
    ours = tmp_path / f".b.pth.{os.getpid()}-12345678.partial"
    for path in (dead, ours, tmp_path / "a.pth"):
        path.write_bytes(b"x")
    files.remove_leftovers(tmp_path)
    expected = {ours.name, "a.pth"} | ({dead.name} if os.name == "nt" else set())
    assert {path.name for path in tmp_path.iterdir()} == expected

"""A run that another process trains can be watched and stopped, with nothing but its folder."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from builders import QUICK_FLAGS, epoch_end, run_start, write_colours

from stl_tl_gui.engine.events import BatchEnd, EpochEnd, Event, RunEnd, RunStart
from stl_tl_gui.engine.runs.elsewhere import NotTraining, ask_to_stop, new_events, stoppable
from stl_tl_gui.engine.runs.run import Run, create_run
from stl_tl_gui.engine.settings.settings import make_settings

LONG = ["--epochs", "5000", "--device", "cpu"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return create_run(make_settings({"data": "sample"}), tmp_path / "run")


def train_elsewhere(folder: Path) -> "subprocess.Popen[bytes]":
    data = write_colours(folder / "colours")
    command = [sys.executable, "-m", "stl_tl_gui", "train", "--data", str(data), "--run", str(folder / "run")]
    return subprocess.Popen([*command, *QUICK_FLAGS, *LONG], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_for_log(folder: Path, process: "subprocess.Popen[bytes]") -> Run:
    run = Run(folder / "run")
    while not (run.folder / "events.jsonl").exists():
        assert process.poll() is None
    return run


def test_that_a_run_of_another_process_is_watched_and_stopped(tmp_path: Path) -> None:
    with train_elsewhere(tmp_path) as process:
        run = wait_for_log(tmp_path, process)
        seen: list[Event] = []
        for events in new_events(run, lambda: False):
            first = not any(isinstance(event, EpochEnd) for event in seen)
            seen += events
            if first and any(isinstance(event, EpochEnd) for event in events):
                ask_to_stop(run)
        assert process.wait(30) == 0
    assert isinstance(seen[0], RunStart)
    assert sum(isinstance(event, BatchEnd) for event in seen) > 3
    assert isinstance(seen[-1], RunEnd)
    assert seen[-1].reason == "stopped"
    assert not run.stop_request.exists()
    assert run.last.exists()
    with pytest.raises(NotTraining, match="not being trained"):
        ask_to_stop(run)


def test_that_watching_ends_when_the_other_process_is_killed(tmp_path: Path) -> None:
    with train_elsewhere(tmp_path) as process:
        run = wait_for_log(tmp_path, process)
        for events in new_events(run, lambda: False):
            if events and process.poll() is None:
                process.send_signal(signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
                process.wait()
    assert run.state() == "interrupted"


def test_that_a_line_that_is_half_written_is_waited_for(run: Run) -> None:
    run.log(run_start(run))
    log = run.folder / "events.jsonl"
    whole = epoch_end(1).model_dump_json().encode()
    with run.locked():
        watched = new_events(run, lambda: False)
        assert [event.event for event in next(watched)] == ["run_start"]
        with log.open("ab") as file:
            file.write(whole[:40])
        assert next(watched) == []
        with log.open("ab") as file:
            file.write(whole[40:] + b"\nnot an event\n")
        assert [event.event for event in next(watched)] == ["epoch_end"]
        run.log(RunEnd(reason="completed", message="Done."))
        assert [event.event for event in next(watched)] == ["run_end"]
        assert list(watched) == []


def test_that_an_old_request_stops_nothing_and_a_run_stops_for_its_own_reasons_too(run: Run) -> None:
    run.stop_request.touch()
    with stoppable(run, lambda: False) as should_stop:
        assert not should_stop()
    with stoppable(run, lambda: True) as should_stop:
        assert should_stop()

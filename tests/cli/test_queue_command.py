import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from builders import QUICK_FLAGS

from stl_tl_gui.cli.main import main
from stl_tl_gui.engine.events import RunStart
from stl_tl_gui.engine.queue.queue import Queue
from stl_tl_gui.engine.runs.run import Run


def states() -> list[str]:
    return [job.state for job in Queue().jobs()]


def test_that_a_queue_is_filled_and_done_without_a_window(colours: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["queue", "add", "--data", str(colours), *QUICK_FLAGS, "--epochs", "1", "--repeats", "2"]) == 0
    assert states() == ["waiting", "waiting"]
    assert main(["queue", "run"]) == 0
    capsys.readouterr()
    assert main(["queue", "list", "--json"]) == 0
    jobs = json.loads(capsys.readouterr().out)
    assert [(job["state"], job["settings"]["seed"]) for job in jobs] == [("done", 0), ("done", 1)]
    for job in jobs:
        assert Run(Path(job["run"])).summary().best_val_accuracy == job["val_accuracy"]
    assert main(["queue", "list"]) == 0
    assert capsys.readouterr().out.count("squeezenet1_1") == 2


def test_that_a_run_that_fails_does_not_hold_the_others_up(colours: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["queue", "add", "--data", "/nowhere", *QUICK_FLAGS, "--epochs", "1"])
    main(["queue", "add", "--data", str(colours), *QUICK_FLAGS, "--epochs", "1"])
    assert main(["queue", "run"]) == 1
    assert states() == ["failed", "done"]
    assert "/nowhere" in capsys.readouterr().err


def test_that_the_courses_table_is_one_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pictures").mkdir()
    monkeypatch.chdir(tmp_path)
    assert main(["queue", "add", "--course-table", "--data", "pictures", "--epochs", "5"]) == 0
    jobs = Queue().jobs()
    assert len(jobs) == 9
    assert {(job.settings.data, job.settings.epochs) for job in jobs} == {(str(tmp_path / "pictures"), 5)}


def test_that_combinations_are_given_by_repeating_flags(capsys: pytest.CaptureFixture[str]) -> None:
    many = ["--backbone", "resnet18", "--backbone", "mobilenet_v2", "--freeze", "head", "--freeze", "layer3"]
    assert main(["queue", "add", *many]) == 0
    assert [(job.settings.backbone, job.settings.freeze) for job in Queue().jobs()] == [
        ("resnet18", "head"),
        ("resnet18", "layer3"),
        ("mobilenet_v2", "head"),
    ]
    assert "MobileNetV2 has no stage “layer3”" in capsys.readouterr().err


def test_that_what_cannot_be_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["queue", "add", "--freeze", "layer9"]) == 2
    assert "no stage “layer9”" in capsys.readouterr().err
    assert Queue().jobs() == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL"])
def test_that_a_run_that_was_stopped_or_killed_goes_on_the_next_time(colours: Path, name: str) -> None:
    number = signal.Signals[name]
    main(["queue", "add", "--data", str(colours), *QUICK_FLAGS, "--epochs", "15"])
    command = [sys.executable, "-m", "stl_tl_gui", "queue", "run"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "200"})
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("Epoch 2:"):
            process.send_signal(number)
            break
    process.communicate()
    assert process.returncode == (0 if number == signal.SIGINT else -number)
    (job,) = Queue().jobs()
    assert job.interrupted
    run = job.run_to_resume()
    assert run is not None
    assert main(["queue", "run"]) == 0
    (job,) = Queue().jobs()
    assert (job.state, job.run) == ("done", run.folder)
    starts = [event.epochs_done for event in run.events() if isinstance(event, RunStart)]
    assert starts[0] == 0
    assert len(starts) == 2
    assert starts[1] >= 1

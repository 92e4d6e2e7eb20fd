import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from builders import QUICK_FLAGS

from stl_tl_gui.cli.follow import messages, stop_on_signal
from stl_tl_gui.cli.main import main
from stl_tl_gui.engine.events import EpochEnd
from stl_tl_gui.engine.machine.signals import stopping_signals
from stl_tl_gui.engine.models import weight_store
from stl_tl_gui.engine.runs.run import Run, open_run
from stl_tl_gui.engine.settings.backbones import BACKBONES
from stl_tl_gui.engine.settings.settings import TrainSettings


@pytest.fixture
def run(colours: Path, tmp_path: Path) -> Run:
    folder = tmp_path / "run"
    assert main(["train", "--data", str(colours), *QUICK_FLAGS, "--epochs", "2", "--run", str(folder)]) == 0
    return open_run(folder)


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_that_every_setting_is_a_flag(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--help"]) == 0
    text = capsys.readouterr().out
    for name in TrainSettings.model_fields:
        assert f"--{name.replace('_', '-')}" in text


def test_that_the_help_lists_the_devices_of_this_computer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from stl_tl_gui.engine.machine import device

    monkeypatch.setattr(device, "devices_here", lambda: {"cpu": "CPU", "cuda:0": "GPU 0: NVIDIA A2"})
    for command in (["train"], ["find-learning-rate"], ["queue", "add"]):
        assert main([*command, "--help"]) == 0
        assert "Here: cpu (CPU), cuda:0 (GPU 0: NVIDIA A2)." in " ".join(
            capsys.readouterr().out.replace("│", "").split()
        )


def test_that_train_writes_what_was_asked_for_and_names_the_run_folder(
    colours: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "my [first] run"
    assert main(["train", "--data", str(colours), *QUICK_FLAGS, "--epochs", "2", "--run", str(folder)]) == 0
    run = open_run(folder)
    assert run.settings().input_size == 32
    assert len([event for event in run.events() if isinstance(event, EpochEnd)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert str(run.folder) in captured.err


def test_that_evaluate_gives_the_accuracy_that_the_table_implies(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["evaluate", str(run.folder), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    rows = read_table(run.predictions())
    hits = sum(row["target"] == row["predicted"] for row in rows)
    assert document["accuracy"] == hits / len(rows)
    assert (document["split"], document["count"]) == ("test", 18)
    assert document["loss"] == pytest.approx(sum(float(row["loss"]) for row in rows) / 18, rel=1e-5)
    assert main(["evaluate", str(run.folder), "--split", "val"]) == 0
    assert "val accuracy" in capsys.readouterr().out


def test_that_predict_gives_probabilities_that_sum_to_one_and_errors_in_their_place(
    run: Run, colours: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = colours / "test" / "red" / "00.png", tmp_path / "bad.png"
    bad.write_bytes(b"")
    table = tmp_path / "table.csv"
    capsys.readouterr()
    assert main(["predict", str(run.folder), str(good), str(bad), "--json", "--csv", str(table)]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert first["path"] == str(good)
    assert sum(first["probabilities"].values()) == pytest.approx(1)
    assert first["confidence"] == first["probabilities"][first["predicted"]]
    assert set(second) == {"path", "error"}
    rows = read_table(table)
    assert rows[0]["predicted"] == first["predicted"]
    assert rows[1]["error"] == second["error"]
    assert main(["predict", str(run.folder), str(good), "--top-k", "2"]) == 0
    assert capsys.readouterr().out.count("%") == 2


def test_that_a_name_that_the_terminal_cannot_show_is_written_with_escapes(run: Run, colours: Path) -> None:
    shutil.copy(colours / "test" / "red" / "00.png", colours / "grün 猫.png")
    command = [sys.executable, "-m", "stl_tl_gui", "predict", str(run.folder), str(colours / "grün 猫.png")]
    done = subprocess.run(command, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}, check=False)
    assert done.returncode == 0, done.stderr
    assert rb"gr\xfcn \u732b.png: " in done.stdout


def test_that_results_are_printed_also_where_the_table_cannot_be_written(
    run: Run, colours: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    picture = str(colours / "test" / "red" / "00.png")
    assert main(["predict", str(run.folder), picture, "--json", "--csv", str(tmp_path / "no" / "table.csv")]) == 1
    captured = capsys.readouterr()
    assert len(json.loads(captured.out)) == 1
    assert "cannot be written" in captured.err


@pytest.mark.skipif(sys.platform != "linux", reason="file names that are no text")
def test_that_a_table_holds_file_names_that_are_no_text(run: Run, colours: Path, tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/\xff.png"
    shutil.copy(colours / "test" / "red" / "00.png", odd)
    assert main(["predict", str(run.folder), os.fsdecode(odd), "--csv", str(tmp_path / "table.csv")]) == 0
    assert b"/\xff.png,red" in (tmp_path / "table.csv").read_bytes()


def test_that_a_run_whose_log_cannot_be_written_failed(
    colours: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Run, "log", full)
    assert main(["train", "--data", str(colours), *QUICK_FLAGS, "--epochs", "1", "--run", str(tmp_path / "run")]) == 1
    assert "disk is full" in capsys.readouterr().err


def test_that_predict_asks_for_the_class_names_of_a_file_that_does_not_say(
    run: Run, colours: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch

    torch.save(torch.load(run.best, weights_only=True)["model_state_dict"], tmp_path / "plain.pt")
    picture = str(colours / "test" / "red" / "00.png")
    assert main(["predict", str(tmp_path / "plain.pt"), picture]) == 1
    assert "class names" in capsys.readouterr().err.replace("\n", " ")
    (tmp_path / "names.txt").write_text("a\nb\nc\n")
    assert main(["predict", str(tmp_path / "plain.pt"), picture, "--class-names", str(tmp_path / "names.txt")]) == 0


def test_that_resume_goes_on_and_runs_lists(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["resume", str(run.folder)]) == 1
    assert main(["resume", str(run.folder), "--epochs", "3"]) == 0
    shutil.copytree(run.folder, run.folder.parent / "runs" / "copy")
    capsys.readouterr()
    assert main(["runs", str(run.folder.parent / "runs"), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["name"], row["state"], row["settings"]["epochs"]) == ("copy", "completed", 3)
    assert main(["runs", str(run.folder.parent / "runs")]) == 0
    assert "squeezenet1_1" in capsys.readouterr().out


BENCH = ["bench", "--backbone", "squeezenet1_1", "--pictures", "80", "--input-size", "32", "--rounds", "1"]


def test_that_bench_prints_one_document_or_a_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.frozen", True, raising=False)  # the plain loop without loader processes: quick
    assert main([*BENCH, "--task", "train", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert set(document) == {"device", "settings", "sides", "stopped", "results"}
    assert {"cpu", "cores", "threads", "torch", "memory_gb", "system"} <= set(document["device"])
    (result,) = document["results"]
    assert (result["task"], result["backbone"], result["unit"]) == ("train", "squeezenet1_1", "pictures/s")
    assert result["times_plain"] == pytest.approx(result["app"] / result["plain"])
    assert len(result["rounds"]["app"]) == 1
    assert main([*BENCH, "--task", "train"]) == 0
    out = capsys.readouterr().out
    assert "app / plain" in out
    assert "train all layers" in out
    assert str(document["device"]["torch"]) in out


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_that_a_signal_stops_a_benchmark_which_prints_what_there_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = []

    def measure(*_: str) -> float:
        measured.append(0.5)
        if len(measured) == 3:
            signal.raise_signal(signal.SIGINT)
        return 0.5

    monkeypatch.setattr("stl_tl_gui.engine.benchmark.tasks.seconds_of", measure)
    assert main([*BENCH, "--task", "start", "--rounds", "9999", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["stopped"] is True
    assert document["results"][0]["rounds"]["app"] == measured == [0.5] * 3


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["train", "--epochs", "0"], 2, "Epochs"),
        (["train", "--epochs", "many"], 2, "epochs"),
        (["train", "--backbone", "alexnet"], 2, "Backbone"),
        (["train", "--colour", "red"], 2, "colour"),
        (["train", "--data", "no/such/folder", "--weights", "none"], 1, "no/such/folder"),
        (["evaluate", "no/such/run"], 1, "does not exist"),
        (["runs", "no/such/folder"], 2, "folder"),
        (["bench", "--backbone", "alexnet"], 2, "alexnet"),
        (["bench", "--task", "dance"], 2, "dance"),
        (["dance"], 2, "dance"),
    ],
)
def test_that_a_mistake_is_a_sentence_and_an_exit_code(
    arguments: list[str], code: int, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code
    captured = capsys.readouterr()
    assert word in captured.err
    assert captured.out == ""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("number", stopping_signals())
def test_that_a_signal_stops_and_saves(colours: Path, tmp_path: Path, number: Any) -> None:
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "stl_tl_gui", "train", "--data", str(colours), *QUICK_FLAGS, "--epochs", "9999"]
    process = subprocess.Popen([*command, "--run", str(folder)], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("Epoch 2"):
            process.send_signal(number)
            break
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 0, rest
    assert "saved" in rest
    assert open_run(folder).state() == "stopped"
    assert (folder / "last.pt").exists()


def test_that_a_terminal_that_is_gone_does_not_end_a_run(colours: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "stl_tl_gui", "train", "--data", str(colours), *QUICK_FLAGS, "--epochs", "3"]
    process = subprocess.Popen([*command, "--run", str(folder)], stderr=subprocess.PIPE)
    assert process.stderr is not None
    process.stderr.readline()
    process.stderr.close()
    assert process.wait(60) == 0
    assert open_run(folder).state() == "completed"


class SignalledWhileWriting(io.RawIOBase):
    """A terminal whose writes are interrupted, the first ones by a signal."""

    def __init__(self, *numbers: signal.Signals) -> None:
        self.numbers, self.written = list(numbers), b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self.numbers:
            signal.raise_signal(self.numbers.pop())
        self.written += bytes(data)
        return len(data)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_that_a_signal_may_come_while_something_is_printed(number: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = SignalledWhileWriting(number)
    stderr = io.TextIOWrapper(io.BufferedWriter(terminal), "utf-8", line_buffering=True)
    monkeypatch.setattr(sys, "stderr", stderr)
    with stop_on_signal() as should_stop:
        messages.print("Epoch 1")
        assert should_stop()
    assert set(terminal.written.decode().splitlines()) == {"Epoch 1", "Stopping after this batch…"}


def test_that_signals_may_interrupt_each_other_and_a_second_one_from_the_keyboard_stops_at_once() -> None:
    with stop_on_signal() as should_stop:
        assert not should_stop()
        for _ in range(3):
            signal.raise_signal(signal.SIGTERM)
        assert should_stop()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_that_the_archive_is_imported_by_command_and_its_folder_printed(tmp_path, capsys, monkeypatch):
    archive = tmp_path / "stl10_binary.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name in ("train_X.bin", "train_y.bin"):
            info = tarfile.TarInfo(f"stl10_binary/{name}")
            info.size = 4
            tar.addfile(info, io.BytesIO(b"data"))
    assert main(["import-stl10", str(archive), "--to", str(tmp_path / "x")]) == 1
    assert "not the official file. Nothing was imported" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
    assert main(["import-stl10", str(tmp_path / "gone.tar.gz")]) == 1
    assert "gone.tar.gz" in capsys.readouterr().err


def test_that_weights_are_listed_imported_and_exported_by_command(tmp_path, capsys, monkeypatch):
    file_name = BACKBONES["squeezenet1_1"].weights.file_name
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / file_name).write_bytes(b"not what its name says")
    assert main(["weights", "import", str(stick)]) == 1
    assert "damaged" in capsys.readouterr().err.replace("\n", " ")
    monkeypatch.setattr(weight_store, "has_checksum", lambda *_: True)
    assert main(["weights", "import", str(stick)]) == 0
    assert file_name in capsys.readouterr().out
    assert main(["weights", "list", "--json"]) == 0
    listed = {each["backbone"]: each["path"] for each in json.loads(capsys.readouterr().out)}
    assert listed["squeezenet1_1"].endswith(file_name)
    assert listed["resnet18"] is None
    assert main(["weights", "export", str(tmp_path / "lab"), "squeezenet1_1"]) == 0
    assert (tmp_path / "lab" / file_name).read_bytes() == b"not what its name says"
    assert main(["weights", "export", str(tmp_path / "lab"), "alexnet"]) == 1
    assert "alexnet" in capsys.readouterr().err

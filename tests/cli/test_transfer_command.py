"""What the terminal says of transfer after a run."""

import shlex
from pathlib import Path

import builders
import pytest

from stl_tl_gui.cli.main import main
from stl_tl_gui.cli.transfer import command_of, say_transfer
from stl_tl_gui.engine.events import EvaluationEnd, RunEnd
from stl_tl_gui.engine.runs.run import Run, create_run
from stl_tl_gui.engine.runs.transfer import from_scratch
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.words.transfer import COMPARE


def trained(test: float, folder: Path | None = None, **chosen: object) -> Run:
    run = create_run(make_settings(chosen), folder)
    run.update(facts={"data_fingerprint": "f"})
    run.log(builders.run_start(run))
    run.log(EvaluationEnd(split="test", accuracy=test, count=10, loss=1.0, predictions="predictions.csv"))
    run.log(RunEnd(reason="completed", message="", test_accuracy=test, seconds=7.0))
    return run


def test_that_the_command_after_a_pretrained_run_gives_the_comparison(
    colours: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pretrained = ["--epochs", "1", "--freeze", "head", "--input-size", "32", "--device", "cpu"]
    assert main(["train", "--data", str(colours), *pretrained, "--precision", "float32"]) == 0
    captured = capsys.readouterr()
    (line,) = (line for line in captured.err.splitlines() if COMPARE in line)
    _, *words = shlex.split(line.removeprefix(f"{COMPARE}: "))
    assert main(words) == 0
    err = capsys.readouterr().err
    assert "Transfer " in err
    assert "from scratch" in err
    assert COMPARE not in err
    assert captured.out == ""


def test_that_the_command_is_short() -> None:
    run = trained(0.9)
    assert command_of(from_scratch(run.settings()), run) == shlex.split("stl-tl-gui train --weights none")
    other = trained(0.9, backbone="squeezenet1_1", seed=2)
    expected = "stl-tl-gui train --backbone squeezenet1_1 --weights none --seed 2"
    assert command_of(from_scratch(other.settings()), other) == shlex.split(expected)


def test_that_runs_elsewhere_are_compared_there(tmp_path: Path) -> None:
    run = trained(0.9, tmp_path / "my run", data="/my pictures")
    expected = ["--data", "/my pictures", "--weights", "none", "--run", f"{tmp_path / 'my run'} from scratch"]
    assert command_of(from_scratch(run.settings()), run)[2:] == expected


def test_that_both_runs_give_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    pretrained, scratch = trained(0.996), trained(0.62, weights="none")
    for run in (pretrained, scratch):
        say_transfer(run)
        captured = capsys.readouterr()
        assert "Transfer gave 37.6 points: 99.6% with pretrained weights, 62.0% from scratch." in captured.err
        assert captured.out == ""


def test_that_a_run_from_scratch_alone_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    say_transfer(trained(0.62, weights="none"))
    assert capsys.readouterr().err == ""

import json
from pathlib import Path

import pytest
from builders import QUICK_FLAGS

from stl_tl_gui.cli.main import main
from stl_tl_gui.engine.storage.places import runs_folder


def test_that_the_suggested_rate_is_all_that_goes_to_stdout(colours: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find-learning-rate", "--data", str(colours), *QUICK_FLAGS]) == 0
    said = capsys.readouterr()
    assert 1e-6 < float(said.out) < 1
    assert "falls most steeply" in said.err
    assert not list(runs_folder().glob("*"))


def test_that_a_rate_for_folds_is_found_on_the_first(colours: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["find-learning-rate", "--json", "--data", str(colours), "--protocol", "kfold", *QUICK_FLAGS])
    assert len(json.loads(capsys.readouterr().out)["rates"]) >= 10


def test_that_json_holds_all_that_was_tried(colours: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find-learning-rate", "--json", "--data", str(colours), *QUICK_FLAGS]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["rates"]) == len(found["losses"]) == len(found["smoothed"]) >= 10
    assert found["rates"][0] < found["suggestion"] < found["rates"][-1]


def test_that_what_cannot_be_is_a_sentence(colours: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find-learning-rate", "--data", str(colours), "--freeze", "layer9"]) == 1
    assert "no stage “layer9”" in capsys.readouterr().err

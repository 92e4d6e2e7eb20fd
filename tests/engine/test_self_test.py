"""The self-test's findings. All real checks together are run by tests/gui/test_self_test_dialog.py."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.engine.machine import device
from stl_tl_gui.engine.self_test import CheckContext, Finding, Skipped, checks, self_test
from stl_tl_gui.engine.self_test.checks import Check, CheckFailed
from stl_tl_gui.engine.storage import places

Drain = Callable[..., Any]


def named(*names: str) -> list[Check]:
    return [check for check in checks() if check.name in names]


def only(drain: Drain, *names: str) -> Finding:
    (finding,) = drain(self_test(todo=named(*names)))[1]
    return finding


def ends(error: Exception | str) -> Check:
    def do(context: CheckContext) -> str:
        if isinstance(error, Exception):
            raise error
        return error

    return Check("x", "X", do)


def test_that_one_check_that_fails_stops_none_of_the_others(drain: Drain) -> None:
    todo = [ends("fine"), ends(CheckFailed("No.")), ends(ZeroDivisionError("oh")), ends(Skipped("none")), ends("fine")]
    events, findings = drain(self_test(todo=todo))
    assert [finding.outcome for finding in findings] == ["passed", "failed", "failed", "skipped", "passed"]
    assert [finding.detail for finding in findings] == ["fine", "No.", "ZeroDivisionError: oh", "none", "fine"]
    assert [event for event in events if isinstance(event, Finding)] == findings
    assert sum(isinstance(event, Progress) for event in events) == 5


def test_that_a_cancel_ends_it_and_leaves_nothing(drain: Drain, tmp_path: Path) -> None:
    places = []

    def do(context: CheckContext) -> str:
        places.append(context.folder)
        raise Cancelled

    with pytest.raises(Cancelled):
        drain(self_test(todo=[Check("x", "X", do)]))
    assert not places[0].exists()
    with pytest.raises(Cancelled):
        drain(self_test(lambda: True, todo=[Check("x", "X", do)]))
    assert len(places) == 1


def test_that_a_home_that_cannot_be_written_is_named(
    drain: Drain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("STL_TL_GUI_HOME", str(tmp_path / "file"))
    finding = only(drain, "folders")
    assert finding.outcome == "failed"
    assert str(tmp_path / "file" / "runs") in finding.detail
    assert "STL_TL_GUI_HOME" in finding.detail


def test_that_included_weights_that_are_gone_are_found(drain: Drain, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "EfficientNet-Lite0" in only(drain, "weights").detail
    monkeypatch.setattr(places, "WEIGHTS_PACKAGE", "not-installed-at-all")
    finding = only(drain, "weights")
    assert finding.outcome == "failed"
    assert "Reinstall the app" in finding.detail


def test_that_a_full_disk_is_told(drain: Drain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(100, 99, 1_000_000))
    assert "0.0 GB are free" in only(drain, "folders").detail


def test_that_a_processor_that_computes_wrongly_is_found(drain: Drain, monkeypatch: pytest.MonkeyPatch) -> None:
    assert only(drain, "cpu").outcome == "passed"
    real = torch.nn.functional.conv2d

    def wrong(pictures: torch.Tensor, *more: Any, **options: Any) -> torch.Tensor:
        result = real(pictures, *more, **options)
        return result if pictures.dtype == torch.float64 else result * 1.01

    monkeypatch.setattr(torch.nn.functional, "conv2d", wrong)
    finding = only(drain, "cpu")
    assert finding.outcome == "failed"
    assert "float32: off by" in finding.detail


def test_that_a_card_fails_only_a_build_that_is_for_cards(drain: Drain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "why_no_gpu", lambda: "NVIDIA A2: its driver is too old")
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    assert only(drain, "gpu").outcome == "failed"
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(torch.version, "hip", None)
    finding = only(drain, "gpu")
    assert finding.outcome == "skipped"
    assert "too old" in finding.detail


def test_that_what_needs_the_training_is_left_out_without_it(drain: Drain) -> None:
    findings = drain(self_test(todo=named("checkpoint", "prediction")))[1]
    assert {finding.outcome for finding in findings} == {"skipped"}


def test_that_the_window_is_opened_only_where_it_is_wanted(drain: Drain) -> None:
    assert drain(self_test(todo=named("window"), window=False))[1] == []
    assert only(drain, "window").outcome == "passed"


def test_that_a_window_that_cannot_open_says_why(drain: Drain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "nowhere")
    monkeypatch.setenv("DISPLAY", ":99")
    finding = only(drain, "window")
    assert finding.outcome == "failed"
    assert "failed with exit code" in finding.detail

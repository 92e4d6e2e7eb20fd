"""Help > Self-test: the real command in a process of its own, and what the dialog makes of what it says."""

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from stl_tl_gui.gui.window import self_test_dialog
from stl_tl_gui.gui.window.self_test_dialog import SelfTestDialog

LONG = 60_000


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A Python script that stands in for the command."""
    script = tmp_path / "command.py"
    monkeypatch.setattr(self_test_dialog, "command", lambda *arguments: [sys.executable, str(script), *arguments])
    return script


def opened(qtbot: QtBot) -> SelfTestDialog:
    dialog = SelfTestDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def results(dialog: SelfTestDialog) -> list[str]:
    return [dialog.table.item(row, 1).text() for row in range(dialog.table.rowCount())]


def test_that_everything_works_here_and_is_said_to(qtbot: QtBot, home: Path) -> None:
    dialog = opened(qtbot)
    assert results(dialog)[:3] == ["works", "running", "waiting"]
    qtbot.waitUntil(lambda: dialog.process is None, timeout=LONG)
    assert dialog.summary.text() == "Everything works"
    assert set(results(dialog)) <= {"works", "skipped"}
    assert [finding["name"] for finding in dialog.findings][-3:] == ["checkpoint", "prediction", "weights"]
    assert not list((home / "runs").glob("*"))
    dialog.copy()
    assert "Training\tworks\ttwo epochs" in QGuiApplication.clipboard().text()


def test_that_a_part_that_fails_is_told_with_its_reason(qtbot: QtBot, said: Path) -> None:
    said.write_text(
        "import json\n"
        "from stl_tl_gui.engine.self_test import checks\n"
        "for check in checks():\n"
        "    if check.name != 'window':\n"
        "        outcome = 'failed' if check.name == 'folders' else 'passed'\n"
        "        row = {'name': check.name, 'title': check.title, 'outcome': outcome, 'detail': 'because'}\n"
        "        print(json.dumps(row), flush=True)\n"
    )
    dialog = opened(qtbot)
    qtbot.waitUntil(lambda: dialog.process is None, timeout=LONG)
    assert dialog.summary.text() == "1 of 10 parts do not work here"
    assert results(dialog)[2] == "fails"
    assert dialog.table.item(2, 2).text() == "because"


def test_that_a_test_that_breaks_off_says_why(qtbot: QtBot, said: Path) -> None:
    said.write_text("import sys\nsys.exit('no libGL here')\n")
    dialog = opened(qtbot)
    qtbot.waitUntil(lambda: dialog.process is None, timeout=LONG)
    assert dialog.summary.text() == "Not everything was tested"
    assert dialog.table.item(1, 2).text() == "no libGL here"


def test_that_it_can_be_cancelled_and_begun_again(qtbot: QtBot, said: Path) -> None:
    said.write_text("import time\ntime.sleep(60)\n")
    dialog = opened(qtbot)
    qtbot.mouseClick(dialog.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.process is None, timeout=LONG)
    assert set(results(dialog)[1:]) == {"skipped"}
    qtbot.mouseClick(dialog.again, Qt.MouseButton.LeftButton)
    process = dialog.process
    assert process is not None
    with qtbot.waitSignal(process.finished, timeout=LONG):
        dialog.close()

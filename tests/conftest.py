"""Shared fixtures: every test has its own home folder, so that nothing of the user is read or written."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The app's own folders, empty."""
    folder = tmp_path / "home"
    monkeypatch.setenv("STL_TL_GUI_HOME", str(folder))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return folder

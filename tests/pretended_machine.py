"""A machine as the tests of `packaging/bootstrap.py` want it."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from unittest.mock import MagicMock

import pytest

SCRIPT = Path(__file__).parent.parent / "packaging" / "bootstrap.py"


class Machine:
    """A pretended machine: an environment that is as sound as we say, and notes of everything that was started."""

    def __init__(self, script: ModuleType, monkeypatch: pytest.MonkeyPatch):
        self.bootstrap, self.script = script, script.environment
        self.monkeypatch = monkeypatch
        self.sound = True
        self.pip = []
        self.started = []
        self.listened = []
        self.exit_codes = {}
        self.probes = []
        monkeypatch.setattr(self.script, "pip_install", lambda *arguments: self.pip.append(arguments))
        monkeypatch.setattr(self.script, "child", self._child)
        monkeypatch.setattr(self.script, "listen", self._listen)
        monkeypatch.setattr(self.script.torch_build, "default", lambda settings: ("", "PyTorch: pip's choice."))
        for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
            monkeypatch.delenv(variable, raising=False)

    def _child(self, command: list[str], **environment: str) -> int:
        self.started.append((command[3:], environment))
        return next((code for name, code in self.exit_codes.items() if name in command), 0)

    def _listen(self, command: list[str]) -> tuple[int, str]:
        self.listened.append(command)
        if "venv" in command:
            self.script.VENV.mkdir()
            self.sound = True
        if "-I" in command:
            return (0, "{} {} {}".format(self.script.VENV, *sys.version_info[:2])) if self.sound else (127, "no python")
        if self.script.QT_PROBE in command:
            return self.probes.pop(0) if self.probes else (0, "")
        return 0, "/home/me/runs"

    def call(self, *arguments: str) -> int:
        self.pip.clear()
        self.started.clear()
        self.listened.clear()
        return self.bootstrap.main(list(arguments))

    def has(self, *programs: str, root: bool = False) -> None:
        self.monkeypatch.setattr(self.script.shutil, "which", lambda name: name if name in programs else None)
        self.monkeypatch.setattr(self.script.os, "geteuid", lambda: 0 if root else 1000)

    def lacks(self, *libraries: str) -> None:
        def load(name: str) -> MagicMock:
            if name in libraries:
                raise OSError(name)
            return MagicMock(**{"XOpenDisplay.return_value": 1})

        self.monkeypatch.setattr(self.script.ctypes, "CDLL", load)

    def tried_qt(self) -> int:
        return sum(self.script.QT_PROBE in command for command in self.listened)


def load(root: Path) -> ModuleType:
    """The script as if it lay in the checkout `root`; its other half is its `environment`."""
    sys.modules.pop("environment", None)
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.environment.ROOT, script.environment.VENV = root, root / ".venv"
    return script

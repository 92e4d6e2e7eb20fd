"""Which build of PyTorch `packaging/bootstrap.py` takes where nobody chose one."""

import importlib
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from file_server import Server

PACKAGING = Path(__file__).parent.parent / "packaging"

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="there is one build for Macs")


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch, server: Server) -> ModuleType:
    """The module, on a computer without an NVIDIA driver, with an index that answers."""
    monkeypatch.syspath_prepend(PACKAGING)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    build = importlib.import_module("torch_build")
    monkeypatch.setattr(build, "TORCH_INDEX", server.url.removesuffix("file.bin"))
    monkeypatch.setattr(build, "has_nvidia_driver", lambda: False)
    return build


def test_that_the_build_for_the_cpu_is_taken_where_no_driver_is_found(build: ModuleType, server: Server) -> None:
    flavour, sentence = build.default("global.timeout='60'\n:env:.extra-index-url='https://packages.lab/simple'")
    assert flavour == "cpu"
    assert "no NVIDIA driver" in sentence
    assert len(server.asked) == 1


def test_that_a_driver_or_settings_of_pip_leave_the_choice_to_pip_and_nothing_is_asked(
    build: ModuleType, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for setting in (":env:.no-index='1'", "global.no-index='True'", "global.index-url='https://packages.lab/simple'"):
        flavour, sentence = build.default("global.timeout='60'\n" + setting)
        assert flavour == ""
        assert "pip is set" in sentence
    monkeypatch.setattr(build, "has_nvidia_driver", lambda: True)
    assert build.default("") == ("", "PyTorch: pip's choice, because there is an NVIDIA driver.")
    assert server.asked == []


@pytest.mark.parametrize("mood", [{"status": 404}, {"status": 503}, {"garbage": b"\0what\n"}])
def test_that_an_index_that_does_not_answer_well_leaves_the_choice_to_pip(
    build: ModuleType, server: Server, mood: dict[str, object]
) -> None:
    server.moods = [mood]
    assert build.default("") == (
        "",
        f"PyTorch: pip's choice, because 127.0.0.1:{server.server_port} does not answer.",
    )


def test_that_a_silent_index_is_soon_given_up(build: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(build, "TORCH_INDEX", f"http://127.0.0.1:{silent.getsockname()[1]}/")
        started = time.perf_counter()
        assert build.default("")[0] == ""
        assert time.perf_counter() - started < 10
    assert build.default("")[0] == ""  # and so is one that refuses


def test_that_pip_tells_of_its_settings_as_they_are_looked_for(build: ModuleType, tmp_path: Path) -> None:
    settings = tmp_path / "pip.conf"
    settings.write_text("[global]\nindex-url = https://packages.lab/simple\n")
    command = [sys.executable, "-m", "pip", "config", "list"]

    def told(**environment: str) -> re.Match[str] | None:
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return build.OTHER_SOURCES.search(ended.stdout)

    nowhere = str(tmp_path / "no.conf")
    assert told(PIP_NO_INDEX="1", PIP_CONFIG_FILE=nowhere)
    assert not told(PIP_NO_INDEX="0", PIP_CONFIG_FILE=nowhere)
    assert told(PIP_CONFIG_FILE=str(settings))
    assert not told(PIP_FIND_LINKS="/media/stick", PIP_CONFIG_FILE=nowhere)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the driver's files of Linux")
def test_that_a_driver_is_known_by_its_file_or_its_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(PACKAGING)
    build = importlib.import_module("torch_build")
    there = {"file": True, "program": True}
    monkeypatch.setattr(
        build.Path, "is_file", lambda path: there["file"] and str(path) == "/proc/driver/nvidia/version"
    )
    monkeypatch.setattr(shutil, "which", lambda name: name if there["program"] and name == "nvidia-smi" else None)
    for there["file"], there["program"] in ((True, False), (False, True)):
        assert build.has_nvidia_driver()
    there["program"] = False
    assert not build.has_nvidia_driver()

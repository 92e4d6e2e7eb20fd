"""One window: a second start of the app hands over to the first, and never opens nothing at all."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Client
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from stl_tl_gui import __main__ as program
from stl_tl_gui.gui.window import single_window
from stl_tl_gui.gui.window.single_window import SingleWindow

START = """
import sys
from pathlib import Path
from stl_tl_gui.gui.window.single_window import hand_over
sys.exit(0 if hand_over([Path(each) for each in sys.argv[1:]]) else 1)
"""
WINDOW = """
import sys
from stl_tl_gui.gui import app
from stl_tl_gui.gui.window.main_window import MainWindow

def taken(window, paths):
    print("asked", [path.name for path in paths], window.isVisible(), flush=True)
    window.close()

MainWindow.start = lambda window: print("ready", flush=True)
MainWindow.open_for_another = taken
sys.exit(app.main())
"""


@contextmanager
def start(code: str, *arguments: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """A process, which does not outlive a test that fails; what it prints comes through a pipe."""
    clean = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    clean |= {"PYTHONPATH": str(Path(program.__file__).parents[1]), "QT_QPA_PLATFORM": "offscreen", **environment}
    command = [sys.executable, "-c", code, *arguments]
    with subprocess.Popen(command, env=clean, text=True, stdout=subprocess.PIPE) as process:
        try:
            yield process
            process.wait(30)
        finally:
            process.kill()


def found_by_second_start(**environment: str) -> bool:
    with start(START, **environment) as second:
        return second.wait(20) == 0


@pytest.fixture
def window(qapp, monkeypatch) -> Iterator[SingleWindow]:
    """Its address is short, as that of a socket has to be."""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        window = SingleWindow(lambda: True, qapp)
        yield window
        window.stop()


def test_that_a_second_start_hands_over_what_it_was_to_open(qtbot: QtBot, window: SingleWindow) -> None:
    assert window.listen()
    names = ("Häuser am See", "a\nb", "猫 🐈")
    with qtbot.waitSignal(window.asked, timeout=20_000) as asked, start(START, *names) as second:
        qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
    assert asked.args == [[Path(name).absolute() for name in names]]
    assert second.returncode == 0


def test_that_a_second_start_finds_nobody_where_no_window_is_open(window: SingleWindow) -> None:
    assert found_by_second_start() is False


def test_that_another_home_has_a_window_of_its_own(window: SingleWindow, tmp_path: Path) -> None:
    assert window.listen()
    assert found_by_second_start(STL_TL_GUI_HOME=str(tmp_path / "other")) is False


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere nothing is left of a killed process")
def test_that_a_window_that_was_killed_is_not_waited_for(qtbot: QtBot, window: SingleWindow) -> None:
    with start(WINDOW) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "ready\n"
        killed.kill()
    assert found_by_second_start() is False
    assert window.listen()  # its address is free again
    with qtbot.waitSignal(window.asked, timeout=20_000), start(START) as second:
        qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
    assert second.returncode == 0


def test_that_nonsense_is_not_taken_for_paths(qtbot: QtBot, window: SingleWindow) -> None:
    assert window.listen()
    address = single_window._address()
    assert address is not None
    with qtbot.assertNotEmitted(window.asked, wait=100), Client(address) as other:
        other.send_bytes(b"{not json")
        assert other.poll(5)
        with pytest.raises(EOFError):
            other.recv_bytes()
    assert found_by_second_start()


def test_that_a_window_that_is_closing_takes_nothing_and_keeps_its_address(qapp, window: SingleWindow) -> None:
    window._willing = lambda: False
    assert window.listen()
    assert not found_by_second_start()
    assert not SingleWindow(lambda: True, qapp).listen()
    window.stop()
    other = SingleWindow(lambda: True, qapp)
    assert other.listen()
    other.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows, without a screen, there is no way to see it")
def test_that_a_second_start_of_the_app_ends_at_once_and_the_first_window_is_told(window, tmp_path: Path) -> None:
    picture = tmp_path / "cat.png"
    picture.touch()
    code = "import sys; from stl_tl_gui.__main__ import main; sys.exit(main(sys.argv[1:]))"
    with start(WINDOW) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "ready\n"
        with start(code, str(picture)) as second:
            assert second.wait(30) == 0
        assert first.stdout.readline() == "asked ['cat.png'] True\n"
    assert first.returncode == 0

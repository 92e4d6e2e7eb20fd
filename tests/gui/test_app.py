"""The program as a whole: quick to show, quiet, and never gone without a word."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from stl_tl_gui import __main__ as program
from stl_tl_gui.engine.machine.signals import stopping_signals
from stl_tl_gui.gui.window.failures import Failures
from stl_tl_gui.gui.window.terminal_signals import TerminalSignals

PAINT = """
import sys
from stl_tl_gui.gui import app
from stl_tl_gui.gui.window.main_window import MainWindow

def look(window):
    print("torch" in sys.modules, window.isVisible())
    window.close()

MainWindow.start = look
sys.exit(app.main())
"""


OPEN = """
import sys
from pathlib import Path
from PySide6.QtCore import QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication
from stl_tl_gui.__main__ import main
from stl_tl_gui.gui.window.main_window import MainWindow
from stl_tl_gui.gui.window.opener import Opener

def opened(opener, paths):
    print([path.name for path in paths])
    if paths[0].name == "second.pt":
        opener.window.close()

Opener.open = opened
MainWindow.start = lambda window: QApplication.postEvent(
    QApplication.instance(), QFileOpenEvent(QUrl.fromLocalFile("/second.pt"))
)
sys.exit(main([sys.argv[1]]))
"""


BUSY = """
import sys, time
from stl_tl_gui.gui import app
from stl_tl_gui.gui.window.main_window import MainWindow
from stl_tl_gui.gui.background.worker import Worker

def job(should_stop):
    yield 0
    while not should_stop():
        time.sleep(0.01)
    time.sleep(0.3)
    yield 1

def short(should_stop):
    yield 0

def work(window):
    brief, worker = Worker(short), Worker(job)
    worker.happened.connect(lambda event: (brief.start(), brief.wait(), window.close()))
    worker.start()

MainWindow.start = work
sys.exit(app.main())
"""


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    clean |= {"PYTHONPATH": str(Path(program.__file__).parents[1]), **environment}
    return subprocess.run([sys.executable, *command], env=clean, capture_output=True, text=True, timeout=60)


@pytest.fixture
def failures(qapp: QApplication) -> Iterator[Failures]:
    failures = Failures(qapp)
    yield failures
    failures.deleteLater()


@pytest.fixture
def signals_restored() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in stopping_signals()}
    yield
    signal.set_wakeup_fd(-1)
    for number, handler in before.items():
        signal.signal(number, handler)


def boxes() -> list[QMessageBox]:
    return [box for box in QApplication.topLevelWidgets() if isinstance(box, QMessageBox) and box.isVisible()]


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows torch must be loaded before Qt")
def test_that_the_window_is_painted_before_torch_is_imported_and_says_nothing() -> None:
    done = run("-c", PAINT, QT_QPA_PLATFORM="offscreen")
    assert done.stdout.split() == ["False", "True"]
    assert [line for line in done.stderr.splitlines() if "propagateSizeHints" not in line] == []
    assert done.returncode == 0


def test_that_a_window_closed_while_something_goes_on_ends_the_program() -> None:
    assert run("-c", BUSY, QT_QPA_PLATFORM="offscreen").returncode == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there always is a display")
@pytest.mark.parametrize("display", ["", ":4711"])
def test_that_without_a_display_one_sentence_says_so(display: str) -> None:
    done = run("-m", "stl_tl_gui", QT_QPA_PLATFORM="", DISPLAY=display)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("No screen")
    assert done.stderr.count("\n") == 1


def test_that_help_loads_neither_qt_nor_torch() -> None:
    code = (
        "import sys; from stl_tl_gui.__main__ import main; main(['--help']); "
        "print([name for name in ('PySide6', 'torch') if name in sys.modules])"
    )
    done = run("-c", code)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "train" in done.stdout


def test_that_the_version_is_told() -> None:
    from stl_tl_gui import __version__

    done = run("-m", "stl_tl_gui", "--version")
    assert done.returncode == 0
    assert __version__ in done.stdout


def test_that_an_uncaught_error_becomes_a_dialog_and_is_printed(
    failures: Failures, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    error = ZeroDivisionError("by zero")
    failures.hook(type(error), error, None)
    qtbot.waitUntil(lambda: len(boxes()) == 1)
    assert "by zero" in boxes()[0].detailedText()
    assert "ZeroDivisionError: by zero" in capsys.readouterr().err
    boxes()[0].close()


def test_that_an_error_in_another_thread_becomes_a_dialog_too(
    failures: Failures, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    error = RuntimeError("in a thread")
    thread = threading.Thread(target=lambda: failures.hook(type(error), error, None))
    thread.start()
    qtbot.waitUntil(lambda: len(boxes()) == 1)
    thread.join()
    assert "in a thread" in boxes()[0].detailedText()
    boxes()[0].close()


def test_that_an_error_that_repeats_opens_one_dialog(
    failures: Failures, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(20):
        failures.hook(ValueError, ValueError("again"), None)
    qtbot.waitUntil(lambda: len(boxes()) > 0)
    qtbot.wait(20)
    assert len(boxes()) == 1
    assert capsys.readouterr().err.count("ValueError: again") == 20
    boxes()[0].close()


def test_that_errors_without_a_standard_error_stream_are_shown(
    failures: Failures, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", None)  # as in a frozen app on Windows
    failures.hook(ValueError, ValueError("no console"), None)
    qtbot.waitUntil(lambda: len(boxes()) == 1)
    boxes()[0].close()


def test_that_leaving_on_purpose_is_no_failure(failures: Failures, qtbot: QtBot) -> None:
    failures.hook(SystemExit, SystemExit(0), None)
    qtbot.wait(10)
    assert boxes() == []


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot send itself Ctrl+C there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_that_ctrl_c_closes_an_idle_window(qtbot: QtBot, signals_restored: None, number: signal.Signals) -> None:
    closed: list[bool] = []
    listening = TerminalSignals(lambda: closed.append(True))
    os.kill(os.getpid(), number)
    qtbot.waitUntil(lambda: closed == [True])
    assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL  # a second one ends the program at once
    listening.deleteLater()


def test_that_files_given_by_the_system_open_in_the_window(tmp_path: Path) -> None:
    path = tmp_path / "first.pt"
    path.touch()
    ended = run("-c", OPEN, str(path), QT_QPA_PLATFORM="offscreen", STL_TL_GUI_HOME=str(tmp_path / "home"))
    assert (ended.returncode, ended.stdout.split("\n")[:2]) == (0, ["['first.pt']", "['second.pt']"]), ended.stderr


def test_that_a_bare_name_is_a_command_also_where_a_folder_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "runs").mkdir()
    monkeypatch.chdir(tmp_path)
    assert program.main(["runs", "--json"]) == 0
    assert capsys.readouterr().out.startswith("[")


def test_that_programs_that_a_packaged_app_starts_load_their_own_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    for name, value in {"LD_LIBRARY_PATH": "/app/_internal:/lab", "LD_LIBRARY_PATH_ORIG": "/lab"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("QT_PLUGIN_PATH", "/app/_internal/PySide6/Qt/plugins")
    assert program.main(["--version"]) == 0
    shown = {
        name: value for name, value in os.environ.items() if "LIBRARY_PATH" in name or name.startswith("QT_PLUGIN")
    }
    assert shown == {"LD_LIBRARY_PATH": "/lab"}

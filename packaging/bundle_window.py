"""The bundle's window on a screen of its own (Xvfb): steered by keys, photographed, and watched while it trains."""

import ctypes
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import environment
from bundle_place import Failed, Place, process

SIZE = "1366x768x24"
_PATIENCE = 90
"""Seconds that anything in the window may take."""
_VIEWABLE = 2
"""What X calls a window that can be seen."""
_PHOTOGRAPH = """
import sys
from PySide6.QtGui import QGuiApplication
app = QGuiApplication([])
sys.exit(not app.primaryScreen().grabWindow(0).save(sys.argv[1]))
"""
Found = TypeVar("Found")


@contextmanager
def screen() -> Iterator[str]:
    """An X screen, as the value of DISPLAY."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", SIZE, "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            yield f":{answer.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


class _Attributes(ctypes.Structure):
    """XWindowAttributes, of which the last fields are asked for."""

    _fields_ = [(name, ctypes.c_int) for name in ("x", "y", "width", "height", "border_width", "depth")] + [
        ("visual", ctypes.c_void_p),
        ("root", ctypes.c_ulong),
        *((name, ctypes.c_int) for name in ("class_", "bit_gravity", "win_gravity", "backing_store")),
        ("backing_planes", ctypes.c_ulong),
        ("backing_pixel", ctypes.c_ulong),
        ("save_under", ctypes.c_int),
        ("colormap", ctypes.c_ulong),
        ("map_installed", ctypes.c_int),
        ("map_state", ctypes.c_int),
        *((name, ctypes.c_long) for name in ("all_event_masks", "your_event_mask", "do_not_propagate_mask")),
        ("override_redirect", ctypes.c_int),
        ("screen", ctypes.c_void_p),
    ]


def train_in_window(place: Place, run: Path, display: str, pictures: Path) -> str:
    """Open a run as a file manager would, then train on the sample by keys, and count windows and processes."""
    known = set(runs_of(place))
    with process(place, str(run / "best.pt"), DISPLAY=display) as running:
        window = wait_for("a window", lambda: next(iter(windows(display)), None))
        wait_for("the model that was to be opened", lambda: quiet(running))
        photograph(display, pictures / "opened.png")
        press(display, window, "ctrl+shift+e")  # the sample
        time.sleep(3)
        photograph(display, pictures / "sample.png")
        press(display, window, "ctrl+t")  # train
        folder = wait_for("a training", lambda: _new_run(place, known))
        most_windows, most_processes = set[str](), set[int]()
        ended = time.monotonic() + _PATIENCE
        while not epochs(folder) and time.monotonic() < ended:
            most_windows = max(most_windows, set(windows(display)), key=len)
            most_processes = max(most_processes, processes(place), key=len)
            time.sleep(0.2)
        photograph(display, pictures / "training.png")
        if not epochs(folder):
            raise Failed(f"no epoch was done within {_PATIENCE} s")
    complaints = [line for line in (place.home / "output.txt").read_text("utf-8").splitlines() if line]
    if complaints:
        raise Failed(f"it complained: {complaints[-1]}")
    if len(most_windows) != 1:
        raise Failed(f"there were {len(most_windows)} windows during the training, not 1")
    if len(most_processes) != 1:
        raise Failed(f"there were {len(most_processes)} processes during the training, not 1")
    return "trained in it, one window and one process"


def quiet(running: "subprocess.Popen[bytes]") -> bool:
    """Whether a program lives; a moment later, so that it has done something."""
    if running.poll() is not None:
        raise Failed(f"it ended with {running.returncode}")
    time.sleep(4)
    return True


def wait_for(what: str, find: Callable[[], Found | None]) -> Found:
    """What is found at last. Raises Failed after a while."""
    ended = time.monotonic() + _PATIENCE
    while time.monotonic() < ended:
        found = find()
        if found:
            return found
        time.sleep(0.2)
    raise Failed(f"{what} did not come within {_PATIENCE} s")


def windows(display: str) -> list[str]:
    """The numbers of the windows that are to be seen, without menus and hints."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XDefaultRootWindow.restype = ctypes.c_ulong
    screen = ctypes.c_void_p(x11.XOpenDisplay(display.encode()))
    if not screen:
        raise Failed(f"the screen {display} does not answer")
    root, nothing, count = x11.XDefaultRootWindow(screen), ctypes.c_ulong(), ctypes.c_uint()
    children = ctypes.POINTER(ctypes.c_ulong)()
    x11.XGrabServer(screen)  # so that none goes while it is asked for
    found = []
    x11.XQueryTree(screen, ctypes.c_ulong(root), ctypes.byref(nothing), ctypes.byref(nothing),
                   ctypes.byref(children), ctypes.byref(count))  # fmt: skip
    for number in children[: count.value]:
        window = _Attributes()
        x11.XGetWindowAttributes(screen, ctypes.c_ulong(number), ctypes.byref(window))
        if window.map_state == _VIEWABLE and not window.override_redirect:
            found.append(str(number))
    x11.XCloseDisplay(screen)
    return found


def press(display: str, window: str, keys: str) -> None:
    """Keys on the keyboard of the screen, for this window."""
    for command in (["windowfocus", "--sync", window], ["key", "--clearmodifiers", keys]):
        subprocess.run(["xdotool", *command], env={**os.environ, "DISPLAY": display}, check=True, timeout=20)


def photograph(display: str, target: Path) -> None:
    """What the screen shows."""
    around = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    subprocess.run([environment.venv_python(), "-c", _PHOTOGRAPH, str(target)], env=around, check=True, timeout=60)


def processes(place: Place) -> set[int]:
    """The numbers of the processes whose program lies in the bundle."""
    found = set()
    for link in Path("/proc").glob("[0-9]*/exe"):
        try:
            if link.readlink().is_relative_to(place.folder):
                found.add(int(link.parent.name))
        except OSError:  # it has ended, or is another user's
            continue
    return found


def runs_of(place: Place) -> list[Path]:
    """The folders of the runs that the window keeps in its user's home."""
    return sorted(path.parent for path in place.home.glob(".local/share/stl-tl-gui/runs/*/events.jsonl"))


def _new_run(place: Place, known: set[Path]) -> Path | None:
    """The run that has just begun."""
    return next((folder for folder in runs_of(place) if folder not in known), None)


def epochs(run: Path) -> int:
    """How many epochs a run has done."""
    events = (json.loads(line) for line in (run / "events.jsonl").read_text("utf-8").splitlines() if line.endswith("}"))
    return sum(event.get("event") == "epoch_end" for event in events)

"""Starts further processes of the app, and measures how long they take."""

import os
import subprocess
import sys
import time
from pathlib import Path

from stl_tl_gui.engine.errors import UserError


class ProcessFailed(UserError):
    """A process of the app failed."""


def command(*arguments: str) -> list[str]:
    """What starts the app in a process of its own; in a bundle its command line, whose output can be read."""
    if not getattr(sys, "frozen", False):
        return [sys.executable, "-m", "stl_tl_gui", *arguments]
    console = Path(sys.executable).with_name("stl-tl-gui" + Path(sys.executable).suffix)
    return [str(console) if console.is_file() else sys.executable, *arguments]


def seconds_of(*arguments: str, **environment: str) -> float:
    """From the start of a process of the app to its end. Raises ProcessFailed."""
    place = {**os.environ, **environment}
    started = time.perf_counter()
    done = subprocess.run(command(*arguments), stdin=subprocess.DEVNULL, capture_output=True, check=False, env=place)
    seconds = time.perf_counter() - started
    require_success(command(*arguments), done.returncode, done.stderr.decode("utf-8", "replace"))
    return seconds


def seconds_to_window() -> float:
    """From the start of the app to its window having been painted, and the app having ended. Raises ProcessFailed."""
    screen = {"QT_QPA_PLATFORM": "offscreen"} if no_screen() else {}
    return seconds_of(STL_TL_GUI_UNTIL="painted", **screen)


def no_screen() -> bool:
    """Whether there is no screen to open a window on."""
    return sys.platform.startswith("linux") and not {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ)


def require_success(line: list[str], code: int, said: str = "") -> None:
    """Raise ProcessFailed for an exit code that is not 0, with the last line that the process printed."""
    if code:
        last = said.strip().splitlines()[-1:] or [""]
        raise ProcessFailed(f"“{' '.join(line)}” failed with exit code {code}. {last[0]}".rstrip())

"""Processes of the app that a benchmark starts: how long they take, and how much memory they need at most."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from stl_tl_gui.engine.errors import Cancelled, UserError

_GLANCE = 0.02
"""Seconds between two looks at a process."""


class ProcessFailed(UserError):
    """A process of the app that was to be measured failed."""


class NoPeak(UserError):
    """This system does not tell how much memory a process needed."""


def command(*arguments: str) -> list[str]:
    """What starts the app in a process of its own."""
    return [sys.executable, *([] if getattr(sys, "frozen", False) else ["-m", "stl_tl_gui"]), *arguments]


def seconds_of(*arguments: str, **environment: str) -> float:
    """From the start of a process of the app to its end. Raises ProcessFailed."""
    place = {**os.environ, **environment}
    started = time.perf_counter()
    done = subprocess.run(command(*arguments), stdin=subprocess.DEVNULL, capture_output=True, check=False, env=place)
    seconds = time.perf_counter() - started
    _require_success(command(*arguments), done.returncode)
    return seconds


def seconds_to_window() -> float:
    """From the start of the app to its window having been painted, and the app having ended. Raises ProcessFailed."""
    screen = {"QT_QPA_PLATFORM": "offscreen"} if _no_screen() else {}
    return seconds_of(STL_TL_GUI_UNTIL="painted", **screen)


def _no_screen() -> bool:
    return sys.platform.startswith("linux") and not {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ)


def peak_megabytes(arguments: Sequence[str], should_stop: Callable[[], bool]) -> float:
    """The most memory that a process of the app had at once, mapped files counted as far as they were read.

    Raises NoPeak where the system is not Linux, ProcessFailed, Cancelled.
    """
    if not sys.platform.startswith("linux"):
        raise NoPeak("Peak memory is measured on Linux only. Leave the task “memory” out.")
    peak, line, silent = 0.0, command(*arguments), subprocess.DEVNULL
    with subprocess.Popen(line, stdin=silent, stdout=silent, stderr=silent) as process:
        try:
            while process.poll() is None:
                peak = max(peak, _high_water_mark(process.pid))
                if should_stop():
                    raise Cancelled
                time.sleep(_GLANCE)
        finally:
            process.kill()  # does nothing to one that has ended
    _require_success(line, process.returncode)
    return peak


def _high_water_mark(number: int) -> float:
    """Of a process that lives; 0 once it has ended. (What `wait4` tells would begin at this process' own peak.)"""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{number}/status").read_text("utf-8"))
    except OSError:
        return 0.0
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def _require_success(line: list[str], code: int) -> None:
    if code:
        raise ProcessFailed(f"“{' '.join(line)}” failed with exit code {code}.")

"""Measures the peak memory of a process of the app."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.machine.processes import command, require_success

_GLANCE = 0.02
"""Seconds between two looks at a process."""


class NoPeak(UserError):
    """This system does not say how much memory a process needed."""


def peak_megabytes(arguments: Sequence[str], should_stop: Callable[[], bool]) -> float:
    """The most memory that a process of the app had at once, mapped files counted as far as they were read.

    Raises NoPeak where the system is not Linux, ProcessFailed, Cancelled.
    """
    if not sys.platform.startswith("linux"):
        raise NoPeak("Peak memory can be measured on Linux only. Choose other tasks than “memory”.")
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
    require_success(line, process.returncode)
    return peak


def _high_water_mark(number: int) -> float:
    """Of a running process; 0 once it has ended. (What `wait4` reports would start at this process' own peak.)"""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{number}/status").read_text("utf-8"))
    except OSError:
        return 0.0
    return int(found[1]) * 1024 / 1e6 if found else 0.0

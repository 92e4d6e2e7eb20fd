"""Precedence: background threads give way to the thread of the window."""

import contextlib
import os
import sys
import threading

_NICENESS = 10


def give_way() -> None:
    """Give the GUI thread precedence over this one, and before the threads that torch adds to it.

    Elsewhere the thread's priority does it; on Linux that has no effect on ordinary threads. Nothing is lost: with
    a free core, or an idle window, a nicer thread runs as fast as before.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)

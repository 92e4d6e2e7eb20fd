"""Keeps freed memory with the process for the next step, on Linux with the GNU C library.

By default it hands large blocks back to the system at once and gets them again as pages that fault, one by one: with
large feature maps that can take longer than the arithmetic. Other C libraries are left as they are.
"""

import ctypes
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Parameters of mallopt(3)."""

_NEVER = 2**31 - 1


def keep_freed_memory() -> None:
    """To be called while the process has one thread: the others share its heap, as their own heaps are limited."""
    _call("mallopt", _ARENA_MAX, 1)
    _call("mallopt", _MMAP_THRESHOLD, _NEVER)
    _call("mallopt", _TRIM_THRESHOLD, _NEVER)


def give_freed_memory_back() -> None:
    """To the system, when long work is done: 50 ms where it is much."""
    _call("malloc_trim", 0)


@contextmanager
def memory_as_usual() -> Iterator[None]:
    """As in a program that does not call `keep_freed_memory`, to measure what it would do."""
    give_freed_memory_back()
    _call("mallopt", _MMAP_THRESHOLD, 32 * 2**20)  # where the library gets to by itself
    _call("mallopt", _TRIM_THRESHOLD, 64 * 2**20)
    try:
        yield
    finally:
        keep_freed_memory()


def forget_peak() -> bool:
    """Reset `peak_memory`; returns whether the system can."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", "utf-8")
        return True
    return False


def peak_memory() -> int | None:
    """The most bytes that this process had in memory since `forget_peak`; None where unknown."""
    with suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("utf-8"))
        return int(found[1]) * 1024 if found else None
    return None


def _call(name: str, *arguments: int) -> None:
    """A function of this process' C library, where that has it."""
    function = getattr(ctypes.CDLL(None), name, None) if sys.platform.startswith("linux") else None
    if function is not None:
        function(*arguments)

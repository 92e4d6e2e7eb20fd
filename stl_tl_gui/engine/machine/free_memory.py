"""Free memory: how much this process can still take, within the limit of a container too."""

import ctypes
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_ROOT = Path("/")


def free_memory(root: Path = _ROOT) -> int | None:
    """Bytes that this process can take before the system, or the container it is in, has none left.

    None where the system does not say. `root`: where Linux has its /proc and /sys.
    """
    if sys.platform == "win32":
        return _on_windows()
    if sys.platform == "darwin":
        return _on_a_mac()
    found = _number(root / "proc/meminfo", r"^MemAvailable:\s+(\d+) kB")
    known = [*([] if found is None else [1024 * found]), *_left_to_groups(root)]
    return min(known, default=None)


def _left_to_groups(root: Path) -> Iterator[int]:
    """What the limits of this process' control groups, version 1 or 2, leave: those of a container or a job."""
    with suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text("utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers:
                mount, names = root / "sys/fs/cgroup", ("memory.max", "memory.current", "inactive_file")
            elif "memory" in controllers.split(","):
                mount = root / "sys/fs/cgroup/memory"
                names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            else:
                continue
            inner = mount / path.lstrip("/")  # in a container it may not be there: its own group is the mount
            for folder in (inner, *inner.parents):
                if not folder.is_relative_to(mount):
                    break
                yield from _left_to(folder, *names)


def _left_to(folder: Path, limit: str, usage: str, reclaimable: str) -> Iterator[int]:
    """What one group's limit leaves, if it has one. Pages of files that were not used lately make room."""
    most, used = _number(folder / limit, r"^(\d+)$"), _number(folder / usage, r"^(\d+)$")
    if most is not None and used is not None:
        yield max(0, most - used + (_number(folder / "memory.stat", rf"^{reclaimable} (\d+)$") or 0))


def _number(file: Path, pattern: str) -> int | None:
    """The number in a file's line, or None where there is no such file or line."""
    with suppress(OSError):
        found = re.search(pattern, file.read_text("utf-8"), re.MULTILINE)
        return int(found[1]) if found else None
    return None


class _MemoryStatus(ctypes.Structure):
    """MEMORYSTATUSEX of Windows."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("load", ctypes.c_uint32),
        *((name, ctypes.c_uint64) for name in ("total", "free", "most", "can_be_promised", "space", "left", "more")),
    )


def _on_windows() -> int | None:
    status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):  # type: ignore[attr-defined,unused-ignore]
        return None
    return int(min(status.free, status.can_be_promised))


def _on_a_mac() -> int | None:
    with suppress(OSError, subprocess.SubprocessError):
        return of_vm_stat(subprocess.run(["vm_stat"], capture_output=True, text=True, check=True, timeout=2).stdout)
    return None


def of_vm_stat(text: str) -> int | None:
    """The bytes that macOS can give out, from what its `vm_stat` prints; None where it says something else."""
    size = re.search(r"page size of (\d+) bytes", text)
    pages = re.findall(r"^Pages (?:free|inactive|speculative|purgeable):\s+(\d+)\.", text, re.MULTILINE)
    return int(size[1]) * sum(map(int, pages)) if size and pages else None

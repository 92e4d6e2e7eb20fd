import sys
from pathlib import Path

import pytest

from stl_tl_gui.engine.machine.free_memory import free_memory, of_vm_stat

GB = 10**9
V1 = {"limit": "memory.limit_in_bytes", "usage": "memory.usage_in_bytes", "reclaimable": "total_inactive_file"}
V2 = {"limit": "memory.max", "usage": "memory.current", "reclaimable": "inactive_file"}


class Files:
    """The files in which Linux says how much memory there is."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def available(self, n: int) -> None:
        self.write("proc/meminfo", f"MemTotal:       99999999 kB\nMemFree: 1 kB\nMemAvailable:   {n // 1024} kB\n")

    def group(self, folder: str, names: dict[str, str], limit: str, usage: int, reclaimable: int = 0) -> None:
        self.write(f"{folder}/{names['limit']}", f"{limit}\n")
        self.write(f"{folder}/{names['usage']}", f"{usage}\n")
        self.write(f"{folder}/memory.stat", f"cache 5\n{names['reclaimable']} {reclaimable}\n")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    monkeypatch.setattr(sys, "platform", "linux")
    files = Files(tmp_path)
    files.available(8 * GB)
    return files


def test_that_without_a_limit_it_is_what_the_system_has_available(files: Files) -> None:
    assert free_memory(files.root) == 8 * GB // 1024 * 1024
    files.write("proc/self/cgroup", "0::/\n")
    files.group("sys/fs/cgroup", V2, "max", 3 * GB)
    assert free_memory(files.root) == 8 * GB // 1024 * 1024


def test_that_a_containers_limit_counts_without_what_can_be_reclaimed(files: Files) -> None:
    files.write("proc/self/cgroup", "0::/\n")
    files.group("sys/fs/cgroup", V2, str(4 * GB), 3 * GB, GB // 2)
    assert free_memory(files.root) == 1.5 * GB


def test_that_the_tightest_limit_of_the_groups_around_counts(files: Files) -> None:
    files.write("proc/self/cgroup", "0::/user.slice/job\n")
    files.group("sys/fs/cgroup/user.slice/job", V2, "max", GB)
    files.group("sys/fs/cgroup/user.slice", V2, str(3 * GB), GB)
    assert free_memory(files.root) == 2 * GB


@pytest.mark.parametrize("folder", ["docker/1234", ""])
def test_that_the_older_kind_of_limit_counts_too_wherever_it_is_seen(files: Files, folder: str) -> None:
    files.write("proc/self/cgroup", "9:cpu,cpuacct:/\n4:memory:/docker/1234\n0::/\n")
    files.group(f"sys/fs/cgroup/memory/{folder}", V1, str(2 * GB), GB)
    assert free_memory(files.root) == GB


def test_that_a_limit_that_is_used_up_leaves_nothing(files: Files) -> None:
    files.write("proc/self/cgroup", "0::/\n")
    files.group("sys/fs/cgroup", V2, str(GB), 2 * GB)
    assert free_memory(files.root) == 0


def test_that_what_is_not_said_is_not_guessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert free_memory(tmp_path) is None


def test_that_what_a_mac_says_is_understood() -> None:
    text = (
        "Mach Virtual Memory Statistics: (page size of 16384 bytes)\nPages free:      100.\nPages active:     900.\n"
        "Pages inactive:  200.\nPages speculative:  30.\nPages purgeable:   4.\n"
    )
    assert of_vm_stat(text) == 334 * 16384
    assert of_vm_stat("something else") is None


def test_that_this_computer_has_memory() -> None:
    found = free_memory()
    assert found is None or 0 < found < 2**50

import platform
import subprocess
import sys

import pytest

_STEPS = """
import resource
import numpy as np
from stl_tl_gui.engine.machine.memory import give_freed_memory_back, keep_freed_memory, memory_as_usual

def faults_of_a_step():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.empty(100_000_000, np.uint8).fill(1)  # 24,414 pages
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1])

keep_freed_memory()
faults_of_a_step()
figures = [faults_of_a_step()]
with memory_as_usual():
    figures.append(faults_of_a_step())
faults_of_a_step()
figures.append(faults_of_a_step())
kept = resident()
give_freed_memory_back()
print(*figures, kept - resident())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="memory is handled by another C library")
def test_that_freed_memory_serves_the_next_step_until_it_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", _STEPS], capture_output=True, text=True, check=True)
    first, usual, again, given_back = map(int, done.stdout.split())
    assert max(first, again) < 100
    assert usual > 40  # with huge pages, one fault brings 2 MB
    assert given_back > 20_000

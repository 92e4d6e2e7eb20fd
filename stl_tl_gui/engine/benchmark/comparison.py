"""`benchmark`: measures round by round, as a generator of events that returns the report."""

import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

from stl_tl_gui.engine.benchmark.facts import machine_facts
from stl_tl_gui.engine.benchmark.figures import Report, TaskResult
from stl_tl_gui.engine.benchmark.settings import TASKS, BenchmarkSettings, TaskName
from stl_tl_gui.engine.benchmark.tasks import WORK
from stl_tl_gui.engine.benchmark.workplace import Workplace
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import Progress


def benchmark(
    settings: BenchmarkSettings, should_stop: Callable[[], bool] = lambda: False
) -> Generator[Progress, None, Report]:
    """Measure. When stopped, the report has the rounds that were completed.

    The sides of a task take turns within each round, in this one process: what slows the machine down for a while
    slows all of them, so their ratios hold. Raises RunFailed, ProcessFailed, NoPeak, DeviceUnusable, WeightsMissing,
    and what opening data raises.
    """
    with tempfile.TemporaryDirectory(prefix="stl-tl-gui-bench-", ignore_cleanup_errors=True) as folder:
        place = Workplace(Path(folder), settings, should_stop)
        report = Report(settings, machine_facts(place.device))
        try:
            for task, backbone in _rows(settings):
                yield from _measure(report, place, task, backbone)
        except Cancelled:
            report.stopped = True
    return report


def _rows(settings: BenchmarkSettings) -> list[tuple[TaskName, str]]:
    """All rows of the report: backbone by backbone, then what needs no backbone."""
    of_backbones: list[tuple[TaskName, str]] = [
        (task, backbone) for backbone in settings.backbones for task in settings.tasks if WORK[task].with_backbone
    ]
    return of_backbones + [(task, "") for task in settings.tasks if not WORK[task].with_backbone]


def _measure(report: Report, place: Workplace, task: TaskName, backbone: str) -> Generator[Progress, None, None]:
    work = WORK[task]
    measurements = work.measurements(place, backbone)
    rounds = 1 if work.once else place.settings.rounds
    row = TaskResult(task, backbone, work.unit)
    stage = f"{backbone}: {TASKS[task]}" if backbone else TASKS[task]
    for number in range(rounds):
        measured = []
        for index, measure in enumerate(measurements):
            place.check()
            yield Progress(
                stage=stage,
                done=number * len(measurements) + index,
                total=rounds * len(measurements),
                unit="measurements",
            )
            measured.append(measure())
        row.add(measured)
        if number == 0:
            report.rows.append(row)

"""Reading a run from its folder in the background, as the Train page shows it."""

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import RunStart
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.runs.so_far import RunSoFar
from stl_tl_gui.gui.background.worker import Job

if TYPE_CHECKING:
    from stl_tl_gui.gui.train.run_points import RunPoints


def reading_job(run: Run, until: RunStart | None, over: int | None) -> Job:
    """A job that returns the run's numbers and curves; `over`: see RunPoints."""

    def job(should_stop: Callable[[], bool]) -> "Generator[Any, None, tuple[RunSoFar, RunPoints]]":
        yield from ()
        from stl_tl_gui.gui.train.run_points import RunPoints

        so_far, points = RunSoFar(), RunPoints(over)
        for event in run.events():
            if should_stop():
                raise Cancelled
            if event == until:
                break
            so_far.take(event)
            points.take(event)
        return so_far, points

    return job

"""ChosenRuns: which runs are compared, each with a mark that it keeps; a queued one stays when its run starts."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from stl_tl_gui.engine.comparison import ComparedRun, key_of, planned
from stl_tl_gui.engine.queue.queue import QueuedJob
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.gui.compare.marked_run import Mark, MarkedRun
from stl_tl_gui.words.comparison import short_names


class ChosenRuns:
    """All runs that are known, read or still to come, and the choice among them."""

    def __init__(self) -> None:
        self.read = False
        """Whether runs have been read since others were asked for."""
        self.running_here: str | None = None
        """The key of the run that is being trained in this window."""
        self._read: dict[str, ComparedRun] = {}
        self._others: list[Run] = []
        """Runs that were asked for and need not be in the default place."""
        self._jobs: dict[str, QueuedJob] = {}
        self._numbers: dict[str, int] = {}
        """The number of the mark of each chosen run."""

    @property
    def keys(self) -> list[str]:
        """Of the chosen runs."""
        return list(self._numbers)

    def set_read(self, runs: Iterable[ComparedRun]) -> None:
        """What was read from run folders."""
        self.read = True
        self._read = {run.key: self._with_state(run) for run in runs}

    def _with_state(self, run: ComparedRun) -> ComparedRun:
        """A run of this window is running until it ends, however long it is paused and writes nothing."""
        here = run.key == self.running_here and run.settings is not None
        return replace(run, state="running", seconds=None) if here else run

    def set_jobs(self, jobs: Iterable[QueuedJob]) -> None:
        """The queue as it is now. A chosen job that has a run by now is followed to it, one of folds to all of them."""
        new = {job.id: job for job in jobs}
        before = {id: _keys(job) for id, job in self._jobs.items()}
        # when a fold starts again, its run is removed
        renamed = {before[id][-1]: _keys(job)[: len(before[id])][-1] for id, job in new.items() if id in before}
        added = [key for id, job in new.items() if id in before for key in _keys(job)[len(before[id]) :]
                 if before[id][-1] in self._numbers]  # fmt: skip
        self._numbers = {renamed.get(key, key): number for key, number in self._numbers.items()}
        self._jobs = new
        if added:
            self.choose([*self.keys, *added])

    def choose(self, keys: Iterable[str]) -> None:
        """Compare these, and no others. Those that were compared before keep their marks."""
        wanted = list(dict.fromkeys(keys))
        kept = {key: number for key, number in self._numbers.items() if key in wanted}
        free = (number for number in range(len(wanted) + len(kept) + 1) if number not in kept.values())
        self._numbers = {key: kept[key] if key in kept else next(free) for key in wanted}

    def choose_runs(self, runs: Iterable[Run]) -> None:
        """Compare these, wherever they are."""
        self._others, self.read = list(runs), False
        self.choose(key_of(run) for run in self._others)

    def choose_jobs(self, jobs: Iterable[QueuedJob]) -> None:
        self.read = False
        self.choose(key for job in jobs for key in _keys(job))

    def check(self, key: str, checked: bool) -> None:
        others = [other for other in self._numbers if other != key]
        self.choose([*others, key] if checked else others)

    def wherever_they_are(self) -> list[Run]:
        """The runs that need not be in the default place: those that were asked for, and those of the queue."""
        return [*self._others, *(Run(folder) for job in self._jobs.values() for folder in job.runs)]

    def everything(self) -> list[ComparedRun]:
        """What is still to come, in its order, then all runs, newest first; those that cannot be read at the end."""
        to_come = [planned(job) for job in self._jobs.values() if not job.runs]
        read = sorted(self._read.values(), key=lambda run: run.created or datetime.min, reverse=True)
        return [*to_come, *read]

    def newest(self, count: int) -> list[str]:
        """The keys of the newest runs that can be read."""
        return [run.key for run in self.everything() if run.run is not None and run.settings is not None][:count]

    def shown(self) -> list[MarkedRun]:
        """The chosen runs as far as they are known, in the order in which they were chosen."""
        known = {run.key: run for run in self.everything()}
        runs = [known[key] for key in self._numbers if key in known]
        names = short_names(runs)
        return [MarkedRun(run, name, Mark(self._numbers[run.key])) for run, name in zip(runs, names, strict=True)]


def _keys(job: QueuedJob) -> list[str]:
    """Of the runs of a job, or of itself while it has none."""
    return [key_of(Run(folder)) for folder in job.runs] or [planned(job).key]

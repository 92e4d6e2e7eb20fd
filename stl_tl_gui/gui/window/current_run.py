"""CurrentRun: the one run that the pages show: the last one, the one that has just ended, or the one chosen."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from stl_tl_gui.gui.background.jobs import Jobs
from stl_tl_gui.gui.background.training import Training
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.gui.widgets.dialogs import attempt
from stl_tl_gui.gui.widgets.remembered import remember_run, remembered_run
from stl_tl_gui.gui.window.pages import Pages

if TYPE_CHECKING:
    from stl_tl_gui.engine.events import Event
    from stl_tl_gui.engine.runs.run import Run, RunSummary
    from stl_tl_gui.gui.evaluate.evaluation_header import Split
    from stl_tl_gui.gui.runs.run_selector import RunSelector


class CurrentRun(QObject):
    """All selectors know the same runs. While a run trains, the Train page shows that one."""

    replaced = Signal(str, object)
    """A run that has ended took the place of another: what to say, and the Run that was shown before."""

    def __init__(self, pages: Pages, training: Training) -> None:
        super().__init__(pages)
        self._pages, self._training = pages, training
        self.run: Run | None = None
        self._runs: list[RunSummary] = []
        self._selectors: list[RunSelector] = []
        self._jobs = Jobs(self)
        pages.selector_made.connect(self._add)
        pages.run_opened.connect(self.open)
        pages.run_chosen.connect(self.choose)
        pages.evaluate_requested.connect(self.evaluate)
        training.ended.connect(self.show_ended)

    def start(self) -> None:
        """Read the runs, and show the one that was shown last, or the newest with a model."""
        self._jobs.do(_runs_job(Path(remembered_run()) if remembered_run() else None), self._started)

    def shut_down(self) -> None:
        self._jobs.shut_down()

    def choose(self, run: "Run | None") -> None:
        """Show a run on all pages; the page in front stays there."""
        pages = self._pages
        if run is not None and not attempt(pages.navigation, run.require):
            self.refresh()
            return
        self.run = run
        remember_run(run.folder if run is not None else None)
        pages.evaluate.show_run(run)
        if run is not None and run.best.exists():
            pages.classify.set_model(run.folder)
        pages.train.show_run(run)
        self.refresh()

    def open(self, run: "Run") -> None:
        """Show a run on all pages, and bring the one to the front that says most about it."""
        pages = self._pages
        if not attempt(pages.navigation, run.require):
            pages.runs.refresh()
            return
        evaluated = run.predictions("test").exists() or run.predictions("val").exists()
        busy = self._training.running and pages.train.run != run
        pages.show(pages.evaluate if evaluated or busy else pages.train)
        self.choose(run)
        if busy:
            pages.said.emit(f"Opened “{run.name}”. The Train page keeps showing the run in training.")

    def evaluate(self, run: "Run", split: "Split") -> None:
        """Show a run and predict a split with its best model."""
        page = self._pages.show(self._pages.evaluate)
        self.choose(run)
        page.evaluate(split)

    def show_ended(self, run: "Run") -> None:
        """Show a run that has ended, and say how to get back to the one before."""
        before, self.run = self.run, run
        if not run.best.exists():
            self.run = before
            self.refresh()
            return
        if run == before and self._pages.evaluate.evaluating.busy:
            return
        self.choose(run)
        if before not in (None, run):
            self._jobs.do(_runs_job(run.folder), partial(self._say_replaced, run, before))

    def on_event(self, event: "Event") -> None:
        """Follow the run that trains in this window."""
        if event.event in ("run_start", "run_end", "evaluation_end"):
            self.refresh()

    def refresh(self) -> None:
        """Read the runs again, in the background."""
        self._jobs.do(_runs_job(self.run.folder if self.run is not None else None), self._show)

    def _started(self, runs: "list[RunSummary]") -> None:
        self._show(runs)
        last = remembered_run()
        if self.run is None and not self._training.running:  # else the user was faster
            with_model = [each.run for each in runs if each.state == "running" or each.run.best.is_file()]
            run = next((each for each in with_model if str(each.folder) == last), next(iter(with_model), None))
            if run is not None:
                self.choose(run)

    def _show(self, runs: "list[RunSummary]") -> None:
        self._runs = runs
        for selector in self._selectors:
            selector.set_runs(runs)
        if self.run is not None and not self.run.folder.exists():
            gone, self.run = self.run.name, None
            self.choose(next((each.run for each in runs if each.run.best.is_file()), None))
            self._pages.said.emit(f"“{gone}” is no longer there.")

    def _say_replaced(self, run: "Run", before: "Run", runs: "list[RunSummary]") -> None:
        from stl_tl_gui.words.run import run_in_words

        words = next((run_in_words(each) for each in runs if each.run == run), run.name)
        self.replaced.emit(f"Now showing {words}.", before)

    def _add(self, selector: "RunSelector") -> None:
        self._selectors.append(selector)
        selector.set_runs(self._runs)
        selector.chosen.connect(self.choose)
        selector.opened.connect(self.refresh)
        selector.all_wanted.connect(lambda: self._pages.show(self._pages.runs))


def _runs_job(shown: Path | None) -> Job:
    """A job that lists all runs, with the one that is shown, wherever it is."""
    from stl_tl_gui.gui.runs.run_jobs import read_runs_and

    return partial(read_runs_and, shown)

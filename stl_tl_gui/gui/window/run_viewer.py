"""RunViewer: shows a run on all pages, one that the user opens or one that has just ended."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from stl_tl_gui.gui.background.training import Training
from stl_tl_gui.gui.widgets.dialogs import attempt
from stl_tl_gui.gui.window.pages import Pages

if TYPE_CHECKING:
    from stl_tl_gui.engine.runs.run import Run
    from stl_tl_gui.gui.evaluate.evaluation_header import Split


class RunViewer(QObject):
    """Never takes away what the user is looking at."""

    def __init__(self, pages: Pages, training: Training) -> None:
        super().__init__(pages)
        self._pages, self._training = pages, training
        self._ended_before: Run | None = None
        pages.run_opened.connect(self.open)
        pages.evaluate_requested.connect(self.evaluate)
        training.ended.connect(self.show_ended)

    def open(self, run: "Run") -> None:
        """Show a run on all pages, and bring the one to the front that says most about it."""
        pages = self._pages
        if not attempt(pages.navigation, run.require):
            pages.runs.refresh()
            return
        evaluated = run.predictions("test").exists() or run.predictions("val").exists()
        pages.show(pages.evaluate if evaluated else pages.train)
        pages.evaluate.show_run(run)
        if run.best.exists():
            pages.classify.set_model(run.folder)
        pages.train.show_run(run)
        if self._training.running and pages.train.run != run:
            pages.show(pages.evaluate)
            pages.said.emit(f"Opened “{run.name}”. The Train page keeps showing the run in training.")

    def evaluate(self, run: "Run", split: "Split") -> None:
        """Show a run and predict a split with its best model."""
        page = self._pages.show(self._pages.evaluate)
        page.show_run(run)
        page.evaluate(split)

    def show_ended(self, run: "Run") -> None:
        """Show what a run has learned, unless the user looks at, or has chosen, something else."""
        before, self._ended_before = self._ended_before, run
        if not run.best.exists():
            return
        evaluate, classify = self._pages.evaluate, self._pages.classify
        studied = evaluate.isVisible() and evaluate.predictions is not None and evaluate.run != run
        if evaluate.run in (None, run, before) and not evaluate.evaluating.busy and not studied:
            evaluate.show_run(run)
        elif evaluate.run is not None:
            self._pages.said.emit(f"Find the new run on the Runs page; Evaluate still shows “{evaluate.run.name}”.")
        if not classify.results.rows:
            classify.set_model(run.folder)

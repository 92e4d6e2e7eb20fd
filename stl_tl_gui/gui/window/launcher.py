"""Launcher: starts, queues and resumes runs, and asks what to do where one cannot start."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from stl_tl_gui.gui.background.training import Training
from stl_tl_gui.gui.runs.moved_data import run_of, show_error_or_ask
from stl_tl_gui.gui.weights.missing_weights import (
    ask_before_download,
    ask_for_weights,
    is_misfit,
    is_weights_missing,
)
from stl_tl_gui.gui.widgets.dialogs import attempt
from stl_tl_gui.gui.widgets.remembered import remember_settings
from stl_tl_gui.gui.window.pages import Pages

if TYPE_CHECKING:
    from stl_tl_gui.engine.runs.run import Run
    from stl_tl_gui.engine.settings.settings import TrainSettings
    from stl_tl_gui.gui.queue.queue_run import QueueRun


class Launcher(QObject):
    """Listens to what the pages ask for. A run that starts is shown on the Train page."""

    def __init__(self, window: QWidget, pages: Pages, training: Training, queue: "Callable[[], QueueRun]") -> None:
        super().__init__(window)
        self._window, self._pages, self._training, self._queue = window, pages, training, queue
        pages.train_requested.connect(self.train)
        pages.queue_requested.connect(self.add_to_queue)
        pages.resume_requested.connect(self.resume)
        training.failed.connect(self._failed)

    def train(self, settings: "TrainSettings") -> None:
        """Start a run; say so if one runs already. Asks before weights are downloaded."""
        ask_before_download(self._window, settings, lambda: self._train(settings), self._train_differently)

    def resume(self, run: "Run", epochs: int | None = None) -> None:
        """Continue a run; say so if one runs already."""
        if attempt(self._window, lambda: self._training.resume(run, epochs)):
            self._show()

    def add_to_queue(self, settings: "TrainSettings") -> None:
        """Queue a run, and say where."""
        added = self._queue().add([settings])
        self._pages.said.emit("Added to the queue on the Runs page." if added else self._queue().trouble)

    def _train(self, settings: "TrainSettings") -> None:
        """Folds become one job of the queue."""
        remember_settings(self._pages.train.form.chosen)
        from stl_tl_gui.engine.settings.settings import fold_runs

        if len(fold_runs(settings)) > 1:
            if self._queue().add_first(settings):
                self._queue().start()
                self._show()
            else:
                self._pages.said.emit(self._queue().trouble)
        elif attempt(self._window, lambda: self._training.train(settings)):
            self._show()

    def _train_differently(self, settings: "TrainSettings") -> None:
        self._pages.train.form.set_values(settings.model_dump())  # it shows what is trained
        self.train(settings)

    def _failed(self, error: Exception) -> None:
        from stl_tl_gui.engine.queue.queue import QueueUnusable

        if isinstance(error, QueueUnusable):  # the queue says it on the Runs page
            return
        settings = self._training.settings
        if settings is not None and is_weights_missing(error):
            ask_for_weights(self._window, error, settings, self._train_differently)
        elif settings is not None and is_misfit(error):
            self._pages.train.weights.offer_switch(error, settings.weights)
        else:
            again = self._training.epochs
            show_error_or_ask(self._window, lambda: self.resume(run_of(error), again), error)

    def _show(self) -> None:
        self._pages.show(self._pages.train)

"""WeightsChoice: sets weights with the backbone that they fit, found in the background."""

from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from stl_tl_gui.engine.runs.starting_points import StartingPoint, recent_starting_points
from stl_tl_gui.gui.background.engine_import import import_engine
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.gui.train.settings_form import SettingsForm
from stl_tl_gui.gui.train.weights_field import WeightsField
from stl_tl_gui.gui.weights.missing_weights import ask_to_switch
from stl_tl_gui.gui.widgets.dialogs import show_error

if TYPE_CHECKING:
    from stl_tl_gui.engine.models.weight_store import WrongWeights


class WeightsChoice(QObject):
    """Watches a form's Weights field: offers recent runs in it, and checks files that are chosen there."""

    def __init__(self, form: SettingsForm, page: QWidget) -> None:
        super().__init__(page)
        self._form, self._page = form, page
        row = form.row("weights")
        assert isinstance(row.editor, WeightsField)
        self._title, self._checked = row.title, ""
        row.editor.file_chosen.connect(self._check)
        self._recent, self._start, self._file = LatestJob(self), LatestJob(self), LatestJob(self)
        self._recent.result.connect(row.editor.offer)
        self._start.result.connect(self.start_at)
        self._file.result.connect(self._adapt)
        for job in (self._start, self._file):
            job.failed.connect(partial(show_error, page))

    def look_for_runs(self) -> None:
        """Offer the runs whose checkpoints were saved last."""
        self._recent.start(_recent_job)

    def start_from(self, place: Path) -> None:
        """Set weights and backbone to those of a run, a checkpoint, or a weights file."""
        self._start.start(_find_job(str(place)))

    def start_at(self, point: StartingPoint) -> None:
        """Set weights and backbone, as one change that can be undone."""
        self._form.set_values(point.settings(), f"start from “{point.name}”")

    def offer_switch(self, error: "WrongWeights", weights: str = "") -> None:
        """Offer the backbone that weights fit, by default those in the form."""
        assert error.backbone is not None
        weights = weights or self._form.values()["weights"]
        ask_to_switch(self._page, error.backbone, str(error), partial(self._switch, error.backbone, weights))

    def _check(self, path: str) -> None:
        self._checked = path
        self._file.start(_find_job(path))

    def _adapt(self, point: StartingPoint) -> None:
        """A file was chosen: use its backbone where the user has chosen none, else offer it."""
        values = self._form.values()
        if values["weights"] != self._checked or values["backbone"] == point.backbone:
            return  # the user has gone on, or it fits
        switch = partial(self._switch, point.backbone, self._checked)
        if "backbone" in self._form.chosen:
            ask_to_switch(self._page, point.backbone, f"“{point.name}” does not fit the chosen backbone.", switch)
        else:
            switch()

    def _switch(self, backbone: str, weights: str) -> None:
        self._form.set_values({"backbone": backbone, "weights": weights}, self._title, mergeable=True)


def _recent_job(should_stop: Callable[[], bool]) -> Generator[Any, None, list[StartingPoint]]:
    yield from ()
    return recent_starting_points()


def _find_job(place: str) -> Job:
    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, StartingPoint]:
        yield from ()
        import_engine()
        from stl_tl_gui.engine.training.first_weights import find_start

        return find_start(place)

    return job

"""RunPictures: the pictures that a run was trained and evaluated on, opened in the background."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from stl_tl_gui.engine.data.dataset import Dataset
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.evaluate.evaluation_header import Split
from stl_tl_gui.gui.evaluate.evaluation_jobs import open_data_job
from stl_tl_gui.gui.evaluate.split_pictures import SplitPictures
from stl_tl_gui.gui.runs.moved_data import run_of
from stl_tl_gui.gui.widgets.dialogs import sentence_of, show_error


class RunPictures(QObject):
    """Opened once for all prediction tables of a run."""

    changed = Signal()
    """They can be shown now, or it is known why not."""

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self.data: Dataset | None = None
        self.moved = False
        """Whether the user can choose where they are now."""
        self._problem = ""
        self.opening = LatestJob(self)
        self.opening.result.connect(self._opened)
        self.opening.failed.connect(self._failed)

    def forget(self) -> None:
        """Another run is shown."""
        self.opening.drop()
        self._set(None)

    def open(self, run: Run) -> None:
        """Open the run's pictures, unless they are open or being opened."""
        if self.data is None and not self.opening.busy:
            self.opening.start(open_data_job(run))
            self._set(None, "Opening the pictures…")

    def of_table(self, ids: Sequence[str], split: Split) -> tuple[SplitPictures | None, str]:
        """The pictures of a table's rows, or why there are none."""
        if self.data is None:
            return None, self._problem
        images = self.data.splits.get(split)
        if images is None:
            return None, "The pictures cannot be shown: the data no longer has this split."
        return SplitPictures(images, ids), ""

    def _opened(self, data: Dataset) -> None:
        self._set(data)

    def _failed(self, error: Exception) -> None:
        reason = sentence_of(error)
        if reason is None:
            show_error(self._page, error)
        self._set(None, f"The pictures cannot be shown. {reason or ''}".strip(), moved=run_of(error) is not None)

    def _set(self, data: Dataset | None, problem: str = "", *, moved: bool = False) -> None:
        self.data, self._problem, self.moved = data, problem, moved
        self.changed.emit()

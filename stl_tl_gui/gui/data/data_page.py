"""The data page: choose data, watch it open, and see what is in it."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from stl_tl_gui.gui.background.timers import make_timer
from stl_tl_gui.gui.capture.collect_buttons import CollectButtons
from stl_tl_gui.gui.data.data_opening import SAMPLE, DataOpening
from stl_tl_gui.gui.data.data_summary import DataSummary
from stl_tl_gui.gui.data.opening_view import OpeningView, ProblemCard
from stl_tl_gui.gui.data.sources import RecentButton, SourceButtons
from stl_tl_gui.gui.data.stl10_dialogs import ask_for_stl10, ask_to_download, ask_to_import
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.choosing import choose_file, choose_folder
from stl_tl_gui.gui.widgets.dialogs import sentence_of, show_error

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.dataset import Dataset
    from stl_tl_gui.gui.label.label_view import LabelView


_WAIT = 700
"""Milliseconds until the progress of opening the same data again is shown."""


class DataPage(QWidget):
    """Asks for data and shows it; `opening` does the work."""

    dataset_opened = Signal(object)
    """The Dataset."""
    train_requested = Signal()
    settings_requested = Signal()
    settings_wanted = Signal(dict)
    """Settings of the next run that solve a problem of the data."""
    said = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.opening = DataOpening(self)
        self.collect = CollectButtons()
        self._sources = SourceButtons()
        self._recent = RecentButton()
        self._progress = OpeningView(self.opening.cancel, self.opening.toggle_pause)
        self._problem = ProblemCard()
        self.summary = DataSummary()
        self.labeling: LabelView | None = None
        """The view in which pictures get their classes, while it is open."""
        self._states = QStackedWidget()
        self._takes_long = make_timer(self, _WAIT, partial(self._states.setCurrentWidget, self._progress), once=True)
        self._again = False
        """Whether it was the open data that was opened last."""
        self._trains = False
        """Whether to train as soon as the data is open with its labels."""
        self._lay_out()
        self._connect()

    @property
    def dataset(self) -> "Dataset | None":
        """The open data."""
        return self.opening.dataset

    def import_archive(self, archive: Path) -> None:
        """Ask whether to import the STL-10 archive; then unpack and open it."""
        from stl_tl_gui.engine.data.stl10_archive import default_folder

        ask_to_import(self, archive, default_folder(), partial(self.opening.import_stl10, archive, default_folder()))

    def download_stl10(self) -> None:
        """Ask whether to download STL-10; then download, unpack and open it."""
        from stl_tl_gui.engine.data.stl10_archive import default_folder

        ask_to_download(self, default_folder(), partial(self.opening.download_stl10, default_folder()))

    def choose_file(self) -> bool:
        """Ask for a table or an archive of pictures, and open it. Returns whether one was chosen."""
        kinds = "Tables and archives (*.csv *.tsv *.zip *.tar *.tar.gz *.tgz *.tar.bz2 *.tar.xz)"
        path = choose_file(self, "data", "Choose a table or an archive of pictures", kinds)
        if path is not None and path.suffix.lower() in (".csv", ".tsv"):
            self.opening.open(str(path))
        elif path is not None:
            self.opening.import_pictures(path)
        return path is not None

    def choose(self) -> bool:
        """Ask for a folder of class folders and open it. Returns whether one was chosen."""
        folder = choose_folder(self, "data", "Choose a folder of class folders")
        if folder is not None:
            self.opening.open(str(folder))
        return folder is not None

    def open_stl10(self) -> None:
        """Open STL-10 where it was imported, or ask where it is."""
        from stl_tl_gui.engine.data.picture_files import find_binary_folder
        from stl_tl_gui.engine.data.stl10_archive import default_folder

        known = str(default_folder())
        if find_binary_folder(default_folder()) is not None and self.opening.location != known:
            self.opening.open(known)
        else:
            ask_for_stl10(self, lambda folder: self.opening.open(str(folder)), self.import_archive, self.download_stl10)

    def label(self) -> None:
        """Let the user label the unlabeled pictures of the open data."""
        from stl_tl_gui.gui.label.label_view import LabelView

        if self.dataset is None or "unlabeled" not in self.dataset.splits:
            return
        self._stop_labeling()
        self.labeling = view = LabelView(self.dataset)
        view.done.connect(self._labeled)
        view.train_requested.connect(self._labeled)
        view.train_requested.connect(self._train_when_open)
        view.said.connect(self.said)
        self._states.addWidget(view)
        self._show_labeling(True)
        view.start()

    def _labeled(self) -> None:
        self._stop_labeling()
        self.opening.open_again()

    def _train_when_open(self) -> None:
        self._trains = True

    def _stop_labeling(self) -> None:
        if self.labeling is not None:
            self.labeling.close()
            self._states.removeWidget(self.labeling)
            self.labeling.deleteLater()
            self.labeling = None
        self._show_labeling(False)

    def _show_labeling(self, shown: bool) -> None:
        """Labeling has the whole page."""
        for widget in (self._top, self._sources):
            widget.setVisible(not shown)
        self._states.setCurrentWidget(self.labeling if shown and self.labeling is not None else self.summary)
        if self.labeling is not None:
            self.labeling.names.setFocus()

    def _begin(self, name: str, can_pause: bool) -> None:
        self._stop_labeling()
        self._progress.begin(name, can_pause=can_pause)
        self._problem.hide()
        self._again = self.opening.again
        if self._again:  # the keyboard stays where it is
            self._takes_long.start()
        else:
            self._states.setCurrentWidget(self._progress)

    def _show(self, dataset: "Dataset") -> None:
        self.summary.set_dataset(dataset)
        self.collect.set_dataset(dataset)
        self.dataset_opened.emit(dataset)
        if self.isVisible() and not self._again:
            self.summary.focus_training()
        trains, self._trains = self._trains, False
        if trains and not dataset.unready:
            self.train_requested.emit()

    def _fail(self, error: Exception) -> None:
        sentence = sentence_of(error)
        if sentence is None:
            show_error(self, error)
        corrections = getattr(error, "corrections", None)  # of a DataError
        self._problem.show_problem(
            sentence or "Something went wrong while opening this data.",
            self.dataset,
            last_correction=corrections.steps[-1].title if corrections else "",
        )

    def _end(self) -> None:
        self._takes_long.stop()
        self._states.setCurrentWidget(self.summary)
        if self.dataset is not None and self.dataset.unready and not self._again:
            self.label()
        self._sources.mark(self.dataset.kind if self.dataset is not None else "")
        self._recent.fill()

    def _connect(self) -> None:
        self.opening.started.connect(self._begin)
        self.opening.progressed.connect(self._progress.show_progress)
        self.opening.opened.connect(self._show)
        self.opening.failed.connect(self._fail)
        self.opening.ended.connect(self._end)
        self.summary.train_requested.connect(self.train_requested)
        self.summary.label_requested.connect(self.label)
        self.summary.settings_requested.connect(self.settings_requested)
        self.summary.correct_requested.connect(self.opening.correct)
        self.summary.undo_requested.connect(self.opening.undo_corrections)
        self.summary.settings_wanted.connect(self.settings_wanted)
        self.collect.collected.connect(self.opening.open)
        self._problem.undo.clicked.connect(self.opening.undo_last_correction)
        self._recent.chosen.connect(self.opening.open)
        self._sources.sample.clicked.connect(lambda: self.opening.open(SAMPLE))
        self._sources.stl10.clicked.connect(self.open_stl10)
        self._sources.folder.clicked.connect(self.choose)

    def _lay_out(self) -> None:
        self._top = QWidget()
        layouts.row(theme.title("Data"), None, self.collect, self._recent, inside=self._top)
        for state in (self.summary, self._progress):
            self._states.addWidget(state)
        layouts.column(
            self._top,
            self._sources,
            self._problem,
            (self._states, 1),
            inside=self,
            spacing=theme.LARGE,
            margins=layouts.PAGE,
        )

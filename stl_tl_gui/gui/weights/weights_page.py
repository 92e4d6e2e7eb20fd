"""The page of pretrained weights: which are here, where others come from, and how they get to other machines."""

from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QCloseEvent, QDesktopServices, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from stl_tl_gui.engine.events import Event, Notice, Progress
from stl_tl_gui.engine.places import weights_folder
from stl_tl_gui.engine.weight_fetching import fetch_all
from stl_tl_gui.engine.weight_store import (
    StoredWeights,
    check_weights,
    export_weights,
    import_weights,
    stored_weights,
)
from stl_tl_gui.gui import theme
from stl_tl_gui.gui.choosing import choose_files, choose_folder
from stl_tl_gui.gui.dialogs import ask, show_error, show_message
from stl_tl_gui.gui.job_line import JobLine
from stl_tl_gui.gui.jobs import Jobs
from stl_tl_gui.gui.progress_words import size_in_words
from stl_tl_gui.gui.weights.shared_folders import SharedFolders
from stl_tl_gui.gui.weights.weights_actions import WeightsActions, to_fetch
from stl_tl_gui.gui.weights.weights_model import size_of
from stl_tl_gui.gui.weights.weights_table import WeightsTable
from stl_tl_gui.gui.window.missing_weights import WEIGHT_FILES
from stl_tl_gui.gui.worker import Job


class WeightsPage(QWidget):
    """All backbones' weights. One thing at a time is done with them, in the background."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.jobs = Jobs(self)
        self.line, self.table, self.shared = JobLine(), WeightsTable(), SharedFolders()
        self.details = theme.muted("")
        self._intact: dict[str, bool] = {}
        self._notices: list[str] = []
        self._working = False
        self.actions_row = WeightsActions(
            self.table,
            {
                "fetch": lambda: self.fetch(to_fetch(self.table.selected(), self._intact)),
                "fetch_missing": self._ask_to_fetch,
                "import_files": self._choose_files,
                "import_folder": self._choose_folder,
                "export": self._export,
                "check": self.check,
                "reveal": self._reveal,
                "refresh": self.refresh,
            },
        )
        self._lay_out()
        self._connect()
        self._follow()

    def refresh(self) -> None:
        """Look again which weights are here, in the background."""
        if not self.jobs.is_waiting(read_weights):
            self.jobs.do(read_weights, self._show)

    def fetch(self, wanted: Sequence[StoredWeights]) -> None:
        """Download these, damaged ones anew."""
        rows = [each.row for each in wanted]

        def fetched(paths: list[Path]) -> None:
            self._intact |= dict.fromkeys((row.name for row in rows), True)  # its sum was checked

        if rows:
            self._do(lambda should_stop: fetch_all(rows, should_stop, anew=True), fetched)

    def import_paths(self, paths: Sequence[Path]) -> None:
        """Copy weights from files and folders into the weights folder."""
        self._notices = []
        self._do(lambda should_stop: import_weights(paths, should_stop), self._imported)

    def check(self) -> None:
        """Compare the selected files that are here, or all, with the sums in their names."""
        here = [each for each in self.table.selected() if each.path is not None] or self.table.all()
        self._do(lambda should_stop: check_weights(here, should_stop), self._checked)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shared.refresh()
        self.refresh()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.jobs.shut_down()
        super().closeEvent(event)

    def _do(self, job: Job, then: Callable[..., object]) -> None:
        """Something that takes a while, with its progress at the foot of the page; then the table is read again."""
        self._working = True
        self._follow()
        self.line.show_progress(Progress(stage=self.tr("Getting ready"), done=0, total=0))
        self.jobs.do(job, then)
        self.refresh()

    def _happened(self, event: Event) -> None:
        match event:
            case Progress() if self._working:
                self.line.show_progress(event)
            case Notice():
                self._notices.append(event.message)

    def _imported(self, paths: list[Path]) -> None:
        self._intact |= {
            each.row.name: True for each in self.table.all() if each.row.weights.file_name in _names(paths)
        }
        if self._notices:
            count = self.tr("1 file was taken.") if len(paths) == 1 else self.tr("{n} files were taken.")
            show_message(self, count.format(n=len(paths)), "\n".join(self._notices))

    def _checked(self, found: dict[str, bool]) -> None:
        self._intact |= found
        damaged = [each.row.title for each in self.table.all() if found.get(each.row.name) is False]
        if damaged:
            more = self.tr("Fetch or import them again.")
            text = self.tr("Damaged, or not what their names say: {names}.").format(names=", ".join(damaged))
            show_message(self, text, more)

    def _show(self, stored: list[StoredWeights]) -> None:
        self._intact = {each.row.name: self._intact[each.row.name] for each in stored if self._is_known(each)}
        self.table.set_weights(stored, self._intact)
        self._follow()

    def _is_known(self, stored: StoredWeights) -> bool:
        return stored.path is not None and stored.row.name in self._intact

    def _idle(self) -> None:
        self._working = False
        self._follow()

    def _cancel(self) -> None:
        self.jobs.stop()
        self.refresh()

    def _follow(self) -> None:
        selected, stored = self.table.selected(), self.table.all()
        self.actions_row.follow(selected, stored, self._intact, self._working)
        self.details.setText(self._details_of(selected))
        if not self._working:
            self.line.show_idle(self._summary(stored))

    def _summary(self, stored: Sequence[StoredWeights]) -> str:
        here = [each for each in stored if each.path is not None]
        if stored and not here:
            return self.tr("None are here yet: fetch some, or import them from a file or a USB stick.")
        size = size_in_words(sum(map(size_of, here)))
        text = self.tr("{here} of {all} are here, {size}. The app's own are in {folder}")
        return text.format(here=len(here), all=len(stored), size=size, folder=weights_folder()) if stored else ""

    def _details_of(self, selected: Sequence[StoredWeights]) -> str:
        if len(selected) != 1:
            return self.tr(
                "Select a row to see where the weights come from and on what terms. You can also drop files here."
            )
        weights, path = selected[0].row.weights, selected[0].path
        where = str(path) if path is not None else weights.url
        return self.tr("{where}\nPublished at {page}. {terms}").format(
            where=where, page=weights.publisher.page, terms=weights.publisher.terms
        )

    def _ask_to_fetch(self) -> None:
        missing = to_fetch(self.table.all(), self._intact)
        size = size_in_words(sum(size_of(each) - each.arrived for each in missing))
        hosts = dict.fromkeys(urlsplit(each.row.weights.url).netloc for each in missing)
        text = self.tr("Fetch the weights of {n} backbones, {size}?").format(n=len(missing), size=size)
        more = self.tr("From {hosts}. Only these files are asked for; nothing of yours is sent.")
        fetch = {self.tr("Fetch"): lambda: self.fetch(missing)}
        ask(self, text, more.format(hosts=", ".join(hosts)), fetch)

    def _choose_files(self) -> None:
        kinds = self.tr("Weights") + f" ({WEIGHT_FILES})"
        paths = choose_files(self, "weights", self.tr("Choose weights files"), kinds)
        if paths:
            self.import_paths(paths)

    def _choose_folder(self) -> None:
        folder = choose_folder(self, "weights", self.tr("Choose a folder of weights"))
        if folder is not None:
            self.import_paths([folder])

    def _export(self) -> None:
        names = [each.row.name for each in self.table.selected() if each.path is not None]
        folder = choose_folder(self, "weights export", self.tr("Choose a folder to copy the weights to"))
        if folder is not None:
            self._do(lambda should_stop: export_weights(names, folder, should_stop), lambda paths: None)

    def _reveal(self) -> None:
        weights_folder().mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(weights_folder())))

    def _connect(self) -> None:
        self.jobs.happened.connect(self._happened)
        self.jobs.failed.connect(lambda error: show_error(self, error))
        self.jobs.idle.connect(self._idle)
        self.line.cancelled.connect(self._cancel)
        self.shared.changed.connect(self.refresh)
        self.table.doubleClicked.connect(self.actions_row.fetch.trigger)
        self.table.selectionModel().selectionChanged.connect(self._follow)

    def _lay_out(self) -> None:
        self.details.setTextFormat(Qt.TextFormat.PlainText)
        self.addAction(self.actions_row.refresh)  # F5 works also while the table has not the keyboard
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.LARGE, theme.LARGE, theme.LARGE, theme.MEDIUM)
        layout.setSpacing(theme.MEDIUM)
        title = theme.title(self.tr("Weights"))
        for part in (title, self.actions_row, self.table, self.details, self.shared, self.line):
            layout.addWidget(part, stretch=int(part is self.table))


def read_weights(should_stop: Callable[[], bool]) -> Generator[Progress, None, list[StoredWeights]]:
    """Which weights are here."""
    yield from ()
    return stored_weights()


def _names(paths: Sequence[Path]) -> set[str]:
    return {path.name for path in paths}

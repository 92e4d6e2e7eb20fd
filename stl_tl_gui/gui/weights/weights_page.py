"""The page of pretrained weights: fetch, import, export and check them, and say where a lab keeps its own."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QPushButton, QTableView, QVBoxLayout, QWidget

from stl_tl_gui.engine.events import Notice, Progress
from stl_tl_gui.engine.models.weight_store import (
    StoredWeights,
    check_weights,
    export_weights,
    fetch_all,
    import_weights,
    stored_weights,
)
from stl_tl_gui.engine.storage.places import weights_folder
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.gui.weights.shared_folders import SharedFoldersDialog
from stl_tl_gui.gui.weights.weights_model import FILE, NAME, STORED_ROLE, WeightsModel
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.choosing import choose_files, choose_folder
from stl_tl_gui.gui.widgets.copying import copyable, texts_of
from stl_tl_gui.gui.widgets.dialogs import ask, show_error, show_message
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.job_line import JobLine
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow


class WeightsPage(QWidget):
    """One job at a time. What is on the disk is looked at anew whenever the page is shown."""

    changed = Signal()
    """Other weights are here than before."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = WeightsModel(self)
        self.table = QTableView()
        self.job, self.line = LatestJob(self), JobLine()
        self._notices: list[str] = []
        self._said = ""
        self.fetch = _button("down", "Fetch", "Download the selected weights that are not here")
        self.fetch_missing = _button("", "Fetch all missing…", "Download all that are not here")
        self.import_files = _button("open", "Import files…", "Take weights from files")
        self.import_folder = _button(
            "folder", "Import folder…", "Take all weights in a folder, such as that of a USB stick"
        )
        self.export = _button("save", "Export…", "Copy the selected weights, or all, to a folder for other computers")
        self.check = _button("check", "Check", "Compute the checksums of the files that are here")
        self.shared = _button("more", "Shared folders…", "Say where a lab keeps weights for all")
        self.reveal = _button("folder", "Open folder", str(weights_folder()))
        self._set_up_table()
        self._connect()
        self._lay_out()
        self.refresh()

    def refresh(self) -> None:
        """Look again which weights are here."""
        chosen = {each.row.name for each in self.selected()}
        self.model.set_stored(stored_weights())
        for row, each in enumerate(self.model.stored):
            if each.row.name in chosen:
                self.table.selectRow(row)
        self._follow()

    def selected(self) -> list[StoredWeights]:
        """The selected rows."""
        rows = self.table.selectionModel().selectedRows() if self.table.selectionModel() is not None else []
        return [row.data(STORED_ROLE) for row in rows]

    def import_from(self, paths: Sequence[Path]) -> None:
        """Copy weights from files and folders, in the background."""
        self._start(partial(import_weights, list(paths)), "{n} files of weights are here now.")

    def _fetch(self, wanted: Sequence[StoredWeights]) -> None:
        names = [each.row.name for each in wanted if each.path is None]
        if names:
            self._start(partial(fetch_all, names), "{n} files were fetched.")

    def _ask_to_fetch_all(self) -> None:
        missing = [each for each in self.model.stored if each.path is None]
        megabytes = sum(each.row.weights.megabytes for each in missing)
        text = f"Download {len(missing)} files, {megabytes:.0f} MB in all?"
        more = "They come from {hosts}. Nothing else goes over the network.".format(
            hosts=", ".join(sorted({each.row.weights.url.split("/")[2] for each in missing}))
        )
        ask(self, text, more, {"Download": lambda: self._fetch(missing)})

    def _import_files(self) -> None:
        kinds = "Weights (*.pth *.pt);;All files (*)"
        paths = choose_files(self, "weights", "Choose files of weights", kinds)
        if paths:
            self.import_from(paths)

    def _import_folder(self) -> None:
        folder = choose_folder(self, "weights", "Choose a folder of weights")
        if folder is not None:
            self.import_from([folder])

    def _export(self) -> None:
        folder = choose_folder(self, "weights", "Choose the folder to copy weights to")
        if folder is not None:
            names = [each.row.name for each in self.selected() if each.path is not None]
            self._start(partial(export_weights, names, folder), "{n} files were copied.")

    def _check(self) -> None:
        self._start(partial(check_weights, []), "{n} files were checked.")

    def _start(self, job: Job, said: str) -> None:
        """Run a job whose result is a list or dict of what was done; `said` tells how many."""
        if self.job.busy:
            return
        self._notices, self._said = [], said
        self.job.start(job)
        self._follow()

    def _heard(self, event: object) -> None:
        if isinstance(event, Progress):
            self.line.show_progress(event)
        elif isinstance(event, Notice):
            self._notices.append(event.message)

    def _done(self, result: Any) -> None:
        if isinstance(result, dict):
            self.model.set_intact(result)
        self._said = self._said.format(n=len(result))
        if self._notices:
            show_message(self, self._said, "\n".join(self._notices))
        self.changed.emit()

    def _failed(self, error: Exception) -> None:
        self._said = ""
        show_error(self, error)

    def _ended(self) -> None:
        self.line.show_idle("" if "{n}" in self._said else self._said)
        self.refresh()

    def _ask_for_shared(self) -> None:
        dialog = SharedFoldersDialog(self)
        dialog.accepted.connect(self.refresh)
        dialog.accepted.connect(self.changed)
        dialog.open()

    def _follow(self) -> None:
        busy, here = self.job.busy, any(each.path is not None for each in self.model.stored)
        missing = [each for each in self.model.stored if each.path is None]
        self.fetch.setEnabled(not busy and any(each.path is None for each in self.selected()))
        self.fetch_missing.setEnabled(not busy and bool(missing))
        for button in (self.import_files, self.import_folder, self.shared):
            button.setEnabled(not busy)
        self.check.setEnabled(not busy and here)
        chosen = self.selected() or self.model.stored
        self.export.setEnabled(not busy and any(each.path is not None for each in chosen))

    def _reveal(self) -> None:
        weights_folder().mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(weights_folder())))

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.setAlternatingRowColors(True)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setAccessibleName("Weights")
        copyable(table, lambda: texts_of(table))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 12)
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setStretchLastSection(True)

    def _fit_columns(self) -> None:
        self.table.resizeColumnsToContents()
        for column in range(NAME, FILE):
            self.table.setColumnWidth(column, self.table.columnWidth(column) + theme.LARGE)

    def _connect(self) -> None:
        self.fetch.clicked.connect(lambda: self._fetch(self.selected()))
        self.fetch_missing.clicked.connect(self._ask_to_fetch_all)
        self.import_files.clicked.connect(self._import_files)
        self.import_folder.clicked.connect(self._import_folder)
        self.export.clicked.connect(self._export)
        self.check.clicked.connect(self._check)
        self.shared.clicked.connect(self._ask_for_shared)
        self.reveal.clicked.connect(self._reveal)
        self.table.selectionModel().selectionChanged.connect(self._follow)
        self.table.doubleClicked.connect(lambda: self._fetch(self.selected()))
        self.model.modelReset.connect(self._fit_columns)
        self.job.happened.connect(self._heard)
        self.job.result.connect(self._done)
        self.job.failed.connect(self._failed)
        self.job.ended.connect(self._ended)
        self.line.cancelled.connect(self.job.stop)

    def _lay_out(self) -> None:
        note = theme.muted(
            "What the networks learnt from ImageNet’s million photos. Each file is checked against the sum in its "
            "name. Without internet: export a folder on a computer that has it, and import that folder here."
        )
        row = QWidget()
        wrapping = WrappingRow(row)
        for button in (self.fetch, self.fetch_missing, self.import_files, self.import_folder, self.export, self.check,
                       self.shared, self.reveal):  # fmt: skip
            wrapping.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.LARGE, theme.LARGE, theme.LARGE, theme.MEDIUM)
        layout.setSpacing(theme.MEDIUM)
        for part in (theme.title("Weights"), note, row):
            layout.addWidget(part)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.line)

    def showEvent(self, event: QShowEvent) -> None:  # Qt's name
        super().showEvent(event)
        if not self.job.busy:
            self.refresh()


def _button(sign: str, text: str, tip: str) -> QPushButton:
    made = QPushButton(icon(sign), text) if sign else QPushButton(text)
    made.setToolTip(tip)
    return made

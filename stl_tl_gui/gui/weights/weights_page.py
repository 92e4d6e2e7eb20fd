"""The page of pretrained weights: download, import, export and check them, and choose where a lab keeps its own."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from stl_tl_gui.engine.events import Notice, Progress
from stl_tl_gui.engine.models.weight_store import (
    StoredWeights,
    check_weights,
    export_weights,
    fetch_all,
    import_weights,
)
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.gui.weights.shared_folders import SharedFoldersDialog
from stl_tl_gui.gui.weights.weights_buttons import WeightsButtons
from stl_tl_gui.gui.weights.weights_table import WeightsTable
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.choosing import choose_files, choose_folder
from stl_tl_gui.gui.widgets.dialogs import ask, show_error, show_message
from stl_tl_gui.gui.widgets.job_line import JobLine


class WeightsPage(QWidget):
    """One job at a time. Looks again at what is on the disk whenever the page is shown."""

    changed = Signal()
    """The weights on this computer have changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table, self.buttons = WeightsTable(), WeightsButtons()
        self.job, self.line = LatestJob(self), JobLine()
        self._notices: list[str] = []
        self._verb = self._result = ""
        self._connect()
        self._lay_out()
        self.refresh()

    def refresh(self) -> None:
        """Look again which weights are here."""
        self.table.refresh()
        self._follow()

    def import_from(self, paths: Sequence[Path]) -> None:
        """Copy weights from files and folders, in the background."""
        self._start(partial(import_weights, list(paths)), "Imported")

    def _fetch(self, wanted: Sequence[StoredWeights]) -> None:
        names = [each.row.name for each in wanted if each.to_download]
        if names:
            self._start(partial(fetch_all, names), "Downloaded")

    def _ask_to_fetch_all(self) -> None:
        missing = [each.row.weights for each in self.table.stored if each.to_download]
        text = f"Download {len(missing)} files, {sum(each.megabytes for each in missing):.0f} MB in all?"
        hosts = ", ".join(sorted({each.url.split("/")[2] for each in missing}))
        more = f"They come from {hosts}. None of your data is sent."
        ask(self, text, more, {"Download": lambda: self._fetch(self.table.stored)})

    def _import_files(self) -> None:
        kinds = "Weights (*.pth *.pt);;All files (*)"
        if paths := choose_files(self, "weights", "Choose weights files", kinds):
            self.import_from(paths)

    def _import_folder(self) -> None:
        if folder := choose_folder(self, "weights", "Choose a folder of weights"):
            self.import_from([folder])

    def _export(self) -> None:
        if folder := choose_folder(self, "weights", "Choose the folder to copy weights to"):
            names = [each.row.name for each in self.table.selected() if each.path is not None]
            self._start(partial(export_weights, names, folder), "Exported")

    def _start(self, job: Job, verb: str) -> None:
        """Run a job whose result is a list or dict of files; `verb` says what was done to them."""
        if self.job.busy:
            return
        self._notices, self._verb, self._result = [], verb, ""
        self.job.start(job)
        self._follow()

    def _heard(self, event: object) -> None:
        if isinstance(event, Progress):
            self.line.show_progress(event)
        elif isinstance(event, Notice):
            self._notices.append(event.message)

    def _done(self, result: Any) -> None:
        if isinstance(result, dict):
            self.table.weights.set_intact(result)
        self._result = f"{self._verb} {len(result)} {'file' if len(result) == 1 else 'files'}."
        if self._notices:
            show_message(self, self._result, "\n".join(self._notices))
        self.changed.emit()

    def _ended(self) -> None:
        self.line.show_idle(self._result)
        self.refresh()

    def _ask_for_shared(self) -> None:
        dialog = SharedFoldersDialog(self)
        dialog.accepted.connect(self.refresh)
        dialog.accepted.connect(self.changed)
        dialog.open()

    def _follow(self) -> None:
        self.buttons.follow(self.table.stored, self.table.selected(), self.job.busy)

    def _connect(self) -> None:
        buttons = self.buttons
        buttons.fetch.clicked.connect(lambda: self._fetch(self.table.selected()))
        buttons.fetch_missing.clicked.connect(self._ask_to_fetch_all)
        buttons.import_files.clicked.connect(self._import_files)
        buttons.import_folder.clicked.connect(self._import_folder)
        buttons.export.clicked.connect(self._export)
        buttons.check.clicked.connect(lambda: self._start(partial(check_weights, []), "Checked"))
        buttons.shared.clicked.connect(self._ask_for_shared)
        self.table.selectionModel().selectionChanged.connect(self._follow)
        self.table.doubleClicked.connect(lambda: self._fetch(self.table.selected()))
        self.job.happened.connect(self._heard)
        self.job.result.connect(self._done)
        self.job.failed.connect(partial(show_error, self))
        self.job.ended.connect(self._ended)
        self.line.cancelled.connect(self.job.stop)

    def _lay_out(self) -> None:
        note = theme.muted(
            "Pretrained weights are what the models learned from ImageNet’s million pictures. Those of "
            "EfficientNet-Lite0 are included. Each file is recognized by its checksum. Without internet: export a "
            "folder on a computer that has it, and import it here."
        )
        parts = (theme.title("Weights"), note, self.buttons, (self.table, 1), self.line)
        layouts.column(*parts, inside=self, spacing=theme.MEDIUM, margins=layouts.PAGE)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.job.busy:
            self.refresh()

"""What can be done with weights, as a row of buttons; what cannot says why."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from stl_tl_gui.engine.weight_store import StoredWeights
from stl_tl_gui.gui.actions import button, explain, make_action
from stl_tl_gui.gui.wrapping_row import WrappingRow


def tr(text: str) -> str:
    return QCoreApplication.translate("WeightsActions", text)


def to_fetch(stored: Sequence[StoredWeights], intact: Mapping[str, bool]) -> list[StoredWeights]:
    """Those that are not here, or were found damaged."""
    return [each for each in stored if each.path is None or intact.get(each.row.name) is False]


class WeightsActions(QWidget):
    """Buttons and shortcuts; the actions also make the context menu of `table`."""

    def __init__(self, table: QWidget, do: dict[str, Callable[[], object]], parent: QWidget | None = None) -> None:
        """`do` says what each of the actions below means, by its name."""
        super().__init__(parent)
        enter = [QKeySequence(Qt.Key.Key_Return), QKeySequence(Qt.Key.Key_Enter)]
        refresh = QKeySequence.keyBindings(QKeySequence.StandardKey.Refresh)
        self.fetch = make_action(table, tr("Fetch"), "", do["fetch"], sign="down", keys=enter)
        self.fetch_missing = make_action(table, tr("Fetch all missing…"), "", do["fetch_missing"], sign="down")
        self.import_files = make_action(table, tr("Import files…"), "", do["import_files"], sign="open")
        self.import_folder = make_action(table, tr("Import folder…"), "", do["import_folder"], sign="folder")
        self.export = make_action(table, tr("Export chosen…"), "", do["export"], sign="save")
        self.check = make_action(table, tr("Check"), "", do["check"], sign="check")
        self.reveal = make_action(table, tr("Open folder"), "", do["reveal"], sign="folder")
        self.refresh = make_action(table, tr("Refresh"), "", do["refresh"], sign="refresh", keys=refresh)
        row = WrappingRow(self)
        for action in (self.fetch, self.fetch_missing, self.import_files, self.import_folder, self.export, self.check):
            row.addWidget(button(action))
        row.add_gap()
        for action in (self.reveal, self.refresh):
            row.addWidget(button(action))

    def follow(
        self, selected: Sequence[StoredWeights], stored: Sequence[StoredWeights], intact: Mapping[str, bool], busy: bool
    ) -> None:
        """Allow what the selection allows; nothing that copies while something is under way."""
        wanted, missing = to_fetch(selected, intact), to_fetch(stored, intact)
        here = [each for each in selected if each.path is not None]
        waiting = tr("Something is under way: wait for it, or cancel it.") if busy else None
        self._allow(self.fetch, waiting or _why_not_fetched(selected, wanted), tr("Download the selected weights"))
        nothing = None if missing else tr("All weights are here.")
        self._allow(self.fetch_missing, waiting or nothing, tr("Download all that is not here; asks first"))
        self._allow(self.import_files, waiting, tr("Copy weights files that you have into the app's weights folder"))
        self._allow(self.import_folder, waiting, tr("Copy all weights from a folder, such as a USB stick"))
        chosen = None if here else tr("Select weights that are here, to take them to another machine.")
        self._allow(self.export, waiting or chosen, tr("Copy the selected weights into a folder for other machines"))
        none = None if any(each.path for each in stored) else tr("There are no weights here to be checked.")
        tip = tr("Compare the files with the checksums in their names: the selected ones, or all")
        self._allow(self.check, waiting or none, tip)
        explain(self.reveal, tr("Show the app's weights folder"))
        explain(self.refresh, tr("Look again which weights are here"))

    @staticmethod
    def _allow(action: QAction, reason: str | None, tip: str) -> None:
        action.setEnabled(reason is None)
        explain(action, reason or tip)


def _why_not_fetched(selected: Sequence[StoredWeights], wanted: Sequence[StoredWeights]) -> str | None:
    if not selected:
        return tr("Select the weights to download.")
    return None if wanted else tr("The selected weights are here already.")

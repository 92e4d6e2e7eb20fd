"""RunFilters: a search field, the data, the star, and whether runs on the same data stand together."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from stl_tl_gui.engine.runs.run import RunSummary
from stl_tl_gui.gui.runs.runs_model import RunFilter, SortedRuns
from stl_tl_gui.gui.widgets.eliding_combo import ElidingCombo
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow
from stl_tl_gui.words.run import data_name

_LETTERS = 18


class RunFilters(QWidget):
    """Above the table of runs."""

    changed = Signal()

    def __init__(self, runs: SortedRuns, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs = runs
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search runs")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setMinimumWidth(240)
        self.data = ElidingCombo(_LETTERS)
        self.starred = QCheckBox("Only starred")
        self.by_data = QCheckBox("Group by data")
        for widget, name, tip in (
            (self.search, "Search runs", "Words in the name, folder, data, backbone, state, tags or note"),
            (self.data, "Data", "Show only runs on this data"),
            (self.starred, "Only starred", "Show only runs with a star"),
            (self.by_data, "Group by data", "Runs on the same data stand together, sorted within"),
        ):
            widget.setAccessibleName(name)
            widget.setToolTip(tip)
        WrappingRow(self.search, self.data, self.starred, self.by_data, inside=self)
        self.set_runs(())
        self.search.textChanged.connect(self._choose)
        self.data.currentIndexChanged.connect(self._choose)
        self.starred.toggled.connect(self._choose)
        self.by_data.toggled.connect(self._choose)

    def set_runs(self, runs: Sequence[RunSummary]) -> None:
        """Offer the data of these runs; what was chosen stays chosen while it is there."""
        places = list(dict.fromkeys(summary.settings.data for summary in runs))
        if places == [self.data.itemData(row) for row in range(1, self.data.count())] and self.data.count():
            return
        chosen, blocker = self.data.currentData(), QSignalBlocker(self.data)
        self.data.clear()
        self.data.addItem("All data", None)
        for place in places:
            self.data.addItem(data_name(place), place)
        self.data.setCurrentIndex(max(0, self.data.findData(chosen)))
        del blocker
        self.data.setVisible(len(places) > 1)
        self.by_data.setVisible(len(places) > 1)
        self._choose()

    def _choose(self) -> None:
        chosen = self.data.currentData()
        wanted = RunFilter(self.search.text(), chosen, self.starred.isChecked(), self.by_data.isChecked())
        if wanted != self._runs.filter:
            self._runs.choose(wanted)
            self.changed.emit()

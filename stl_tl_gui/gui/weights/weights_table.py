"""WeightsTable: all backbones' ImageNet weights, and which of them are on this computer."""

from PySide6.QtWidgets import QTableView, QWidget

from stl_tl_gui.engine.models.weight_store import StoredWeights, stored_weights
from stl_tl_gui.gui.weights.weights_model import FILE, NAME, STORED_ROLE, WeightsModel
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.copying import copyable, texts_of
from stl_tl_gui.gui.widgets.table_view import set_up_table


class WeightsTable(QTableView):
    """Shows the files as they were at the last `refresh`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.weights = WeightsModel(self)
        self.setModel(self.weights)
        set_up_table(self, "Weights")
        self.horizontalHeader().setStretchLastSection(True)
        copyable(self, lambda: texts_of(self))

    @property
    def stored(self) -> list[StoredWeights]:
        """All rows."""
        return self.weights.stored

    def selected(self) -> list[StoredWeights]:
        """The selected rows."""
        return [row.data(STORED_ROLE) for row in self.selectionModel().selectedRows()]

    def refresh(self) -> None:
        """Look again which weights are here. What was selected stays selected."""
        chosen = {each.row.name for each in self.selected()}
        self.weights.set_stored(stored_weights())
        self.resizeColumnsToContents()
        for column in range(NAME, FILE):
            self.setColumnWidth(column, self.columnWidth(column) + theme.LARGE)
        for row, each in enumerate(self.stored):
            if each.row.name in chosen:
                self.selectRow(row)

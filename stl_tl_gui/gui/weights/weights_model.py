"""The table of all backbones' ImageNet weights as a Qt model."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from stl_tl_gui.engine.models.weight_store import StoredWeights
from stl_tl_gui.engine.settings.backbones import parameter_counts
from stl_tl_gui.gui.widgets.icons import icon

Index = QModelIndex | QPersistentModelIndex
STORED_ROLE = Qt.ItemDataRole.UserRole + 1
NAME, HERE, SIZE, PARAMETERS, ACCURACY, SOURCE, LICENSE, FILE = range(8)
_NUMBERS = (SIZE, PARAMETERS, ACCURACY)


class WeightsModel(QAbstractTableModel):
    """One row a backbone, in the order of the table of backbones."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stored: list[StoredWeights] = []
        self._states: dict[str, object] = {}
        self._checked: dict[str, tuple[object, bool]] = {}
        """By backbone, the file's state when it was checked, and whether its checksum was right."""

    def set_stored(self, stored: Sequence[StoredWeights]) -> None:
        self.beginResetModel()
        self.stored = list(stored)
        self._states = {each.row.name: _state(each.path) for each in stored}
        self.endResetModel()

    def set_intact(self, intact: Mapping[str, bool]) -> None:
        """Show the results of a check, by backbone."""
        self._checked = {name: (self._states[name], good) for name, good in intact.items()}
        self.dataChanged.emit(self.index(0, 0), self.index(len(self.stored) - 1, FILE))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.stored)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else FILE + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        titles = {
            NAME: ("Backbone", ""),
            HERE: ("On this computer", "Whether the file is here, and where"),
            SIZE: ("Size", "Size of the file"),
            PARAMETERS: ("Parameters", "Number of parameters, with a head for ImageNet’s 1,000 classes"),
            ACCURACY: ("ImageNet", "Accuracy on ImageNet’s validation pictures (top-1), as published"),
            SOURCE: ("Source", "Who publishes the weights"),
            LICENSE: ("License", license_note()),
            FILE: ("File", "The name ends with the start of the file’s checksum (SHA-256)"),
        }
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return {Qt.ItemDataRole.DisplayRole: titles[section][0], Qt.ItemDataRole.ToolTipRole: titles[section][1]}.get(
            Qt.ItemDataRole(role)
        )

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        stored = self.stored[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(stored, index.column())
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(stored, index.column())
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(index.column())
            case Qt.ItemDataRole.DecorationRole if index.column() == HERE:
                return icon(*self._sign(stored))
        return stored if role == STORED_ROLE else None

    def _text(self, stored: StoredWeights, column: int) -> str:
        row, weights = stored.row, stored.row.weights
        return {
            NAME: row.title,
            HERE: self.state(stored),
            SIZE: f"{weights.megabytes:.0f} MB",
            PARAMETERS: f"{parameter_counts(row.name, 1000, 'none')[1] / 1e6:.1f} M",
            ACCURACY: f"{100 * weights.top1:.1f} %",
            SOURCE: weights.source,
            LICENSE: weights.license,
            FILE: weights.file_name,
        }[column]

    def _tip(self, stored: StoredWeights, column: int) -> str:
        if column == HERE and stored.path is not None:
            return str(stored.path)
        if column in (SOURCE, FILE):
            return stored.row.weights.url
        return license_note() if column == LICENSE else self._text(stored, column)

    def state(self, stored: StoredWeights) -> str:
        """Whether the weights are here, where, and whether they are intact."""
        words = {
            "own": "Yes",
            "shared": "Yes, in a shared folder",
            "included": "Yes, included",
            "hub": "Yes, in the torch.hub cache",
            "nowhere": "No",
        }[stored.place]
        intact = self._intact(stored)
        if intact is None:
            return words
        return f"{words} · checked" if intact else "Damaged"

    def _sign(self, stored: StoredWeights) -> tuple[str, str]:
        if stored.path is None:
            return "down", "muted"
        return ("warning", "bad") if self._intact(stored) is False else ("check", "good")

    def _intact(self, stored: StoredWeights) -> bool | None:
        """Whether a check found the file intact as it is now; None if it was not checked."""
        state, intact = self._checked.get(stored.row.name, (None, False))
        return intact if state is not None and state == self._states[stored.row.name] else None


def _state(path: Path | None) -> object:
    """Differs when a file does."""
    with suppress(OSError):
        if path is not None:
            status = path.stat()
            return path, status.st_size, status.st_mtime_ns
    return None


def license_note() -> str:
    return (
        "License of the code published with the weights. According to torchvision, the weights may have their own "
        "terms, derived from the data: ImageNet’s pictures are provided for non-commercial research and education. "
        "Check whether you may use them for your purpose."
    )


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in _NUMBERS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter

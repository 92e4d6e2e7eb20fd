"""DisagreementsDialog: the pictures that only one of two runs gets right, and those that both get wrong."""

from collections.abc import Callable, Generator
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QDialog, QStyledItemDelegate, QStyleOptionViewItem, QTabBar, QWidget

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.evaluation.disagreement import Disagreement, Rows, disagreement
from stl_tl_gui.engine.runs.predictions import Predictions, read_predictions
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.gui.background.engine_import import import_engine
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.gui.evaluate.evaluation_header import Split
from stl_tl_gui.gui.evaluate.split_pictures import SplitPictures
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets import picture_cards as cards
from stl_tl_gui.gui.widgets.dialogs import sentence_of
from stl_tl_gui.gui.widgets.picture_cards import CardView, Index
from stl_tl_gui.gui.widgets.thumbnails import Thumbnails
from stl_tl_gui.words.quantities import number_of

_GROUPS = (("Only A is right", True, False), ("Only B is right", False, True), ("Both are wrong", False, False))
Found = tuple[Disagreement, SplitPictures | None, str]
"""The tables, the pictures of A's rows, and why there are none."""


class DisagreementsDialog(QDialog):
    """Does not block: the window behind stays usable."""

    def __init__(self, first: tuple[Run, str], second: tuple[Run, str], split: Split, parent: QWidget) -> None:
        """Two runs with their names."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Disagreements")
        self._found: Disagreement | None = None
        self.groups, self.list = QTabBar(), CardView("Pictures")
        self.pictures = _Pictures(self.list.thumbnails, self)
        self.groups.setAccessibleName("Which pictures")
        self.note = theme.muted("Reading the predictions…")
        self.list.setItemDelegate(_Card(self.list))
        self.list.setModel(self.pictures)
        names = theme.muted(f"A: {first[1]}\nB: {second[1]}")
        parts = (names, self.groups, (self.list, 1), self.note)
        layouts.column(*parts, inside=self, spacing=theme.MEDIUM, margins=layouts.PAGE)
        self.resize(QSize(860, 620).boundedTo(self.screen().availableGeometry().size() * 0.95))
        self.reading = LatestJob(self)
        self.reading.result.connect(self._show)
        self.reading.failed.connect(lambda error: self.note.setText(sentence_of(error) or str(error)))
        self.reading.start(_reading_job(first[0], second[0], split))
        self.groups.currentChanged.connect(self._choose)

    def _show(self, found: Found) -> None:
        self._found, source, problem = found
        self.list.set_reader(None if source is None else source.read)
        for title, first, second in _GROUPS:
            self.groups.addTab(f"{title} ({len(self._found.group(first, second)):,})")
        left = self._found.left_out
        missing = f"{number_of(left, 'picture')} that only one of them was evaluated on, not counted." if left else ""
        alike = f"Of {number_of(len(self._found.rows), 'picture')}, surest mistakes first."
        self.note.setText(" ".join(filter(None, (alike, missing, problem))))

    def _choose(self, group: int) -> None:
        if self._found is not None and group >= 0:
            self.pictures.show_rows(self._found, self._found.group(*_GROUPS[group][1:]))
            self.list.scrollToTop()


class _Pictures(QAbstractListModel):
    """Pictures by the rows that they have in the two tables."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject) -> None:
        super().__init__(parent)
        self.found: Disagreement | None = None
        self._rows: Rows = np.zeros((0, 2), np.int64)
        self.thumbnails = thumbnails
        self.thumbnails.ready.connect(self._ready)

    def show_rows(self, found: Disagreement, rows: Rows) -> None:
        self.beginResetModel()
        self.found, self._rows = found, rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def picture(self, row: int) -> int:
        """The picture's row in the first table."""
        return int(self._rows[row, 0])

    def answers(self, row: int) -> list[tuple[str, bool]]:
        """What each model says, and whether that is right."""
        assert self.found is not None
        tables = (self.found.first, self.found.second)
        return [_answer(table, int(place)) for table, place in zip(tables, self._rows[row], strict=True)]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.found is None or role not in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        row, table = self.picture(index.row()), self.found.first
        says = "\n".join(
            f"{letter} says {said}" for letter, (said, _) in zip("AB", self.answers(index.row()), strict=True)
        )
        failure = self.thumbnails.failure(row)
        return "\n".join(
            filter(None, (f"Really {table.class_names[table.targets[row]]}", says, table.ids[row], failure))
        )

    def _ready(self, picture: int) -> None:
        for row in np.flatnonzero(self._rows[:, 0] == picture).tolist():
            self.dataChanged.emit(self.index(row), self.index(row))


def _answer(table: Predictions, row: int) -> tuple[str, bool]:
    return table.class_names[table.predicted[row]], bool(table.predicted[row] == table.targets[row])


class _Card(QStyledItemDelegate):
    """The thumbnail above what A and B say, each with a tick or a cross."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return cards.card_size(option, room=30)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, _Pictures)
        painter.save()
        card = cards.paint_ground(painter, option)
        place = cards.paint_thumbnail(painter, card, model.thumbnails.pixmap(model.picture(index.row())))
        painter.setPen(QPen(theme.color("border"), 1))
        painter.drawRect(place)
        line, metrics = cards.text_line(painter, card), painter.fontMetrics()
        for letter, (said, right) in zip("AB", model.answers(index.row()), strict=True):
            painter.setPen(theme.color("good" if right else "bad"))
            text = metrics.elidedText(
                f"{letter} {'✓' if right else '✗'} {said}", Qt.TextElideMode.ElideMiddle, line.width()
            )
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
            line.translate(0, metrics.height())
        painter.restore()


def _reading_job(first: Run, second: Run, split: Split) -> Job:
    """Returns a Found. Raises DamagedPredictions."""

    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, Found]:
        tables = [read_predictions(run.predictions(split)) for run in (first, second)]
        found = disagreement(*tables)
        import_engine()
        from stl_tl_gui.engine.runs.run_data import open_run_data

        try:
            data = yield from open_run_data(first, should_stop)
        except UserError as error:
            return found, None, f"The pictures cannot be shown: {error}"
        return found, SplitPictures(data.splits[split], found.first.ids), ""

    return job

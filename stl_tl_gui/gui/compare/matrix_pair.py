"""MatrixPair: the confusion matrices of two chosen runs and their difference, or why they are missing."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QFrame, QPushButton, QScrollArea, QWidget

from stl_tl_gui.engine.comparison import SPLITS, ComparedRun, RunReader, Split
from stl_tl_gui.engine.evaluation.metrics import Confusion
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.compare.compare_jobs import Table, confusions_job
from stl_tl_gui.gui.compare.disagreements import DisagreementsDialog
from stl_tl_gui.gui.compare.marked_run import MarkedRun
from stl_tl_gui.gui.compare.matrix_difference import difference_of, signed
from stl_tl_gui.gui.compare.matrix_reasons import Reason, Reasons
from stl_tl_gui.gui.compare.matrix_row import MatrixRow
from stl_tl_gui.gui.compare.missing_matrix import can_evaluate, why_no_difference, why_no_matrix
from stl_tl_gui.gui.evaluate.confusion_matrix import percent_box
from stl_tl_gui.gui.evaluate.matrix_canvas import Matrix
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.dialogs import show_error
from stl_tl_gui.gui.widgets.eliding_combo import ElidingCombo
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.table_text import tab_separated
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow

_LETTERS = 28


class MatrixPair(QWidget):
    """Reads the tables of both runs in the background whenever it is asked to show runs."""

    evaluate_requested = Signal(object, str)
    """The Run to evaluate, and the split."""

    def __init__(self, reader: RunReader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reader = reader
        self.reading = LatestJob(self)
        self._shown: Sequence[MarkedRun] = ()
        self._tables: Sequence[Table] = ()
        self._names: list[str] = []
        self._asked = False
        self.first, self.second, self.split = ElidingCombo(_LETTERS), ElidingCombo(_LETTERS), QComboBox()
        self.normalized = percent_box()
        self.disagreements = QPushButton(icon("pictures"), "See disagreements…")
        self.copy = QPushButton(icon("copy"), "Copy picture")
        self.copy_table = QPushButton(icon("copy"), "Copy table")
        self.matrices, self.sentence = MatrixRow(), theme.muted("")
        self.reasons = Reasons()
        self._set_up()
        self._lay_out()

    def show_runs(self, shown: Sequence[MarkedRun]) -> None:
        """Offer these runs; those that were chosen and are still there stay chosen."""
        self._shown = shown
        if not self._asked:
            self.split.setCurrentIndex(self.split.findData(_usual_split([each.run for each in shown])))
        usual = sorted(range(len(shown)), key=lambda place: self._split() not in shown[place].run.evaluated)
        for combo, place in ((self.first, 0), (self.second, 1)):
            _offer(combo, shown, usual[min(place, len(usual) - 1)] if usual else -1)
        self._read()

    def highlight(self, key: str | None) -> None:
        """Does nothing: the runs of the matrices are chosen separately."""

    def chosen(self) -> list[MarkedRun]:
        """The first and the second run, or the only one there is."""
        by_key = {each.key: each for each in self._shown}
        keys = [self.first.currentData(), self.second.currentData()]
        return [by_key[key] for key in keys if key in by_key][: len(self._shown)]

    def show_disagreements(self) -> DisagreementsDialog:
        """Show the pictures about which the two runs disagree."""
        first, second = ((each.run.run, each.name) for each in self.chosen())
        assert first[0] is not None
        assert second[0] is not None
        dialog = DisagreementsDialog((first[0], first[1]), (second[0], second[1]), self._split(), self.window())
        dialog.show()
        return dialog

    def _split(self) -> Split:
        split: Split = self.split.currentData()
        return split

    def _read(self) -> None:
        split = self._split()
        runs = [each.run.run for each in self.chosen()]
        paths = [run.predictions(split) if run is not None else None for run in runs]
        self.reading.start(confusions_job(self._reader, paths))

    def _show_tables(self, tables: Sequence[Table]) -> None:
        chosen = self.chosen()
        names = [each.name for each in chosen]
        if names != self._names or not _same(tables, self._tables):  # else what is marked, scrolled and zoomed stays
            self._names, self._tables = names, tables
            self._draw(chosen, tables)
        self.reasons.show_reasons(self._reasons(chosen, tables))

    def _draw(self, chosen: Sequence[MarkedRun], tables: Sequence[Table]) -> None:
        shown: list[tuple[Matrix, str, str] | None] = [None, None, None]
        for place, (each, table) in enumerate(zip(chosen, tables, strict=True)):
            if isinstance(table, Confusion):
                title = f"{'AB'[place]}: {100 * table.accuracy:.1f} %"
                shown[place] = Matrix(table.counts, table.class_names), title, each.name
        pair = [table for table in tables if isinstance(table, Confusion)]
        difference = difference_of(*pair) if len(pair) == 2 else None
        if difference is not None:
            points = signed(100 * (pair[1].accuracy - pair[0].accuracy), 1)
            shown[2] = difference, f"B minus A: {points} points", ""
        self.matrices.show_matrices(shown)
        for button in (self.copy, self.copy_table):
            button.setEnabled(any(shown))
        self.disagreements.setEnabled(len(pair) == 2)

    def _reasons(self, chosen: Sequence[MarkedRun], tables: Sequence[Table]) -> list[Reason]:
        """Why a matrix or the difference is missing."""
        found = []
        for each, table in zip(chosen, tables, strict=True):
            text = why_no_matrix(each, self._split(), table)
            if text:
                found.append(Reason(text, each.run.run if can_evaluate(each.run, table) else None))
        pair = [table for table in tables if isinstance(table, Confusion)]
        if len(chosen) == 1:
            found.append(Reason("Choose a second run to see the difference."))
        elif len(pair) == 2:
            found += self._reasons_about_both(chosen, pair)
        return list(dict.fromkeys(found))

    def _reasons_about_both(self, chosen: Sequence[MarkedRun], pair: Sequence[Confusion]) -> list[Reason]:
        difference = difference_of(*pair)
        if difference is None:
            return [Reason(why_no_difference(chosen, pair))]
        text = "The two runs were evaluated on different pictures, so the difference is in percentage points."
        return [] if difference.same_pictures else [Reason(text)]

    def _describe(self, sentence: str) -> None:
        hint = "Point at a cell to read it. Ctrl + mouse wheel zooms."
        if len(self.matrices.shown()) == len(self.matrices.panels):
            hint = "Blue with +: B has more. Orange with \u2212: B has fewer. " + hint
        self.sentence.setText(sentence or hint)

    def _copy_table(self) -> None:
        parts = [
            f"{panel.heading.toolTip()}\n{tab_separated(panel.matrix.matrix.table())}"
            for panel in self.matrices.shown()
        ]
        QGuiApplication.clipboard().setText("\n".join(parts))

    def _set_up(self) -> None:
        names = {"test": "Test pictures", "val": "Validation pictures"}
        for split in SPLITS:
            self.split.addItem(names[split], split)
        for widget, name in (
            (self.first, "Run A"),
            (self.second, "Run B"),
            (self.split, "Evaluated pictures"),
        ):
            widget.setAccessibleName(name)
            widget.setToolTip(name)
        self.disagreements.setToolTip("Look at the pictures that only one of the two runs gets right")
        self.disagreements.setEnabled(False)
        self.disagreements.clicked.connect(self.show_disagreements)
        self.copy.setToolTip("Copy the matrices side by side")
        self.copy_table.setToolTip("Copy the numbers for a spreadsheet, one matrix below the other")
        self.reading.result.connect(self._show_tables)
        self.reading.failed.connect(lambda error: show_error(self, error))
        self.first.currentIndexChanged.connect(self._read)
        self.second.currentIndexChanged.connect(self._read)
        self.split.activated.connect(self._ask)
        self.split.currentIndexChanged.connect(self._read)
        self.normalized.toggled.connect(self.matrices.set_normalized)
        self.matrices.described.connect(self._describe)
        self.reasons.evaluate_requested.connect(lambda run: self.evaluate_requested.emit(run, self._split()))
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setPixmap(self.matrices.as_picture()))
        self.copy_table.clicked.connect(self._copy_table)
        self._describe("")

    def _ask(self) -> None:
        self._asked = True

    def _lay_out(self) -> None:
        left = (_named("A", self.first), _named("B", self.second), self.split, self.normalized)
        row = WrappingRow(*left, self.disagreements, None, self.copy, self.copy_table)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self.matrices)
        area.setMinimumHeight(160)
        self.sentence.setMinimumHeight(2 * self.fontMetrics().height())
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        layouts.column(
            row, self.reasons, (area, 1), self.sentence, inside=self, spacing=theme.MEDIUM, margins=layouts.BELOW_TABS
        )


def _named(letter: str, combo: QComboBox) -> QWidget:
    """A combo box with the letter that its matrix has."""
    both = QWidget()
    layouts.row(theme.heading(letter), combo, inside=both, spacing=theme.SMALL)
    return both


def _usual_split(runs: Sequence[ComparedRun]) -> Split:
    """Test, unless only validation tables are there."""
    return "val" if not any("test" in run.evaluated for run in runs) and any(run.evaluated for run in runs) else "test"


def _offer(combo: QComboBox, shown: Sequence[MarkedRun], usual: int) -> None:
    """Make these runs the entries; the one that was current stays, else it is the `usual` place."""
    entries = [(combo.itemText(row), combo.itemData(row)) for row in range(combo.count())]
    if entries == [(each.name, each.key) for each in shown]:
        return  # an open list stays open
    kept = combo.currentData()
    combo.blockSignals(True)
    combo.clear()
    for row, each in enumerate(shown):
        combo.addItem(each.name, each.key)
        combo.setItemData(row, each.name, Qt.ItemDataRole.ToolTipRole)
    there = combo.findData(kept)
    combo.setCurrentIndex(there if there >= 0 else usual)
    combo.blockSignals(False)


def _same(tables: Sequence[Table], others: Sequence[Table]) -> bool:
    """Whether these are the very same tables, which are read again only when their files change."""
    return len(tables) == len(others) and all(one is other for one, other in zip(tables, others, strict=True))

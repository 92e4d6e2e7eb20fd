"""EvaluationView: confusion matrix and figures per class beside the pictures that they count."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QSplitter, QTabWidget, QWidget

from stl_tl_gui.engine.evaluation.metrics import Confusion
from stl_tl_gui.engine.evaluation.relabeled import Relabeled
from stl_tl_gui.engine.runs.predictions import Predictions
from stl_tl_gui.gui.evaluate.class_figures import ClassFigures
from stl_tl_gui.gui.evaluate.confusion_matrix import ConfusionMatrix, percent_box
from stl_tl_gui.gui.evaluate.matrix_canvas import Matrix
from stl_tl_gui.gui.evaluate.picture_dialog import PictureDialog
from stl_tl_gui.gui.evaluate.picture_filter import PictureFilter, Rows
from stl_tl_gui.gui.evaluate.prediction_grid import PredictionGrid
from stl_tl_gui.gui.evaluate.split_pictures import SplitPictures
from stl_tl_gui.gui.widgets import layouts, theme


class EvaluationView(QSplitter):
    """Shows one prediction table. Choosing a cell or a class shows its pictures, and the other way round."""

    fixed = Signal(list)
    """The Corrections that the user wants."""
    undo_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setObjectName("evaluate")
        self.matrix = ConfusionMatrix()
        self.figures = ClassFigures()
        self.grid = PredictionGrid()
        self.dialog: PictureDialog | None = None
        self._predictions: Predictions | None = None
        self._source: SplitPictures | None = None
        self._labels: Relabeled | None = None
        self._names: tuple[str, ...] = ()
        self._can_undo = False
        self._normalized = percent_box()
        self._sentence = QLabel(wordWrap=True)
        self._lay_out()
        self._normalized.toggled.connect(self.matrix.set_normalized)
        self.matrix.described.connect(self._describe)
        self.matrix.cell_clicked.connect(self._show_cell)
        self.matrix.cleared.connect(lambda: self.grid.show_cell(None, None))
        self.matrix.row_clicked.connect(lambda true: self.grid.show_cell(true, None))
        self.matrix.column_clicked.connect(lambda predicted: self.grid.show_cell(None, predicted))
        self.figures.class_chosen.connect(lambda true: self.grid.show_cell(true, None))
        self.grid.filter_changed.connect(self._follow)
        self.grid.activated.connect(self.open_picture)
        self.grid.relabeling.fixed.connect(self.fixed)
        self.grid.relabeling.undo_requested.connect(self.undo_requested)

    def show_predictions(self, predictions: Predictions | None, figures: Confusion | None) -> None:
        """Show another table and its figures. None: nothing."""
        self._close_dialog()
        self._predictions, self._labels = predictions, None
        self.matrix.show_matrix(Matrix(figures.counts, figures.class_names) if figures is not None else Matrix())
        self.figures.show_figures(figures)
        self.grid.set_predictions(predictions)
        self.set_pictures(None)
        self._describe("")

    def show_labels(self, now: Relabeled) -> None:
        """Show the same table with the labels of today: the same pictures at the same place, the figures of today."""
        self._labels = now
        cell, figures = self.matrix.selected(), now.figures
        self.matrix.show_matrix(Matrix(figures.counts, figures.class_names))
        self.matrix.select(cell)
        self.figures.show_figures(figures)
        self.grid.show_labels(now)
        if self.dialog is not None:
            self.dialog.show_labels(now)

    def allow_fixes(self, names: tuple[str, ...], can_undo: bool) -> None:
        """The classes that a picture can be put into; none where labels cannot be corrected now."""
        self._names, self._can_undo = names, can_undo
        self.grid.relabeling.allow(names, undo=can_undo)
        if self.dialog is not None:
            self.dialog.relabeling.allow(names, undo=can_undo)

    def set_pictures(self, source: SplitPictures | None, note: str = "") -> None:
        """Where the pictures come from, or why there are none."""
        self._source = source
        if self.dialog is not None:
            self.open_picture(self.dialog.row(), self.dialog.rows)  # it was opened before there were pictures
        self.grid.set_pictures(source, note)

    def open_picture(self, row: int, rows: Rows | None = None) -> None:
        """Show the picture of a row large; the arrow keys go through these rows, or what the grid shows now."""
        assert self._predictions is not None
        self._close_dialog()
        self.dialog = PictureDialog(
            self._predictions, self.grid.rows() if rows is None else rows, self._source, self.window()
        )
        if self._labels is not None:
            self.dialog.show_labels(self._labels)
        self.dialog.relabeling.allow(self._names, undo=self._can_undo)
        self.dialog.relabeling.fixed.connect(self.fixed)
        self.dialog.relabeling.undo_requested.connect(self.undo_requested)
        self.dialog.moved.connect(self.grid.list.go_to)
        self.dialog.destroyed.connect(self._forget_dialog)
        self.dialog.show_row(row)
        self.dialog.show()

    def _show_cell(self, true: int, predicted: int) -> None:
        """Show a cell's pictures, ready for the keys that fix their labels."""
        self.grid.show_cell(true, predicted)
        self.grid.list.begin()

    def _close_dialog(self) -> None:
        if self.dialog is not None:
            self.dialog.destroyed.disconnect(self._forget_dialog)
            self.dialog.close()
            self.dialog = None

    def _forget_dialog(self) -> None:
        self.dialog = None

    def _describe(self, sentence: str) -> None:
        hint = "Click a cell to see its pictures. Ctrl + mouse wheel zooms."
        self._sentence.setText(sentence or hint)

    def _follow(self, wanted: PictureFilter) -> None:
        cell = None if wanted.true is None or wanted.predicted is None else (wanted.true, wanted.predicted)
        if self.matrix.matrix.names:
            self.matrix.select(cell)

    def _lay_out(self) -> None:
        self._sentence.setMinimumHeight(2 * self.fontMetrics().height())
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._sentence.setProperty("role", "muted")
        confusion = QWidget()
        layouts.column(
            (self.matrix, 1),
            self._normalized,
            self._sentence,
            inside=confusion,
            margins=(theme.SMALL, theme.SMALL, theme.SMALL, 0),
        )
        tabs = QTabWidget()
        tabs.setDocumentMode(True)
        tabs.tabBar().setAccessibleName("Results")
        tabs.addTab(confusion, "Confusion matrix")
        tabs.addTab(self.figures, "Per class")
        self.addWidget(tabs)
        self.addWidget(self.grid)
        self.setChildrenCollapsible(False)
        self.setStretchFactor(0, 1)
        self.setStretchFactor(1, 1)
        self.setSizes([550, 550])

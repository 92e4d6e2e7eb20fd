"""EvaluationView: confusion matrix and figures per class beside the pictures that they count."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSplitter, QTabWidget, QWidget

from stl_tl_gui.engine.evaluation.metrics import Confusion
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

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setObjectName("evaluate")
        self.matrix = ConfusionMatrix()
        self.figures = ClassFigures()
        self.grid = PredictionGrid()
        self.dialog: PictureDialog | None = None
        self._predictions: Predictions | None = None
        self._source: SplitPictures | None = None
        self._normalized = percent_box()
        self._sentence = QLabel(wordWrap=True)
        self._lay_out()
        self._normalized.toggled.connect(self.matrix.set_normalized)
        self.matrix.described.connect(self._describe)
        self.matrix.cell_clicked.connect(self.grid.show_cell)
        self.matrix.cleared.connect(lambda: self.grid.show_cell(None, None))
        self.matrix.row_clicked.connect(lambda true: self.grid.show_cell(true, None))
        self.matrix.column_clicked.connect(lambda predicted: self.grid.show_cell(None, predicted))
        self.figures.class_chosen.connect(lambda true: self.grid.show_cell(true, None))
        self.grid.filter_changed.connect(self._follow)
        self.grid.activated.connect(self.open_picture)

    def show_predictions(self, predictions: Predictions | None, figures: Confusion | None) -> None:
        """Show another table and its figures. None: nothing."""
        self._close_dialog()
        self._predictions = predictions
        self.matrix.show_matrix(Matrix(figures.counts, figures.class_names) if figures is not None else Matrix())
        self.figures.show_figures(figures)
        self.grid.set_predictions(predictions)
        self.set_pictures(None)
        self._describe("")

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
        self.dialog.moved.connect(self.grid.list.go_to)
        self.dialog.destroyed.connect(self._forget_dialog)
        self.dialog.show_row(row)
        self.dialog.show()

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

"""EvaluationHeader: which run and split is shown, its accuracy, and what can be done with it."""

from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QLabel, QMenu, QPushButton, QWidget

from stl_tl_gui.engine.evaluation.metrics import Confusion
from stl_tl_gui.gui.runs.run_selector import RunSelector
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.job_line import JobLine

Split = Literal["test", "val", "train"]
SPLIT_NAMES: dict[Split, str] = {"test": "test", "val": "validation", "train": "training"}


class EvaluationHeader(QWidget):
    """Only shows and asks; the page does."""

    evaluate_requested = Signal(str)
    """The split to predict."""
    retrain_requested = Signal()
    split_chosen = Signal(str)
    """The split whose table is to be shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.selector = RunSelector()
        self.accuracy = theme.big_number("")
        self.on_what = QLabel(wordWrap=True)
        self.splits = QComboBox()
        self.evaluate_menu = QPushButton(icon("evaluate"), "Evaluate")
        self.evaluate_menu.setMenu(QMenu(self.evaluate_menu))
        self.evaluate: dict[Split, QAction] = {
            split: self.evaluate_menu.menu().addAction(f"{name.capitalize()} pictures")
            for split, name in SPLIT_NAMES.items()
        }
        self.export = QPushButton(icon("save"), "Export")
        self.find_pictures = QPushButton(icon("folder"), "Find pictures…")
        self.find_pictures.setToolTip("Choose the folder where this run’s pictures are now")
        self.find_pictures.hide()
        self.caution = theme.muted("")
        self.fixes = QLabel(wordWrap=True)
        self.retrain = QPushButton(icon("play"), "Retrain")
        self.retrain.setToolTip("Train a new run with the same settings on the corrected data")
        self.undo = QPushButton(icon("undo"), "Undo")
        self.undo.setToolTip("Take back the last correction (Ctrl+Z)")
        self.line = JobLine()
        self._set_up()
        self._lay_out()
        self.show_result(None, "test")

    def show_result(self, figures: Confusion | None, split: Split) -> None:
        """The accuracy of a table; None: no table."""
        self.export.setEnabled(figures is not None)
        shown = figures is not None and figures.count > 0
        self.accuracy.setVisible(shown)
        self.on_what.setVisible(shown)
        if figures is None or not shown:
            return
        low, high = figures.interval
        pictures = f"{SPLIT_NAMES[split]} pictures"
        self.accuracy.setText(f"{100 * figures.accuracy:.1f} %")
        self.on_what.setText(f"on {figures.count:,} {pictures} (95% interval {100 * low:.1f}–{100 * high:.1f} %)")
        self.accuracy.setAccessibleName(f"Accuracy {self.accuracy.text()}")

    def show_caution(self, text: str) -> None:
        """What to keep in mind about the result; empty: nothing."""
        self.caution.setText(text)
        self.caution.setVisible(bool(text))

    def show_fixes(self, text: str, *, can_undo: bool) -> None:
        """What was corrected since the run was trained; empty: nothing."""
        self.fixes.setText(text)
        for widget in (self.fixes, self.retrain):
            widget.setVisible(bool(text))
        self.undo.setVisible(can_undo)

    def show_splits(self, splits: list[Split], shown: Split | None) -> None:
        """Which tables there are to look at."""
        self.splits.blockSignals(True)
        self.splits.clear()
        for split in splits:
            self.splits.addItem(f"{SPLIT_NAMES[split].capitalize()} pictures", split)
        self.splits.setCurrentIndex(self.splits.findData(shown))
        self.splits.blockSignals(False)
        self.splits.setVisible(len(splits) > 1)

    def show_reasons(self, reasons: dict[Split, str]) -> None:
        """Why a split cannot be evaluated; an empty sentence: it can."""
        for split, action in self.evaluate.items():
            tip = f"Predict all {SPLIT_NAMES[split]} pictures with this run’s best checkpoint, and save the table"
            action.setEnabled(not reasons[split])
            action.setToolTip(reasons[split] or tip)
        possible = any(action.isEnabled() for action in self.evaluate.values())
        self.evaluate_menu.setEnabled(possible)
        self.evaluate_menu.setToolTip(
            "Predict pictures with this run’s best checkpoint" if possible else reasons["val"]
        )

    def _set_up(self) -> None:
        self.export.setToolTip("Save or copy the tables shown here")
        self.splits.setAccessibleName("Evaluated pictures")
        self.splits.setToolTip(self.splits.accessibleName())
        self.on_what.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.evaluate_menu.menu().setToolTipsVisible(True)
        for split, action in self.evaluate.items():
            action.triggered.connect(lambda _=False, split=split: self.evaluate_requested.emit(split))
        self.retrain.clicked.connect(self.retrain_requested)
        self.show_fixes("", can_undo=False)
        self.splits.currentIndexChanged.connect(lambda index: self.split_chosen.emit(self.splits.itemData(index)))

    def _lay_out(self) -> None:
        top = layouts.row(
            theme.title("Evaluate"),
            self.selector,
            None,
            self.splits,
            self.evaluate_menu,
            self.export,
            spacing=theme.MEDIUM,
        )
        result = layouts.row(self.accuracy, (self.on_what, 1), self.find_pictures, spacing=theme.LARGE)
        fixes = layouts.row((self.fixes, 1), self.undo, self.retrain, spacing=theme.MEDIUM)
        layouts.column(top, result, fixes, self.caution, self.line, inside=self, spacing=theme.SMALL)

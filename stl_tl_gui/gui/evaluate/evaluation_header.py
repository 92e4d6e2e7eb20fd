"""EvaluationHeader: which run and split is shown, its accuracy, and what can be done with it."""

import math
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from stl_tl_gui.engine.evaluation.metrics import wilson_interval
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.engine.runs.predictions import Predictions
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.icons import icon

Split = Literal["test", "val"]


class EvaluationHeader(QWidget):
    """Only shows and asks; the page does."""

    evaluate_requested = Signal(str)
    """The split to predict."""
    split_chosen = Signal(str)
    """The split whose table is to be shown."""
    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.run = theme.muted("")
        self.accuracy = theme.big_number("")
        self.on_what = QLabel(wordWrap=True)
        self.splits = QComboBox()
        self.evaluate: dict[Split, QPushButton] = {
            "test": QPushButton("Evaluate test"),
            "val": QPushButton("Evaluate validation"),
        }
        self.export = QPushButton(icon("save"), "Export")
        self.find_pictures = QPushButton(icon("folder"), "Find the pictures…")
        self.find_pictures.setToolTip("Say where the pictures of this run are now")
        self.find_pictures.hide()
        self.caution = theme.muted("")
        self._stage = QLabel()
        self._bar = QProgressBar()
        self._cancel = QPushButton(icon("close"), "Cancel")
        self._busy = QWidget()
        self._set_up()
        self._lay_out()
        self.show_busy("")
        self.show_result(None, "test")

    def show_result(self, predictions: Predictions | None, split: Split) -> None:
        """The accuracy of a table; None: there is none."""
        self.export.setEnabled(predictions is not None)
        shown = predictions is not None and len(predictions) > 0
        self.accuracy.setVisible(shown)
        self.on_what.setVisible(shown)
        if predictions is None or math.isnan(predictions.accuracy):
            return
        low, high = wilson_interval(predictions.accuracy, len(predictions))
        words = {
            "test": "on {0} test pictures (95% interval {1}–{2} %)",
            "val": "on {0} validation pictures (95% interval {1}–{2} %)",
        }[split]
        self.accuracy.setText(f"{100 * predictions.accuracy:.1f} %")
        self.on_what.setText(words.format(f"{len(predictions):,}", f"{100 * low:.1f}", f"{100 * high:.1f}"))
        self.accuracy.setAccessibleName(f"Accuracy {self.accuracy.text()}")

    def show_caution(self, text: str) -> None:
        """What to keep in mind with the result; empty: nothing."""
        self.caution.setText(text)
        self.caution.setVisible(bool(text))

    def show_splits(self, splits: list[Split], shown: Split | None) -> None:
        """Which tables there are to look at."""
        names = {"test": "Test pictures", "val": "Validation pictures"}
        self.splits.blockSignals(True)
        self.splits.clear()
        for split in splits:
            self.splits.addItem(names[split], split)
        self.splits.setCurrentIndex(self.splits.findData(shown))
        self.splits.blockSignals(False)
        self.splits.setVisible(len(splits) > 1)

    def show_reasons(self, reasons: dict[Split, str]) -> None:
        """Why a split cannot be evaluated; an empty sentence: it can."""
        tips = {
            "test": "Predict all test pictures with the best checkpoint of this run, and keep the table",
            "val": "Predict all validation pictures with the best checkpoint of this run, and keep the table",
        }
        for split, button in self.evaluate.items():
            button.setEnabled(not reasons[split])
            button.setToolTip(reasons[split] or tips[split])

    def show_busy(self, stage: str) -> None:
        """What is being done; empty: nothing is."""
        self._busy.setVisible(bool(stage))
        self._stage.setText(stage)
        self._bar.setRange(0, 0)

    def show_progress(self, event: Progress, of: str = "") -> None:
        """`of`: the run, if it is another than the one shown."""
        self._stage.setText(f"{of}: {event.stage}" if of else event.stage)
        self._bar.setRange(0, event.total)
        self._bar.setValue(event.done)

    def busy(self) -> bool:
        """Whether a job is shown that can be cancelled."""
        return not self._busy.isHidden()

    def _set_up(self) -> None:
        self.export.setToolTip("Save or copy the tables that are shown here")
        self.splits.setAccessibleName("Pictures that the results are about")
        self.splits.setToolTip(self.splits.accessibleName())
        self._bar.setAccessibleName("Progress of the evaluation")
        self._bar.setMaximumWidth(420)
        self.on_what.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.run.setTextFormat(Qt.TextFormat.PlainText)
        for split, button in self.evaluate.items():
            button.clicked.connect(lambda _=False, split=split: self.evaluate_requested.emit(split))
        self.splits.currentIndexChanged.connect(lambda index: self.split_chosen.emit(self.splits.itemData(index)))
        self._cancel.clicked.connect(self.cancel_requested)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(theme.MEDIUM)
        top.addWidget(theme.title("Evaluate"))
        top.addStretch()
        for widget in (self.splits, *self.evaluate.values(), self.export):
            top.addWidget(widget)
        result = QHBoxLayout()
        result.setSpacing(theme.LARGE)
        result.addWidget(self.accuracy)
        result.addWidget(self.on_what, 1)
        result.addWidget(self.find_pictures)
        busy = QHBoxLayout(self._busy)
        busy.setContentsMargins(0, 0, 0, 0)
        busy.addWidget(self._stage)
        busy.addWidget(self._bar, 1)
        busy.addWidget(self._cancel)
        busy.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SMALL)
        layout.addLayout(top)
        layout.addWidget(self.run)
        layout.addLayout(result)
        layout.addWidget(self.caution)
        layout.addWidget(self._busy)

"""Reasons: why matrices are missing, with a button where evaluating the run would help."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton, QWidget

from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import icon


@dataclass(frozen=True)
class Reason:
    """Why a matrix is missing, and the run to evaluate to get it."""

    text: str
    to_evaluate: Run | None = None


class Reasons(QFrame):
    """Hidden while there are none."""

    evaluate_requested = Signal(object)
    """The Run to evaluate."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.card(self)
        self.reasons: Sequence[Reason] = ()
        self.buttons: list[QPushButton] = []
        self._rows: list[QWidget] = []
        self._column = layouts.column(inside=self, spacing=theme.SMALL, margins=theme.MEDIUM)
        self.hide()

    @property
    def texts(self) -> list[str]:
        return [reason.text for reason in self.reasons]

    def show_reasons(self, reasons: Sequence[Reason]) -> None:
        """Show these instead. The same ones stay, with the button that is being pressed."""
        if reasons == self.reasons:
            return
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self.reasons, self.buttons = reasons, []
        self._rows = [self._row(reason) for reason in reasons]
        for row in self._rows:
            self._column.addWidget(row)
        self.setVisible(bool(reasons))

    def _row(self, reason: Reason) -> QWidget:
        row = QWidget()
        line = layouts.row((theme.muted(reason.text), 1), inside=row)
        run = reason.to_evaluate
        if run is not None:
            button = QPushButton(icon("evaluate"), "Evaluate")
            button.setToolTip(f"Predict the pictures with the best checkpoint of “{run.name}”")
            button.clicked.connect(lambda: self.evaluate_requested.emit(run))
            line.addWidget(button)
            self.buttons.append(button)
        return row

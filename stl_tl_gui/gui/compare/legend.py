"""Legend: the names of the chosen runs with their lines and symbols; a click highlights a run everywhere."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QToolButton, QWidget

from stl_tl_gui.gui.compare.marked_run import SAMPLE, MarkedRun, sample
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow
from stl_tl_gui.words.comparison import line_in_list, title_in_list

_WIDEST = 420
"""Pixels of a name; longer ones end in dots."""


class Legend(QWidget):
    """One button a run, in as many lines as they need."""

    chosen = Signal(str)
    """The key of the run that was clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[str, QToolButton] = {}
        self._shown: Sequence[MarkedRun] = ()
        self._row = WrappingRow(inside=self)
        self._row.setSpacing(theme.TINY)
        self.setStyleSheet("QToolButton { padding: 1px 5px; }")  # many runs, little room
        self.setAccessibleName("Compared runs")

    def show_runs(self, shown: Sequence[MarkedRun]) -> None:
        """Name these runs. Buttons of runs that were there stay."""
        self._shown = shown
        while self._row.takeAt(0) is not None:
            pass
        old, self.buttons = self.buttons, {}
        for each in shown:
            button = old.pop(each.key) if each.key in old else self._button(each.key)
            self.buttons[each.key] = button
            self._name(button, each)
            self._row.addWidget(button)
        for button in old.values():
            button.hide()
            button.deleteLater()
        self._row.invalidate()

    def highlight(self, key: str | None) -> None:
        """Mark one run; None: none."""
        for each, button in self.buttons.items():
            button.setChecked(each == key)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for each in self._shown:
                self.buttons[each.key].setIcon(sample(each.mark, self.devicePixelRatioF()))

    def _button(self, key: str) -> QToolButton:
        button = QToolButton(self)
        button.setCheckable(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setIconSize(SAMPLE)
        button.clicked.connect(lambda: self.chosen.emit(key))
        button.show()
        return button

    def _name(self, button: QToolButton, each: MarkedRun) -> None:
        button.setIcon(sample(each.mark, self.devicePixelRatioF()))
        text = button.fontMetrics().elidedText(each.name, Qt.TextElideMode.ElideRight, _WIDEST)
        button.setText(text.replace("&", "&&"))
        button.setAccessibleName(each.name)
        button.setToolTip(f"{each.name}\n{title_in_list(each.run)}\n{line_in_list(each.run)}")


class LegendArea(QScrollArea):
    """The legend as high as it needs to be, up to a limit, beyond which it is scrolled."""

    def __init__(self, legend: Legend) -> None:
        super().__init__()
        self._legend, self._limit = legend, 0
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(legend)

    def set_limit(self, pixels: int) -> None:
        """Limit the height."""
        self._limit = pixels
        self.fit()

    def fit(self) -> None:
        wanted = self._legend.heightForWidth(self.viewport().width())
        self.setFixedHeight(max(1, min(wanted, self._limit)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()


def with_legend(legend: Legend, plot: QWidget) -> QPixmap:
    """A picture of a plot with the legend above it."""
    ratio = plot.devicePixelRatioF()
    width = max(plot.width(), legend.width())
    picture = QPixmap(int(width * ratio), int((legend.height() + theme.SMALL + plot.height()) * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(theme.color("window"))
    painter = QPainter(picture)
    for widget, top in ((legend, 0), (plot, legend.height() + theme.SMALL)):
        painter.drawPixmap(QPoint(0, top), widget.grab())
    painter.end()
    return picture

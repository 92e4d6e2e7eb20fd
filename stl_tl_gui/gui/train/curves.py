"""Curves: loss, accuracy and learning rate of a run, live. Events are only stored; a slow timer draws them."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from stl_tl_gui.engine.events import BatchEnd, EpochEnd, Event, PhaseStart, RunEnd, RunStart
from stl_tl_gui.gui import theme
from stl_tl_gui.gui.train.points import Points, Smoothed, smoothed_over

REDRAW_EVERY = 100
"""Milliseconds between redraws while events come."""

_WHOLE_RUN = 50
"""Up to so many epochs the time axis shows the whole run from the start; longer runs grow into view."""
_AXIS_WIDTH = 58
_LOW = 25
"""Percent of accuracy below which there is no room for the number under its star."""
_LEAST_WIDTH, _LEAST_HEIGHT = 348, 400
"""With less, the numbers at the axes of the three plots run into each other."""


class Curves(QWidget):
    """Three plots over the epochs of a run. `on_event` is cheap; drawing happens at most ten times a second."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = ("batch_loss", "loss", "val_loss", "train_accuracy", "val_accuracy", "learning_rate")
        self._plots = _Plots()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plots)
        self._timer = QTimer(self, singleShot=True, interval=REDRAW_EVERY)
        self._timer.timeout.connect(self.redraw)
        self.setAccessibleName(self.tr("Curves of the run"))
        self.clear()
        self._plots.restyle()
        self.redraw()

    def clear(self) -> None:
        """Forget all points."""
        self._points = {name: Points() for name in self._names}
        self._phases: list[tuple[float, str]] = []
        self._last: EpochEnd | None = None
        self._batches, self._epochs = 1, 0
        self._smoothed = Smoothed(5)
        self._timer.start()

    def points(self, name: str) -> Points:
        """One of the curves: batch_loss, loss (smoothed), val_loss, train_accuracy, val_accuracy or learning_rate."""
        return self._points[name]

    def on_event(self, event: Event) -> None:
        """Store what the event tells; it is drawn with the next tick."""
        match event:
            case BatchEnd():
                self._add_batch(event)
            case EpochEnd():
                self._add_epoch(event)
            case RunStart():
                self._start(event)
            case PhaseStart(phase="all") if event.epoch > 1:
                self._phases.append((event.epoch - 1.0, self.tr("all layers learn")))
                self._smoothed = Smoothed(smoothed_over(self._batches))
            case RunEnd():
                self._epochs = 0
            case _:
                return
        if not self._timer.isActive():
            self._timer.start()

    def redraw(self) -> None:
        """Bring the plots up to date."""
        self._timer.stop()
        self._plots.show_points(self._points, self.best(), self._phases, self._epochs)
        self.setAccessibleDescription(self.summary())

    def summary(self) -> str:
        """What the plots show, in words."""
        if self._last is None:
            return self.tr("No epoch is finished yet.")
        text = self.tr("Validation accuracy {val:.1f} % at epoch {epoch}, training loss {loss:.3g}.").format(
            val=100 * self._last.val_accuracy, epoch=self._last.epoch, loss=self._last.train_loss
        )
        best = self.best()
        if best is not None:
            epoch, accuracy = best
            words = self.tr("Best validation accuracy {best:.1f} % at epoch {epoch:.0f}.")
            text += " " + words.format(best=accuracy, epoch=epoch)
        return text

    def best(self) -> tuple[float, float] | None:
        """The epoch with the best validation accuracy, and that accuracy in percent."""
        accuracies = self._points["val_accuracy"]
        if not len(accuracies):
            return None
        index = int(np.argmax(accuracies.y))
        return float(accuracies.x[index]), float(accuracies.y[index])

    def changeEvent(self, event: QEvent) -> None:  # Qt's name
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._plots.restyle()

    def _start(self, event: RunStart) -> None:
        done = event.epochs_done + event.batches_done / max(1, event.batches_per_epoch)
        if done == 0:
            self.clear()
        for points in self._points.values():
            points.forget_after(done)
        self._phases = [phase for phase in self._phases if phase[0] <= done]
        self._batches, self._epochs = max(1, event.batches_per_epoch), event.epochs
        self._smoothed = Smoothed(smoothed_over(self._batches))
        for loss in self._points["batch_loss"].y[-200:]:
            self._smoothed.add(float(loss))

    def _add_batch(self, event: BatchEnd) -> None:
        x = event.step / self._batches
        self._points["batch_loss"].add(x, event.loss)
        self._points["loss"].add(x, self._smoothed.add(event.loss))
        self._points["learning_rate"].add(x, event.learning_rate)

    def _add_epoch(self, event: EpochEnd) -> None:
        x = float(event.epoch)
        self._points["val_loss"].add(x, event.val_loss)
        self._points["train_accuracy"].add(x, 100 * event.train_accuracy)
        self._points["val_accuracy"].add(x, 100 * event.val_accuracy)
        self._last = event


class _Legend(pg.LegendItem):  # type: ignore[misc]
    """The names of a plot's curves in one row above it, where they hide nothing."""

    def __init__(self) -> None:
        super().__init__(colCount=3, verSpacing=0)
        self.layout.setContentsMargins(_AXIS_WIDTH, 0, 0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def updateSize(self) -> None:
        """The layout of the plots places it."""
        self.layout.invalidate()


class _Plots(pg.GraphicsLayoutWidget):  # type: ignore[misc]
    """The three plots with linked time axes, and the colours they are drawn in."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.ci.setContentsMargins(0, 4, 8, 0)
        self.ci.layout.setVerticalSpacing(2)
        self._legends: list[_Legend] = []
        self._loss = self._add(self.tr("Loss"))
        self._accuracy = self._add(self.tr("Accuracy (%)"))
        self._rate = self._add("")
        self._all = (self._loss, self._accuracy, self._rate)
        for row, share in zip((1, 3, 5), (5, 5, 2), strict=True):
            self.ci.layout.setRowStretchFactor(row, share)
        self._accuracy.setYRange(-2, 108, padding=0)
        self._accuracy.setLimits(yMin=-2, yMax=108)
        for plot in (self._accuracy, self._rate):
            plot.setXLink(self._loss)
        for plot in (self._loss, self._accuracy):
            plot.getAxis("bottom").setStyle(showValues=False)
        self._rate.setLabel("bottom", self.tr("Epoch"))
        self._make_curves()
        self._phase_lines: list[Any] = []
        self._drawn_phases: list[tuple[float, str]] = []
        self._drawn_range: tuple[int, bool] | None = None

    def _add(self, title: str) -> Any:
        row, legend = 2 * len(self._legends), _Legend()
        self._legends.append(legend)
        self.addItem(legend, row=row, col=0)
        self.ci.layout.setAlignment(legend, Qt.AlignmentFlag.AlignLeft)
        plot = self.addPlot(row=row + 1, col=0)
        plot.legend = legend
        plot.setLabel("left", title or None)
        plot.getAxis("left").setWidth(_AXIS_WIDTH)
        plot.getAxis("left").enableAutoSIPrefix(False)
        plot.getAxis("bottom").enableAutoSIPrefix(False)
        plot.setDownsampling(auto=True, mode="peak")
        plot.setClipToView(True)
        plot.setMenuEnabled(False)
        plot.showGrid(x=True, y=True, alpha=0.15)
        plot.setLimits(xMin=0)
        return plot

    def _make_curves(self) -> None:
        self._curves = {
            "batch_loss": self._loss.plot(name=self.tr("each batch")),
            "loss": self._loss.plot(name=self.tr("training")),
            "val_loss": self._loss.plot(name=self.tr("validation"), symbol="o", symbolSize=7),
            "train_accuracy": self._accuracy.plot(name=self.tr("training"), symbol="s", symbolSize=6),
            "val_accuracy": self._accuracy.plot(name=self.tr("validation"), symbol="o", symbolSize=7),
            "best": self._accuracy.plot(name=self.tr("best epoch"), symbol="star", symbolSize=17),
            "learning_rate": self._rate.plot(name=self.tr("learning rate")),
        }
        self._best_label = pg.TextItem(anchor=(0.5, 0))
        self._accuracy.addItem(self._best_label, ignoreBounds=True)

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST_WIDTH, _LEAST_HEIGHT)

    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event)
        else:
            event.ignore()  # scrolling past the plots must not zoom them

    def restyle(self) -> None:
        """Take the colours from the theme shown now."""
        blue, orange, red = (QColor(theme.COLORS[index]) for index in (0, 1, 3))
        if theme.is_dark():
            blue = QColor(theme.COLORS[4])
        text = theme.color("muted")
        self.setBackground(theme.color("base"))
        for plot in self._all:
            for side in ("left", "bottom"):
                plot.getAxis(side).setPen(pg.mkPen(theme.color("border")))
                plot.getAxis(side).setTextPen(pg.mkPen(text))
        faint = QColor(blue)
        faint.setAlphaF(0.4)
        self._draw("batch_loss", pg.mkPen(faint, width=1))
        self._draw("loss", pg.mkPen(blue, width=2))
        self._draw("train_accuracy", pg.mkPen(blue, width=2), blue)
        self._draw("learning_rate", pg.mkPen(text, width=1))
        for name in ("val_loss", "val_accuracy"):
            self._draw(name, pg.mkPen(red, width=2, style=Qt.PenStyle.DashLine), red)
        self._draw("best", None, orange, theme.color("text"))
        self._best_label.setColor(theme.color("text"))
        self._restyle_texts(text)

    def _draw(self, name: str, line: Any, filling: QColor | None = None, outline: QColor | None = None) -> None:
        curve = self._curves[name]
        curve.setPen(line)
        if filling is not None:
            edge = pg.mkPen(outline or theme.color("base"))
            curve.setSymbolBrush(filling)
            curve.setSymbolPen(edge)
            curve.scatter.setBrush(filling)  # the legend looks here, also while there are no points
            curve.scatter.setPen(edge)
            curve.scatter.setSize(curve.opts["symbolSize"])

    def _restyle_texts(self, text: QColor) -> None:
        for legend in self._legends:
            for sample, label in legend.items:
                label.setText(label.text, color=text)
                sample.update()
            legend.setBrush(pg.mkBrush(theme.color("base")))
        for line in self._phase_lines:
            line.setPen(pg.mkPen(text, style=Qt.PenStyle.DotLine))
            if getattr(line, "label", None) is not None:
                line.label.setColor(text)

    def show_points(
        self,
        points: dict[str, Points],
        best: tuple[float, float] | None,
        phases: list[tuple[float, str]],
        epochs: int,
    ) -> None:
        """Draw the points; `epochs` is the length of the time axis, 0 for as far as the points go."""
        for name, drawn in points.items():
            self._curves[name].setData(drawn.x, drawn.y)
        self._curves["best"].setData(*([[value] for value in best] if best else [[], []]))
        self._best_label.setText(f"{best[1]:.1f} %" if best else "")
        if best:
            low = best[1] < _LOW
            self._best_label.setAnchor((0.5, 1 if low else 0))
            self._best_label.setPos(best[0], best[1] + (4 if low else -4))
        if phases != self._drawn_phases:
            self._draw_phases(phases)
        anything = any(len(drawn) for drawn in points.values())
        if (epochs, anything) != self._drawn_range:
            self._drawn_range = epochs, anything
            self._show_range(epochs, anything)

    def _show_range(self, epochs: int, anything: bool) -> None:
        if not anything:
            self._loss.setRange(xRange=(0, epochs or 10), yRange=(0, 3))
            return
        if 0 < epochs <= _WHOLE_RUN:
            self._loss.setXRange(0, epochs, padding=0.01)
        else:
            self._loss.enableAutoRange(axis="x")
        self._loss.enableAutoRange(axis="y")
        self._rate.enableAutoRange(axis="y")

    def _draw_phases(self, phases: list[tuple[float, str]]) -> None:
        for line in self._phase_lines:
            line.getViewBox().removeItem(line)
        self._phase_lines = []
        for x, text in phases:
            for plot in self._all:
                label = text if plot is self._loss else None
                line = pg.InfiniteLine(x, label=label, labelOpts={"position": 0.92, "anchors": [(0, 0), (1, 0)]})
                plot.addItem(line, ignoreBounds=True)
                self._phase_lines.append(line)
        self._drawn_phases = list(phases)
        self._restyle_texts(theme.color("muted"))

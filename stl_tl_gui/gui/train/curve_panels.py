"""The panels of Curves that show more than lines: the best epoch's accuracy, and the range of the learning rate."""

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import Qt

from stl_tl_gui.gui.plots.plot_panel import PlotPanel
from stl_tl_gui.gui.plots.stroke import Stroke
from stl_tl_gui.gui.train.run_points import Numbers, Points, finite
from stl_tl_gui.gui.widgets import theme

_LOW = 25
"""Percent of accuracy below which there is no room for the number under its star."""
_RATE_HEIGHT = 104

_DASHED = Qt.PenStyle.DashLine
STROKES = {
    "batch_loss": Stroke("blue", width=1, opacity=0.4),
    "loss": Stroke("blue"),
    "val_loss": Stroke("vermilion", style=_DASHED, symbol="o"),
    "train_accuracy": Stroke("blue", symbol="s", size=6),
    "val_accuracy": Stroke("vermilion", style=_DASHED, symbol="o"),
    "best": Stroke("orange", width=0, symbol="star", size=17),
    "learning_rate": Stroke("muted", width=1),
    "earlier": Stroke("muted", width=1.5, style=Qt.PenStyle.DashDotLine, opacity=0.75),
}


CLASS_STROKES = tuple(
    Stroke(color, width=1.5, style=style, symbol=symbol, size=6)
    for color, style, symbol in (
        ("green", Qt.PenStyle.SolidLine, "t"),
        ("purple", Qt.PenStyle.DashLine, "d"),
        ("vermilion", Qt.PenStyle.DotLine, "p"),
        ("orange", Qt.PenStyle.DashDotLine, "+"),
    )
)
"""Of the classes that are followed at the same time."""


class LossPanel(PlotPanel):
    """The loss of each batch, its moving average, and the validation loss."""

    def __init__(self) -> None:
        super().__init__("Loss")
        for name, title in (("batch_loss", "each batch"), ("loss", "training"), ("val_loss", "validation")):
            self.add_curve(name, title, STROKES[name])
        self.add_curve("earlier", "earlier runs", STROKES["earlier"]).button.hide()


class AccuracyPanel(PlotPanel):
    """Accuracies in percent; the best epoch has a star with its number."""

    def __init__(self) -> None:
        super().__init__("Accuracy (%)")
        digits = "{:.1f} %"
        self.add_curve("train_accuracy", "training", STROKES["train_accuracy"], digits)
        self.add_curve("val_accuracy", "validation", STROKES["val_accuracy"], digits)
        self.add_curve("best", "best epoch", STROKES["best"], "")
        self.add_curve("earlier", "earlier runs", STROKES["earlier"], digits).button.hide()
        for place, stroke in enumerate(CLASS_STROKES):
            self.add_curve(f"class {place}", "", stroke, digits).button.hide()
        self.plot.setYRange(-2, 108, padding=0)
        self.plot.setLimits(yMin=-2, yMax=108)
        self.best_label = pg.TextItem(anchor=(0.5, 0))
        self.plot.addItem(self.best_label, ignoreBounds=True)

    def show_classes(self, names: Sequence[str], points: Sequence[Points]) -> None:
        """Follow some classes, no more than there are strokes."""
        nothing = finite((), ())
        for place in range(len(CLASS_STROKES)):
            shown = place < len(names)
            curve = self.curves[f"class {place}"]
            curve.button.set_name(names[place] if shown else "")
            curve.button.setVisible(shown)
            found = points[place] if shown else nothing
            self.set_points(f"class {place}", found.x, found.y)

    def show_best(self, best: tuple[float, float] | None) -> None:
        """Mark an epoch and its accuracy in percent; None removes the mark."""
        self.curves["best"].item.setData(*(([best[0]], [best[1]]) if best else ([], [])))
        self.best_label.setText(f"{best[1]:.1f} %" if best else "", color=theme.color("text"))
        if best:
            low = best[1] < _LOW
            self.best_label.setAnchor((0.5, 1 if low else 0))
            self.best_label.setPos(best[0], best[1] + (4 if low else -4))


class RatePanel(PlotPanel):
    """The learning rate on a low panel: its axis names zero and the highest rate, as there is no room for more."""

    def __init__(self) -> None:
        super().__init__("")
        self.setMinimumHeight(_RATE_HEIGHT)
        self.add_curve("learning_rate", "learning rate", STROKES["learning_rate"], "{:.2g}")
        self._highest = 1.0

    def mark_highest(self, rates: Numbers) -> bool:
        """Name the highest rate at the axis. Returns whether it is another one than before."""
        highest = float(rates.max()) if len(rates) else 1.0
        if highest == self._highest or highest <= 0:
            return False
        self._highest = highest
        self.plot.getAxis("left").setTicks([[(0, "0"), (highest, f"{highest:.2g}")]])
        return True

    def show_whole(self) -> None:
        self.plot.setYRange(-0.25 * self._highest, 1.25 * self._highest, padding=0)

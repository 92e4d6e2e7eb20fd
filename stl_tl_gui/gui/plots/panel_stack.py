"""PanelStack: panels above each other that share their horizontal axis, one crosshair through all of them."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame

from stl_tl_gui.gui.plots.plot_panel import PlotPanel
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.actions import set_keys

_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class PanelStack(QFrame):
    """With the keyboard, Left and Right move the crosshair by one, Home and End to the ends, Escape takes it away."""

    read = Signal(str)
    """The values at the crosshair in words; empty when it is gone."""
    range_chosen = Signal()
    reset_asked = Signal()

    def __init__(self, panels: Sequence[tuple[PlotPanel, int]], unit: str, least: QSize) -> None:
        """Panels with their shares of the height; `unit` names what the horizontal axis counts, “Epoch”."""
        super().__init__()
        self.panels = [panel for panel, _ in panels]
        self._unit, self._least = unit, least
        self._at: float | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setObjectName("plots")
        theme.card(self)
        set_keys(self, {"Left, Right, Home, End": "Move the crosshair"})
        column = layouts.column(inside=self, spacing=0, margins=theme.SMALL)
        for panel, share in panels:
            column.addWidget(panel, share)
            panel.pointed.connect(self.point_at)
            panel.range_chosen.connect(self.range_chosen)
            panel.reset_asked.connect(self.reset_asked)
            if panel is not self.panels[0]:
                panel.plot.setXLink(self.panels[0].plot)
            if panel is not self.panels[-1]:
                panel.plot.getAxis("bottom").setStyle(showValues=False)
        self._name_axis()

    def set_unit(self, unit: str) -> None:
        """Name what the horizontal axis counts from now on."""
        if unit != self._unit:
            self._unit = unit
            self._name_axis()

    def _name_axis(self) -> None:
        self.panels[-1].plot.setLabel("bottom", self._unit)
        for panel in self.panels:
            panel.view.count(self._unit)

    @property
    def at(self) -> float | None:
        """Where the crosshair is."""
        return self._at

    def point_at(self, x: float | None) -> None:
        """Move the crosshair to x, or remove it."""
        if x is None and self._at is None:
            return
        self._at = x
        said = [f"{name} {value}" for panel in self.panels for name, value in panel.read_out(x)]
        self.read.emit("" if x is None else f"{self._unit} {x:.4g}: " + ", ".join(said))

    def refresh(self) -> None:
        """The points have changed: read them again at the crosshair."""
        if self._at is not None:
            self.point_at(self._at)

    def restyle(self) -> None:
        for panel in self.panels:
            panel.restyle()

    def sizeHint(self) -> QSize:
        return self._least

    def minimumSizeHint(self) -> QSize:
        return self._least

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        key = Qt.Key(event.key())
        last = max((curve.x[-1] for panel in self.panels for curve in panel.curves.values() if len(curve.x)), default=1)
        if key in _STEPS:
            whole = round(self._at if self._at is not None else last)
            self.point_at(min(max(whole + (_STEPS[key] if self._at is not None else 0), 1), float(round(last))))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.point_at(1.0 if key == Qt.Key.Key_Home else float(last))
        elif key == Qt.Key.Key_Escape and self._at is not None:
            self.point_at(None)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # Qt's name
        super().focusOutEvent(event)
        self.point_at(None)

    def changeEvent(self, event: QEvent) -> None:  # Qt's name
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self.restyle()

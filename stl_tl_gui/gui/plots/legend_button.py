"""LegendButton: the name of a curve with a sample of its line. Click it to hide or show the curve."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget

from stl_tl_gui.gui.plots.stroke import SAMPLE_SIZE, Stroke


class LegendButton(QToolButton):
    """Checked while the curve is shown; the name of a hidden curve is crossed out."""

    def __init__(self, name: str, stroke: Stroke, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stroke = stroke
        self.setProperty("legend", True)
        self.setCheckable(True)
        self.setChecked(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(SAMPLE_SIZE)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.set_name(name)
        self.toggled.connect(self._follow)
        self.restyle()

    def set_name(self, name: str) -> None:
        self.setText(name)
        self._follow()

    def restyle(self) -> None:
        """Use the colors of the current theme."""
        self.setIcon(self._stroke.sample(self.devicePixelRatio()))

    def _follow(self) -> None:
        font = self.font()
        font.setStrikeOut(not self.isChecked())
        self.setFont(font)
        act = "Hide “{name}”" if self.isChecked() else "Show “{name}”"
        self.setToolTip(act.format(name=self.text()))

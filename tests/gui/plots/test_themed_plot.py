"""What zoomable plots have in common."""

import pytest
from pytestqt.qtbot import QtBot

from stl_tl_gui.gui.plots.themed_plot import EPOCH, ThemedPlot


@pytest.mark.parametrize(("unit", "whole"), [(EPOCH, True), ("Seconds", False)])
def test_that_there_are_no_half_epochs(qtbot: QtBot, unit: str, *, whole: bool) -> None:
    plot = ThemedPlot()
    qtbot.addWidget(plot)
    plot.count(unit)
    axis = plot.getPlotItem().getAxis("bottom")
    ticks = [tick for _, level in axis.tickValues(0.5, 2.5, 800) for tick in level]
    assert {1.0, 2.0} <= set(ticks)
    assert all(float(tick).is_integer() for tick in ticks) is whole

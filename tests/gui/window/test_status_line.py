"""The status bar."""

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from stl_tl_gui.gui.window.status_line import StatusLine

REASON = "CPU, because the graphics card cannot be used (NVIDIA A2: its driver is too old for this PyTorch)"


def test_that_a_reason_that_does_not_fit_is_whole_where_one_points(qtbot: QtBot) -> None:
    bar = StatusLine()
    qtbot.addWidget(bar)
    bar.resize(600, 24)
    bar.show()
    bar.show_device(REASON)
    label = bar.findChild(QLabel)
    assert label.text().startswith("Device: CPU, because")
    assert label.text().endswith("…")
    assert label.toolTip() == f"Device: {REASON}"
    bar.resize(2400, 24)
    assert label.text() == f"Device: {REASON}"
    bar.show_device("cpu")
    assert label.text() == "Device: CPU"

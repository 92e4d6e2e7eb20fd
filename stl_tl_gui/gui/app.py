"""Starts the application. The window is painted first; what takes time comes after."""

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from stl_tl_gui import __version__, resource
from stl_tl_gui.gui.background.garbage import collect_in_this_thread
from stl_tl_gui.gui.background.worker import workers_at_work
from stl_tl_gui.gui.widgets.remembered import theme_choice
from stl_tl_gui.gui.widgets.theme import Theme
from stl_tl_gui.gui.window.application import Application
from stl_tl_gui.gui.window.failures import Failures
from stl_tl_gui.gui.window.main_window import MainWindow
from stl_tl_gui.gui.window.single_window import SingleWindow, hand_over
from stl_tl_gui.gui.window.terminal_signals import TerminalSignals

_SWITCH = 0.0005
"""Seconds after which Python switches threads: each of many calls of the window would wait that long."""
_LONGEST_END = 10_000
"""Milliseconds to wait for threads after the window is closed."""


def main(paths: Sequence[Path] = ()) -> int:
    """Open the window, and these files in it, and stay until it is closed. Returns the exit status."""
    app = Application(sys.argv[:1])
    app.setApplicationName("STL Transfer Lab")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("stl-tl-gui")
    app.setWindowIcon(QIcon(str(resource("icons/app.svg"))))
    Failures(app).install()
    measured = os.environ.get("STL_TL_GUI_UNTIL") == "painted"  # how long that takes is what a benchmark asks
    if not measured and hand_over(paths):
        return 0
    window = make_window(app)
    if measured:
        window.painted.connect(app.quit, Qt.ConnectionType.QueuedConnection)
    else:
        window.painted.connect(window.start)
        window.painted.connect(partial(_become_the_one, window, list(paths)))
    window.closing.closed.connect(app.quit, Qt.ConnectionType.QueuedConnection)
    app.file_wanted.connect(lambda path: window.opener.open([Path(path)]))
    TerminalSignals(window.closing.at_once, app)
    window.show()
    status = app.exec()
    for worker in workers_at_work():  # Qt aborts when a thread outlives its object
        worker.stop()
        worker.wait(_LONGEST_END)
    return status


def _become_the_one(window: MainWindow, paths: list[Path]) -> None:
    """Open these files, and take what later starts of the app hand over."""
    single = SingleWindow(lambda: not window.closing.under_way, window)
    single.asked.connect(window.open_for_another)
    window.closing.closed.connect(single.stop)
    single.listen()
    if paths:
        window.opener.open(paths)


def make_window(app: QApplication) -> MainWindow:
    """The window in the chosen theme, not shown yet."""
    sys.setswitchinterval(_SWITCH)
    collect_in_this_thread(app)
    theme = app.findChild(Theme) or Theme(app, theme_choice())
    return MainWindow(theme)

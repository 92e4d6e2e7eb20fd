"""Failures: an uncaught error, in any thread, becomes a dialog instead of a silent exit."""

import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QMessageBox

from stl_tl_gui.gui.widgets.dialogs import show_error


class Failures(QObject):
    """Stands in for sys.excepthook and threading.excepthook. One dialog at a time; all go to standard error."""

    _arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._dialog: QMessageBox | None = None
        self._arrived.connect(self._show, Qt.ConnectionType.QueuedConnection)  # whichever thread it came from

    def install(self) -> None:
        sys.excepthook = self.hook
        threading.excepthook = lambda args: self.hook(args.exc_type, args.exc_value, args.exc_traceback)

    def hook(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None or issubclass(kind, SystemExit):
            return
        if sys.stderr is not None:  # there is none in a frozen app on Windows
            traceback.print_exception(kind, error, trace)
        if not issubclass(kind, KeyboardInterrupt):
            self._arrived.emit(error)

    def _show(self, error: BaseException) -> None:
        if self._dialog is not None:  # a bug in a timer comes ten times a second
            return
        self._dialog = show_error(QApplication.activeWindow(), error)
        self._dialog.finished.connect(self._forget)

    def _forget(self) -> None:
        self._dialog = None

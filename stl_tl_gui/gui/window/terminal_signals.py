"""Ctrl+C in the terminal, SIGTERM, or SIGHUP of a closed terminal, for a program that runs Qt's event loop."""

import signal
import socket
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier

from stl_tl_gui.engine.machine.signals import stopping_signals


class TerminalSignals(QObject):
    """Calls `close` at the first signal; a second one ends the program at once.

    Python runs signal handlers only between its own instructions, and an idle window runs none. So the signal's
    number is written to a socket that Qt listens to.
    """

    def __init__(self, close: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._close = close
        self._reading, self._writing = socket.socketpair()
        self._reading.setblocking(False)
        self._writing.setblocking(False)
        signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)
        self._notifier = QSocketNotifier(self._reading.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._arrived)
        self._numbers = stopping_signals()
        for number in self._numbers:
            signal.signal(number, lambda *_: None)

    def stop(self) -> None:
        """Leave signals to the system again."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(-1)
        for number in self._numbers:
            signal.signal(number, signal.SIG_DFL)
        self._reading.close()
        self._writing.close()

    def _arrived(self) -> None:
        self.stop()
        self._close()

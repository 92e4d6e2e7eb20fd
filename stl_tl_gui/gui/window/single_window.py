"""SingleWindow: one window for each user and home. A second start hands over what it was to open, and ends.

Python's own pipes and sockets do it: QtNetwork needs libraries that a bare Linux lacks.
"""

import getpass
import hashlib
import json
import os
import platform
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from stl_tl_gui.engine.storage.places import window_file

_TAKEN, _REFUSED = b"taken", b"refused"
_PATIENCE = 10.0
"""Seconds: a window that is just starting needs some to answer."""
_LONGEST_ADDRESS = 90
"""Bytes of a socket's path that every system takes."""


def hand_over(paths: Sequence[Path]) -> bool:
    """Let the window that is already open come to the front and open these; False where there is none."""
    address = _address()
    if address is None:
        return False
    _allow_others_to_the_front()
    try:
        with Client(address) as connection:
            connection.send_bytes(json.dumps([str(path.absolute()) for path in paths]).encode())
            return connection.poll(_PATIENCE) and connection.recv_bytes() == _TAKEN
    except (OSError, EOFError):
        return False


class SingleWindow(QObject):
    """Listens in a thread for later starts of the app."""

    asked = Signal(list)
    """A second start: the Paths to open, perhaps none."""

    def __init__(self, willing: Callable[[], bool], parent: QObject | None = None) -> None:
        """`willing`: whether the window still takes something; called in the thread."""
        super().__init__(parent)
        self._willing = willing
        self._listener: Listener | None = None

    def listen(self) -> bool:
        """From now on, later starts come here; False where the system has no room, or another window, for that."""
        address = _address()
        if address is None:
            return False
        try:
            window_file().parent.mkdir(parents=True, exist_ok=True)
            self._listener = _listener(address)
        except OSError:
            return False
        threading.Thread(target=self._serve, args=[self._listener], daemon=True).start()
        return True

    def stop(self) -> None:
        """Leave the address to others."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _serve(self, listener: Listener) -> None:
        while self._listener is listener:
            with suppress(OSError, EOFError, ValueError, RuntimeError), listener.accept() as connection:
                self._welcome(connection)

    def _welcome(self, connection: Connection) -> None:
        """Raises ValueError for anything but a list of paths."""
        if not connection.poll(_PATIENCE):
            return
        paths = [Path(path) for path in json.loads(connection.recv_bytes())]
        willing = self._willing()
        connection.send_bytes(_TAKEN if willing else _REFUSED)
        if willing:
            self.asked.emit(paths)


def _listener(address: str) -> Listener:
    """Raises OSError where another window listens. A window that was killed may have left its address behind."""
    try:
        return Listener(address)
    except OSError:
        with suppress(ConnectionRefusedError), Client(address):
            raise
        Path(address).unlink(missing_ok=True)
        return Listener(address)


def _address() -> str | None:
    """Where the window of this user, home and computer listens; None where it cannot."""
    facts = f"{getpass.getuser()}\n{platform.node()}\n{window_file().absolute()}"
    name = f"stl-tl-gui-{hashlib.sha256(facts.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"
    if sys.platform == "win32":
        return rf"\\.\pipe\{name}"
    private = os.environ.get("XDG_RUNTIME_DIR", "")
    folder = Path(private) if private and os.access(private, os.W_OK) else window_file().parent
    address = str(folder / name)
    return address if len(os.fsencode(address)) <= _LONGEST_ADDRESS else None


def _allow_others_to_the_front() -> None:
    """Windows lets a window come to the front only if the program that the user has just started allows it."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.AllowSetForegroundWindow(-1)

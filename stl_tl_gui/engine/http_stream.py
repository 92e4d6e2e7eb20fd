"""HttpStream: a server's answer, read in a thread of its own, so that whoever waits for it can stop waiting at once."""

import queue
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from types import TracebackType

from stl_tl_gui.engine.errors import Cancelled

_PIECE = 1 << 18
_WAITING_PIECES = 16
_TICK = 0.1
"""Seconds between two looks at whether to stop."""


@dataclass(frozen=True)
class Head:
    """How an answer begins."""

    status: int
    headers: Message
    length: int | None
    """Bytes that follow, as far as the server says it."""


class HttpStream:
    """A context. First comes `head`, then `piece` after `piece`.

    Proxies are taken from the environment, as urllib does. A thread that still waits for a silent server when it is
    left lets go at the end of its own time limit.
    """

    def __init__(self, request: urllib.request.Request, seconds: float, should_stop: Callable[[], bool]) -> None:
        """`seconds` is how long the server may be silent."""
        self._request, self._seconds, self._should_stop = request, seconds, should_stop
        self._arrived: queue.Queue[Head | bytes | Exception] = queue.Queue(_WAITING_PIECES)
        self._left = threading.Event()

    def __enter__(self) -> "HttpStream":
        threading.Thread(target=self._read, name="http-stream", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._left.set()

    def head(self) -> Head:
        """Raises what urllib raises, Cancelled, and TimeoutError."""
        head = self._next()
        assert isinstance(head, Head)
        return head

    def piece(self) -> bytes:
        """What comes next; empty at the end, also at a wrong one. Raises as `head` does."""
        piece = self._next()
        assert isinstance(piece, bytes)
        return piece

    def _next(self) -> Head | bytes:
        waited = 0.0  # not the time that passed: whoever reads may have paused
        while True:
            if self._should_stop():
                raise Cancelled
            try:
                arrived = self._arrived.get(timeout=_TICK)
            except queue.Empty:
                waited += _TICK
                if waited > self._seconds + 1:
                    raise TimeoutError from None
                continue
            if isinstance(arrived, Exception):
                raise arrived
            return arrived

    def _read(self) -> None:
        opener = urllib.request.build_opener()
        try:
            with closing(opener.open(self._request, timeout=self._seconds)) as response:
                self._hand_over(Head(response.status, response.headers, response.length))
                while not self._left.is_set():
                    piece = response.read1(_PIECE)
                    self._hand_over(piece)
                    if not piece:
                        return
        except Exception as error:  # noqa: BLE001 - raised again where the answer is waited for
            self._hand_over(error)

    def _hand_over(self, arrived: Head | bytes | Exception) -> None:
        while not self._left.is_set():
            try:
                self._arrived.put(arrived, timeout=_TICK)
            except queue.Full:
                continue
            return
        if isinstance(arrived, urllib.error.HTTPError):
            arrived.close()

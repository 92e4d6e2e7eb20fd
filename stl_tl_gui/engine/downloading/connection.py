"""One request to a server, and what may go wrong with it."""

import http.client
import queue
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any

from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.events import Progress, ShouldStop

_PIECE = 1 << 18
_TICK = 0.1
"""Seconds between looks at whether to stop."""
_TRY_AGAIN = {408, 425, 429, 500, 502, 503, 504}


class DownloadFailed(UserError):
    """A file could not be downloaded; says whether the download can be resumed."""

    def __init__(self, name: str, reason: str, kept: int = 0) -> None:
        self.reason = reason
        """What went wrong, as a part of a sentence."""
        more = f" {kept / 1e6:,.0f} MB are kept; download again to resume." if kept else ""
        super().__init__(f"“{name}” could not be downloaded: {reason}.{more}")


class TryAgain(Exception):
    """A fault that may pass."""

    tries: int | None = None
    """The most tries, whatever the patience."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait
        """Seconds that the server asks for."""


class NoConnection(TryAgain):
    """No server answers: most likely there is no internet, which the user wants to know soon."""

    tries = 2


class Connection:
    """One request, read in a thread of its own, so that whoever waits for it can stop at any moment."""

    def __init__(self, url: str, headers: dict[str, str], timeout: float) -> None:
        self._request = urllib.request.Request(url, headers=headers)
        self._timeout = timeout
        self._came: queue.Queue[Any] = queue.Queue(maxsize=32)
        self._given_up = threading.Event()
        threading.Thread(target=self._read, name="download", daemon=True).start()

    def give_up(self) -> None:
        """Take nothing more; the thread ends by itself."""
        self._given_up.set()

    def opened(
        self, should_stop: ShouldStop, stage: str, name: str
    ) -> Generator[Progress, None, tuple[int, http.client.HTTPMessage]]:
        """Status and headers. Raises TryAgain, DownloadFailed, Cancelled."""
        yield Progress(stage=stage, done=0, total=0, unit="bytes")
        for came in self._arriving(should_stop):
            if isinstance(came, tuple):
                status, headers = came
                if status in _TRY_AGAIN:
                    raise TryAgain(f"the server answered {status}", _retry_after(headers))
                if status >= 400 and status != 416:
                    raise DownloadFailed(name, f"the server answered {status}")
                return came
            if isinstance(came, ssl.SSLError):
                raise DownloadFailed(name, "the server’s certificate could not be checked")
        raise TryAgain("the server’s answer cannot be understood")

    def pieces(self, should_stop: ShouldStop) -> Iterator[bytes]:
        """What comes, to the end; empty bytes ten times a second while nothing does. Raises TryAgain, Cancelled."""
        for came in self._arriving(should_stop):
            yield came if isinstance(came, bytes) else b""

    def _arriving(self, should_stop: ShouldStop) -> Iterator[Any]:
        silent_since = time.monotonic()
        while True:
            if should_stop():
                raise Cancelled
            try:
                came = self._came.get(timeout=_TICK)
            except queue.Empty:
                if time.monotonic() - silent_since > self._timeout:
                    raise TryAgain("the server stopped sending") from None
                before = time.monotonic()
                yield None
                silent_since += time.monotonic() - before  # a pause is no silence
                continue
            if came is None:
                return
            if isinstance(came, Exception) and not isinstance(came, ssl.SSLError):
                raise _fault(came)
            yield came
            silent_since = time.monotonic()

    def _read(self) -> None:
        try:
            with urllib.request.build_opener().open(self._request, timeout=self._timeout) as response:
                self._put((response.status, response.headers))
                while not self._given_up.is_set() and (
                    piece := response.read1(_PIECE)
                ):  # as it comes: a cut loses none of it
                    self._put(piece)
            self._put(None)
        except urllib.error.HTTPError as error:
            with error:
                self._put((error.code, error.headers))
            self._put(None)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other side gets it
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            self._put(reason if isinstance(reason, Exception) else error)

    def _put(self, what: Any) -> None:
        while not self._given_up.is_set():
            with suppress(queue.Full):
                self._came.put(what, timeout=_TICK)
                return


def _fault(error: Exception) -> TryAgain:
    match error:
        case ConnectionRefusedError():
            return NoConnection("there is no internet connection")
        case http.client.IncompleteRead() | ConnectionError():
            return TryAgain("the connection was cut")
        case http.client.HTTPException():
            return TryAgain("the server’s answer cannot be understood")
        case TimeoutError():
            return TryAgain("the server stopped sending")
        case OSError():
            return NoConnection("there is no internet connection")
        case _:
            return TryAgain(f"the connection failed ({type(error).__name__})")


def _retry_after(headers: http.client.HTTPMessage) -> float:
    """Seconds that the server asks to wait."""
    text = (headers.get("Retry-After") or "").strip()
    if text.isdecimal():
        return float(text)
    with suppress(ValueError, TypeError):
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    return 0.0

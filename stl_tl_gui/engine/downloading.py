"""Downloading one file: goes on where it was cut, tries again, checks what arrived, and is never half there.

Ranges and their conditions are those of RFC 9110, sections 13 and 14.
"""

import hashlib
import http.client
import json
import queue
import re
import shutil
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from stl_tl_gui import __version__
from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.engine.runs import write_atomically

ShouldStop = Callable[[], bool]

_PIECE = 1 << 18
_TICK = 0.1
"""Seconds between looks at whether to stop."""
_RATE_OVER = 5.0
"""Seconds over which the speed is measured."""
_LONGEST_WAIT = 60.0
_MARGIN = 50 * 10**6
"""Bytes of the disk that are left free."""
_TRY_AGAIN = {408, 425, 429, 500, 502, 503, 504}


class DownloadFailed(UserError):
    """A file could not be had; says whether what arrived is kept."""

    def __init__(self, name: str, reason: str, kept: int = 0) -> None:
        self.reason = reason
        """What went wrong, as a part of a sentence."""
        more = f" {kept / 1e6:,.0f} MB of it are kept; the next download goes on from there." if kept else ""
        super().__init__(f"“{name}” could not be downloaded: {reason}.{more}")


class _TryAgain(Exception):
    """A fault that may pass."""

    tries: int | None = None
    """So many are enough, whatever the patience."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait
        """Seconds that the server asks for."""


class _NoConnection(_TryAgain):
    """No server answers: most likely there is no network, which the user wants to hear soon."""

    tries = 2


@dataclass(frozen=True)
class Patience:
    """How long to wait and how often to try."""

    timeout: float = 20.0
    """Seconds without a byte after which a connection is given up."""
    tries: int = 6
    """In a row without any progress."""
    first_wait: float = 1.0
    """Seconds before the second try; each further wait is twice as long."""


USUAL_PATIENCE = Patience()


@dataclass(frozen=True)
class _Identity:
    """What the server said of the file of which a part is here."""

    url: str
    validator: str
    """A strong entity tag, or the time of its last change; empty where it gave neither."""
    size: int
    """Bytes in all; 0 where not told."""


class _Part:
    """What has arrived so far, beside the target, and of what it is a part."""

    def __init__(self, target: Path, url: str) -> None:
        self.path = target.with_name(f".{target.name}.part")
        self._facts = target.with_name(f".{target.name}.part.json")
        self._url = url
        self.identity = self._read()

    @property
    def size(self) -> int:
        """Bytes that are here and can be gone on from."""
        return self.length if self.identity is not None and self.identity.validator else 0

    @property
    def length(self) -> int:
        """Bytes that are here."""
        return self.path.stat().st_size if self.path.exists() else 0

    def begin(self, validator: str, size: int) -> None:
        """Start from the first byte."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(b"")
        self.identity = _Identity(self._url, validator, size)
        write_atomically(self._facts, json.dumps(asdict(self.identity)).encode())

    def forget(self) -> None:
        """Remove what has arrived."""
        self.identity = None
        self.path.unlink(missing_ok=True)
        self._facts.unlink(missing_ok=True)

    def become(self, target: Path) -> None:
        """Take the file's own name, all at once."""
        self.path.replace(target)
        self._facts.unlink(missing_ok=True)

    def _read(self) -> _Identity | None:
        try:
            identity = _Identity(**json.loads(self._facts.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None
        return identity if identity.url == self._url and identity.validator else None


def arrived(target: Path, url: str) -> tuple[int, int]:
    """How many bytes of a file are here from a download that was cut, and how many it has; zeros where none are."""
    part = _Part(target, url)
    return (part.size, part.identity.size) if part.identity is not None else (0, 0)


def discard(target: Path, url: str) -> None:
    """Remove what has arrived of a file."""
    _Part(target, url).forget()


def download(
    url: str,
    target: Path,
    should_stop: ShouldStop,
    *,
    checksum: str = "",
    room: int = 0,
    patience: Patience = USUAL_PATIENCE,
) -> Generator[Progress, None, Path]:
    """Fetch a file, and return `target`, which is whole and checked.

    `checksum`: “md5:” or “sha256:” and the sum in hexadecimal, or its beginning. `room`: bytes that must be free
    besides. What has arrived is kept when it is cut off or stopped, and gone on from the next time, if the server says
    that it is still the same file. Proxies are those of the environment. Raises DownloadFailed, Cancelled.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(target.with_name(f".{target.name}.lock"), blocking=False)
        lock.acquire()
    except Timeout:
        raise DownloadFailed(target.name, "another window or command is downloading it") from None
    except OSError as error:
        raise DownloadFailed(target.name, f"“{target.parent}” cannot be written: {error.strerror or error}") from None
    try:
        part = _Part(target, url)
        yield from _fetch(part, target, should_stop, room, patience)
        yield from _check(part, target, checksum, should_stop)
        part.become(target)
    except OSError as error:
        reason = f"“{target.parent}” cannot be written: {error.strerror or error}"
        raise DownloadFailed(target.name, reason, part.size) from None
    finally:
        lock.release()
        with suppress(OSError):
            Path(lock.lock_file).unlink()
    return target


def _fetch(part: _Part, target: Path, should_stop: ShouldStop, room: int, patience: Patience) -> Iterator[Progress]:
    """Try until all is here. Raises DownloadFailed, Cancelled, OSError of the disk."""
    failures, before = 0, -1
    while True:
        try:
            yield from _transfer(part, target, should_stop, room, patience)
            return
        except _TryAgain as error:
            failures = 1 if part.size > before else failures + 1
            before = max(before, part.size)
            enough = patience.tries if error.tries is None or part.size else error.tries
            if failures >= enough:
                if not part.size:
                    part.forget()
                raise DownloadFailed(target.name, str(error), part.size) from None
            yield from _wait(part, target, error, failures, should_stop, patience)


def _wait(
    part: _Part, target: Path, error: _TryAgain, failures: int, should_stop: ShouldStop, patience: Patience
) -> Iterator[Progress]:
    seconds = min(_LONGEST_WAIT, max(error.wait, patience.first_wait * 2 ** (failures - 1)))
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if should_stop():
            raise Cancelled
        stage = f"Trying again in {left:.0f} s, as {error}"
        yield Progress(stage=stage, done=part.size, total=part.identity.size if part.identity else 0, unit="bytes")
        time.sleep(min(_TICK, left))


def _transfer(part: _Part, target: Path, should_stop: ShouldStop, room: int, patience: Patience) -> Iterator[Progress]:
    """One connection: ask for what is missing, and append what comes. Raises _TryAgain where not all came."""
    have, identity = part.size, part.identity
    if identity is not None and have and have == identity.size:
        return
    headers = {"User-Agent": f"stl-tl-gui/{__version__}", "Accept-Encoding": "identity"}
    if identity is not None and have:
        headers |= {"Range": f"bytes={have}-", "If-Range": identity.validator}
    connection = _Connection(part._url, headers, patience.timeout)
    try:
        status, answer = yield from connection.opened(should_stop, f"Connecting for {target.name}", target.name)
        if status == 416:
            _settle_416(part, answer)
            return
        _begin(part, status, answer)
        assert part.identity is not None
        total = part.identity.size
        _require_room(target, total - part.length, room)
        speed = _Speed(part.length)
        with part.path.open("ab") as file:
            for piece in connection.pieces(should_stop):
                if piece:
                    file.write(piece)
                done = file.tell()
                if speed.is_due():
                    stage = f"Downloading {target.name}"
                    yield Progress(stage=stage, done=done, total=total, unit="bytes", rate=speed.at(done))
    finally:
        connection.give_up()
    if total and part.length < total:
        raise _TryAgain("the connection was cut")
    if total and part.length > total:
        part.forget()
        raise _TryAgain("more came than was announced")


def _begin(part: _Part, status: int, answer: http.client.HTTPMessage) -> None:
    """Go on with what is here if the answer is the rest of the same file, else begin anew."""
    validator = _validator(answer)
    if status == 206 and part.identity is not None:
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", (answer.get("Content-Range") or "").strip())
        size = int(found[2]) if found and found[2] != "*" else part.identity.size
        same = not validator or validator == part.identity.validator
        if found and int(found[1]) == part.size and same and part.identity.size in (0, size):
            return
        part.forget()  # the rest of something else: what is here is of no use
        raise _TryAgain("the file on the server has changed meanwhile")
    if status == 206:
        raise _TryAgain("the server sent a part where the whole was asked for")
    length = answer.get("Content-Length") or ""
    part.begin(validator, int(length) if length.isdigit() else 0)


def _settle_416(part: _Part, answer: http.client.HTTPMessage) -> None:
    """The server has nothing beyond what is here: either all of it is here, or it is another file now."""
    found = re.fullmatch(r"bytes \*/(\d+)", (answer.get("Content-Range") or "").strip())
    if found is None or int(found[1]) != part.size:
        part.forget()
        raise _TryAgain("the file on the server has changed meanwhile")


def _validator(answer: http.client.HTTPMessage) -> str:
    """What identifies the very bytes of a file. A weak tag does not."""
    tag = (answer.get("ETag") or "").strip()
    return tag if tag.startswith('"') else (answer.get("Last-Modified") or "").strip()


def _require_room(target: Path, missing: int, room: int) -> None:
    free = shutil.disk_usage(target.parent).free
    needed = max(0, missing) + room + _MARGIN
    if free < needed:
        reason = f"there is not enough room in “{target.parent}”: {needed / 1e9:.1f} GB are needed, {free / 1e9:.1f} GB"
        raise DownloadFailed(target.name, f"{reason} are free")


def _check(part: _Part, target: Path, checksum: str, should_stop: ShouldStop) -> Iterator[Progress]:
    """Compare the sum of what has arrived. Raises DownloadFailed, after which nothing of it is left."""
    if not checksum:
        return
    name, _, wanted = checksum.partition(":")
    digest, total, done = hashlib.new(name, usedforsecurity=False), part.path.stat().st_size, 0
    with part.path.open("rb") as file:
        while piece := file.read(16 * _PIECE):
            if should_stop():
                raise Cancelled
            digest.update(piece)
            done += len(piece)
            yield Progress(stage=f"Checking {target.name}", done=done, total=total, unit="bytes")
    if not digest.hexdigest().startswith(wanted):
        part.forget()
        raise DownloadFailed(target.name, f"what arrived is not the file that was asked for, by its {name.upper()} sum")


class _Speed:
    """Bytes per second over the last seconds, looked at from time to time."""

    def __init__(self, done: int) -> None:
        self._marks = deque([(time.monotonic(), done)])
        self._looked = 0.0

    def is_due(self) -> bool:
        return time.monotonic() - self._looked >= _TICK

    def at(self, done: int) -> float:
        now = self._looked = time.monotonic()
        self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[0][0] > _RATE_OVER:
            self._marks.popleft()
        since, from_ = self._marks[0]
        return (done - from_) / max(now - since, 1e-6) if now - since > _TICK else 0.0


class _Connection:
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
        """Status and headers. Raises _TryAgain, DownloadFailed, Cancelled."""
        yield Progress(stage=stage, done=0, total=0, unit="bytes")
        for came in self._arriving(should_stop):
            if isinstance(came, tuple):
                status, headers = came
                if status in _TRY_AGAIN:
                    raise _TryAgain(f"the server answered {status}", _retry_after(headers))
                if status >= 400 and status != 416:
                    raise DownloadFailed(name, f"the server answered {status}")
                return came
            if isinstance(came, ssl.SSLError):
                raise DownloadFailed(name, "the server’s certificate could not be checked")
        raise _TryAgain("the server’s answer made no sense")

    def pieces(self, should_stop: ShouldStop) -> Iterator[bytes]:
        """What comes, to the end; empty bytes ten times a second while nothing does. Raises _TryAgain, Cancelled."""
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
                    raise _TryAgain("the server stopped sending") from None
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
                while not self._given_up.is_set() and (piece := response.read(_PIECE)):
                    self._put(piece)
            self._put(None)
        except urllib.error.HTTPError as error:
            with error:
                self._put((error.code, error.headers))
            self._put(None)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told to the other side
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            self._put(reason if isinstance(reason, Exception) else error)

    def _put(self, what: Any) -> None:
        while not self._given_up.is_set():
            with suppress(queue.Full):
                self._came.put(what, timeout=_TICK)
                return


def _fault(error: Exception) -> _TryAgain:
    match error:
        case ConnectionRefusedError():
            return _NoConnection("there is no connection to the network")
        case http.client.IncompleteRead() | ConnectionError():
            return _TryAgain("the connection was cut")
        case http.client.HTTPException():
            return _TryAgain("the server’s answer made no sense")
        case TimeoutError():
            return _TryAgain("the server stopped sending")
        case OSError():
            return _NoConnection("there is no connection to the network")
        case _:
            return _TryAgain(f"of {type(error).__name__}")


def _retry_after(headers: http.client.HTTPMessage) -> float:
    """Seconds that the server asks to wait."""
    text = (headers.get("Retry-After") or "").strip()
    if text.isdigit():
        return float(text)
    with suppress(ValueError, TypeError):
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    return 0.0

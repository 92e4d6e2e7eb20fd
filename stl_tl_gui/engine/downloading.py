"""A file from the network, whole and right or not at all: goes on where it was cut, also after a restart.

What arrives lies beside the target under another name until its length and its checksum are right.
"""

import email.utils
import errno
import hashlib
import http.client
import random
import shutil
import ssl
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.engine.http_stream import Head, HttpStream
from stl_tl_gui.engine.partial_file import PartialFile, Version, range_of, version_of

ShouldStop = Callable[[], bool]
Reports = Generator[Progress, None, None]

_PIECE = 1 << 20
_TICK = 0.1
"""Seconds between two reports, and between two looks at whether to stop."""
_LATELY = 5.0
"""Seconds over which the speed is measured."""
_BUSY = {408, 425, 429}
_REFUSALS = {
    401: "the server asks for a name and password",
    403: "the server refuses to give it out",
    404: "the server has no such file",
    407: "the proxy asks for a name and password",
    410: "the server has no such file any more",
}


@dataclass(frozen=True)
class Checksum:
    """A sum in hexadecimal, or its beginning."""

    kind: Literal["md5", "sha256"]
    digits: str


@dataclass(frozen=True)
class Patience:
    """How long to wait for what, in seconds."""

    silence: float = 20.0
    """Without a byte until the connection counts as cut."""
    tries: int = 8
    """In a row that brought nothing new."""
    first_wait: float = 1.0
    """Between the first two tries; it doubles each time, and a third of it is left to chance."""
    longest_wait: float = 60.0
    """Also the longest that a server may ask for."""


PATIENT = Patience()


class DownloadFailed(UserError):
    """The file could not be had. What arrived is kept where it may be of use. `reason` is a part of a sentence."""

    def __init__(self, name: str, host: str, reason: str) -> None:
        self.reason = reason
        super().__init__(f"“{name}” could not be downloaded from {host}: {reason}.")


class NotThatFile(DownloadFailed):
    """What the server sends is not the file that was asked for."""


class NoRoomForDownload(DownloadFailed):
    """The disk is too full."""


class _Again(Exception):
    """This try failed, another one may not."""

    def __init__(self, reason: str, wait: float | None = None, *, answered: bool = True) -> None:
        super().__init__(reason)
        self.reason, self.wait, self.answered = reason, wait, answered


@dataclass(frozen=True)
class _Wanted:
    """What is asked for, and on what terms."""

    url: str
    target: Path
    should_stop: ShouldStop
    size: int | None
    checksum: Checksum | None
    patience: Patience
    reserve: int

    def failed(self, reason: str, kind: type[DownloadFailed] = DownloadFailed) -> DownloadFailed:
        return kind(self.target.name, urlsplit(self.url).netloc, reason)


def download(
    url: str,
    target: Path,
    should_stop: ShouldStop,
    *,
    size: int | None = None,
    checksum: Checksum | None = None,
    patience: Patience = PATIENT,
    reserve: int = 0,
) -> Generator[Progress, None, Path]:
    """Bring the file at `url` to `target` and return that. A right one that is there already stays as it is.

    `size` in bytes and `checksum` are what the file has to have; `reserve` is how many more bytes have to fit on the
    disk. When it is stopped or fails, what arrived stays as `NAME.partial`, and the next call goes on from there if
    the server proves that it still has the same file. Raises DownloadFailed, Cancelled.
    """
    wanted = _Wanted(url, target, should_stop, size, checksum, patience, reserve)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(target.with_name(f".{target.name}.lock"), timeout=0, thread_local=False)
        yield from _acquire(lock, wanted)
        try:
            if not (yield from _is_here(wanted)):
                yield from _fetch(wanted, PartialFile(target))
        finally:
            lock.release()
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise wanted.failed("the disk is full", NoRoomForDownload) from None
        place = error.filename or target.parent
        raise wanted.failed(f"“{place}” cannot be written: {error.strerror or error}") from None
    return target


def bytes_here(target: Path) -> int:
    """How much of a file has arrived, all of it or a part to go on with."""
    return target.stat().st_size if target.is_file() else PartialFile(target).size


def throw_away(target: Path) -> None:
    """Remove what has arrived of a file. Raises OSError."""
    PartialFile(target).remove()
    target.unlink(missing_ok=True)


def _acquire(lock: FileLock, wanted: _Wanted) -> Reports:
    """Wait until no other process, and no other job of this one, fetches the same file."""
    while True:
        try:
            lock.acquire()
        except Timeout:
            yield Progress(stage=f"{wanted.target.name} is being downloaded elsewhere: waiting", done=0, total=0)
            _rest(wanted.should_stop)
        else:
            return


def _is_here(wanted: _Wanted) -> Generator[Progress, None, bool]:
    if not wanted.target.is_file() or wanted.size not in (None, wanted.target.stat().st_size):
        return False
    return (yield from _is_right(wanted, wanted.target))


def _fetch(wanted: _Wanted, partial: PartialFile) -> Reports:
    """Try until all is here and right, or until it makes no sense any more."""
    failures, most, answered = 0, partial.size, False
    while True:
        try:
            in_one = yield from _transfer(wanted, partial)
            if (yield from _is_right(wanted, partial.path)):
                partial.become(wanted.target)
                return
            partial.remove()
            if in_one:
                raise wanted.failed("what arrived is not the file that was asked for", NotThatFile)
            raise _Again("its parts did not fit together", wait=0)
        except _Again as again:
            failures = 0 if partial.size > most else failures + 1
            most, answered = max(most, partial.size), answered or again.answered or partial.size > most
            if failures >= wanted.patience.tries or not answered:
                raise wanted.failed(again.reason) from None
            yield from _wait(wanted, again, failures)


def _wait(wanted: _Wanted, again: _Again, failures: int) -> Reports:
    """Back off: the longer, the more often it failed."""
    patience = wanted.patience
    wait = again.wait
    if wait is None:
        wait = min(patience.first_wait * 2**failures, patience.longest_wait) * random.uniform(2 / 3, 1)
    until = time.monotonic() + wait
    while (left := until - time.monotonic()) > 0:
        reason = again.reason[0].upper() + again.reason[1:]
        yield Progress(stage=f"{reason}. Trying again in {left:.0f} s", done=0, total=0)
        _rest(wanted.should_stop, min(left, _TICK))


def _rest(should_stop: ShouldStop, seconds: float = _TICK) -> None:
    if should_stop():
        raise Cancelled
    time.sleep(seconds)


def _transfer(wanted: _Wanted, partial: PartialFile) -> Generator[Progress, None, bool]:
    """One request, and what comes of it, up to the last byte; whether all came with it. Raises _Again."""
    known, have = _to_go_on_with(wanted, partial)
    if known is not None and have == known.total:
        return False
    _require_room(wanted, have, wanted.size)
    with HttpStream(_request(wanted.url, have, known), wanted.patience.silence, wanted.should_stop) as stream:
        with _network(wanted, partial):
            head = stream.head()
        if head.status == 206:
            total = _go_on(partial, known, have, head.headers)
        else:
            have, total = 0, _start_over(wanted, partial, head)
        _require_room(wanted, have, total)
        arrived = yield from _receive(wanted, partial, stream, have, total)
    if total is not None and arrived > total:
        partial.remove()
        raise _Again("the server sent more than the file has")
    if total is not None and arrived < total:
        raise _Again("the connection was cut")
    return have == 0


def _to_go_on_with(wanted: _Wanted, partial: PartialFile) -> tuple[Version | None, int]:
    """The version of what is here and its bytes, or None and 0 where it is of no use."""
    known, have = partial.version, partial.size
    if known is None or known.url != wanted.url or known.validator is None or have > (known.total or have):
        return None, 0
    return known, have


def _receive(
    wanted: _Wanted, partial: PartialFile, stream: HttpStream, have: int, total: int | None
) -> Generator[Progress, None, int]:
    """Write what comes behind what is here; returns how many bytes there were then, at most one piece too many."""
    meter = _Meter(wanted.target.name, total)
    with partial.open() as file:
        while total is None or have <= total:
            with _network(wanted, partial):
                piece = stream.piece()
            if not piece:
                break
            have += len(piece)
            file.write(piece)
            yield from meter.report(have)
    yield meter.progress(have)
    return have


def _request(url: str, have: int, known: Version | None) -> urllib.request.Request:
    """Ask for the rest if it is still of the version that is known, else for all of it."""
    headers = {"User-Agent": "stl-tl-gui", "Accept-Encoding": "identity"}
    if have and known is not None and known.validator is not None:
        headers |= {"Range": f"bytes={have}-", "If-Range": known.validator}
    return urllib.request.Request(url, headers=headers)


def _start_over(wanted: _Wanted, partial: PartialFile, head: Head) -> int | None:
    """The whole file comes; returns its length. What had arrived stays if this cannot be the file."""
    length = head.length
    if wanted.size is not None and length is not None and length != wanted.size:
        raise wanted.failed(f"the file there has {length:,} bytes, not {wanted.size:,}", NotThatFile)
    total = wanted.size if length is None else length
    ends_well = head.headers.get("Transfer-Encoding", "").lower() == "chunked"
    if total is None and wanted.checksum is None and not ends_well:
        raise wanted.failed("the server does not say how long it is")
    partial.begin(version_of(wanted.url, head.headers, total))
    return total


def _go_on(partial: PartialFile, known: Version | None, have: int, headers: Message) -> int | None:
    """The rest comes; returns the length of the whole. Raises _Again if it is not the rest."""
    part = range_of(headers)
    if known is None or part is None or part[0] != have or part[1] < have or part[2] not in (None, known.total):
        partial.remove()
        raise _Again("the server sent another part than was asked for")
    tag = headers.get("ETag")
    if tag is not None and known.validator is not None and known.validator[0] == '"' and tag != known.validator:
        partial.remove()
        raise _Again("the file on the server has changed", wait=0)
    return known.total


@contextmanager
def _network(wanted: _Wanted, partial: PartialFile) -> Iterator[None]:
    """What goes wrong with the server or on the way becomes _Again or DownloadFailed."""
    try:
        yield
    except urllib.error.HTTPError as error:
        error.close()
        raise _answer(wanted, partial, error) from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise wanted.failed("the server's certificate could not be checked") from None
        raise _Again("no connection to the network", answered=False) from None
    except TimeoutError:
        raise _Again("the server is silent") from None
    except http.client.IncompleteRead:
        raise _Again("the connection was cut") from None
    except http.client.HTTPException as error:
        cut = isinstance(error, http.client.RemoteDisconnected)
        raise _Again("the connection was cut" if cut else "the server's answer made no sense") from None
    except OSError:
        raise _Again("the connection was cut") from None


def _answer(wanted: _Wanted, partial: PartialFile, error: urllib.error.HTTPError) -> Exception:
    """What follows from an answer that is no file."""
    if error.code == 416 and partial.size:
        partial.remove()
        return _Again("the file on the server has changed", wait=0)
    if error.code not in _BUSY and error.code < 500:
        return wanted.failed(f"{_REFUSALS.get(error.code, 'the server did not send it')} ({error.code})")
    wait = _retry_after(error.headers.get("Retry-After", ""))
    if wait is not None and wait > wanted.patience.longest_wait:
        return wanted.failed(f"the server asks to come back in {wait / 60:.0f} minutes ({error.code})")
    return _Again(f"the server is busy ({error.code})", wait)


def _retry_after(text: str) -> float | None:
    """Seconds from now, of a number or a date."""
    if text.strip().isdecimal():
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds())


def _require_room(wanted: _Wanted, have: int, total: int | None) -> None:
    needed = (total or 0) - have + wanted.reserve
    free = shutil.disk_usage(wanted.target.parent).free
    if needed > free:
        room = f"{needed / 1e9:.1f} GB are needed in “{wanted.target.parent}”, {free / 1e9:.1f} GB are free"
        raise wanted.failed(f"there is not enough room: {room}", NoRoomForDownload)


def _is_right(wanted: _Wanted, path: Path) -> Generator[Progress, None, bool]:
    """Whether a whole file has the checksum that it should have; yes if that is not known."""
    if wanted.checksum is None:
        return True
    digest, done, total = hashlib.new(wanted.checksum.kind, usedforsecurity=False), 0, path.stat().st_size
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            if wanted.should_stop():
                raise Cancelled
            digest.update(piece)
            done += len(piece)
            if done % (16 * _PIECE) == 0 or done == total:
                yield Progress(stage=f"Checking {wanted.target.name}", done=done, total=total, unit="bytes")
    return digest.hexdigest().startswith(wanted.checksum.digits)


class _Meter:
    """Says now and then how far it is, and how fast it went lately."""

    def __init__(self, name: str, total: int | None) -> None:
        self._name, self._total = name, total or 0
        self._marks: deque[tuple[float, int]] = deque()
        self._told = 0.0

    def report(self, have: int) -> Reports:
        now = time.monotonic()
        if now - self._told >= _TICK:
            self._told = now
            self._marks.append((now, have))
            while len(self._marks) > 2 and now - self._marks[0][0] > _LATELY:
                self._marks.popleft()
            yield self.progress(have)

    def progress(self, have: int) -> Progress:
        speed = 0.0
        if len(self._marks) > 1:
            (begin, first), (end, last) = self._marks[0], self._marks[-1]
            speed = (last - first) / (end - begin)
        return Progress(stage=f"Downloading {self._name}", done=have, total=self._total, unit="bytes", per_second=speed)

"""Downloads a file: resumes what is here, requests ranges, tries again, checks the checksum."""

import hashlib
import http.client
import re
import shutil
import time
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

from filelock import FileLock, Timeout

from stl_tl_gui import __version__
from stl_tl_gui.engine.downloading.connection import Connection, DownloadFailed, TryAgain
from stl_tl_gui.engine.downloading.partial_file import PartialFile
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import Progress, ShouldStop

_PIECE = 1 << 18
_TICK = 0.1
"""Seconds between two looks at the speed."""
_RATE_OVER = 5.0
"""Seconds over which the speed is measured."""
_LONGEST_WAIT = 60.0
_MARGIN = 50 * 10**6
"""Bytes of the disk that are left free."""
_SURELY_LATER = 60
"""Seconds from a file's last change to the answer, from which on the time distinguishes versions."""


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


def arrived(target: Path, url: str) -> tuple[int, int]:
    """Bytes that are here of an interrupted download, and of the whole file; zeros where there is none."""
    partial = PartialFile(target, url)
    return (partial.size, partial.identity.size) if partial.identity is not None else (0, 0)


def discard(target: Path, url: str) -> None:
    """Remove a partial download."""
    PartialFile(target, url).forget()


def download(
    url: str,
    target: Path,
    should_stop: ShouldStop,
    *,
    checksum: str = "",
    size: int = 0,
    room: int = 0,
    patience: Patience = USUAL_PATIENCE,
) -> Generator[Progress, None, Path]:
    """Download a file, and return `target`, which is whole and checked.

    `checksum`: “md5:” or “sha256:” and the checksum in hexadecimal, or its start. `size`: bytes that the file must
    have, where known; another file at the address does not replace what is here. `room`: bytes that must stay free
    besides. A download that was cut or stopped is kept and resumed the next time, if the server says that it is still
    the same file. Proxies are those of the environment. Raises DownloadFailed, Cancelled.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(target.with_name(f".{target.name}.lock"), blocking=False)
        lock.acquire()
    except Timeout:
        raise DownloadFailed(target.name, "another window or command is already downloading it") from None
    except OSError as error:
        raise DownloadFailed(target.name, f"“{target.parent}” cannot be written: {error.strerror or error}") from None
    try:
        partial = PartialFile(target, url)
        yield from _fetch(partial, target, should_stop, size, room, patience)
        yield from _check(partial, target, checksum, should_stop)
        partial.become(target)
    except OSError as error:
        reason = f"“{target.parent}” cannot be written: {error.strerror or error}"
        raise DownloadFailed(target.name, reason, partial.size) from None
    finally:
        lock.release()
        with suppress(OSError):
            Path(lock.lock_file).unlink()
    return target


def _fetch(
    partial: PartialFile, target: Path, should_stop: ShouldStop, size: int, room: int, patience: Patience
) -> Iterator[Progress]:
    """Try until all is here. Raises DownloadFailed, Cancelled, OSError of the disk."""
    failures, before = 0, -1
    while True:
        try:
            yield from _transfer(partial, target, should_stop, size, room, patience)
            return
        except TryAgain as error:
            failures = 1 if partial.size > before else failures + 1
            before = max(before, partial.size)
            enough = patience.tries if error.tries is None or partial.size else error.tries
            if failures >= enough:
                if not partial.size:
                    partial.forget()
                raise DownloadFailed(target.name, str(error), partial.size) from None
            yield from _wait(partial, target, error, failures, should_stop, patience)


def _wait(
    partial: PartialFile, target: Path, error: TryAgain, failures: int, should_stop: ShouldStop, patience: Patience
) -> Iterator[Progress]:
    seconds = min(_LONGEST_WAIT, max(error.wait, patience.first_wait * 2 ** (failures - 1)))
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if should_stop():
            raise Cancelled
        stage = f"Trying again in {left:.0f} s: {error}"
        yield Progress(
            stage=stage, done=partial.size, total=partial.identity.size if partial.identity else 0, unit="bytes"
        )
        time.sleep(min(_TICK, left))


def _transfer(
    partial: PartialFile, target: Path, should_stop: ShouldStop, size: int, room: int, patience: Patience
) -> Iterator[Progress]:
    """One connection: ask for what is missing, and append what comes. Raises TryAgain where not all came."""
    have, identity = partial.size, partial.identity
    if identity is not None and have and have == identity.size:
        return
    headers = {"User-Agent": f"stl-tl-gui/{__version__}", "Accept-Encoding": "identity"}
    if identity is not None and have:
        headers |= {"Range": f"bytes={have}-", "If-Range": identity.validator}
    connection = Connection(partial.url, headers, patience.timeout)
    try:
        status, answer = yield from connection.opened(should_stop, f"Connecting for {target.name}", target.name)
        if status == 416:
            _settle_416(partial, answer)
            return
        _require_size(target, partial, status, answer, size)
        _begin(partial, status, answer)
        assert partial.identity is not None
        total = partial.identity.size
        _require_room(target, total - partial.length, room)
        speed = Speed(partial.length)
        with partial.path.open("ab") as file:
            for piece in connection.pieces(should_stop):
                if piece:
                    file.write(piece)
                done = file.tell()
                if speed.is_due():
                    stage = f"Downloading {target.name}"
                    yield Progress(stage=stage, done=done, total=total, unit="bytes", rate=speed.at(done))
    finally:
        connection.give_up()
    if total and partial.length < total:
        raise TryAgain("the connection was cut")
    if total and partial.length > total:
        partial.forget()
        raise TryAgain("the server sent more than it announced")


def _begin(partial: PartialFile, status: int, answer: http.client.HTTPMessage) -> None:
    """Resume if the answer is the rest of the same file, else start again."""
    validator = _validator(answer)
    if status == 206 and partial.identity is not None:
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", (answer.get("Content-Range") or "").strip())
        size = int(found[2]) if found and found[2] != "*" else partial.identity.size
        same = not validator or validator == partial.identity.validator
        if found and int(found[1]) == partial.size and same and partial.identity.size in (0, size):
            return
        partial.forget()  # the rest of something else: what is here is of no use
        raise TryAgain("the file on the server has changed")
    if status == 206:
        raise TryAgain("the server sent only part of the file")
    length = answer.get("Content-Length") or ""
    partial.begin(validator, int(length) if length.isdecimal() else 0)


def _require_size(target: Path, partial: PartialFile, status: int, answer: http.client.HTTPMessage, size: int) -> None:
    """A sign-in page, say, is not the file; the partial download stays."""
    length = answer.get("Content-Length") or ""
    if size and status != 206 and length.isdecimal() and int(length) != size:
        raise DownloadFailed(target.name, f"the server sends {int(length):,} bytes, not {size:,}", partial.size)


def _settle_416(partial: PartialFile, answer: http.client.HTTPMessage) -> None:
    """The server has nothing beyond what is here: either all of it is here, or it is another file now."""
    found = re.fullmatch(r"bytes \*/(\d+)", (answer.get("Content-Range") or "").strip())
    if found is None or int(found[1]) != partial.size:
        partial.forget()
        raise TryAgain("the file on the server has changed")


def _validator(answer: http.client.HTTPMessage) -> str:
    """What identifies the very bytes of a file. A weak tag does not."""
    tag = (answer.get("ETag") or "").strip()
    return tag if tag.startswith('"') else _old_change(answer)


def _old_change(answer: http.client.HTTPMessage) -> str:
    """The time of the last change, if it is long enough ago that another change would show (RFC 9110, 8.8.2.2)."""
    changed = (answer.get("Last-Modified") or "").strip()
    with suppress(ValueError, TypeError):
        if (parsedate_to_datetime(answer["Date"]) - parsedate_to_datetime(changed)).total_seconds() >= _SURELY_LATER:
            return changed
    return ""


def _require_room(target: Path, missing: int, room: int) -> None:
    free = shutil.disk_usage(target.parent).free
    needed = max(0, missing) + room + _MARGIN
    if free < needed:
        reason = f"“{target.parent}” needs {needed / 1e9:.1f} GB of free space and has {free / 1e9:.1f} GB"
        raise DownloadFailed(target.name, reason)


def _check(partial: PartialFile, target: Path, checksum: str, should_stop: ShouldStop) -> Iterator[Progress]:
    """Compare the checksum. Raises DownloadFailed, and removes a file that is not the right one."""
    if not checksum:
        return
    name, _, wanted = checksum.partition(":")
    digest, total, done = hashlib.new(name, usedforsecurity=False), partial.path.stat().st_size, 0
    with partial.path.open("rb") as file:
        while piece := file.read(16 * _PIECE):
            if should_stop():
                raise Cancelled
            digest.update(piece)
            done += len(piece)
            yield Progress(stage=f"Checking {target.name}", done=done, total=total, unit="bytes")
    if not digest.hexdigest().startswith(wanted):
        partial.forget()
        raise DownloadFailed(target.name, f"its checksum ({name.upper()}) is not the expected one")


class Speed:
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

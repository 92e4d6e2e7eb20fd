"""PartialFile: what has arrived of a download, and which version of the file it is of, kept from one start to the next.

HTTP's rules for going on are those of RFC 9110, sections 8.8 (validators), 13.1.5 (If-Range) and 14 (ranges).
"""

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import IO, Any

from stl_tl_gui.engine.runs import write_atomically

_SURELY_LATER = 60.0
"""Seconds between a file's last change and the answer, from which on the time tells versions apart."""


@dataclass(frozen=True)
class Version:
    """Which file a server sent: same version, same bytes."""

    url: str
    validator: str | None
    """A strong ETag, or a time of change that is as good; None where the server gave no proof."""
    total: int | None
    """Bytes of the whole file."""


def version_of(url: str, headers: Message, total: int | None) -> Version:
    """The version that an answer is of."""
    return Version(url, _validator(headers), total)


def _validator(headers: Message) -> str | None:
    tag = (headers.get("ETag") or "").strip()
    if re.fullmatch(r'"[^"]*"', tag):  # W/"…" is weak: another file may have it too
        return tag
    changed, sent = headers.get("Last-Modified"), headers.get("Date")
    with suppress(ValueError, TypeError):
        if changed and sent:
            apart = parsedate_to_datetime(sent) - parsedate_to_datetime(changed)
            return changed if apart.total_seconds() >= _SURELY_LATER else None
    return None


def range_of(headers: Message) -> tuple[int, int, int | None] | None:
    """First byte, last byte and total of a Content-Range; the total is None where it is not said."""
    found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", (headers.get("Content-Range") or "").strip())
    if found is None:
        return None
    return int(found[1]), int(found[2]), None if found[3] == "*" else int(found[3])


class PartialFile:
    """The file `NAME.partial` beside the one it is to become, with `NAME.partial.json`, which says what it is of."""

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{target.name}.partial")
        self._note = target.with_name(f"{target.name}.partial.json")

    @property
    def size(self) -> int:
        """Bytes that are here; 0 if there is no note of what they belong to."""
        with suppress(OSError):
            return self.path.stat().st_size if self._note.is_file() else 0
        return 0

    @property
    def version(self) -> Version | None:
        """What was noted, or None if there is nothing, or nothing readable."""
        try:
            note: Any = json.loads(self._note.read_text("utf-8"))
            url, validator, total = note["url"], note["validator"], note["total"]
        except (OSError, ValueError, TypeError, KeyError):
            return None
        right = isinstance(url, str) and isinstance(validator, str | None) and isinstance(total, int | None)
        return Version(url, validator, total) if right else None

    def begin(self, version: Version) -> None:
        """Start over, empty, with this version. Raises OSError."""
        self.remove()
        self.path.touch()
        document = {"url": version.url, "validator": version.validator, "total": version.total}
        write_atomically(self._note, json.dumps(document).encode())

    def open(self) -> IO[bytes]:
        """To append to. Raises OSError."""
        return self.path.open("ab")

    def remove(self) -> None:
        """Raises OSError."""
        self._note.unlink(missing_ok=True)  # first: without it, what arrived counts for nothing
        self.path.unlink(missing_ok=True)

    def become(self, target: Path) -> None:
        """Take the final name. Raises OSError."""
        self.path.replace(target)
        self._note.unlink(missing_ok=True)

"""A download that is not complete yet, beside the place of the file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from stl_tl_gui.engine.storage.files import write_atomically


@dataclass(frozen=True)
class Identity:
    """What the server said of the file."""

    url: str
    validator: str
    """A strong entity tag, or the time of its last change; empty where it gave neither."""
    size: int
    """Bytes in all; 0 where unknown."""


class PartialFile:
    """The bytes so far and what file they belong to."""

    def __init__(self, target: Path, url: str) -> None:
        self.path = target.with_name(f".{target.name}.part")
        self._facts = target.with_name(f".{target.name}.part.json")
        self.url = url
        self.identity = self._read()

    @property
    def size(self) -> int:
        """Bytes from which the download can be resumed."""
        return self.length if self.identity is not None and self.identity.validator else 0

    @property
    def length(self) -> int:
        """Bytes that are here."""
        return self.path.stat().st_size if self.path.exists() else 0

    def begin(self, validator: str, size: int) -> None:
        """Start from the first byte."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(b"")
        self.identity = Identity(self.url, validator, size)
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

    def _read(self) -> Identity | None:
        try:
            identity = Identity(**json.loads(self._facts.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None
        return identity if identity.url == self.url and identity.validator else None

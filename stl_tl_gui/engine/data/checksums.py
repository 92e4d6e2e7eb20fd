"""MD5 checksums of large files, cached for as long as a file's size and time stay the same."""

import contextlib
import hashlib
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import Progress, ShouldStop
from stl_tl_gui.engine.storage.files import write_atomically
from stl_tl_gui.engine.storage.places import cache_folder

_PIECE = 16 * 2**20


def md5(path: Path, should_stop: ShouldStop) -> Generator[Progress, None, str]:
    """The file's MD5 checksum in hexadecimal; yields progress in megabytes. Raises Cancelled, OSError."""
    status = path.stat()
    facts = [status.st_size, status.st_mtime_ns]
    known = _known().get(str(path))
    if isinstance(known, list) and known[:2] == facts:
        return str(known[2])
    digest = hashlib.md5(usedforsecurity=False)
    done = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            if should_stop():
                raise Cancelled
            digest.update(piece)
            done += len(piece)
            yield Progress(
                stage=f"Checking {path.name}", done=done // 10**6, total=status.st_size // 10**6, unit="megabytes"
            )
    _remember(str(path), [*facts, digest.hexdigest()])
    return digest.hexdigest()


def _file() -> Path:
    return cache_folder() / "checksums.json"


def _known() -> dict[str, Any]:
    try:
        known = json.loads(_file().read_text("utf-8"))
    except (OSError, ValueError):  # not there yet, or damaged: it is only a cache
        return {}
    return known if isinstance(known, dict) else {}


def _remember(path: str, entry: list[Any]) -> None:
    with contextlib.suppress(OSError):  # a read-only home only costs time
        _file().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(_file(), json.dumps({**_known(), path: entry}).encode())

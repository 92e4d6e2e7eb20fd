"""Which pictures of a folder can be read: each is decoded once, and good ones are cached."""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import PIL

from stl_tl_gui.engine.data.decoding import UnreadableImage, decode_with_origin
from stl_tl_gui.engine.data.folder_layout import below
from stl_tl_gui.engine.data.in_threads import in_threads
from stl_tl_gui.engine.data.picture_facts import SIDE, PictureFacts, facts_of
from stl_tl_gui.engine.data.picture_files import PictureFile
from stl_tl_gui.engine.events import Progress, ShouldStop
from stl_tl_gui.engine.storage.files import write_atomically
from stl_tl_gui.engine.storage.places import cache_folder

_VERSION = f"4, Pillow {PIL.__version__}"
_SECONDS_BETWEEN_REPORTS = 0.05


@dataclass(frozen=True)
class PictureCheck:
    """Whether one file can be read."""

    reason: str | None
    """Why not, as the rest of a sentence; None where it can."""
    digest: str = ""
    """Same digest, same bytes."""
    facts: PictureFacts | None = None


def check_pictures(
    folder: Path, files: Sequence[PictureFile], should_stop: ShouldStop
) -> Generator[Progress, None, dict[Path, PictureCheck]]:
    """Check each file below `folder`.

    Good ones are cached by name, size, and time, so that the second opening is quick, also what was checked before
    a Cancelled. Bad ones are checked each time: permissions and formats change without the file's changing.
    """
    index = _index_file(folder)
    known = _read_index(index)
    good: dict[str, list[Any]] = {}
    checks: dict[Path, PictureCheck] = {}
    todo = []
    for file in files:
        name = below(folder, file.path)
        entry = known.get(name)
        if isinstance(entry, list) and entry[:2] == [file.size, file.mtime_ns]:
            good[name] = entry
            checks[file.path] = PictureCheck(None, entry[2], PictureFacts(*entry[3:]))
        else:
            todo.append(file)
    reported = 0.0
    try:
        for file, check in in_threads(lambda file: _look(file.path), todo, should_stop):
            checks[file.path] = check
            if check.reason is None:
                name = below(folder, file.path)
                good[name] = [file.size, file.mtime_ns, check.digest, *(check.facts or ())]
            if time.monotonic() - reported > _SECONDS_BETWEEN_REPORTS:
                reported = time.monotonic()
                yield Progress(stage="Checking pictures", done=len(checks), total=len(files))
    finally:
        if todo:
            _write_index(index, folder, good)
    yield Progress(stage="Checking pictures", done=len(files), total=len(files))
    return checks


def _look(path: Path) -> PictureCheck:
    try:
        picture, origin = decode_with_origin(path, at_least=SIDE)  # large JPEGs are cheap so, and yet read to the end
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "md5").hexdigest()
        return PictureCheck(None, digest, facts_of(picture, origin))
    except UnreadableImage as error:
        return PictureCheck(error.reason)
    except OSError as error:
        return PictureCheck(f"cannot be read: {error.strerror or error}")


def _index_file(folder: Path) -> Path:
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:24]
    return cache_folder() / "folders" / f"{name}.json"


def _read_index(index: Path) -> dict[str, Any]:
    try:
        document = json.loads(index.read_text("utf-8"))
        if document["version"] == _VERSION:
            return dict(document["pictures"])
    except (OSError, ValueError, TypeError, KeyError):  # not there yet, or damaged: it is only a cache
        pass
    return {}


def _write_index(index: Path, folder: Path, good: dict[str, list[Any]]) -> None:
    document = {"version": _VERSION, "folder": str(folder), "pictures": good}
    with contextlib.suppress(OSError):  # a read-only or full home only costs time
        index.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(index, json.dumps(document).encode())

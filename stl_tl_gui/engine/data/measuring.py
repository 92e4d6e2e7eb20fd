"""The facts of all pictures of a set: known from checking, or measured now."""

import contextlib
import json
from collections.abc import Generator
from pathlib import Path

from stl_tl_gui.engine.data.dataset import ImageSet
from stl_tl_gui.engine.data.decoding import Origin, UnreadableImage
from stl_tl_gui.engine.data.in_threads import in_threads
from stl_tl_gui.engine.data.picture_facts import SIDE, PictureFacts, facts_of
from stl_tl_gui.engine.events import Progress, ShouldStop
from stl_tl_gui.engine.storage.files import write_atomically
from stl_tl_gui.engine.storage.places import cache_folder

_VERSION = 2


def measure(images: ImageSet, should_stop: ShouldStop) -> Generator[Progress, None, list[PictureFacts | None]]:
    """The facts (n) of each picture; None of one that cannot be read any more. Raises Cancelled.

    New measurements are cached.
    """
    found = [images.facts(index) for index in range(len(images))]
    todo = [index for index, facts in enumerate(found) if facts is None]
    if not todo:
        return found
    kept = cache_folder() / "facts" / f"{_VERSION} {images.identity()}.json"
    try:
        rows = json.loads(kept.read_bytes())
        return [None if row is None else PictureFacts(*row) for row in rows]
    except (OSError, ValueError, TypeError):  # not there yet, or damaged: it is only a cache
        pass
    for done, (index, facts) in enumerate(in_threads(lambda index: _look(images, index), todo, should_stop), start=1):
        found[index] = facts
        if done % 64 == 0 or done == len(todo):
            yield Progress(stage="Measuring pictures", done=done, total=len(todo))
    _keep(kept, found)
    return found


def _keep(path: Path, found: list[PictureFacts | None]) -> None:
    with contextlib.suppress(OSError):  # a read-only or full home only costs time
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(found).encode())


def _look(images: ImageSet, index: int) -> PictureFacts | None:
    try:
        picture = images.read(index, at_least=SIDE)
        return facts_of(picture, Origin(picture.width, picture.height, picture.mode))
    except (UnreadableImage, OSError):
        return None

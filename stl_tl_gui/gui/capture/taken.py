"""Pictures that are taken, pasted, or dropped but not added yet, and the jobs that read and write them."""

from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps
from PySide6.QtGui import QImage

from stl_tl_gui.engine.data.additions import Addition, ClassFolders, NotAdded, add, find_class_folders, jpeg, png
from stl_tl_gui.engine.data.decoding import UnreadableImage, decode
from stl_tl_gui.engine.data.picture_files import find_pictures
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.gui.widgets.pasted import to_pil
from stl_tl_gui.gui.widgets.thumbnails import to_qimage

SIDE = 84
"""Logical pixels of a thumbnail, which is cut to a square."""


@dataclass(frozen=True, eq=False)
class Taken:
    """A picture that can be added, with a small copy to show."""

    addition: Addition
    thumbnail: QImage


@dataclass(frozen=True)
class Refused:
    """Why a file cannot be added, in a sentence."""

    reason: str


def photo_job(image: QImage, name: str, ratio: float) -> Job:
    """Yields the Taken of a frame, as a JPEG. `ratio`: the screen's pixels per logical pixel."""

    def job(should_stop: Callable[[], bool]) -> Generator[Taken, None, None]:
        picture = to_pil(image)
        yield Taken(Addition(name, jpeg(picture)), _small(picture, ratio))

    return job


def picture_job(image: QImage, name: str, ratio: float) -> Job:
    """Yields the Taken of a pasted picture, as a PNG."""

    def job(should_stop: Callable[[], bool]) -> Generator[Taken, None, None]:
        picture = to_pil(image)
        yield Taken(Addition(name, png(picture)), _small(picture, ratio))

    return job


def files_job(paths: Sequence[Path], ratio: float) -> Job:
    """Yields a Taken or Refused for each file, and for each picture in folders. Raises Cancelled."""

    def job(should_stop: Callable[[], bool]) -> Generator[Taken | Refused | Progress, None, None]:
        files = yield from _files(paths, should_stop)
        for done, path in enumerate(files, 1):
            if should_stop():
                raise Cancelled
            try:
                small = _small(decode(path, round(SIDE * ratio)), ratio)
            except UnreadableImage as error:
                yield Refused(str(error))
            else:
                yield Taken(Addition(path.name, path), small)
            yield Progress(stage="Reading pictures", done=done, total=len(files), unit="pictures")

    return job


def add_job(taken: Sequence[Taken], folder: Path) -> Job:
    """Writes them; returns their files."""

    def job(should_stop: Callable[[], bool]) -> Generator[Progress, None, list[Path]]:
        return (yield from add([each.addition for each in taken], folder, should_stop))

    return job


def trash_job(paths: Sequence[Path], made: Path | None) -> Job:
    """Moves files to the system's trash, never deletes. `made`: a folder to remove if it is empty then.

    Raises NotAdded when all that can be moved was; the next try is for the others.
    """

    def job(should_stop: Callable[[], bool]) -> Generator[Progress, None, None]:
        from send2trash import send2trash

        left: list[tuple[Path, OSError]] = []
        for done, path in enumerate(paths, 1):
            try:
                if path.exists():
                    send2trash(str(path))
            except OSError as error:
                left.append((path, error))
            yield Progress(stage="Moving pictures to the trash", done=done, total=len(paths), unit="pictures")
        if left:
            path, why = left[0]
            text = "{0} pictures could not be moved to the trash and are still there, such as “{1}”: {2}."
            if len(left) == 1:
                text = "“{1}” could not be moved to the trash and is still there: {2}."
            reason = why.strerror or str(why) or "the system has no trash for this place"
            raise NotAdded(text.format(len(left), path.name, reason)) from why
        if made is not None:
            with suppress(OSError):
                made.rmdir()

    return job


def folders_job(folder: Path) -> Job:
    """Returns the ClassFolders of an image folder."""

    def job(should_stop: Callable[[], bool]) -> Generator[None, None, ClassFolders]:
        yield from ()
        return find_class_folders(folder)

    return job


def nothing(should_stop: Callable[[], bool]) -> Generator[None, None, None]:
    """A job that only waits for its turn."""
    yield from ()


def _files(paths: Sequence[Path], should_stop: Callable[[], bool]) -> Generator[Progress, None, list[Path]]:
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = yield from find_pictures(path, [], should_stop)
            files += sorted(picture.path for picture in found.pictures)
        else:
            files.append(path)
    return files


def _small(picture: Image.Image, ratio: float) -> QImage:
    side = round(SIDE * ratio)
    image = to_qimage(ImageOps.fit(picture, (side, side)))
    image.setDevicePixelRatio(ratio)
    return image

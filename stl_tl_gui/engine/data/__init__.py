"""Where pictures come from: the built-in sample, STL-10 folders and image folders, opened as one Dataset."""

from collections.abc import Generator
from pathlib import Path

from stl_tl_gui.engine.data.corrections import Corrections, read_corrections
from stl_tl_gui.engine.data.dataset import DataError, Dataset, ImageSet, UnreadablePicture
from stl_tl_gui.engine.data.decoding import printable
from stl_tl_gui.engine.data.folder_layout import FolderMissing
from stl_tl_gui.engine.data.image_folder import open_image_folder
from stl_tl_gui.engine.data.picture_archive import is_archive
from stl_tl_gui.engine.data.picture_files import find_binary_folder
from stl_tl_gui.engine.data.splits import USUAL_SPLITTING, Splitting
from stl_tl_gui.engine.data.stl10 import open_stl10
from stl_tl_gui.engine.data.table import TABLE_SUFFIXES, open_table
from stl_tl_gui.engine.events import Progress, ShouldStop

__all__ = ["DataError", "Dataset", "ImageSet", "UnreadablePicture", "open_dataset"]


def open_dataset(
    location: str,
    splitting: Splitting = USUAL_SPLITTING,
    should_stop: ShouldStop = lambda: False,
    corrections: Corrections | None = None,
) -> Generator[Progress, None, Dataset]:
    """Open “sample”, an STL-10 folder (or its parent), an image folder or a table; checked, and split if it is not.

    “./sample” opens a folder of that name. The corrections are those saved with the data unless others are given, such
    as those of a run. Raises DataError, CorrectionsUnusable, Cancelled.
    """
    if location == "sample":
        from stl_tl_gui.engine.data.sample import render_sample  # drawing code is only needed here

        place = yield from render_sample(should_stop)
        known = read_corrections("sample") if corrections is None else corrections
        return (yield from open_stl10(place, splitting, known, should_stop, kind="sample"))
    place = _existing(location)
    known = read_corrections(str(place)) if corrections is None else corrections
    if place.is_file():
        return (yield from open_table(place, splitting, known, should_stop))
    opened = open_image_folder if find_binary_folder(place) is None else open_stl10
    return (yield from opened(place, splitting, known, should_stop))


def _existing(location: str) -> Path:
    """The folder, or the table."""
    if printable(location) != location:  # such a name could not be written into settings.json
        raise FolderMissing(f"The folder name “{printable(location)}” contains invalid characters. Rename the folder.")
    try:
        folder = Path(location).expanduser().absolute()
        folder = folder.resolve() if ".." in folder.parts else folder
        if folder.is_dir() or (folder.is_file() and folder.suffix.lower() in TABLE_SUFFIXES):
            return folder
        exists = folder.exists()
    except (OSError, RuntimeError, ValueError):  # no such home, a name that no system accepts
        exists = False
    if exists and is_archive(folder.name):
        raise FolderMissing(f"“{location}” is an archive. Drop it on the window, or unpack it with “import-pictures”.")
    if exists:
        raise FolderMissing(f"“{location}” is neither a folder of pictures nor a table (.csv). Choose one of these.")
    raise FolderMissing(f"The folder “{location}” does not exist.")

"""Where pictures come from: the built-in sample, STL-10 folders and image folders, opened as one Dataset."""

from collections.abc import Generator
from functools import partial
from pathlib import Path

from stl_tl_gui.engine.data.dataset import DataError, Dataset, ImageSet, ShouldStop, UnreadablePicture
from stl_tl_gui.engine.data.decoding import printable
from stl_tl_gui.engine.data.folder_layout import FolderMissing
from stl_tl_gui.engine.data.image_folder import open_image_folder
from stl_tl_gui.engine.data.stl10 import find_binary_folder, open_stl10
from stl_tl_gui.engine.events import Progress

__all__ = ["DataError", "Dataset", "ImageSet", "UnreadablePicture", "open_dataset"]


def open_dataset(
    location: str,
    *,
    val_fraction: float = 0.1,
    test_fraction: float = 0.0,
    seed: int = 0,
    should_stop: ShouldStop = lambda: False,
) -> Generator[Progress, None, Dataset]:
    """Open “sample”, an STL-10 folder (or its parent) or an image folder; checked, and split where it is not.

    A folder that is called sample is opened by “./sample”. With a `test_fraction` of 1, pictures without a test split
    of their own are all for the test. Raises DataError and Cancelled.
    """
    if location == "sample":
        from stl_tl_gui.engine.data.sample import render_sample  # drawing code is only needed here

        folder = yield from render_sample(should_stop)
        opened = partial(open_stl10, kind="sample")
    else:
        folder = _existing_folder(location)
        opened = partial(open_image_folder if find_binary_folder(folder) is None else open_stl10)
    return (
        yield from opened(
            folder, val_fraction=val_fraction, test_fraction=test_fraction, seed=seed, should_stop=should_stop
        )
    )


def _existing_folder(location: str) -> Path:
    if printable(location) != location:  # such a name could not be written into settings.json
        raise FolderMissing(f"The name of the folder “{printable(location)}” is no valid text. Rename it.")
    try:
        folder = Path(location).expanduser().absolute()
        folder = folder.resolve() if ".." in folder.parts else folder
        if folder.is_dir():
            return folder
        exists = folder.exists()
    except (OSError, RuntimeError, ValueError):  # no such home, a name that no system accepts
        exists = False
    if exists:
        raise FolderMissing(f"“{location}” is a file, not a folder of pictures.")
    raise FolderMissing(f"There is no folder “{location}”.")

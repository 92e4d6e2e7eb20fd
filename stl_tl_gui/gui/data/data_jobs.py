"""Work of the Data page, done in the background: each job ends with the Dataset that it opened."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.gui.background.worker import Job

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.corrections import Corrections
    from stl_tl_gui.engine.data.dataset import Dataset
    from stl_tl_gui.engine.data.splits import Splitting
    from stl_tl_gui.engine.events import Progress


ShouldStop = Callable[[], bool]


def open_job(location: str, splitting: "Splitting | None") -> Job:
    """Opens data, divided as given where it does not say itself; None: as usual."""
    return lambda should_stop: _open(location, splitting, should_stop)


def _open(
    location: str, splitting: "Splitting | None", should_stop: ShouldStop
) -> "Generator[Progress, None, Dataset]":
    from stl_tl_gui.engine.data import open_dataset
    from stl_tl_gui.engine.data.splits import USUAL_SPLITTING

    return (yield from open_dataset(location, splitting or USUAL_SPLITTING, should_stop))


def correct_job(
    location: str,
    change: "Callable[[Corrections], Corrections]",
    splitting: "Splitting | None",
    given_up: Callable[[], bool],
    *,
    undoes: bool,
) -> Job:
    """Changes the corrections of data and opens it.

    They are as they were where the data cannot be opened with them, and when the user has given up; not when other
    work took the place of this, nor where the change `undoes` one: another may have to be undone as well.
    """

    def job(should_stop: ShouldStop) -> "Generator[Progress, None, Dataset]":
        from stl_tl_gui.engine.data.corrections import change_corrections, undo_change
        from stl_tl_gui.engine.data.dataset import DataError

        before, after = change_corrections(location, change)
        try:
            return (yield from _open(location, splitting, should_stop))
        except Exception as error:
            if given_up() or not (undoes or isinstance(error, Cancelled)):
                undo_change(location, before, after)
                if isinstance(error, DataError):
                    error.corrections = None  # those that are kept were no obstacle
            raise

    return job


def import_job(archive: Path, folder: Path, unlabeled: bool, splitting: "Splitting | None") -> Job:
    """Unpacks STL-10's archive, with or without its unlabeled pictures, and opens it."""

    def job(should_stop: ShouldStop) -> "Generator[Progress, None, Dataset]":
        from stl_tl_gui.engine.data.stl10_archive import import_archive

        yield from import_archive(archive, folder, should_stop, unlabeled=unlabeled)
        return (yield from _open(str(folder), splitting, should_stop))

    return job


def download_job(folder: Path, unlabeled: bool, splitting: "Splitting | None") -> Job:
    """Downloads STL-10, unpacks it and opens it."""

    def job(should_stop: ShouldStop) -> "Generator[Progress, None, Dataset]":
        from stl_tl_gui.engine.data.stl10_download import download_stl10

        yield from download_stl10(folder, should_stop, unlabeled=unlabeled)
        return (yield from _open(str(folder), splitting, should_stop))

    return job


def unpack_job(archive: Path, splitting: "Splitting | None") -> Job:
    """Unpacks an archive of class folders among the app's own data, and opens it."""

    def job(should_stop: ShouldStop) -> "Generator[Progress, None, Dataset]":
        from stl_tl_gui.engine.data.picture_archive import import_picture_archive

        folder = yield from import_picture_archive(archive, should_stop)
        return (yield from _open(str(folder), splitting, should_stop))

    return job

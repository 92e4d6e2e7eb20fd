"""What the data page does in the background: jobs that return a Dataset."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

from stl_tl_gui.gui.worker import Job

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.corrections import Corrections
    from stl_tl_gui.engine.data.dataset import Dataset
    from stl_tl_gui.engine.data.splits import Splitting
    from stl_tl_gui.engine.events import Progress


def open_job(location: str, splitting: "Splitting | None" = None) -> Job:
    def job(should_stop: Callable[[], bool]) -> "Generator[Progress, None, Dataset]":
        from stl_tl_gui.engine.data import open_dataset
        from stl_tl_gui.engine.data.splits import USUAL_SPLITTING

        return (yield from open_dataset(location, splitting or USUAL_SPLITTING, should_stop))

    return job


def correct_job(
    location: str, change: "Callable[[Corrections], Corrections]", splitting: "Splitting | None" = None
) -> Job:
    """Changes the corrections of data and opens it; where it cannot be opened with them, they are as they were."""

    def job(should_stop: Callable[[], bool]) -> "Generator[Progress, None, Dataset]":
        from stl_tl_gui.engine.data.corrections import read_corrections, write_corrections

        before = read_corrections(location)
        write_corrections(location, change(before))
        try:
            dataset: Dataset = yield from open_job(location, splitting)(should_stop)
            return dataset
        except BaseException:
            write_corrections(location, before)
            raise

    return job


def import_job(archive: Path, folder: Path, unlabeled: bool) -> Job:
    def job(should_stop: Callable[[], bool]) -> "Generator[Progress, None, Dataset]":
        from stl_tl_gui.engine.data import open_dataset
        from stl_tl_gui.engine.data.stl10_archive import import_archive

        yield from import_archive(archive, folder, should_stop, unlabeled=unlabeled)
        return (yield from open_dataset(str(folder), should_stop=should_stop))

    return job


def download_job(folder: Path, unlabeled: bool) -> Job:
    def job(should_stop: Callable[[], bool]) -> "Generator[Progress, None, Dataset]":
        from stl_tl_gui.engine.data import open_dataset
        from stl_tl_gui.engine.data.stl10_download import download_stl10

        yield from download_stl10(folder, should_stop, unlabeled=unlabeled)
        return (yield from open_dataset(str(folder), should_stop=should_stop))

    return job

"""Keeping: puts classified pictures into the class folders of a data set, as copies."""

from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from stl_tl_gui.gui.background.jobs import Jobs
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.words.quantities import number_of

Files = Sequence[tuple[Path, str]]
"""Files and the classes that they are of."""


class Keeping(QObject):
    """In the background; all files of a class, or none."""

    kept = Signal(str)
    """The folder that pictures were added to."""
    said = Signal(str)
    failed = Signal(Exception)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.jobs = Jobs(self)
        self.jobs.failed.connect(self.failed)

    def keep(self, files: Files, folder: Path) -> None:
        """Copy files into the class folders of an image folder."""
        self.jobs.do(_keeping_job(files, folder), partial(self._say, folder))

    def _say(self, folder: Path, counts: dict[str, int]) -> None:
        classes = ", ".join(f"{name} {count:,}" for name, count in counts.items())
        self.said.emit(f"Added {number_of(sum(counts.values()), 'picture')} to “{folder}”: {classes}.")
        self.kept.emit(str(folder))


def _keeping_job(files: Files, folder: Path) -> Job:
    """Returns how many files were added to each class. Raises BadClassName, NotAdded."""

    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, dict[str, int]]:
        from stl_tl_gui.engine.data.additions import Addition, add, find_class_folders

        places, counts = find_class_folders(folder), dict[str, int]()
        for name in dict.fromkeys(name for _, name in files):
            additions = [Addition(path.name, path) for path, other in files if other == name]
            counts[name] = len((yield from add(additions, places.folder(name), should_stop)))
        return counts

    return job

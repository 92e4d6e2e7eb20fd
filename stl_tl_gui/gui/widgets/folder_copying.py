"""FolderCopying: copies pictures into class folders, after saying how many go where."""

from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from stl_tl_gui.gui.background.jobs import Jobs
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.gui.widgets.choosing import choose_folder
from stl_tl_gui.gui.widgets.dialogs import ask, show_error
from stl_tl_gui.words.quantities import number_of

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.labels import FolderPlan

Files = Sequence[tuple[Path, str]]
"""Files and their classes."""
_MOST = 12
"""So many classes are named in the question."""


class FolderCopying(QObject):
    """Asks for a folder, says what would be copied, and copies all or nothing in the background."""

    progressed = Signal(object)
    said = Signal(str)
    """A sentence when all is copied."""
    ended = Signal()

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self.question: QMessageBox | None = None
        self.jobs = Jobs(self)
        self.jobs.happened.connect(self.progressed)
        self.jobs.failed.connect(partial(show_error, page))
        self.jobs.idle.connect(self.ended)

    def choose(self, files: Files) -> None:
        """Ask where copies of files go."""
        folder = choose_folder(self._page, "export", "Choose a new or empty folder")
        if folder is not None:
            self.plan(files, folder)

    def plan(self, files: Files, folder: Path) -> None:
        """Say what would be copied into a folder, and ask whether to."""
        self.jobs.do(_planning_job(files), partial(self._ask, folder))

    def stop(self) -> None:
        self.jobs.stop()

    def _ask(self, folder: Path, plan: "FolderPlan") -> None:
        counts = sorted(plan.counts().items(), key=lambda each: -each[1])
        lines = [f"{name}: {count:,}" for name, count in counts[:_MOST]]
        lines += [f"and {len(counts) - _MOST:,} more"] if len(counts) > _MOST else []
        text = f"Copy {number_of(len(plan.copies), 'file')} ({plan.size / 1e6:.1f} MB) into “{folder}”?"
        more = "Each class becomes a folder. The files themselves stay where they are.\n\n" + "\n".join(lines)
        self.question = ask(self._page, text, more, {"Copy": lambda: self._copy(plan, folder)})

    def _copy(self, plan: "FolderPlan", folder: Path) -> None:
        self.jobs.do(_copying_job(plan, folder), lambda place: self.said.emit(f"Copied into “{place}”."))


def _planning_job(files: Files) -> Job:
    def job(should_stop: Callable[[], bool]) -> "Generator[Any, None, FolderPlan]":
        from stl_tl_gui.engine.data.labels import plan_folders

        yield from ()
        return plan_folders(files)

    return job


def _copying_job(plan: "FolderPlan", folder: Path) -> Job:
    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, Path]:
        from stl_tl_gui.engine.data.labels import copy_into_folders

        return (yield from copy_into_folders(plan, folder, should_stop))

    return job

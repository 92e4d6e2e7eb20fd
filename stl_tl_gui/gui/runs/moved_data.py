"""When the pictures of a run have moved: ask once where they are, and check that they are the same."""

from collections.abc import Callable, Generator
from functools import partial
from typing import Any

from PySide6.QtWidgets import QProgressDialog, QWidget

from stl_tl_gui.gui.background.engine_import import import_engine
from stl_tl_gui.gui.background.worker import Job, Worker
from stl_tl_gui.gui.widgets.choosing import choose_folder
from stl_tl_gui.gui.widgets.dialogs import ask, show_error


def run_of(error: Exception) -> Any:
    """The Run whose pictures have moved or changed; None for any other error."""
    from stl_tl_gui.engine.runs.run_data import DataChanged, DataMoved  # the job that failed has imported it

    return error.run if isinstance(error, DataMoved | DataChanged) else None


def show_error_or_ask(parent: QWidget, then: Callable[[], object], error: Exception) -> None:
    """Show an error; if a run's pictures are missing, offer to choose their folder, and `then` continue."""
    if run_of(error) is None:
        show_error(parent, error)
        return
    answers = {"Choose folder…": partial(choose, parent, run_of(error), then)}
    ask(parent, "The pictures of this run were not found.", str(error), answers)


def choose(parent: QWidget, run: Any, then: Callable[[], object]) -> None:
    """Let the user choose where a run's pictures are now; if they are the same, `then` continue."""
    folder = choose_folder(parent, "data", f"Choose the folder with the pictures of “{run.name}”")
    if folder is None:
        return
    waiting = QProgressDialog("Checking that these are the same pictures…", "Cancel", 0, 0, parent)
    waiting.setMinimumDuration(500)
    worker = Worker(relink_job(run, str(folder)), parent)
    waiting.canceled.connect(worker.stop)
    worker.result.connect(lambda _: then())
    worker.failed.connect(partial(show_error, parent))
    worker.finished.connect(waiting.deleteLater)
    worker.start()


def relink_job(run: Any, location: str) -> Job:
    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, Any]:
        import_engine()
        from stl_tl_gui.engine.runs.run_data import relink

        return (yield from relink(run, location, should_stop))

    return job

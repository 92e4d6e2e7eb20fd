"""The main window: places the pages, connects them to the one training, and takes what is dropped on it."""

import gc
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QMainWindow

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.events import Event, Progress
from stl_tl_gui.engine.runs import Run, write_atomically
from stl_tl_gui.engine.settings import TrainSettings
from stl_tl_gui.gui.classify.classify_page import ClassifyPage
from stl_tl_gui.gui.data.data_page import DataPage
from stl_tl_gui.gui.dialogs import attempt, show_error
from stl_tl_gui.gui.evaluate.evaluate_page import EvaluatePage
from stl_tl_gui.gui.remembered import remember_window, restore_window
from stl_tl_gui.gui.runs.runs_page import RunsPage
from stl_tl_gui.gui.theme import Theme
from stl_tl_gui.gui.train.train_page import TrainPage
from stl_tl_gui.gui.window.closing import Closing
from stl_tl_gui.gui.window.commands import choose_theme, commands
from stl_tl_gui.gui.window.drop_target import DropTarget
from stl_tl_gui.gui.window.menus import Menus
from stl_tl_gui.gui.window.missing_weights import ask_for_weights, is_weights_missing
from stl_tl_gui.gui.window.navigation import Navigation
from stl_tl_gui.gui.window.opener import Opener
from stl_tl_gui.gui.window.status_line import StatusLine
from stl_tl_gui.gui.window.training import Training
from stl_tl_gui.gui.worker import Job, Worker


class NoCheckpoint(UserError):
    """A checkpoint is to be saved before there is one."""


class MainWindow(QMainWindow):
    """Five pages and one training. What can be done is in the pages; here they are connected."""

    painted = Signal()
    """The window is on the screen for the first time."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.training = Training(self)
        self.data_page, self.train_page = DataPage(), TrainPage()
        self.evaluate_page, self.classify_page, self.runs_page = EvaluatePage(), ClassifyPage(), RunsPage()
        self.navigation = Navigation()
        self.status = StatusLine()
        self.closing = Closing(self, self.training)
        self.opener = Opener(self, self.navigation, self.data_page, self.classify_page, self.open_run)
        self.menus = Menus(self, commands(self))
        self._painted = False
        self._ended_before: Run | None = None
        self._lay_out(theme)
        self._connect()

    def start(self) -> None:
        """What takes its time, in the background: open the last data, and load what training needs."""
        self.status.starting()
        worker = Worker(_load_engine)
        worker.result.connect(self.status.show_device)
        worker.failed.connect(partial(show_error, self))
        worker.finished.connect(self.status.ready)
        worker.start()
        self.data_page.open_last()

    def train(self, settings: TrainSettings) -> None:
        """Start a run and show it; say so if one runs already."""
        if attempt(self, lambda: self.training.train(settings)):
            self.navigation.show_page(self.train_page)

    def resume(self, run: Run, epochs: int | None = None) -> None:
        """Go on with a run and show it; say so if one runs already."""
        if attempt(self, lambda: self.training.resume(run, epochs)):
            self.navigation.show_page(self.train_page)

    def open_run(self, run: Run) -> None:
        """Show a run on all pages, and the most telling one of them."""
        evaluated = run.predictions("test").exists() or run.predictions("val").exists()
        self.navigation.show_page(self.evaluate_page if evaluated else self.train_page)
        self.evaluate_page.show_run(run)
        if run.best.exists():
            self.classify_page.set_model(run.folder)
        self.train_page.show_run(run)

    def save_checkpoint(self, target: Path) -> None:
        """Copy the best checkpoint of the run on the train page."""
        worker = Worker(_copy_job(self.train_page.run, target))
        worker.result.connect(lambda _: self.status.say(self.tr("Saved “{path}”.").format(path=target)))
        worker.failed.connect(partial(show_error, self))
        worker.start()

    def closeEvent(self, event: QCloseEvent) -> None:
        remember_window(self, self.navigation.pages.index(self.navigation.current))
        event.setAccepted(self.closing.may_close())
        if event.isAccepted():
            for page in self.navigation.pages:
                page.close()  # they let go of what they read in the background

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.painted.emit)

    def _on_event(self, event: Event) -> None:
        for follower in (self.train_page, self.evaluate_page, self.runs_page, self.status):
            follower.on_event(event)

    def _ended(self, run: Run) -> None:
        """Show what was learnt, except where the user has chosen to look at something else."""
        before, self._ended_before = self._ended_before, run
        if not run.best.exists():
            return
        evaluate, classify = self.evaluate_page, self.classify_page
        if evaluate.run in (None, run, before) and not evaluate.evaluating.busy:
            evaluate.show_run(run)
        else:
            text = self.tr("The new run is on the Runs page; Evaluate still shows “{run}”.")
            self.status.showMessage(text.format(run=evaluate.run.name if evaluate.run is not None else ""))
        known = [each.folder for each in (run, before) if each is not None]
        if not classify.results.rows or classify.model_path in known:
            classify.set_model(run.folder)

    def _failed(self, error: Exception) -> None:
        settings = self.training.settings
        if settings is not None and is_weights_missing(error):
            ask_for_weights(self, error, settings, self._train_differently)
        else:
            show_error(self, error)

    def _train_differently(self, settings: TrainSettings) -> None:
        self.train_page.form.set_values(settings.model_dump())  # it shows what is trained
        self.train(settings)

    def _lay_out(self, theme: Theme) -> None:
        pages = (
            (self.data_page, self.tr("Data"), "data", self.tr("Choose the pictures to learn from")),
            (self.train_page, self.tr("Train"), "train", self.tr("Set up a training and watch it")),
            (self.evaluate_page, self.tr("Evaluate"), "evaluate", self.tr("See what the model gets right and wrong")),
            (self.classify_page, self.tr("Classify"), "classify", self.tr("Let the model name new pictures")),
            (self.runs_page, self.tr("Runs"), "runs", self.tr("Compare, open and resume earlier runs")),
        )
        for page, title, icon_name, tip in pages:
            self.navigation.add(page, title, icon_name, tip)
        self.setCentralWidget(self.navigation)
        self.setStatusBar(self.status)
        self.menus.add_pages([title for _, title, _, _ in pages], self.navigation.show_number)
        self.menus.add_themes(theme.choice, partial(choose_theme, theme))
        self.navigation.show_number(restore_window(self))

    def _connect(self) -> None:
        self.data_page.dataset_opened.connect(self.train_page.set_dataset)
        self.train_page.train_requested.connect(self.train)
        self.train_page.pause_toggled.connect(self.training.pause)
        self.train_page.stop_requested.connect(self.training.stop)
        self.train_page.resume_requested.connect(self.resume)
        self.train_page.checkpoint_save_requested.connect(self.menus.actions["save"].trigger)
        self.evaluate_page.evaluated.connect(self.runs_page.refresh)
        self.runs_page.run_opened.connect(self.open_run)
        self.runs_page.resume_requested.connect(self.resume)
        self.training.happened.connect(self._on_event)
        self.training.ended.connect(self._ended)
        self.training.failed.connect(self._failed)
        self.training.running_changed.connect(self.train_page.set_running)
        self.training.running_changed.connect(self.status.set_running)
        buttons = self.train_page.buttons
        names = ("train", "pause", "stop", "resume", "save")
        self.menus.mirror({name: getattr(buttons, name) for name in names})
        drops = DropTarget(self, self.opener.promise)
        drops.dropped.connect(self.opener.open)


def _load_engine(should_stop: Callable[[], bool]) -> Generator[Progress, None, str]:
    """Import torch while the user looks around, and find out which device there is."""
    yield Progress(stage="Getting ready", done=0, total=0)
    import stl_tl_gui.engine.evaluation
    import stl_tl_gui.engine.inference
    import stl_tl_gui.engine.training  # noqa: F401
    from stl_tl_gui.engine.device import choose_device, device_title

    gc.collect()
    gc.freeze()  # what is loaded now stays: looking through it again and again would hold up the window each time
    return device_title(choose_device("auto"))


def _copy_job(run: Run | None, target: Path) -> Job:
    def job(should_stop: Callable[[], bool]) -> Generator[Progress, None, None]:
        found = [path for path in (run.best, run.last) if path.exists()] if run is not None else []
        if not found:
            raise NoCheckpoint("There is no checkpoint yet: the first one is saved after the first epoch.")
        yield Progress(stage="Saving the checkpoint", done=0, total=0)
        content = found[0].read_bytes()
        try:
            write_atomically(target, content)
        except OSError as error:  # it names a file of its own that the user has never heard of
            raise OSError(error.errno, error.strerror, str(target)) from error

    return job

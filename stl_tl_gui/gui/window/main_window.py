"""The main window: places the pages, connects them to the one training, and takes what is dropped on it."""

from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QMainWindow, QPushButton

from stl_tl_gui.gui.background.file_copies import checkpoint_job
from stl_tl_gui.gui.background.training import Training
from stl_tl_gui.gui.background.worker import Worker
from stl_tl_gui.gui.runs.moved_data import run_of, show_error_or_ask
from stl_tl_gui.gui.weights.missing_weights import ask_before_download, ask_for_weights, is_weights_missing
from stl_tl_gui.gui.widgets.dialogs import attempt, show_error
from stl_tl_gui.gui.widgets.drop_target import DropTarget
from stl_tl_gui.gui.widgets.remembered import (
    last_settings,
    remember_settings,
    remember_window,
    restore_splitters,
    restore_window,
)
from stl_tl_gui.gui.widgets.theme import Theme
from stl_tl_gui.gui.window.background import Background
from stl_tl_gui.gui.window.closing import Closing
from stl_tl_gui.gui.window.commands import choose_theme, commands
from stl_tl_gui.gui.window.loading import load_engine, load_shared
from stl_tl_gui.gui.window.menus import Menus
from stl_tl_gui.gui.window.navigation import Navigation
from stl_tl_gui.gui.window.notifications import Notifications
from stl_tl_gui.gui.window.opener import Opener
from stl_tl_gui.gui.window.status_line import StatusLine

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.corrections import Correction
    from stl_tl_gui.engine.data.dataset import Dataset
    from stl_tl_gui.engine.data.splits import Splitting
    from stl_tl_gui.engine.events import Event
    from stl_tl_gui.engine.runs.run import Run
    from stl_tl_gui.engine.settings.settings import TrainSettings
    from stl_tl_gui.gui.classify.classify_page import ClassifyPage
    from stl_tl_gui.gui.compare.compare_page import ComparePage
    from stl_tl_gui.gui.data.data_page import DataPage
    from stl_tl_gui.gui.evaluate.evaluate_page import EvaluatePage
    from stl_tl_gui.gui.evaluate.evaluation_header import Split
    from stl_tl_gui.gui.home.home_page import HomePage
    from stl_tl_gui.gui.queue.queue_run import QueueRun
    from stl_tl_gui.gui.runs.runs_page import RunsPage
    from stl_tl_gui.gui.train.train_page import TrainPage
    from stl_tl_gui.gui.weights.weights_page import WeightsPage


_PAUSE = 10
"""Milliseconds for the user between two pages that are made in advance. With 0, Qt would not look at the mouse."""


class MainWindow(QMainWindow):
    """Pages and one training. What can be done is in the pages; here they are connected.

    A page is imported and made when it is first needed: the window is on the screen before the others are there.
    """

    painted = Signal()
    """The window is on the screen for the first time."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.training = Training(self)
        self.navigation = Navigation()
        self.status = StatusLine()
        self.closing = Closing(self, self.training)
        self.background = Background(self)
        self.notifications = Notifications(self, self.background, lambda: self.queue.on)
        self.opener = Opener(self)
        self.menus = Menus(self, commands(self))
        self._painted = False
        self._ended_before: Run | None = None
        self._connect()
        self._lay_out(theme)

    @cached_property
    def home_page(self) -> "HomePage":
        from stl_tl_gui.gui.home.home_page import HomePage

        page = HomePage()
        page.wanted.connect(self.menus.do)
        page.run_opened.connect(self.open_run)
        self.navigation.place(0, page)
        return page

    @cached_property
    def data_page(self) -> "DataPage":
        from stl_tl_gui.gui.data.data_page import DataPage

        page = DataPage()
        page.dataset_opened.connect(self._set_dataset)
        page.train_requested.connect(partial(self.menus.do, "train"))
        page.settings_requested.connect(lambda: self.navigation.show_page(self.train_page))
        page.settings_wanted.connect(self._set_and_look_again)
        page.splitting = self._splitting
        self.navigation.place(1, page)
        return page

    @cached_property
    def train_page(self) -> "TrainPage":
        from stl_tl_gui.gui.train.train_page import TrainPage

        page = TrainPage()
        page.form.begin_with(last_settings())
        page.train_requested.connect(self.train)
        page.pause_toggled.connect(self.training.pause)
        page.stop_requested.connect(self.training.stop)
        page.queue_requested.connect(self.add_to_queue)
        page.resume_requested.connect(self.resume)
        page.checkpoint_save_requested.connect(self.menus.actions["save"].trigger)
        self.training.running_changed.connect(page.set_running)
        page.set_running(self.training.running)
        self.navigation.place(2, page)
        return page

    @cached_property
    def evaluate_page(self) -> "EvaluatePage":
        from stl_tl_gui.gui.evaluate.evaluate_page import EvaluatePage

        page = EvaluatePage()
        page.evaluated.connect(lambda _: self.runs_page.refresh())
        page.correct_requested.connect(self._correct)
        self.navigation.place(3, page)
        return page

    @cached_property
    def classify_page(self) -> "ClassifyPage":
        from stl_tl_gui.gui.classify.classify_page import ClassifyPage

        page = ClassifyPage()
        self.navigation.place(4, page)
        return page

    @cached_property
    def runs_page(self) -> "RunsPage":
        from stl_tl_gui.gui.queue.queue_panel import QueuePanel
        from stl_tl_gui.gui.runs.runs_page import RunsPage

        page = RunsPage()
        panel = QueuePanel(self.queue, lambda: self.train_page.settings())
        panel.compare_requested.connect(lambda jobs: self.show_comparison().compare_jobs(jobs))
        page.add_queue(panel)
        page.compare_requested.connect(lambda runs: self.show_comparison().compare(runs))
        page.run_opened.connect(self.open_run)
        page.resume_requested.connect(self.resume)
        self.navigation.place(5, page)
        return page

    @cached_property
    def compare_page(self) -> "ComparePage":
        from stl_tl_gui.gui.compare.compare_page import ComparePage

        page = ComparePage()
        page.run_opened.connect(self.open_run)
        page.evaluate_requested.connect(self.evaluate)
        page.set_jobs(self.queue.jobs)
        self.queue.changed.connect(lambda: page.set_jobs(self.queue.jobs))
        self.navigation.place(6, page)
        return page

    @cached_property
    def weights_page(self) -> "WeightsPage":
        from stl_tl_gui.gui.weights.weights_page import WeightsPage

        page = WeightsPage()
        page.changed.connect(lambda: self.train_page.form.look_again())
        self.navigation.place(7, page)
        return page

    @cached_property
    def queue(self) -> "QueueRun":
        from stl_tl_gui.gui.queue.queue_run import QueueRun

        queue = QueueRun(self.training, self)
        queue.run_ended.connect(self._ended)
        queue.finished.connect(self.status.say_queue_over)
        queue.finished.connect(self.notifications.queue_over)
        self.closing.more_to_come = lambda: queue.on
        queue.changed.connect(lambda: self.closing.withdraw(self.training.running))
        return queue

    def start(self) -> None:
        """What takes its time: open the last data, make the other pages, and load what training needs."""
        self.status.starting()
        load_shared()
        self.home_page.start()
        self.data_page.open_last()
        QTimer.singleShot(_PAUSE, self, self._make_pages)

    def train(self, settings: "TrainSettings") -> None:
        """Start a run and show it; say so if one runs already. Weights that are not here are asked about first."""
        ask_before_download(self, settings, lambda: self._train(settings), self._train_differently)

    def _train(self, settings: "TrainSettings") -> None:
        """Folds are lined up as one job of the queue."""
        remember_settings(self.train_page.form.chosen)
        from stl_tl_gui.engine.settings.settings import fold_runs

        if len(fold_runs(settings)) > 1:
            if self.queue.add_first(settings):
                self.queue.start()
                self.navigation.show_page(self.train_page)
            else:
                self.status.say(self.queue.trouble)
        elif attempt(self, lambda: self.training.train(settings)):
            self.navigation.show_page(self.train_page)

    def _splitting(self) -> "Splitting | None":
        """How the settings on the Train page divide pictures; None while there are none that can be used."""
        if "train_page" not in vars(self) or self.train_page.form.problem():
            return None
        from stl_tl_gui.engine.data.splits import splitting_of

        alike = {"protocol": "single", "fold": 0}  # the pictures are the same, and can be divided so in any case
        return splitting_of(self.train_page.form.settings("sample").model_copy(update=alike))

    def _correct(self, title: str, corrections: "list[Correction]", location: str) -> None:
        """Correct the data of a run, and show it with its corrections."""
        self.navigation.show_page(self.data_page)
        self.data_page.correct(title, corrections, location)

    def _set_and_look_again(self, values: dict[str, Any]) -> None:
        """Change settings to mend a problem of the data, and divide it as they say."""
        self.train_page.form.set_values(values)
        self.status.say("Set on the Train page, where it can be undone.")
        self.data_page.open_again()

    def resume(self, run: "Run", epochs: int | None = None) -> None:
        """Go on with a run and show it; say so if one runs already."""
        if attempt(self, lambda: self.training.resume(run, epochs)):
            self.navigation.show_page(self.train_page)

    def add_to_queue(self, settings: "TrainSettings") -> None:
        """Line up a run, and say where."""
        added = self.queue.add([settings])
        text = "Added to the queue, which is on the Runs page."
        self.status.say(text if added else self.queue.trouble)

    def open_run(self, run: "Run") -> None:
        """Show a run on all pages, and the most telling one of them."""
        if not attempt(self, run.require):
            self.runs_page.refresh()
            return
        evaluated = run.predictions("test").exists() or run.predictions("val").exists()
        self.navigation.show_page(self.evaluate_page if evaluated else self.train_page)
        self.evaluate_page.show_run(run)
        if run.best.exists():
            self.classify_page.set_model(run.folder)
        self.train_page.show_run(run)
        if self.training.running and self.train_page.run != run:
            self.navigation.show_page(self.evaluate_page)
            self.status.say(f"“{run.name}” is open; Train still follows the run under way.")

    def show_comparison(self) -> "ComparePage":
        """Bring the page to the front where runs are compared."""
        page = self.compare_page
        self.navigation.show_page(page)
        return page

    def evaluate(self, run: "Run", split: "Split") -> None:
        """Show a run and predict a split with its best model."""
        self.navigation.show_page(self.evaluate_page)
        self.evaluate_page.show_run(run)
        self.evaluate_page.evaluate(split)

    def save_checkpoint(self, run: "Run | None", target: Path) -> None:
        """Copy the best checkpoint of a run."""
        worker = Worker(checkpoint_job(run, target))
        worker.result.connect(lambda _: self.status.say(f"Saved “{target}”."))
        worker.failed.connect(partial(show_error, self))
        worker.start()

    def closeEvent(self, event: QCloseEvent) -> None:
        remember_window(self, self.navigation.number)
        event.setAccepted(self.closing.may_close())
        if event.isAccepted():
            for page in self.navigation.pages:
                page.close()  # they let go of what they read in the background

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.painted.emit)

    def _make_pages(self) -> None:
        """Make the other pages one by one, leaving time for the user; then load what training needs."""
        if self.navigation.make_next():
            QTimer.singleShot(_PAUSE, self, self._make_pages)
        elif self.isVisible():  # not closed meanwhile
            worker = Worker(load_engine)
            worker.result.connect(self.status.show_device)
            worker.result.connect(lambda _: self.train_page.view.prepare())
            worker.failed.connect(partial(show_error, self))
            worker.finished.connect(self.status.ready)
            worker.start()

    def _set_dataset(self, dataset: "Dataset") -> None:
        self.train_page.set_dataset(dataset)

    def _on_event(self, event: "Event") -> None:
        pages = (self.home_page, self.train_page, self.evaluate_page, self.runs_page, self.compare_page)
        for follower in (*pages, self.status, self.notifications):
            follower.on_event(event)

    def _ended(self, run: "Run") -> None:
        """Show what was learnt, except where the user has chosen to look at something else, or is looking at it."""
        before, self._ended_before = self._ended_before, run
        if not run.best.exists():
            return
        evaluate, classify = self.evaluate_page, self.classify_page
        studied = evaluate.isVisible() and evaluate.predictions is not None and evaluate.run != run
        if evaluate.run in (None, run, before) and not evaluate.evaluating.busy and not studied:
            evaluate.show_run(run)
        else:
            text = "The new run is on the Runs page; Evaluate still shows “{run}”."
            self.status.showMessage(text.format(run=evaluate.run.name if evaluate.run is not None else ""))
        if not classify.results.rows:
            classify.set_model(run.folder)

    def _failed(self, error: Exception) -> None:
        from stl_tl_gui.engine.queue.queue import QueueUnusable

        if isinstance(error, QueueUnusable):  # the queue says it on the Runs page
            return
        settings = self.training.settings
        if settings is not None and is_weights_missing(error):
            ask_for_weights(self, error, settings, self._train_differently)
        else:
            show_error_or_ask(self, lambda: self.resume(run_of(error), self.training.epochs), error)

    def _train_differently(self, settings: "TrainSettings") -> None:
        self.train_page.form.set_values(settings.model_dump())  # it shows what is trained
        self.train(settings)

    def _lay_out(self, theme: Theme) -> None:
        pages = (
            ("home", "Home", "Begin here, or go on with a run"),
            ("data", "Data", "Choose the pictures to learn from"),
            ("train", "Train", "Set up a training and watch it"),
            ("evaluate", "Evaluate", "See what the model gets right and wrong"),
            ("classify", "Classify", "Let the model name new pictures"),
            ("runs", "Runs", "Open and resume earlier runs, and line up new ones"),
            ("compare", "Compare", "See several runs side by side"),
            ("weights", "Weights", "Get pretrained weights, and share them with other computers"),
        )
        for name, title, tip in pages:
            self.navigation.add(partial(getattr, self, f"{name}_page"), title, name, tip)
        self.setCentralWidget(self.navigation)
        self.setStatusBar(self.status)
        self.menus.add_pages([title for _, title, _ in pages], self.navigation.show_number)
        self.menus.add_themes(theme.choice, partial(choose_theme, theme))
        notify = "&Notify when a long run ends"
        self.menus.add_switch(notify, self.notifications.on, self.notifications.switch)
        self.navigation.show_number(restore_window(self))

    def _connect(self) -> None:
        self.training.happened.connect(self._on_event)
        self.training.ended.connect(self._ended)
        self.training.failed.connect(self._failed)
        self.training.running_changed.connect(self.status.set_running)
        self.menus.mirror(self._mirrored)
        self.closing.background_wanted.connect(self._train_in_background)
        self.background.stop_wanted.connect(self.training.stop)
        self.background.quit_wanted.connect(self.closing.at_once)
        drops = DropTarget(self, self.opener.promise)
        drops.dropped.connect(self.opener.open)
        self.navigation.made.connect(drops.guard)
        self.navigation.made.connect(restore_splitters)

    def _train_in_background(self) -> None:
        if self.training.paused:
            self.train_page.toggle_pause()  # nobody would be there to go on with it
        self.background.hide_window()

    def _mirrored(self) -> dict[str, QPushButton]:
        names = ("train", "queue", "pause", "stop", "resume", "save")
        return {name: getattr(self.train_page.buttons, name) for name in names}

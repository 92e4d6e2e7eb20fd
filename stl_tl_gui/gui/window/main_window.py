"""The main window: puts the pages, the menus and the one training together, and takes what is dropped on it."""

from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QMainWindow, QPushButton

from stl_tl_gui.gui.background.training import Training
from stl_tl_gui.gui.background.worker import Worker
from stl_tl_gui.gui.widgets.dialogs import show_error
from stl_tl_gui.gui.widgets.drop_target import DropTarget
from stl_tl_gui.gui.widgets.remembered import remember_theme, remember_window, restore_splitters, restore_window
from stl_tl_gui.gui.widgets.theme import Theme, ThemeChoice
from stl_tl_gui.gui.window.background import Background
from stl_tl_gui.gui.window.closing import Closing
from stl_tl_gui.gui.window.commands import commands
from stl_tl_gui.gui.window.current_run import CurrentRun
from stl_tl_gui.gui.window.launcher import Launcher
from stl_tl_gui.gui.window.loading import Devices, load_engine, load_shared
from stl_tl_gui.gui.window.menus import Menus
from stl_tl_gui.gui.window.navigation import Navigation
from stl_tl_gui.gui.window.notifications import Notifications
from stl_tl_gui.gui.window.opener import Opener
from stl_tl_gui.gui.window.pages import PAGES, Pages
from stl_tl_gui.gui.window.status_line import StatusLine

if TYPE_CHECKING:
    from pathlib import Path

    from stl_tl_gui.engine.events import Event
    from stl_tl_gui.gui.queue.queue_run import QueueRun


_PAUSE = 10
"""Milliseconds for the user between two pages that are made in advance. With 0, Qt would not look at the mouse."""


class MainWindow(QMainWindow):
    """What can be done is in the pages and beside this class; here it is connected."""

    painted = Signal()
    """The window is on the screen for the first time."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.training = Training(self)
        self.navigation = Navigation()
        self.status = StatusLine()
        self.pages = Pages(self.navigation, self.training, lambda: self.queue)
        self.launcher = Launcher(self, self.pages, self.training, lambda: self.queue)
        self.current = CurrentRun(self.pages, self.training)
        self.opener = Opener(self, self.pages, self.current)
        self.closing = Closing(self, self.training)
        self.background = Background(self)
        self.notifications = Notifications(self, self.background, lambda: self.queue.on)
        self.menus = Menus(self, commands(self, self.pages, self.opener))
        self._painted = False
        self._connect()
        self._fill_menus(theme)
        self.setCentralWidget(self.navigation)
        self.setStatusBar(self.status)
        self.navigation.show_number(restore_window(self))

    @cached_property
    def queue(self) -> "QueueRun":
        """Made when first needed, like a page."""
        from stl_tl_gui.gui.queue.queue_run import QueueRun

        queue = QueueRun(self.training, self)
        queue.run_ended.connect(self.current.show_ended)
        queue.finished.connect(self.status.say_queue_done)
        queue.finished.connect(self.notifications.queue_done)
        self.closing.more_to_come = lambda: queue.on
        queue.changed.connect(lambda: self.closing.withdraw(self.training.running))
        return queue

    def start(self) -> None:
        """Do what takes its time: open the last data, make the other pages, and load what training needs."""
        self.status.starting()
        load_shared()
        self.pages.home.start()
        self.pages.data.opening.open_last()
        QTimer.singleShot(_PAUSE, self, self._make_pages)

    def open_for_another(self, paths: "list[Path]") -> None:
        """Come to the front, and open what a second start of the app was to open."""
        self.background.show_window()
        if paths:
            self.opener.open(paths)

    def closeEvent(self, event: QCloseEvent) -> None:
        remember_window(self, self.navigation.number)
        event.setAccepted(self.closing.may_close())
        if event.isAccepted():
            self.current.shut_down()
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
            self.current.start()
            worker = Worker(load_engine)
            worker.result.connect(self._show_devices)
            worker.failed.connect(partial(show_error, self))
            worker.finished.connect(self.status.ready)
            worker.start()

    def _show_devices(self, devices: Devices) -> None:
        self.status.show_device(devices.line)
        self.pages.train.form.set_devices(devices.here)
        self.pages.train.view.prepare()

    def _on_event(self, event: "Event") -> None:
        for follower in (self.pages, self.current, self.status, self.notifications):
            follower.on_event(event)

    def _fill_menus(self, theme: Theme) -> None:
        def choose_theme(choice: ThemeChoice) -> None:
            theme.choose(choice)
            remember_theme(choice)

        self.menus.add_pages([page.title for page in PAGES], self.navigation.show_number)
        self.menus.add_themes(theme.choice, choose_theme)
        self.menus.add_switch("&Notify when a long run ends", self.notifications.on, self.notifications.switch)
        self.menus.mirror(self._mirrored)

    def _connect(self) -> None:
        self.training.happened.connect(self._on_event)
        self.training.running_changed.connect(self.status.set_running)
        self.pages.said.connect(self.status.say)
        self.current.replaced.connect(
            lambda text, before: self.status.offer(text, "Back", lambda: self.current.choose(before))
        )
        self.pages.command_requested.connect(self.menus.do)
        self.closing.background_wanted.connect(self._train_in_background)
        self.background.stop_wanted.connect(self.training.stop)
        self.background.quit_wanted.connect(self.closing.at_once)
        drops = DropTarget(self, self.opener.promise)
        drops.dropped.connect(self.opener.drop)
        self.navigation.made.connect(drops.guard)
        self.navigation.made.connect(restore_splitters)

    def _train_in_background(self) -> None:
        if self.training.paused:
            self.pages.train.toggle_pause()  # nobody would be there to continue it
        self.background.hide_window()

    def _mirrored(self) -> dict[str, QPushButton]:
        names = ("train", "queue", "pause", "stop", "resume", "save")
        return {name: getattr(self.pages.train.buttons, name) for name in names}

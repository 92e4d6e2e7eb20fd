"""TrainPage: choose the settings of a run, start it, watch it learn, pause, stop and resume it."""

from enum import Enum
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QVBoxLayout, QWidget

from stl_tl_gui.engine.data.dataset import Dataset
from stl_tl_gui.engine.events import BatchEnd, EpochEnd, Event, RunEnd, RunStart
from stl_tl_gui.engine.queue.running import JobStart
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.settings.settings import InvalidSettings, TrainSettings
from stl_tl_gui.gui.runs.run_selector import RunSelector
from stl_tl_gui.gui.train.estimate_line import EstimateLine
from stl_tl_gui.gui.train.find_button import FindButton
from stl_tl_gui.gui.train.preview_strip import VERSIONS, PreviewStrip
from stl_tl_gui.gui.train.run_buttons import RunButtons
from stl_tl_gui.gui.train.run_view import RunView
from stl_tl_gui.gui.train.settings_form import SettingsForm
from stl_tl_gui.gui.train.timm_choice import TimmChoice
from stl_tl_gui.gui.train.watching import Watching
from stl_tl_gui.gui.train.weights_choice import WeightsChoice
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.dialogs import show_error

_FORM_WIDTH = 460
_RUN_WIDTH = 364
"""What the curves need, which are made later."""


class State(Enum):
    """What the page is doing. ENDED follows a run that ended here, VIEWING a run read from its folder.

    WATCHING: another window or command trains the run shown.
    """

    IDLE = "idle"
    PREPARING = "preparing"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    ENDED = "ended"
    OPENING = "opening"
    VIEWING = "viewing"
    WATCHING = "watching"


class TrainPage(QWidget):
    """The settings on the left; on the right the buttons and the run."""

    train_requested = Signal(object)
    """TrainSettings"""
    queue_requested = Signal(object)
    """TrainSettings"""
    pause_toggled = Signal(bool)
    stop_requested = Signal()
    resume_requested = Signal(object)
    """Run"""
    checkpoint_save_requested = Signal()
    mistakes_requested = Signal(object)
    """The Run whose mistakes are to be looked at."""
    trial_requested = Signal(object)
    """The Run whose model is to be tried on new pictures."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = State.IDLE
        self.run: Run | None = None
        """The run that is shown."""
        self._dataset: Dataset | None = None
        self._running = False
        self.watching = Watching(self)
        self.form = SettingsForm()
        self.find_rate = FindButton(self.settings)
        self.form.row("learning_rate").put_beside(self.find_rate)
        self.find_rate.found.connect(lambda rate: self.form.set_values({"learning_rate": rate}))
        self.find_rate.in_use.connect(self._show_state)
        self.weights = WeightsChoice(self.form, self)
        self.timm = TimmChoice(self.form, self)
        self.find_rate.weights_misfit.connect(self.weights.offer_switch)
        self.preview = PreviewStrip()
        self.form.put_below_essentials(self.preview)
        self.draws = PreviewStrip(VERSIONS)
        self.form.put_below_heading("Augmentation", self.draws)
        self.estimate = EstimateLine()
        self.buttons = RunButtons()
        self.view = RunView()
        self.selector = RunSelector()
        self._data_line = theme.muted("")
        settings, run = _scrolled(self.form), _scrolled(self.view, _RUN_WIDTH)
        settings.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its fields have it
        run.setAccessibleName("The run")
        _lay_out(
            self, [theme.title("Train"), self._data_line, settings], [self.buttons, self.estimate, self.selector, run]
        )
        self.form.changed.connect(self._show_state)
        self.view.opened.connect(self._opened)
        self.watching.begun.connect(self._watches)
        self.watching.happened.connect(self.view.on_event)
        self.watching.ended.connect(self._watched)
        self.watching.failed.connect(lambda error: show_error(self, error))
        self.view.banner.transfer.requested.connect(self.train_with)
        self.view.banner.figure.found.connect(self._lead_on)
        self.view.banner.mistakes_requested.connect(lambda: self.mistakes_requested.emit(self.run))
        self.view.banner.trial_requested.connect(lambda: self.trial_requested.emit(self.run))
        self.buttons.train.clicked.connect(self.train)
        self.buttons.queue.clicked.connect(self.add_to_queue)
        self.buttons.pause.clicked.connect(self.toggle_pause)
        self.buttons.stop.clicked.connect(self.stop)
        self.buttons.resume.clicked.connect(self.resume)
        self.buttons.save.clicked.connect(self.checkpoint_save_requested)
        self._show_state()

    def set_dataset(self, dataset: Dataset) -> None:
        """Use these pictures for the next run."""
        self._dataset = dataset
        counts = dict(zip(dataset.class_names, dataset.class_counts("train").tolist(), strict=True))
        self.form.set_data(len(dataset.class_names), len(dataset.splits["train"]), dataset.kind, counts)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.weights.look_for_runs()
        self.timm.look_up()

    def settings(self) -> TrainSettings:
        """The settings for a run on the chosen data. Raises InvalidSettings."""
        if self._dataset is None:
            raise InvalidSettings("Choose data first, on the Data page.")
        if self._dataset.unready:
            raise InvalidSettings(self._dataset.unready)
        return self.form.settings(self._dataset.location)

    def train(self) -> None:
        """Ask for a run with the settings in the form, if they are valid and no run is training."""
        if self._running:
            return
        try:
            settings = self.settings()
        except InvalidSettings as error:
            self.view.set_empty(False)
            self.view.banner.say("Cannot start", str(error), bad=True)
            return
        self.train_requested.emit(settings)

    def train_with(self, settings: TrainSettings) -> None:
        """Ask for a run with these settings, not those in the form, unless a run is training."""
        if not self._running:
            self.train_requested.emit(settings)

    def add_to_queue(self) -> None:
        """Ask to add a run with the settings in the form to the queue, also during another run."""
        if not self.form.problem() and self._dataset is not None:
            self.queue_requested.emit(self.settings())

    def toggle_pause(self) -> None:
        """Pause the run, or continue it."""
        if self._running and self.state in (State.RUNNING, State.PAUSED):
            self._enter(State.PAUSED if self.state == State.RUNNING else State.RUNNING)
            self.pause_toggled.emit(self.state == State.PAUSED)

    def stop(self) -> None:
        """Ask the run to stop and save, also one that another window or command trains."""
        if self.state == State.WATCHING and self.run is not None:
            self.watching.ask_to_stop(self.run)
            self.view.readout.say("Asked to stop after this batch…")
        elif self._can_stop():
            self._enter(State.STOPPING)
            self.stop_requested.emit()

    def resume(self) -> None:
        """Ask to resume the run that is shown."""
        if self._can_resume():
            self.resume_requested.emit(self.run)

    def set_running(self, running: bool) -> None:
        """Called when a run's job has started or ended."""
        self._running = running
        if running:
            self.watching.leave()
            self.view.clear_texts()
            self.view.set_empty(False)
            self._enter(State.PREPARING)
        elif self.state in (State.ENDED, State.VIEWING):
            self._show_state()
        else:  # the job ended before a new run started: the previous one, if any, is still shown
            self.view.readout.end_stage()
            self.view.set_empty(self.run is None)
            self._enter(State.VIEWING if self.run else State.IDLE)

    def on_event(self, event: Event | JobStart) -> None:
        """Show what happens in a run. Cheap: most events are only stored until the next redraw."""
        if isinstance(event, JobStart):  # the queue does several runs in one training
            self.set_running(True)
            return
        if isinstance(event, RunStart):
            self._start(event)
        self.view.on_event(event)
        match event:
            case BatchEnd() if self.state == State.PREPARING:
                self._enter(State.RUNNING)
            case RunEnd():
                self.weights.look_for_runs()
                self.view.banner.show_end(event, self.run)
                self._enter(State.ENDED)
            case EpochEnd(epoch=1):
                self._show_state()  # from now on there is a checkpoint

    def show_run(self, run: Run | None) -> None:
        """Show a run from its folder, unless another one is training; None: nothing."""
        if self._running:
            return
        if run is None:
            self.run = None
            self.view.clear()
            self.view.set_empty(True)
            self._enter(State.IDLE)
            return
        if run == self.run and self.state == State.ENDED:  # all of it is shown already
            return
        self.watching.leave()
        self.run = run
        self.view.clear_texts()
        self.view.set_empty(False)
        self.view.open(run)
        self._enter(State.OPENING)

    def _opened(self) -> None:
        """The run's log has been read."""
        if self.state == State.OPENING:
            self._enter(State.VIEWING)
            if self.view.banner.isHidden():  # else it says why the log cannot be read
                self.view.banner.show_end(self.view.end, self.run)
                if self.view.end is None and self.run is not None:
                    self.watching.begin(self.run, self.view.readout.run.last_time)
        else:
            self._show_state()

    def _watches(self) -> None:
        """Another window or command trains the run that was opened."""
        self.view.banner.say("In training elsewhere", "Another window or command trains this run; its curves are live.")
        self._enter(State.WATCHING)

    def _watched(self) -> None:
        self.view.banner.show_end(self.view.end, self.run)
        self.weights.look_for_runs()
        self._enter(State.VIEWING)

    def _lead_on(self) -> None:
        """A run has ended here and its result is shown: the keyboard goes to what comes next, unless someone types."""
        focused = self.focusWidget()
        if self.state == State.ENDED and self.isVisible() and (focused is None or self.buttons.isAncestorOf(focused)):
            self.view.banner.mistakes.setFocus()

    def _start(self, event: RunStart) -> None:
        run = Run(Path(event.run))
        if event.epochs_done == 0 and event.batches_done == 0:
            self.view.clear()
        elif run != self.run or self.view.reading:
            self.view.open(run, until=event)  # a run is resumed that is not shown yet
        self.run = run
        self.view.banner.clear()
        self._enter(State.PREPARING)

    def _can_stop(self) -> bool:
        here = self._running and self.state in (State.PREPARING, State.RUNNING, State.PAUSED)
        return here or self.state == State.WATCHING

    def _can_resume(self) -> bool:
        over = not self._running and self.state in (State.ENDED, State.VIEWING)
        complete = self.view.end is not None and self.view.end.reason == "completed"
        return over and not complete and self.run is not None and self.run.to_resume is not None

    def _enter(self, state: State) -> None:
        self.state = state
        says = {
            State.PAUSED: "Paused",
            State.STOPPING: "Stopping after this batch…",
            State.OPENING: "Opening the run…",
        }
        self.view.readout.say(says.get(state, ""))
        self.selector.show_run(self.run)
        self._show_state()

    def _show_state(self) -> None:
        """Enable what can be done now, and say what to do next."""
        data, problem = self._dataset, self.form.problem()
        if data is None:
            problem = "Choose data first, on the Data page."
            self._data_line.setText("No data chosen yet")
        else:
            problem = problem or data.unready
            facts = {"name": data.name, "train": len(data.splits["train"]), "classes": len(data.class_names)}
            text = "{name}: {train:,} training pictures, {classes} classes"
            rests = "Changes apply to the next run, not to the current one."
            self._data_line.setText(rests if self._running else text.format(**facts))
        self.view.invite(problem or "Press Train to see loss and accuracy here as the model learns.")
        buttons, why_not = self.buttons, problem
        if self._running:
            why_not = "A run is training. Stop it first, or wait."
        self.find_rate.allow(why_not)
        self.estimate.rest(self._running or self.find_rate.dialog is not None)
        settings = None if problem else self.settings()
        for strip in (self.preview, self.draws):
            strip.show_for(data, settings)
        self.estimate.show_for(settings, data.fingerprint if data else "")
        buttons.allow_train(why_not)
        self.view.banner.transfer.allow(not self._running)
        buttons.allow_queue(problem)
        buttons.show_paused(self.state == State.PAUSED)
        buttons.allow_pause(self._running and self.state in (State.RUNNING, State.PAUSED))
        buttons.allow_stop(self._can_stop())
        buttons.allow_resume(self._can_resume())
        buttons.allow_save(self.run is not None and self.run.to_resume is not None)


def _scrolled(content: QWidget, least: int = 0) -> QScrollArea:
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setWidget(content)
    least = max(least, content.minimumSizeHint().width())
    scroll.setMinimumWidth(least + scroll.verticalScrollBar().sizeHint().width())
    return scroll


def _lay_out(page: QWidget, left: list[QWidget], right: list[QWidget]) -> None:
    """Two columns that can be resized; the last widget of each takes the room that is left."""
    splitter = QSplitter(page)
    splitter.setObjectName("train")
    splitter.setChildrenCollapsible(False)
    for widgets, outside in ((left, "left"), (right, "right")):
        column = QVBoxLayout()
        column.setSpacing(theme.MEDIUM)
        margins = {"left": theme.MEDIUM, "top": theme.LARGE, "right": theme.MEDIUM, "bottom": theme.MEDIUM}
        margins[outside] = theme.LARGE
        column.setContentsMargins(*margins.values())
        for widget in widgets:
            column.addWidget(widget, 1 if widget is widgets[-1] else 0)
        side = QWidget()
        side.setLayout(column)
        splitter.addWidget(side)
    splitter.setStretchFactor(1, 1)
    splitter.setSizes([_FORM_WIDTH, 2 * _FORM_WIDTH])
    layouts.column(splitter, inside=page)

"""The pages: which there are, and how each is made and connected when it is first needed."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from stl_tl_gui.gui.background.training import Training
from stl_tl_gui.gui.widgets.choosing import choose_folder
from stl_tl_gui.gui.widgets.remembered import last_settings
from stl_tl_gui.gui.window.navigation import Navigation

if TYPE_CHECKING:
    from pathlib import Path

    from stl_tl_gui.engine.data.splits import Splitting
    from stl_tl_gui.engine.events import Event
    from stl_tl_gui.engine.runs.run import Run
    from stl_tl_gui.engine.settings.settings import TrainSettings
    from stl_tl_gui.gui.classify.classify_page import ClassifyPage
    from stl_tl_gui.gui.compare.compare_page import ComparePage
    from stl_tl_gui.gui.data.data_page import DataPage
    from stl_tl_gui.gui.evaluate.evaluate_page import EvaluatePage
    from stl_tl_gui.gui.home.home_page import HomePage
    from stl_tl_gui.gui.queue.queue_run import QueueRun
    from stl_tl_gui.gui.runs.runs_page import RunsPage
    from stl_tl_gui.gui.train.train_page import TrainPage
    from stl_tl_gui.gui.weights.weights_page import WeightsPage

AnyPage = TypeVar("AnyPage", bound=QWidget)


class Page(NamedTuple):
    """A place in the list of pages. `name` is also that of its icon, and of the page in `Pages`."""

    name: str
    title: str
    tip: str


PAGES = (
    Page("home", "Home", "Start here, or open a recent run"),
    Page("data", "Data", "Choose the pictures to learn from"),
    Page("train", "Train", "Set up a run and watch it learn"),
    Page("evaluate", "Evaluate", "See what the model gets right and wrong"),
    Page("classify", "Classify", "Classify new pictures"),
    Page("runs", "Runs", "Open and resume runs, and queue new ones"),
    Page("compare", "Compare", "Compare several runs"),
    Page("weights", "Weights", "Get pretrained weights, and copy them to other computers"),
)


def alike(one: "Splitting", other: "Splitting | None") -> bool:
    """Whether two ways to divide pictures are shown alike: another seed draws others, but as many."""
    from stl_tl_gui.engine.data.splits import USUAL_SPLITTING

    return replace(one, seed=0) == replace(other or USUAL_SPLITTING, seed=0)


class Pages(QObject):
    """A page is imported and made when it is first needed: the window is on the screen before the others are there.

    What a page asks of another page is connected here; what it asks of the window becomes a signal.
    """

    command_requested = Signal(str)
    """A key of `commands`."""
    run_opened = Signal(object)
    """A Run to show, on the page that says most about it."""
    run_chosen = Signal(object)
    """A Run to show on all pages."""
    selector_made = Signal(object)
    """A RunSelector."""
    evaluate_requested = Signal(object, str)
    """A run and a split to predict with its best model."""
    train_requested = Signal(object)
    queue_requested = Signal(object)
    resume_requested = Signal(object, object)
    """A run, and up to how many epochs to train it, or None for as many as its settings say."""
    said = Signal(str)
    """A sentence for the status bar."""
    _divided = Signal()
    """The open data may have to be divided in another way."""

    def __init__(self, navigation: Navigation, training: Training, queue: "Callable[[], QueueRun]") -> None:
        super().__init__(navigation)
        self.navigation, self._training, self._queue = navigation, training, queue
        for page in PAGES:
            navigation.add(partial(getattr, self, page.name), page.title, page.name, page.tip)

    def show(self, page: AnyPage) -> AnyPage:
        """Bring a page to the front; returns it."""
        self.navigation.show_page(page)
        return page

    def on_event(self, event: "Event") -> None:
        """Inform the pages that follow runs."""
        for page in (self.home, self.train, self.evaluate, self.runs, self.compare):
            page.on_event(event)

    @cached_property
    def home(self) -> "HomePage":
        from stl_tl_gui.gui.home.home_page import HomePage

        page = HomePage()
        page.wanted.connect(self.command_requested)
        page.run_opened.connect(self.run_opened)
        return self._placed("home", page)

    @cached_property
    def data(self) -> "DataPage":
        from stl_tl_gui.gui.data.data_page import DataPage

        page = DataPage()
        page.dataset_opened.connect(lambda dataset: self.train.set_dataset(dataset))
        self._divided.connect(self._divide_again, Qt.ConnectionType.QueuedConnection)
        page.opening.ended.connect(self._divided)  # settings may have changed meanwhile
        page.train_requested.connect(lambda: self.command_requested.emit("train"))
        page.said.connect(self.said)
        page.settings_requested.connect(lambda: self.show(self.train))
        page.settings_wanted.connect(self._set_and_open_again)
        page.opening.splitting = self._splitting
        return self._placed("data", page)

    @cached_property
    def train(self) -> "TrainPage":
        from stl_tl_gui.gui.train.train_page import TrainPage

        page = TrainPage()
        page.form.begin_with(last_settings())
        page.form.changed.connect(self._divided)
        page.train_requested.connect(self.train_requested)
        page.queue_requested.connect(self.queue_requested)
        page.resume_requested.connect(lambda run: self.resume_requested.emit(run, None))
        page.checkpoint_save_requested.connect(lambda: self.command_requested.emit("save"))
        page.mistakes_requested.connect(self._show_mistakes)
        page.trial_requested.connect(self._try)
        page.pause_toggled.connect(self._training.pause)
        page.stop_requested.connect(self._training.stop)
        self._training.running_changed.connect(page.set_running)
        page.set_running(self._training.running)
        self.selector_made.emit(page.selector)
        return self._placed("train", page)

    @cached_property
    def evaluate(self) -> "EvaluatePage":
        from stl_tl_gui.gui.evaluate.evaluate_page import EvaluatePage

        page = EvaluatePage()
        page.evaluated.connect(lambda _: self.runs.refresh())
        page.labels_changed.connect(self._labels_changed)
        page.said.connect(self.said)
        page.retrain_requested.connect(self._retrain)
        self.selector_made.emit(page.header.selector)
        return self._placed("evaluate", page)

    @cached_property
    def classify(self) -> "ClassifyPage":
        from stl_tl_gui.gui.classify.classify_page import ClassifyPage

        page = ClassifyPage()
        page.said.connect(self.said)
        page.keep_requested.connect(self._keep)
        page.kept.connect(self._labels_changed)
        self.selector_made.emit(page.bar.selector)
        return self._placed("classify", page)

    @cached_property
    def runs(self) -> "RunsPage":
        from stl_tl_gui.gui.queue.queue_panel import QueuePanel
        from stl_tl_gui.gui.runs.runs_page import RunsPage

        page = RunsPage()
        panel = QueuePanel(self._queue(), lambda: self.train.settings())
        panel.compare_requested.connect(lambda jobs: self.show(self.compare).compare_jobs(jobs))
        page.add_queue(panel)
        page.compare_requested.connect(lambda runs: self.show(self.compare).compare(runs))
        page.run_opened.connect(self.run_opened)
        page.said.connect(self.said)
        page.resume_requested.connect(lambda run, epochs: self.resume_requested.emit(run, epochs))
        page.again_requested.connect(self._fill_in)
        page.start_requested.connect(lambda point: self.show(self.train).weights.start_at(point))
        return self._placed("runs", page)

    @cached_property
    def compare(self) -> "ComparePage":
        from stl_tl_gui.gui.compare.compare_page import ComparePage

        page, queue = ComparePage(), self._queue()
        page.run_opened.connect(self.run_opened)
        page.evaluate_requested.connect(self.evaluate_requested)
        page.set_jobs(queue.jobs)
        queue.changed.connect(lambda: page.set_jobs(queue.jobs))
        return self._placed("compare", page)

    @cached_property
    def weights(self) -> "WeightsPage":
        from stl_tl_gui.gui.weights.weights_page import WeightsPage

        page = WeightsPage()
        page.changed.connect(lambda: self.train.form.look_again())
        return self._placed("weights", page)

    def _placed(self, name: str, page: AnyPage) -> AnyPage:
        self.navigation.place([each.name for each in PAGES].index(name), page)
        return page

    def _splitting(self) -> "Splitting | None":
        """How the settings on the Train page divide pictures; None while there are none that can be used."""
        if "train" not in vars(self) or self.train.form.problem():
            return None
        from stl_tl_gui.engine.data.splits import splitting_of

        single = {"protocol": "single", "fold": 0}  # the pictures are the same, and can be divided so in any case
        return splitting_of(self.train.form.settings("sample").model_copy(update=single))

    def _divide_again(self) -> None:
        """Show how the settings divide pictures, and divide the open ones so, unless other data is being opened."""
        opening, splitting = self.data.opening, self._splitting()
        if opening.dataset is not None:
            self.data.summary.division.set_values(self.train.form.values())
        if not opening.busy and splitting is not None and not alike(splitting, opening.split_by):
            opening.open_again()

    def _show_mistakes(self, run: "Run") -> None:
        """Show what a run's model gets wrong."""
        self.show(self.evaluate).view.grid.show_mistakes()
        self.run_chosen.emit(run)

    def _try(self, run: "Run") -> None:
        """Choose a run's model to classify pictures with."""
        self.show(self.classify)
        self.run_chosen.emit(run)

    def _keep(self, files: "list[tuple[Path, str]]") -> None:
        """Put classified pictures into the open data, or into a folder of class folders that the user chooses."""
        folder = self.data.collect.folder
        if folder is None:
            folder = choose_folder(self.classify, "data", "Choose the folder of class folders to add to")
        if folder is not None:
            self.classify.keeping.keep(files, folder)

    def _fill_in(self, settings: "TrainSettings", name: str) -> None:
        """Set the Train page to the settings of a run, and open its data, divided as it was."""
        divided = self._splitting()
        self.show(self.train).form.set_values(settings.model_dump(), f"settings of “{name}”")
        opening = self.data.opening
        if settings.data != opening.location or divided != self._splitting():
            opening.open(settings.data)

    def _labels_changed(self, location: str) -> None:
        """Keep the data that is open up to date with its corrections."""
        if self.data.opening.location == location:
            self.data.opening.open_again()

    def _retrain(self, run: "Run") -> None:
        """Train a run again, on its data as it is corrected now."""
        from stl_tl_gui.engine.runs.run_data import place_of_data

        settings = run.settings().model_copy(update={"data": place_of_data(run)})
        self.show(self.train).train_with(settings)

    def _set_and_open_again(self, values: dict[str, Any]) -> None:
        """Change settings to solve a problem of the data, and divide it as they say."""
        from stl_tl_gui.engine.settings.advice import ON_DATA_PAGE

        if values.keys() <= set(ON_DATA_PAGE):
            self.train.form.set_values(values, "dividing the data", mergeable=True)
        else:
            self.train.form.set_values(values)
            self.said.emit("Set on the Train page; undo it there.")
        self.data.opening.open_again()

"""The first page: three ways to start, a place to drop files, and recent runs."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from stl_tl_gui.gui.home.recent_runs import RecentRuns
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.choice_button import ChoiceButton
from stl_tl_gui.gui.widgets.drop_hint import DropHint
from stl_tl_gui.gui.widgets.icons import icon

if TYPE_CHECKING:
    from stl_tl_gui.engine.events import Event

_HINT = 340
"""Greatest height of the drop area in pixels, or it would dominate the page."""


class HomePage(QWidget):
    """Asks the window to do what is clicked."""

    wanted = Signal(str)
    """The name of a command of the window."""
    run_opened = Signal(object)
    """The Run to show."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recent = RecentRuns()
        self.recent.run_opened.connect(self.run_opened)
        self.recent.all_wanted.connect(partial(self.wanted.emit, "runs"))
        heading = layouts.column(
            theme.title("Train a picture classifier"),
            theme.muted("Choose pictures, press Train, then drop new pictures to classify them."),
            spacing=theme.SMALL,
        )
        layouts.column(
            heading,
            self._choices(),
            (self._drop_hint(), 3),
            self.recent,
            None,
            inside=self,
            spacing=theme.LARGE,
            margins=(theme.HUGE, theme.HUGE, theme.HUGE, theme.LARGE),
        )

    def start(self) -> None:
        """Read the runs now and whenever the page is shown. Called after the window is painted."""
        self.recent.start()

    def on_event(self, event: "Event") -> None:
        self.recent.on_event(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.recent.refresh()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.recent.close()
        super().closeEvent(event)

    def _choices(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.LARGE)
        for command, icon_name, title, explanation in (
            (
                "sample",
                "sample",
                "Try the sample",
                "Ten classes of drawn objects; pictures and weights are included. A first model after seconds.",
            ),
            (
                "stl10",
                "archive",
                "Open STL-10",
                "The course's data: 5,000 labeled pictures of 10 classes, 8,000 test pictures.",
            ),
            (
                "open_data",
                "pictures",
                "Open my pictures",
                "A folder with one subfolder per class. Start with about 20 pictures of each.",
            ),
        ):
            choice = ChoiceButton(icon_name, title, explanation, large=True)
            choice.clicked.connect(partial(self.wanted.emit, command))
            row.addWidget(choice, 1)
        return row

    def _drop_hint(self) -> DropHint:
        classify = QPushButton(icon("classify"), "Classify pictures…")
        classify.clicked.connect(partial(self.wanted.emit, "classify"))
        run = QPushButton(icon("open"), "Open run or checkpoint…")
        run.clicked.connect(partial(self.wanted.emit, "open_run"))
        hint = DropHint("drop", "Drop anything here", [classify, run])
        hint.setMaximumHeight(_HINT)
        hint.set_state("Pictures to classify, a folder with one subfolder per class, STL-10, a run, or a checkpoint.")
        return hint

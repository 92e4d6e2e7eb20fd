"""RunView: a run during and after training: banner, numbers, curves, notices."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QListWidget, QStackedWidget, QVBoxLayout, QWidget

from stl_tl_gui.engine.events import Event, Notice, RunEnd, RunStart
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.runs.so_far import RunSoFar
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.train.run_banner import RunBanner
from stl_tl_gui.gui.train.run_reading import reading_job
from stl_tl_gui.gui.train.run_readout import RunReadout
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.dialogs import sentence_of

if TYPE_CHECKING:
    from stl_tl_gui.gui.train.curves import Curves
    from stl_tl_gui.gui.train.run_points import RunPoints

_NOTICES_HEIGHT = 60


class RunView(QStackedWidget):
    """One run, or an invitation to start one."""

    opened = Signal()
    """A run has been read from its folder."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banner = RunBanner()
        self.readout = RunReadout()
        self.notices = _Notices()
        self.banner.figure.shown.connect(self.readout.leave_out_test)
        self._invitation = theme.muted("")
        self._invitation.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._curves: Curves | None = None
        self._arrived: list[Event] = []
        """What has happened while a run is being read."""
        self._job = LatestJob(self)
        self._job.result.connect(self._read)
        self._job.failed.connect(self._cannot_read)
        self._job.ended.connect(self._catch_up)
        self._room = QVBoxLayout()
        self.addWidget(self._empty())
        self.addWidget(self._filled())

    @property
    def curves(self) -> "Curves":
        """The curves, made when first needed: their import takes a quarter of a second."""
        if self._curves is None:
            from stl_tl_gui.gui.train.curves import Curves

            self._curves = Curves()
            self._room.addWidget(self._curves)
        return self._curves

    @property
    def reading(self) -> bool:
        """Whether a run is being read from its folder."""
        return self._job.busy

    @property
    def end(self) -> RunEnd | None:
        """How the run shown has ended."""
        return self.readout.run.end

    def prepare(self) -> None:
        """Make the curves now, while the app is idle."""
        assert self.curves is not None

    def invite(self, text: str) -> None:
        """Say what to do while there is no run."""
        self._invitation.setText(text)

    def set_empty(self, empty: bool) -> None:
        """Show the invitation, or the run."""
        self.setCurrentIndex(0 if empty else 1)

    def clear(self) -> None:
        """Remove the numbers and curves."""
        self._job.drop()
        self._arrived.clear()
        self.readout.show_run(RunSoFar())
        self.curves.clear()

    def clear_texts(self) -> None:
        """Remove the banner and the notices."""
        self.banner.clear()
        self.notices.clear()
        self.notices.hide()

    def on_event(self, event: Event) -> None:
        """Store what the event says, for the next redraw, or until the events before it are read."""
        if self.reading:
            self._arrived.append(event)
            return
        if isinstance(event, Notice):
            self.notices.add(event.message)
        self.readout.on_event(event)
        self.curves.on_event(event)

    def open(self, run: Run, until: RunStart | None = None) -> None:
        """Read a run from its folder in the background and show it, up to where it is resumed now."""
        self.clear()
        self._job.start(reading_job(run, until, self.curves.smoothing))

    def _read(self, found: "tuple[RunSoFar, RunPoints]") -> None:
        self.readout.show_run(found[0])
        self.curves.show_points(found[1])
        self.notices.add(*found[0].notices)

    def _cannot_read(self, error: Exception) -> None:
        reason = getattr(error, "strerror", None) or sentence_of(error)
        self.banner.say("The log of this run cannot be read", f"{reason}", bad=True)

    def _catch_up(self) -> None:
        """Show what has happened while the events before it were read."""
        arrived, self._arrived = self._arrived, []
        for event in arrived:
            self.on_event(event)
        self.refresh()
        self.opened.emit()

    def refresh(self) -> None:
        """Show at once what is stored."""
        self.readout.refresh()
        self.curves.redraw()

    def _empty(self) -> QWidget:
        page = QWidget()
        heading = theme.heading("No run yet")
        heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(page)
        column.addStretch(1)
        column.addWidget(heading)
        column.addWidget(self._invitation)
        column.addStretch(2)
        return page

    def _filled(self) -> QWidget:
        page = QWidget()
        layouts.column(self.banner, self.readout, (self._room, 1), self.notices, inside=page, spacing=theme.MEDIUM)
        return page


class _Notices(QListWidget):
    """As high as its text, up to a few lines. Hidden while empty."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Notices")
        self.setObjectName("notices")
        self.setWordWrap(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.hide()

    def add(self, *texts: str) -> None:
        if not texts:
            return
        self.addItems(texts)
        self.show()
        if self.count() <= _NOTICES_HEIGHT:  # more fill it anyway, and measuring thousands is slow
            self._fit()
        else:
            self.scrollToBottom()

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            QTimer.singleShot(0, self, self._fit)  # how many lines there are depends on the width

    def _fit(self) -> None:
        self.doItemsLayout()
        rows = sum(self.visualItemRect(self.item(row)).height() for row in range(self.count()))
        self.setFixedHeight(min(rows + 2 * self.frameWidth() + theme.TINY, _NOTICES_HEIGHT))
        self.scrollToBottom()

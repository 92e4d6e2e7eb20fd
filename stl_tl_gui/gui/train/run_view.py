"""RunView: all that is shown of a run while it goes on and afterwards: banner, numbers, curves, notices."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QListWidget, QStackedWidget, QVBoxLayout, QWidget

from stl_tl_gui.engine.events import Event, Notice, RunStart
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.gui.train.run_banner import RunBanner
from stl_tl_gui.gui.train.run_readout import RunReadout
from stl_tl_gui.gui.widgets import theme

if TYPE_CHECKING:
    from stl_tl_gui.gui.train.curves import Curves

_NOTICES_HEIGHT = 60


class RunView(QStackedWidget):
    """One run, or an invitation to start one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banner = RunBanner()
        self.readout = RunReadout()
        self.notices = _Notices()
        self._invitation = theme.muted("")
        self._invitation.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._curves: Curves | None = None
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

    def prepare(self) -> None:
        """Make the curves now, while there is time."""
        assert self.curves is not None

    def invite(self, text: str) -> None:
        """Say what to do while there is no run to show."""
        self._invitation.setText(text)

    def set_empty(self, empty: bool) -> None:
        """Show the invitation, or the run."""
        self.setCurrentIndex(0 if empty else 1)

    def clear(self) -> None:
        """Forget the numbers and curves of the run shown so far."""
        self.readout.clear()
        self.curves.clear()

    def clear_texts(self) -> None:
        """Forget how the run shown so far ended, and its notices."""
        self.banner.hide()
        self.notices.clear()
        self.notices.hide()

    def on_event(self, event: Event) -> None:
        """Store what the event tells, for the next redraw."""
        if isinstance(event, Notice):
            self.notices.add(event.message)
        self.readout.on_event(event)
        self.curves.on_event(event)

    def show_before(self, start: RunStart, run: Run) -> None:
        """Show how a run that is now resumed went before."""
        self.clear()
        for event in run.events():
            if event == start:
                return
            self.on_event(event)

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
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.MEDIUM)
        column.addWidget(self.banner)
        column.addWidget(self.readout)
        column.addLayout(self._room, 1)
        column.addWidget(self.notices)
        return page


class _Notices(QListWidget):
    """As high as its sentences, up to a few lines. Hidden while there are none."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Notices")
        self.setObjectName("notices")
        self.setWordWrap(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.hide()

    def add(self, text: str) -> None:
        self.addItem(text)
        self.show()
        if self.count() <= _NOTICES_HEIGHT:  # more fill it anyway, and measuring thousands takes long
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

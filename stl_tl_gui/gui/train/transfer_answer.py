"""TransferAnswer: says what transfer gave, or offers the run from scratch that finds out."""

from collections.abc import Callable, Generator
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.runs.transfer import Transfer, transfer_of
from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.words.transfer import COMPARE, COMPARE_TIP, transfer_times, transfer_words

Found = Transfer | TrainSettings | None


class TransferAnswer(QWidget):
    """A sentence, or a button beside it, or nothing. Reads the other runs in the background."""

    requested = Signal(object)
    """The TrainSettings of the run from scratch."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings: TrainSettings | None = None
        self._sentence = QLabel()
        self._sentence.setFont(theme.scaled_font(self.font(), 1, bold=True))
        self._sentence.setWordWrap(True)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._times = theme.muted("")
        self.compare = QPushButton(COMPARE)
        """Whoever shows this places it."""
        self.compare.setToolTip(f"<qt>{COMPARE_TIP}</qt>")  # rich text wraps
        self.compare.clicked.connect(lambda: self.requested.emit(self._settings))
        self._job = LatestJob(self)
        self._job.result.connect(self._show)  # a run that cannot be read says nothing of transfer
        layouts.column(self._sentence, self._times, inside=self, spacing=theme.TINY)
        self.clear()

    def text(self) -> str:
        """What it says; empty while it says nothing."""
        return "\n".join(filter(None, (self._sentence.text(), self._times.text())))

    def ask(self, run: Run) -> None:
        """Find out what transfer gave in a finished run."""
        self.clear()
        self._job.start(_finding_job(run))

    def allow(self, allowed: bool) -> None:
        """Whether a run can be started now."""
        self.compare.setEnabled(allowed)

    def clear(self) -> None:
        """Say nothing."""
        self._job.drop()
        self._show(None)

    def _show(self, found: Found) -> None:
        transfer = found if isinstance(found, Transfer) else None
        self._settings = found if isinstance(found, TrainSettings) else None
        self._sentence.setText(transfer_words(transfer) if transfer else "")
        self._times.setText(transfer_times(transfer) if transfer else "")
        self.compare.setVisible(self._settings is not None)
        self.setVisible(transfer is not None)


def _finding_job(run: Run) -> Job:
    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, Found]:
        yield from ()
        return transfer_of(run)

    return job

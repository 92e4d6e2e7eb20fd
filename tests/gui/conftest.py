"""What all tests of the window share."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent

from stl_tl_gui.gui.worker import workers_at_work


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Threads that a test leaves are stopped and waited for, so that they cannot disturb the next test."""
    yield
    for worker in workers_at_work():
        worker.stop()
        assert worker.wait(20_000), "a job does not ask whether it should stop"
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.MetaCall)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # or each new style would reach old windows

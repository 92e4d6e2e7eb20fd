"""Worker: a job off the GUI thread, with its events, result and failure in the GUI thread."""

import gc
import threading
from collections.abc import Callable, Generator

import pytest
import shiboken6
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.gui.background.worker import Job, Worker, workers_at_work

ShouldStop = Callable[[], bool]


def counting(should_stop: ShouldStop) -> Generator[int, None, str]:
    yield from (1, 2, 3)
    return "done"


def endless(should_stop: ShouldStop) -> Generator[int, None, str]:
    number = 0
    while not should_stop():
        yield number
        number += 1
        threading.Event().wait(0.001)
    return "stopped"


def raising(error: Exception) -> Job:
    def job(should_stop: ShouldStop) -> Generator[int, None, None]:
        yield 1
        raise error

    return job


def test_that_events_and_result_arrive_in_the_gui_thread_in_order(qtbot: QtBot) -> None:
    seen: list[tuple[object, bool]] = []
    gui = QThread.currentThread()
    worker = Worker(counting)
    worker.happened.connect(lambda event: seen.append((event, QThread.currentThread() is gui)))
    worker.result.connect(lambda result: seen.append((result, QThread.currentThread() is gui)))
    with qtbot.waitSignal(worker.finished):
        worker.start()
    assert seen == [(1, True), (2, True), (3, True), ("done", True)]


def test_that_the_job_runs_in_another_thread(qtbot: QtBot) -> None:
    def job(should_stop: ShouldStop) -> Generator[int, None, int]:
        yield 0
        return threading.get_ident()

    worker = Worker(job)
    with qtbot.waitSignal(worker.result) as result:
        worker.start()
    assert result.args != [threading.get_ident()]


@pytest.mark.parametrize("error", [UserError("No pictures."), ZeroDivisionError("division by zero")])
def test_that_what_a_job_raises_is_emitted(qtbot: QtBot, error: Exception) -> None:
    worker = Worker(raising(error))
    with qtbot.waitSignals([worker.failed, worker.finished], order="strict"), qtbot.assertNotEmitted(worker.result):
        worker.start()
    assert workers_at_work() == ()


def test_that_an_error_before_the_first_event_is_emitted_too(qtbot: QtBot) -> None:
    def job(should_stop: ShouldStop) -> Generator[int, None, None]:
        raise UserError("Not even begun.")

    worker = Worker(job)
    with qtbot.waitSignal(worker.failed) as failed:
        worker.start()
    assert failed.args is not None
    assert str(failed.args[0]) == "Not even begun."


def test_that_cancelling_ends_without_result_or_failure(qtbot: QtBot) -> None:
    worker = Worker(raising(Cancelled()))
    with (
        qtbot.assertNotEmitted(worker.result),
        qtbot.assertNotEmitted(worker.failed),
        qtbot.waitSignal(worker.finished),
    ):
        worker.start()


def test_that_stop_is_a_question_the_job_answers(qtbot: QtBot) -> None:
    worker = Worker(endless)
    with qtbot.waitSignal(worker.happened):
        worker.start()
    with qtbot.waitSignal(worker.result) as result:
        worker.stop()
    assert result.args == ["stopped"]
    qtbot.waitUntil(lambda: workers_at_work() == ())


def test_that_a_paused_job_yields_nothing_until_it_goes_on(qtbot: QtBot) -> None:
    worker = Worker(endless)
    with qtbot.waitSignal(worker.happened):
        worker.start()
    worker.pause()
    assert worker.paused
    qtbot.wait(30)  # the event under way may still come
    with qtbot.assertNotEmitted(worker.happened, wait=80):
        pass
    with qtbot.waitSignal(worker.happened):
        worker.unpause()
    with qtbot.waitSignal(worker.finished):
        worker.stop()


def test_that_stop_ends_a_pause(qtbot: QtBot) -> None:
    worker = Worker(endless)
    with qtbot.waitSignal(worker.happened):
        worker.start()
    worker.pause()
    with qtbot.waitSignal(worker.result):
        worker.stop()


def test_that_a_job_asked_to_stop_can_no_longer_be_held(qtbot: QtBot) -> None:
    worker = Worker(endless)
    with qtbot.waitSignal(worker.happened):
        worker.start()
    with qtbot.waitSignal(worker.result):
        worker.stop()
        worker.pause()


def test_that_a_running_job_outlives_its_page(qtbot: QtBot) -> None:
    page = QWidget()
    worker = Worker(endless, page)
    with qtbot.waitSignal(worker.happened):
        worker.start()
    shiboken6.delete(page)
    del page, worker
    gc.collect()
    (left,) = workers_at_work()
    with qtbot.waitSignal(left.finished):
        left.stop()

"""The queue in the window: trainings here are real ones, tiny, unless they need to be held."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import PLAIN, QUICK, batch_end, run_start
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.events import BatchEnd, EpochEnd, RunStart
from stl_tl_gui.engine.queue.queue import Queue, QueuedJob
from stl_tl_gui.engine.runs.run import Run, create_run
from stl_tl_gui.engine.runs.so_far import RunSoFar
from stl_tl_gui.engine.settings.backbones import BACKBONES
from stl_tl_gui.engine.settings.settings import InvalidSettings, TrainSettings, make_settings
from stl_tl_gui.engine.storage.places import weights_folder
from stl_tl_gui.gui.background.training import Training
from stl_tl_gui.gui.queue.queue_model import NOTE, STATE, TITLE, VAL
from stl_tl_gui.gui.queue.queue_panel import QueuePanel
from stl_tl_gui.gui.queue.queue_run import QueueRun
from stl_tl_gui.gui.queue.queue_time import seconds_left
from stl_tl_gui.gui.queue.variants_dialog import VariantsDialog
from stl_tl_gui.gui.window.main_window import MainWindow

LONG = 60_000
"""Milliseconds for a tiny training on a busy machine."""


@pytest.fixture
def settings(colours: Path) -> TrainSettings:
    return make_settings({**QUICK, **PLAIN, "data": str(colours), "epochs": 1})


@pytest.fixture
def training(qtbot: QtBot) -> Training:
    return Training()


Opened = Callable[[], QueuePanel]


@pytest.fixture
def opened(qtbot: QtBot, training: Training, settings: TrainSettings) -> Iterator[Opened]:
    """Opens a panel as a new window of the app would."""
    queues = []

    def open_panel() -> QueuePanel:
        queue = QueueRun(training)
        queues.append(queue)
        panel = QueuePanel(queue, lambda: settings)
        qtbot.addWidget(panel)
        panel.resize(1000, 400)
        panel.show()
        panel.activateWindow()
        qtbot.waitUntil(panel.isActiveWindow)
        return panel

    yield open_panel
    training.stop()
    qtbot.waitUntil(lambda: not training.running, timeout=LONG)


def queue_of(panel: QueuePanel) -> QueueRun:
    return panel._queue


def filled(n: int, settings: TrainSettings, **more: Any) -> list[str]:
    seeds = [settings.model_copy(update={"seed": seed, **more}) for seed in range(n)]
    return [job.id for job in Queue().add(seeds)]


def press(qtbot: QtBot, where: Any, text: str) -> None:
    found = [each for each in where.findChildren(QPushButton) if each.text() == text]
    assert len(found) == 1, [each.text() for each in where.findChildren(QPushButton)]
    qtbot.mouseClick(found[0], Qt.MouseButton.LeftButton)


def column(panel: QueuePanel, number: int) -> list[str]:
    model = panel.table.queue_model
    return [model.index(row, number).data() for row in range(model.rowCount())]


def states(panel: QueuePanel) -> list[str]:
    return column(panel, STATE)


def choose(panel: QueuePanel, *rows: int) -> None:
    panel.table.select([panel.table.queue_model.jobs[row].id for row in rows])


def order(panel: QueuePanel) -> list[int]:
    return [job.settings.seed for job in panel.table.queue_model.jobs]


# Training one after the other


def test_that_the_chosen_variants_are_trained_one_after_the_other(opened: Opened, qtbot: QtBot) -> None:
    panel = opened()
    press(qtbot, panel, "Queue variants…")
    dialog = panel.findChild(VariantsDialog)
    dialog.repeats.setValue(2)
    assert dialog.add.text() == "Add 2 runs"
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert column(panel, TITLE) == ["SqueezeNet 1.1 · seed 0", "SqueezeNet 1.1 · seed 1"]
    assert panel.line.text() == "2 runs to go"
    with qtbot.waitSignal(queue_of(panel).finished, timeout=LONG) as finished:
        press(qtbot, panel, "Start")
        qtbot.waitUntil(lambda: states(panel) == ["Running", "Waiting"])
    assert finished.args == [2, 0]
    assert states(panel) == ["Done", "Done"]
    jobs = Queue().jobs()
    for job, shown in zip(jobs, column(panel, VAL), strict=True):
        assert job.run is not None
        summary = Run(job.run).summary()
        assert (summary.settings.seed, summary.state) == (job.settings.seed, "completed")
        assert shown == f"{100 * (summary.best_val_accuracy or 0):.1f} %"
        assert job.test_accuracy == summary.test_accuracy
    assert panel.line.text() == "All 2 runs finished"


def test_that_a_run_that_fails_says_why_and_the_next_one_begins(
    opened: Opened, qtbot: QtBot, settings: TrainSettings
) -> None:
    filled(1, settings, data="/nowhere")
    filled(1, settings)
    panel = opened()
    with qtbot.waitSignal(queue_of(panel).finished, timeout=LONG) as finished:
        press(qtbot, panel, "Start")
    assert finished.args == [1, 1]
    assert states(panel) == ["Failed", "Done"]
    assert "/nowhere" in column(panel, NOTE)[0]
    choose(panel, 0)
    assert "/nowhere" in panel.message.text()
    press(qtbot, panel, "Try again")
    assert states(panel) == ["Waiting", "Done"]


def test_that_stop_pauses_the_queue_and_its_run_goes_on_from_its_checkpoint(
    opened: Opened, qtbot: QtBot, settings: TrainSettings, training: Training
) -> None:
    filled(1, settings, epochs=40, freeze="none")
    filled(1, settings)
    panel = opened()
    training.happened.connect(lambda event: training.stop() if isinstance(event, EpochEnd) else None)
    press(qtbot, panel, "Start")
    qtbot.waitUntil(lambda: training.running)
    qtbot.waitUntil(lambda: not training.running, timeout=LONG)
    qtbot.waitUntil(lambda: not queue_of(panel).on)
    first = queue_of(panel).jobs[0]
    assert states(panel) == ["Waiting", "Waiting"]
    assert first.interrupted
    assert first.run_to_resume() is not None
    assert panel.line.text() == "The queue was interrupted: 2 runs to go"
    seen: list[RunStart] = []
    training.happened.connect(lambda event: seen.append(event) if isinstance(event, RunStart) else None)
    press(qtbot, panel, "Continue")
    qtbot.waitUntil(lambda: bool(seen), timeout=LONG)
    assert seen[0].run == str(first.run)
    assert seen[0].epochs_done >= 1


def test_that_pausing_lets_the_run_under_way_end(opened: Opened, qtbot: QtBot, settings: TrainSettings) -> None:
    filled(2, settings)
    panel = opened()
    press(qtbot, panel, "Start")
    qtbot.waitUntil(lambda: states(panel) == ["Running", "Waiting"])
    press(qtbot, panel, "Pause after this run")
    assert panel.line.text() == "Run 1 of 2 · then the queue pauses"
    qtbot.waitUntil(lambda: states(panel) == ["Done", "Waiting"], timeout=LONG)
    assert queue_of(panel).job is None
    assert panel.go.text() == "Start"


def test_that_skipping_the_run_under_way_saves_it_and_begins_the_next(
    opened: Opened, qtbot: QtBot, settings: TrainSettings, training: Training
) -> None:
    filled(1, settings, epochs=100)
    filled(1, settings)
    panel = opened()
    press(qtbot, panel, "Start")
    with qtbot.waitSignal(training.happened, timeout=LONG, check_params_cb=lambda event: isinstance(event, BatchEnd)):
        pass
    choose(panel, 0)
    with qtbot.waitSignal(queue_of(panel).finished, timeout=LONG):
        press(qtbot, panel, "Skip")
    assert states(panel) == ["Skipped", "Done"]
    assert queue_of(panel).jobs[0].run_to_resume() is not None


def test_that_the_progress_of_the_run_under_way_is_told(
    opened: Opened, qtbot: QtBot, settings: TrainSettings, training: Training
) -> None:
    filled(1, settings, epochs=500)
    filled(1, settings)
    panel = opened()
    press(qtbot, panel, "Start")
    qtbot.waitUntil(lambda: "of 500" in column(panel, NOTE)[0] and "left" in column(panel, NOTE)[0], timeout=LONG)
    assert panel.line.text().startswith("Run 1 of 2 · ")
    assert panel.line.text().endswith(" left")


def test_that_a_queue_that_was_cut_off_comes_back_paused(
    opened: Opened, qtbot: QtBot, settings: TrainSettings, training: Training
) -> None:
    filled(2, settings)
    cut_off = Queue()
    job = cut_off.claim()
    assert job is not None
    cut_off._claims.clear()  # as the system does when a process dies
    panel = opened()
    assert panel.line.text() == "The queue was interrupted: 2 runs to go"
    assert panel.go.text() == "Continue"
    assert column(panel, NOTE)[0].startswith("Interrupted")
    assert not training.running
    with qtbot.waitSignal(queue_of(panel).finished, timeout=LONG):
        press(qtbot, panel, "Continue")
    assert states(panel) == ["Done", "Done"]


# The list


def test_that_what_is_removed_can_be_brought_back(opened: Opened, qtbot: QtBot, settings: TrainSettings) -> None:
    filled(4, settings)
    panel = opened()
    choose(panel, 1, 2)
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete)
    assert order(panel) == [0, 3]
    assert panel.removal.isVisible()
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert order(panel) == [0, 1, 2, 3]
    assert not panel.removal.isVisible()
    choose(panel, 0)
    press(qtbot, panel, "Remove")
    press(qtbot, panel, "Undo: restore the run")
    assert order(panel) == [0, 1, 2, 3]


def test_that_jobs_are_moved_with_keys_and_stay_selected(opened: Opened, qtbot: QtBot, settings: TrainSettings) -> None:
    filled(4, settings)
    panel = opened()
    choose(panel, 2, 3)
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert order(panel) == [0, 2, 3, 1]
    assert [job.settings.seed for job in panel.table.selected()] == [2, 3]
    qtbot.keyClick(panel.table, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert order(panel) == [2, 3, 0, 1]
    assert not panel.actions_row.up.isEnabled()
    qtbot.keyClick(panel.table, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert order(panel) == [0, 2, 3, 1]


@pytest.mark.parametrize(("row", "above", "expected"), [(3, 1, [0, 3, 1, 2]), (0, None, [1, 2, 3, 0])])
def test_that_a_job_can_be_dragged_to_another_place(
    opened: Opened, settings: TrainSettings, row: int, above: int | None, expected: list[int]
) -> None:
    filled(4, settings)
    panel = opened()
    table, model = panel.table, panel.table.queue_model
    choose(panel, row)
    mime = model.mimeData([model.index(row, 0), model.index(row, 1)])
    lowest = table.visualRect(model.index(3, 0)).bottom() - 1
    place = QPoint(20, lowest if above is None else table.visualRect(model.index(above, 0)).top() + 1)
    action, left, none = Qt.DropAction.MoveAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(table.viewport(), QDragEnterEvent(place, action, mime, left, none))
    move = QDragMoveEvent(place, action, mime, left, none)
    QApplication.sendEvent(table.viewport(), move)
    assert move.isAccepted()
    QApplication.sendEvent(table.viewport(), QDropEvent(QPointF(place), action, mime, left, none))
    assert order(panel) == expected
    assert [job.settings.seed for job in panel.table.selected()] == [row]


def test_that_clearing_takes_away_only_what_is_over(opened: Opened, qtbot: QtBot, settings: TrainSettings) -> None:
    ids = filled(4, settings)
    for job_id, state in zip(ids, ("done", "failed", "skipped"), strict=False):
        Queue().update([job_id], state=state)
    panel = opened()
    press(qtbot, panel, "Clear finished")
    assert order(panel) == [3]
    press(qtbot, panel, "Undo: restore 3 runs")
    assert order(panel) == [0, 1, 2, 3]


def test_that_what_another_window_does_is_seen(opened: Opened, settings: TrainSettings) -> None:
    filled(1, settings)
    panel = opened()
    filled(2, settings)
    queue_of(panel).look()
    assert len(states(panel)) == 3
    other = Queue()
    assert other.claim() is not None
    queue_of(panel).look()
    assert states(panel)[0] == "Running"
    assert column(panel, NOTE)[0] == "Running in another window or command"
    other._claims.clear()
    queue_of(panel).look()
    assert states(panel)[0] == "Waiting"


def test_that_the_queue_can_be_folded_away_and_stays_so(opened: Opened, qtbot: QtBot, settings: TrainSettings) -> None:
    filled(1, settings)
    panel = opened()
    assert panel.table.isVisible()
    qtbot.mouseClick(panel.fold, Qt.MouseButton.LeftButton)
    assert not panel.table.isVisible()
    assert not opened().table.isVisible()


def test_that_an_empty_queue_says_what_it_is_for(opened: Opened) -> None:
    panel = opened()
    assert "one after the other" in panel.line.text()
    assert not panel.table.isVisible()
    assert not panel.go.isEnabled()


def test_that_a_damaged_file_is_told(opened: Opened, settings: TrainSettings) -> None:
    filled(1, settings)
    Queue().path.write_text("{")
    panel = opened()
    assert "damaged" in panel.trouble.text()
    assert panel.trouble.isVisible()


def test_that_a_run_that_has_begun_is_opened(opened: Opened, qtbot: QtBot, settings: TrainSettings) -> None:
    ids = filled(2, settings)
    run = create_run(settings)
    Queue().update(ids[:1], run=run.folder, state="done")
    panel = opened()
    choose(panel, 1)
    assert not panel.actions_row.open.isEnabled()
    choose(panel, 0)
    with qtbot.waitSignal(panel.run_opened) as opened_run:
        press(qtbot, panel, "Open")
    assert opened_run.args == [run]


def test_that_the_time_left_follows_from_runs_with_the_same_backbone() -> None:
    def job(**values: Any) -> QueuedJob:
        settings = make_settings(
            {"weights": "none", "backbone": values.pop("backbone", "resnet18"), "epochs": values.pop("epochs", 10)}
        )
        return QueuedJob(settings=settings, **values)

    slow = job(backbone="resnet34", state="done", seconds=900)
    assert seconds_left([job(), job()], None, RunSoFar()) is None
    jobs = [job(state="done", seconds=100), slow, job(), job(epochs=20)]
    assert seconds_left(jobs, None, RunSoFar()) == pytest.approx(300)
    assert seconds_left([*jobs, job(backbone="resnet34")], None, RunSoFar()) == pytest.approx(1200)


def test_that_the_pace_of_a_head_on_kept_features_says_nothing_of_other_runs() -> None:
    def left(freeze: str) -> float | None:
        settings = make_settings({"freeze": freeze, "epochs": 10})
        here, so_far = QueuedJob(settings=settings, state="running"), RunSoFar()
        so_far.take(run_start(settings=settings.model_dump(), epochs=10))
        for step in range(1, 11):
            so_far.take(batch_end(step, 2, images_per_second=64))
        return seconds_left([here, QueuedJob(settings=make_settings({"freeze": "none", "epochs": 20}))], here, so_far)

    assert left("head") is None
    assert left("none") == pytest.approx(10 + 40)


# The dialog


@pytest.fixture
def dialog(qtbot: QtBot) -> Iterator[VariantsDialog]:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    dialog = VariantsDialog(make_settings({"data": "sample", "backbone": "resnet18"}), [], window)
    dialog.open()
    yield dialog
    window.close()  # until here, it holds the dialog


def listed(dialog: VariantsDialog) -> list[str]:
    return [dialog.list.item(row).text() for row in range(dialog.list.count())]


def test_that_the_courses_table_is_one_click(dialog: VariantsDialog, qtbot: QtBot) -> None:
    qtbot.mouseClick(dialog.course, Qt.MouseButton.LeftButton)
    assert dialog.count.text().startswith("9 runs (3 combinations left out")
    assert listed(dialog)[-1].startswith("3 left out: From scratch all layers learn")
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert len(chosen.args[0]) == 9


def test_that_escape_adds_nothing(dialog: VariantsDialog, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(dialog.chosen), qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_that_nothing_ticked_adds_nothing_and_says_so(dialog: VariantsDialog, qtbot: QtBot) -> None:
    box = dialog.backbones.boxes["resnet18"]
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert dialog.count.text() == "Choose at least one each of backbone, freezing, and weights"
    assert not dialog.add.isEnabled()


def test_that_missing_weights_are_told_before_anything_starts(dialog: VariantsDialog) -> None:
    assert "ResNet-18 not on this computer" in dialog.note.text()
    assert listed(dialog) == ["ResNet-18 · ImageNet · head, then all layers · to download"]
    weights_folder().mkdir(parents=True)
    (weights_folder() / BACKBONES["resnet18"].weights.file_name).touch()
    dialog.backbones.tick(["resnet34", "resnet18"])
    assert "ResNet-34 not" in dialog.note.text()
    dialog.backbones.tick(["resnet18"])
    assert not dialog.note.isVisible()


def test_that_without_data_the_reason_is_told(qtbot: QtBot, training: Training) -> None:
    def present() -> TrainSettings:
        raise InvalidSettings("Choose data first.")

    panel = QueuePanel(QueueRun(training), present)
    qtbot.addWidget(panel)
    panel.show()
    press(qtbot, panel, "Queue variants…")
    box = panel.findChild(QMessageBox)
    assert box.text() == "Choose data first."
    box.close()


# In the window


def test_that_settings_are_lined_up_from_the_train_page_while_a_run_trains(
    window: MainWindow, qtbot: QtBot, colours: Path
) -> None:
    page = window.pages.train
    assert not page.buttons.queue.isEnabled()
    with qtbot.waitSignal(window.pages.data.dataset_opened, timeout=LONG):
        window.pages.data.opening.open(str(colours))
    window.navigation.show_page(page)
    page.form.set_values({"backbone": "squeezenet1_1", "weights": "none", "epochs": 3})
    page.set_running(True)
    qtbot.mouseClick(page.buttons.queue, Qt.MouseButton.LeftButton)
    assert [(job.settings.backbone, job.settings.epochs) for job in window.queue.jobs] == [("squeezenet1_1", 3)]
    assert "queue" in window.status.currentMessage()
    page.set_running(False)


def test_that_no_dialog_holds_the_queue_up_when_a_run_fails(
    window: MainWindow, qtbot: QtBot, settings: TrainSettings
) -> None:
    filled(2, settings, data="/nowhere")
    window.navigation.show_page(window.pages.runs)
    panel = window.pages.runs.findChild(QueuePanel)
    with qtbot.waitSignal(window.queue.finished, timeout=LONG) as finished:
        press(qtbot, panel, "Start")
    assert finished.args == [0, 2]
    assert [box for box in window.findChildren(QMessageBox) if box.isVisible()] == []
    assert window.navigation.current is window.pages.runs
    assert "2 failed" in window.status.currentMessage()


def test_that_closing_the_window_stops_the_queue_and_its_run_goes_on_next_time(
    window: MainWindow, qtbot: QtBot, settings: TrainSettings
) -> None:
    filled(1, settings, epochs=500)
    window.navigation.show_page(window.pages.runs)
    begun = threading.Event()
    window.training.happened.connect(lambda event: begun.set() if isinstance(event, EpochEnd) else None)
    press(qtbot, window.pages.runs.findChild(QueuePanel), "Start")
    qtbot.waitUntil(begun.is_set, timeout=LONG)
    with qtbot.waitSignal(window.closing.closed, timeout=LONG):
        window.closing.at_once()
    (job,) = Queue().jobs()
    assert job.interrupted
    assert job.run_to_resume() is not None

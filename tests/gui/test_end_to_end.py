"""The whole main job in one window, with the real engine: data, training, stop, resume, matrix, prediction, runs."""

from pathlib import Path

import numpy as np
import pytest
from builders import QUICK
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.events import BatchEnd, Event
from stl_tl_gui.engine.runs.predictions import read_predictions
from stl_tl_gui.engine.runs.run import list_runs
from stl_tl_gui.gui.train.train_page import State
from stl_tl_gui.gui.window.main_window import MainWindow

LONG = 120_000


def drop(window: MainWindow, path: Path) -> None:
    mime, where = QMimeData(), QPointF(300, 300)
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    action, button, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(where.toPoint(), action, mime, button, none))
    QApplication.sendEvent(window, QDropEvent(where, action, mime, button, none))


def test_that_a_newcomer_can_do_the_whole_job_in_the_window(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    train, evaluate, classify = window.pages.train, window.pages.evaluate, window.pages.classify

    # The first start opens the sample by itself.
    with qtbot.waitSignal(window.pages.data.dataset_opened, timeout=LONG):
        window.start()
    assert window.pages.data.dataset is not None
    assert window.pages.data.dataset.kind == "sample"

    # Train, and stop in the first epoch.
    train.form.set_values({**QUICK, "epochs": 2, "batch_size": 64})

    def stop_after_a_batch(event: Event) -> None:
        if isinstance(event, BatchEnd) and train.state == State.RUNNING:
            qtbot.mouseClick(train.buttons.stop, Qt.MouseButton.LeftButton)

    window.training.happened.connect(stop_after_a_batch)
    with qtbot.waitSignal(window.training.ended, timeout=LONG):
        qtbot.mouseClick(train.buttons.train, Qt.MouseButton.LeftButton)
    window.training.happened.disconnect(stop_after_a_batch)
    qtbot.waitUntil(lambda: not window.training.running, timeout=LONG)
    (summary,) = list_runs()
    assert summary.state == "stopped"

    # Resume to the end: the curves show both epochs, the test set is evaluated.
    with qtbot.waitSignal(window.training.ended, timeout=LONG):
        qtbot.mouseClick(train.buttons.resume, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.training.running, timeout=LONG)
    (summary,) = list_runs()
    assert summary.state == "completed"
    assert summary.test_accuracy is not None
    train.view.curves.redraw()
    assert len(train.view.curves.points("val_accuracy")) == 2

    # The matrix is that of the table; a click on a cell shows exactly its pictures.
    qtbot.waitUntil(lambda: len(evaluate.view.matrix.matrix.names) == 10, timeout=LONG)
    window.navigation.show_page(evaluate)
    table = read_predictions(summary.run.predictions())
    counts = evaluate.view.matrix.matrix.counts
    assert counts.sum() == len(table) == 800
    cell = tuple(int(index) for index in np.unravel_index(counts.argmax(), counts.shape))
    place = evaluate.view.matrix.cell_rect(cell).center()
    qtbot.mouseClick(evaluate.view.matrix.viewport(), Qt.MouseButton.LeftButton, pos=place)
    expected = np.flatnonzero((table.targets == cell[0]) & (table.predicted == cell[1]))
    assert sorted(evaluate.view.grid.rows()) == expected.tolist()

    # A picture dropped on the window is named by the new model.
    images = window.pages.data.dataset.splits["test"]
    picture = tmp_path / "gedroppt ünï.png"
    images.read(0).save(picture)
    qtbot.waitUntil(lambda: classify.work.model is not None, timeout=LONG)
    drop(window, picture)
    qtbot.waitUntil(lambda: len(classify.results.rows) == 1 and not classify.work.busy, timeout=LONG)
    (row,) = classify.results.rows
    assert row.path == picture
    assert row.predicted == table.class_names[table.predicted[0]]
    assert row.confidence == pytest.approx(float(table.confidence[0]), abs=1e-3)
    assert window.navigation.current is classify

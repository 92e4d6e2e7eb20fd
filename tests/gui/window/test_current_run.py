"""One current run: after a start, after a choice on any page, and when its folder is gone."""

import shutil

import numpy as np
import pytest
from builders import predictions, run_start
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.events import EvaluationEnd, RunEnd
from stl_tl_gui.engine.runs.predictions import write_predictions
from stl_tl_gui.engine.runs.run import Run, create_run
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.gui.widgets.remembered import remember_run
from stl_tl_gui.gui.window.main_window import MainWindow


def finished(name: str, test: float) -> Run:
    from stl_tl_gui.engine.storage.places import runs_folder

    run = create_run(make_settings({"data": f"/pictures/{name}"}), runs_folder() / name)
    run.log(run_start(run))
    run.log(EvaluationEnd(split="test", accuracy=test, count=10, loss=1.0, predictions="predictions.csv"))
    run.log(RunEnd(reason="completed", message="Done.", test_accuracy=test))
    run.best.write_bytes(b"weights")
    table = predictions([str(i) for i in range(10)], ("cat", "dog"), sure=2.0)
    write_predictions(run.predictions(), table)
    return run


@pytest.fixture
def models(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What Classify is asked to open."""
    opened: list[object] = []
    monkeypatch.setattr(window.pages.classify, "set_model", opened.append)
    return opened


def shown(window: MainWindow) -> tuple[Run | None, Run | None, Run | None]:
    return window.current.run, window.pages.evaluate.run, window.pages.train.run


def names(window: MainWindow) -> set[str]:
    return {window.pages.evaluate.header.selector.words, window.pages.train.selector.words}


def test_that_after_a_start_the_newest_run_is_there_everywhere(window: MainWindow, qtbot: QtBot, models) -> None:
    finished("older", 0.7)
    newer = finished("newer", 0.9)
    window.current.start()
    qtbot.waitUntil(lambda: shown(window) == (newer, newer, newer))
    qtbot.waitUntil(lambda: names(window) == {"EfficientNet-Lite0 on newer, 90.0 % test"})
    assert models == [newer.folder]


def test_that_the_run_shown_last_time_is_shown_again(window: MainWindow, qtbot: QtBot, models) -> None:
    older = finished("older", 0.7)
    finished("newer", 0.9)
    remember_run(older.folder)
    window.current.start()
    qtbot.waitUntil(lambda: shown(window) == (older, older, older))


def test_that_without_runs_nothing_is_claimed(window: MainWindow, qtbot: QtBot, models) -> None:
    window.current.start()
    qtbot.waitUntil(lambda: not window.current._jobs.busy)
    assert shown(window) == (None, None, None)
    assert names(window) == {"No run yet"}


def test_that_a_choice_on_one_page_counts_on_all_and_the_page_stays_in_front(
    window: MainWindow, qtbot: QtBot, models
) -> None:
    older, newer = finished("older", 0.7), finished("newer", 0.9)
    window.current.start()
    qtbot.waitUntil(lambda: window.current.run == newer)
    window.pages.show(window.pages.evaluate)
    window.pages.evaluate.header.selector.chosen.emit(older)
    qtbot.waitUntil(lambda: shown(window) == (older, older, older))
    qtbot.waitUntil(lambda: names(window) == {"EfficientNet-Lite0 on older, 70.0 % test"})
    assert window.navigation.current is window.pages.evaluate
    assert models[-1] == older.folder


def test_that_quick_choices_end_with_the_last_one(window: MainWindow, qtbot: QtBot, models) -> None:
    runs = [finished(f"run {number}", 0.5 + number / 10) for number in range(4)]
    table = predictions([str(i) for i in range(20)], ("cat", "dog"), sure=2.0)
    write_predictions(runs[-1].predictions(), table)
    for run in runs:
        window.current.choose(run)
    qtbot.waitUntil(lambda: window.pages.evaluate.predictions is not None)
    qtbot.waitUntil(lambda: not window.current._jobs.busy)
    assert shown(window) == (runs[-1],) * 3
    assert len(window.pages.evaluate.predictions) == 20
    assert np.array_equal(window.pages.evaluate.predictions.targets, table.targets)


def test_that_a_run_whose_folder_is_gone_gives_way_to_the_newest(window: MainWindow, qtbot: QtBot, models) -> None:
    older, newer = finished("older", 0.7), finished("newer", 0.9)
    window.current.choose(newer)
    qtbot.waitUntil(lambda: not window.current._jobs.busy)
    shutil.rmtree(newer.folder)
    window.current.refresh()
    qtbot.waitUntil(lambda: shown(window) == (older, older, older))
    shutil.rmtree(older.folder)
    window.current.refresh()
    qtbot.waitUntil(lambda: shown(window) == (None, None, None))
    qtbot.waitUntil(lambda: names(window) == {"No run yet"})


def test_that_a_run_elsewhere_is_named_in_words_too(window: MainWindow, qtbot: QtBot, models, tmp_path) -> None:
    finished("newer", 0.9)
    run = finished("moved", 0.8)
    shutil.move(run.folder, tmp_path / "usb stick")
    window.current.open(Run(tmp_path / "usb stick"))
    qtbot.waitUntil(lambda: names(window) == {"EfficientNet-Lite0 on moved, 80.0 % test"})
    assert window.navigation.current is window.pages.evaluate

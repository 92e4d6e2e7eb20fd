"""The first page: what its buttons ask for, and the runs that it shows."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.events import EvaluationEnd, RunEnd
from stl_tl_gui.engine.runs.run import Run, create_run
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.engine.storage.places import runs_folder
from stl_tl_gui.gui.home.home_page import HomePage
from stl_tl_gui.gui.widgets.choice_button import ChoiceButton


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[HomePage]:
    page = HomePage()
    qtbot.addWidget(page)
    page.resize(1100, 700)
    page.show()
    yield page
    page.close()


def run_of_before(name: str, accuracy: float) -> Run:
    run = create_run(make_settings({"epochs": 1}), runs_folder() / name)
    run.log(EvaluationEnd(split="test", accuracy=accuracy, count=100, loss=0.4, predictions=str(run.predictions())))
    run.log(RunEnd(reason="completed", message="", best_val_accuracy=accuracy, seconds=3.0))
    return run


def cards(page: HomePage) -> list[ChoiceButton]:
    return page.recent.findChildren(ChoiceButton)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("Try the sample", "sample"),
        ("Open STL-10", "stl10"),
        ("Open my pictures", "open_data"),
        ("Classify pictures…", "classify"),
        ("Open run or checkpoint…", "open_run"),
    ],
)
def test_that_each_button_asks_for_what_it_says(page: HomePage, qtbot: QtBot, text: str, command: str) -> None:
    button = next(each for each in page.findChildren(QPushButton) if text in (each.text(), each.accessibleName()))
    with qtbot.waitSignal(page.wanted) as wanted:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert wanted.args == [command]


def test_that_a_run_of_before_is_shown_with_its_accuracy_and_opens(page: HomePage, qtbot: QtBot) -> None:
    run = run_of_before("first", 0.875)
    page.start()
    qtbot.waitUntil(lambda: len(cards(page)) == 1)
    assert "87.5 % test" in cards(page)[0].accessibleDescription()
    with qtbot.waitSignal(page.run_opened) as opened:
        qtbot.mouseClick(cards(page)[0], Qt.MouseButton.LeftButton)
    assert opened.args == [run]


def test_that_only_the_newest_runs_are_shown(page: HomePage, qtbot: QtBot) -> None:
    for number in range(8):
        run_of_before(f"run {number}", 0.5)
    page.start()
    qtbot.waitUntil(lambda: len(cards(page)) == 6)


def test_that_no_run_is_read_before_the_window_is_painted(page: HomePage, qtbot: QtBot) -> None:
    run_of_before("first", 0.5)
    page.recent.refresh()
    assert not page.recent._jobs.busy
    page.start()
    qtbot.waitUntil(lambda: len(cards(page)) == 1)

"""The selector names the run that a page shows, and finds another by a few letters, with the keyboard alone."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from builders import run_start
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from stl_tl_gui.engine.events import EvaluationEnd, RunEnd
from stl_tl_gui.engine.runs.run import Run, RunSummary, create_run
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.gui.runs.run_selector import RunPopup, RunSelector


def finished(folder: Path, data: str, backbone: str, test: float | None) -> RunSummary:
    run = create_run(make_settings({"data": data, "backbone": backbone}), folder)
    run.log(run_start(run))
    if test is not None:
        run.log(EvaluationEnd(split="test", accuracy=test, count=10, loss=1.0, predictions="predictions.csv"))
    run.log(RunEnd(reason="completed", message="Done.", best_val_accuracy=0.712, test_accuracy=test))
    return run.summary()


@pytest.fixture
def runs(tmp_path: Path) -> list[RunSummary]:
    return [
        finished(tmp_path / "third", "/pictures/birds", "efficientnet_lite0", 0.948),
        finished(tmp_path / "second", "/pictures/fish", "resnet18", None),
        finished(tmp_path / "first one", "sample", "resnet34", 0.5),
    ]


@pytest.fixture
def selector(qtbot) -> RunSelector:
    page = QWidget()
    page.resize(700, 300)
    selector = RunSelector()
    QVBoxLayout(page).addWidget(selector)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitExposed(page)
    selector.page = page
    return selector


def offered(popup: RunPopup) -> list[str]:
    return [popup.list.item(row).text().split(" · ")[0] for row in range(popup.list.count())]


def opened(selector: RunSelector, runs: Sequence[RunSummary], run: Run | None) -> RunPopup:
    selector.set_runs(runs)
    selector.show_run(run)
    selector.click()
    assert selector.popup is not None
    return selector.popup


def test_that_a_run_is_named_by_what_it_learned_from_and_how_well(selector, runs) -> None:
    selector.show_run(runs[0].run)
    assert selector.words == "third"  # before the runs are read
    selector.set_runs(runs)
    assert selector.words == "EfficientNet-Lite0 on birds, 94.8 % test"
    selector.show_run(runs[1].run)
    assert selector.words == "ResNet-18 on fish, 71.2 % validation"
    assert "second" in selector.toolTip()
    assert not selector.page.grab().isNull()


def test_that_without_a_run_it_says_what_there_is_to_choose(selector, runs) -> None:
    assert (selector.words, selector.isEnabled()) == ("No run yet", False)
    selector.set_runs(runs)
    assert (selector.words, selector.isEnabled()) == ("Choose a run…", True)
    selector.show_run(None, "“model.pt”")
    assert selector.words == "“model.pt”"


def test_that_another_run_is_found_by_letters_and_chosen_with_enter(qtbot, selector, runs) -> None:
    popup = opened(selector, runs, runs[0].run)
    assert len(offered(popup)) == 3
    qtbot.keyClicks(popup.search, "fish res")
    assert offered(popup) == ["ResNet-18 on fish, 71.2 % validation"]
    with qtbot.waitSignal(selector.chosen) as chosen:
        qtbot.keyClick(popup.search, Qt.Key.Key_Return)
    assert chosen.args == [runs[1].run]


def test_that_the_arrow_keys_go_on_from_the_run_shown(qtbot, selector, runs) -> None:
    selector.set_runs(runs)
    selector.show_run(runs[1].run)
    qtbot.keyClick(selector, Qt.Key.Key_Down)
    popup = selector.popup
    with qtbot.waitSignal(selector.chosen) as chosen:
        qtbot.keyClick(popup.search, Qt.Key.Key_Down)
        qtbot.keyClick(popup.search, Qt.Key.Key_Return)
    assert chosen.args == [runs[2].run]


def test_that_a_search_without_a_match_says_so_and_chooses_nothing(qtbot, selector, runs) -> None:
    popup = opened(selector, runs, None)
    qtbot.keyClicks(popup.search, "whale")
    assert offered(popup) == ["No run matches."]
    with qtbot.assertNotEmitted(selector.chosen):
        qtbot.keyClick(popup.search, Qt.Key.Key_Return)


def test_that_escape_and_all_runs_close_it(qtbot, selector, runs) -> None:
    popup = opened(selector, runs, None)
    with qtbot.waitSignal(popup.destroyed):
        qtbot.keyClick(popup.search, Qt.Key.Key_Escape)
    assert selector.popup is None
    with qtbot.waitSignal(selector.all_wanted):
        opened(selector, runs, None).all.click()

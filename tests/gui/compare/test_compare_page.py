"""The compare page: what is checked is seen side by side, in curves, a table, a trade-off and matrices."""

import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import builders
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.evaluation.metrics import confusion
from stl_tl_gui.engine.events import EpochEnd, EvaluationEnd, RunEnd, RunStart
from stl_tl_gui.engine.queue.queue import Queue
from stl_tl_gui.engine.runs.predictions import Predictions, write_predictions
from stl_tl_gui.engine.runs.run import Run, create_run
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings
from stl_tl_gui.engine.storage.places import runs_folder
from stl_tl_gui.gui.compare import runs_reading
from stl_tl_gui.gui.compare.compare_page import ComparePage
from stl_tl_gui.gui.compare.marked_run import Mark
from stl_tl_gui.gui.compare.matrix_difference import MatrixDifference, difference_color
from stl_tl_gui.gui.compare.run_list import KEY_ROLE
from stl_tl_gui.gui.compare.tradeoff import decade_ticks
from stl_tl_gui.gui.runs.runs_model import DATE_COLUMN
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.theme import Theme
from stl_tl_gui.gui.window.main_window import MainWindow

ANIMALS = ("cat", "dog", "deer")
LEFT = Qt.MouseButton.LeftButton


def start_of(run: Run, **more: Any) -> RunStart:
    return builders.run_start(run, class_names=list(ANIMALS), counts={"train": 20, "val": 2, "test": 30}, **more)


def epoch_end(epoch: int, val_accuracy: float, val_loss: float = 0.5) -> EpochEnd:
    return builders.epoch_end(epoch, val_accuracy, val_loss=val_loss, train_loss=1.0 / epoch, seconds=2.0)


def predicted(run: Run, right: int, names: tuple[str, ...] = ANIMALS, split: str = "test", each: int = 10) -> None:
    """A table in which so many of `each` pictures of each class are right, the others taken for the next class."""
    n = len(names)
    targets = np.repeat(np.arange(n), each)
    guesses = np.where(np.tile(np.arange(each), n) < right, targets, (targets + 1) % n)
    probabilities = np.eye(n, dtype=np.float32)[guesses]
    ids = [f"{row}.png" for row in range(len(targets))]
    table = Predictions(ids, targets, probabilities, np.zeros(len(ids), np.float32), names)
    write_predictions(run.predictions(split), table)
    run.log(
        EvaluationEnd(
            split=split, accuracy=confusion(table).accuracy, count=len(table), loss=0.5, predictions="predictions.csv"
        )  # type: ignore[arg-type]
    )


def trained(
    name: str,
    accuracies: tuple[float, ...] = (0.5, 0.7),
    *,
    right: int | None = None,
    reason: str | None = "completed",
    seconds: float = 10.0,
    parameters: int = 1000,
    fingerprint: str = "f",
    **settings: Any,
) -> Run:
    run = create_run(make_settings({"weights": "none", "epochs": 4, **settings}), runs_folder() / name)
    run.update(facts={"data_fingerprint": fingerprint})
    run.log(start_of(run, parameters=parameters))
    for epoch, accuracy in enumerate(accuracies, 1):
        run.log(epoch_end(epoch, accuracy))
    run.best.write_bytes(b"x" * parameters)
    if right is not None:
        predicted(run, right)
    if reason is not None:
        run.log(RunEnd(reason=reason, message="", seconds=seconds))  # type: ignore[arg-type]
    return run


@pytest.fixture
def page(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> ComparePage:
    monkeypatch.setattr(runs_reading, "_PAUSE", 20)  # every test waits for it
    page = ComparePage()
    qtbot.addWidget(page)
    page.resize(1200, 640)
    return page


Opened = Callable[..., ComparePage]


@pytest.fixture
def opened(page: ComparePage, qtbot: QtBot) -> Opened:
    """Shows the page with these runs compared, once they are read."""

    def open_page(*runs: Run, tab: str = "Curves") -> ComparePage:
        page.show()
        qtbot.waitExposed(page)
        page.comparison.tabs.setCurrentIndex(
            [page.comparison.tabs.tabText(index) for index in range(page.comparison.tabs.count())].index(tab)
        )
        page.compare(runs)
        settle(page, qtbot, len(runs))
        return page

    return open_page


def settle(page: ComparePage, qtbot: QtBot, shown: int) -> None:
    """Wait until nothing is read any more and so many runs are compared."""
    qtbot.waitUntil(lambda: not page.reading.busy and not page.comparison.matrices.reading.busy)
    qtbot.waitUntil(lambda: len(page.comparison.legend.buttons) == shown)
    qtbot.waitUntil(lambda: not page.comparison.matrices.reading.busy)


def names(page: ComparePage) -> list[str]:
    return [button.accessibleName() for button in page.comparison.legend.buttons.values()]


def listed(page: ComparePage) -> list[str]:
    return [page.run_list.list.item(row).text() for row in range(page.run_list.list.count())]


def tick(page: ComparePage, qtbot: QtBot, name: str) -> None:
    """Press Space on the run's row."""
    keys = [page.run_list.list.item(row).data(KEY_ROLE) for row in range(page.run_list.list.count())]
    [row] = [row for row, key in enumerate(keys) if Path(key).name == name]
    page.run_list.list.setCurrentRow(row)
    qtbot.keyClick(page.run_list.list, Qt.Key.Key_Space)


def press(qtbot: QtBot, where: QWidget, text: str) -> None:
    def found() -> list[QPushButton]:
        return [each for each in where.findChildren(QPushButton) if each.text() == text and each.isVisible()]

    qtbot.waitUntil(lambda: len(found()) == 1)
    qtbot.mouseClick(found()[0], LEFT)


def column(page: ComparePage, title: str) -> list[str]:
    """The texts of a column from top to bottom, on the tab with the table."""
    page.comparison.tabs.setCurrentWidget(page.comparison.results)
    model = page.comparison.results.table.model()
    titles = [model.headerData(number, Qt.Orientation.Horizontal) for number in range(model.columnCount())]
    return [model.index(row, titles.index(title)).data() for row in range(model.rowCount())]


def titles(page: ComparePage) -> list[str]:
    model = page.comparison.results.table.model()
    return [model.headerData(number, Qt.Orientation.Horizontal) for number in range(model.columnCount())]


# What is compared


def test_that_without_runs_the_page_says_how_to_come_by_some(page: ComparePage, qtbot: QtBot) -> None:
    page.show()
    qtbot.waitUntil(lambda: page.empty.heading.text() == "No runs yet")
    assert page.empty.isVisible()
    assert page.empty.newest.isHidden()


def test_that_ticking_by_keyboard_adds_and_takes_away(page: ComparePage, qtbot: QtBot) -> None:
    trained("a", seed=1)
    trained("b", seed=2)
    page.show()
    qtbot.waitUntil(lambda: len(listed(page)) == 2)
    assert page.empty.isVisible()
    tick(page, qtbot, "a")
    tick(page, qtbot, "b")
    assert names(page) == ["ResNet-18 · seed 1", "ResNet-18 · seed 2"]
    assert page.run_list.count.text() == "2 of 2 compared"
    assert page.comparison.tabs.isVisible()
    tick(page, qtbot, "a")
    assert names(page) == ["b"]
    press(qtbot, page.run_list, "None")
    assert page.empty.isVisible()


def test_that_one_click_compares_the_newest_runs(page: ComparePage, qtbot: QtBot) -> None:
    for seed in range(8):
        trained(f"run {seed}", seed=seed)
    (trained("damaged").folder / "settings.json").write_text("{")
    page.show()
    qtbot.waitUntil(lambda: len(listed(page)) == 9)
    press(qtbot, page.empty, "Compare the newest runs")
    assert sorted(names(page)) == [f"ResNet-18 · seed {seed}" for seed in range(2, 8)]


def test_that_a_run_keeps_its_look_while_others_come_and_go(opened: Opened, qtbot: QtBot) -> None:
    runs = [trained(name, seed=seed) for seed, name in enumerate("abc")]
    page = opened(*runs)
    before = {each.key: each.mark for each in page.runs.shown()}
    tick(page, qtbot, "a")
    tick(page, qtbot, "a")
    after = {each.key: each.mark for each in page.runs.shown()}
    assert after == before
    assert len(set(after.values())) == 3


def test_that_neighbours_differ_in_colour_line_and_sign(qapp: QApplication) -> None:
    marks = [Mark(number) for number in range(140)]
    for one, other in pairwise(marks):
        assert one.color != other.color
        assert one.line != other.line
        assert one.sign != other.sign
    assert len({(mark.color.name(), mark.line, mark.sign) for mark in marks}) == 140


def test_that_runs_that_cannot_be_read_or_go_on_say_so_in_a_word(opened: Opened) -> None:
    good, going, damaged = trained("good", right=8), trained("going", reason=None), trained("damaged")
    (damaged.folder / "events.jsonl").unlink()
    (damaged.folder / "settings.json").write_text("{")
    page = opened(good, going, damaged, tab="Table")
    assert sorted(column(page, "State")) == ["Cannot be read", "Completed", "Running"]
    assert any(text.startswith("ResNet-18 on Sample\nRunning · 70.0 % val.") for text in listed(page))
    assert "settings.json is missing or damaged" in page.comparison.results.note.text()
    assert not page.comparison.results.open.isEnabled()


def test_that_the_chosen_tab_is_remembered(opened: Opened, qtbot: QtBot) -> None:
    opened(trained("a"), tab="Accuracy and cost")
    again = ComparePage()
    qtbot.addWidget(again)
    assert again.comparison.tabs.tabText(again.comparison.tabs.currentIndex()) == "Accuracy and cost"


def test_that_a_run_is_picked_out_everywhere_and_let_go(opened: Opened, qtbot: QtBot) -> None:
    a, b = trained("a", seed=1), trained("b", seed=2)
    page = opened(a, b)
    key = str(b.folder)
    qtbot.mouseClick(page.comparison.legend.buttons[key], LEFT)
    assert page.comparison.highlighted == key
    page.comparison.tabs.setCurrentWidget(page.comparison.results)
    assert page.comparison.results.table.selected() == key
    page.comparison.tabs.setCurrentWidget(page.comparison.curves)
    assert [button.isChecked() for button in page.comparison.legend.buttons.values()] == [False, True]
    qtbot.mouseClick(page.comparison.legend.buttons[key], LEFT)
    assert page.comparison.highlighted is None
    assert page.comparison.results.table.selected() is None


# Curves


def test_that_the_curves_of_all_runs_lie_over_each_other(opened: Opened, qtbot: QtBot) -> None:
    a, b = trained("a", (0.5, 0.7), seed=1), trained("b", (0.4, 0.6, 0.8), seed=2)
    page = opened(a, b)
    plot = page.comparison.curves.plot
    x, y = plot.drawn(str(b.folder))
    assert (x.tolist(), y.tolist()) == ([1, 2, 3], pytest.approx([40, 60, 80]))
    assert plot.accessibleDescription() == "ResNet-18 · seed 1: 70.0 %; ResNet-18 · seed 2: 80.0 %"
    page.comparison.curves.curve.setCurrentIndex(page.comparison.curves.curve.findText("Training loss"))
    assert plot.drawn(str(b.folder))[1].tolist() == pytest.approx([1, 1 / 2, 1 / 3])
    page.comparison.curves.over.setCurrentIndex(1)
    assert plot.drawn(str(b.folder))[0].tolist() == [2, 4, 6]
    assert plot.getPlotItem().getAxis("bottom").labelText == "Training time (s)"


def test_that_losses_that_are_not_finite_are_left_out(opened: Opened) -> None:
    run = trained("a")
    run.log(epoch_end(3, 0.1, float("nan")))
    run.log(epoch_end(4, 0.1, float("inf")))
    page = opened(run)
    page.comparison.curves.curve.setCurrentIndex(page.comparison.curves.curve.findText("Validation loss"))
    assert page.comparison.curves.plot.drawn(str(run.folder))[0].tolist() == [1, 2]


def test_that_a_run_without_a_finished_epoch_is_named(opened: Opened) -> None:
    page = opened(trained("a", seed=1), trained("b", (), reason=None, seed=2))
    assert page.comparison.curves.note.text().startswith("No finished epoch yet: “ResNet-18 · seed 2”")


def test_that_the_mouse_tells_the_run_of_a_point_and_a_click_picks_it_out(opened: Opened, qtbot: QtBot) -> None:
    a, b = trained("a", (0.5, 0.7), seed=1), trained("b", (0.1, 0.2), seed=2)
    page = opened(a, b)
    plot = page.comparison.curves.plot
    qtbot.waitUntil(lambda: plot.viewport().rect().contains(plot.place_of(3)))
    QApplication.processEvents()
    with qtbot.waitSignal(plot.described) as described:
        qtbot.mouseMove(plot.viewport(), plot.place_of(3))
    assert described.args == ["ResNet-18 · seed 2\nValidation accuracy, epoch 2: 20.0 %"]
    with qtbot.waitSignal(plot.chosen):
        qtbot.mouseClick(plot.viewport(), LEFT, pos=plot.place_of(3))
    assert page.comparison.highlighted == str(b.folder)


def test_that_the_picture_of_a_plot_has_the_legend(opened: Opened, qtbot: QtBot) -> None:
    page = opened(trained("a", seed=1), trained("b", seed=2))
    press(qtbot, page.comparison.curves, "Copy picture")
    picture = QGuiApplication.clipboard().image()
    ratio = page.devicePixelRatioF()
    assert picture.height() >= (page.comparison.curves.plot.height() + page.comparison.legend.height()) * ratio
    dots = {picture.pixelColor(x, y).name() for x in range(80) for y in range(page.comparison.legend.height())}
    assert Mark(0).color.name() in dots


# Table


def test_that_the_table_shows_what_differs_and_what_came_of_it(opened: Opened) -> None:
    a = trained("a", right=9, seconds=30, parameters=5000, learning_rate=0.02)
    b = trained("b", right=6, seconds=90, parameters=5000, learning_rate=0.001)
    page = opened(a, b, tab="Table")
    assert titles(page) == [
        *("Run", "Best val.", "Test", "Parameters", "Trained", "Time", "Checkpoint", "Epochs done", "State"),
        "Learning rate",
    ]
    assert column(page, "Learning rate") == ["0.02", "0.001"]
    assert column(page, "Test") == ["best 90.0 %", "60.0 %"]
    assert column(page, "Time") == ["lowest 30 s", "1 min 30 s"]
    assert column(page, "Parameters") == ["5.0 k", "5.0 k"]
    bold = page.comparison.results.table.model().index(0, titles(page).index("Test")).data(Qt.ItemDataRole.FontRole)
    assert bold.bold()


def test_that_a_click_on_a_title_sorts_and_what_is_not_known_stays_last(opened: Opened, qtbot: QtBot) -> None:
    rights = {"a": 5, "b": None, "c": 9}
    runs = [trained(name, right=right, seed=seed) for seed, (name, right) in enumerate(rights.items())]
    page = opened(*runs, tab="Table")
    header = page.comparison.results.table.horizontalHeader()
    at = QPoint(header.sectionViewportPosition(2) + 10, header.height() // 2)
    qtbot.mouseClick(header.viewport(), LEFT, pos=at)
    rising = [text.removeprefix("best ") for text in column(page, "Test")]
    qtbot.mouseClick(header.viewport(), LEFT, pos=at)
    falling = [text.removeprefix("best ") for text in column(page, "Test")]
    assert {tuple(rising), tuple(falling)} == {("50.0 %", "90.0 %", "–"), ("90.0 %", "50.0 %", "–")}


def test_that_the_table_is_copied_with_all_digits(opened: Opened, qtbot: QtBot) -> None:
    page = opened(trained("a", right=9, seed=1), trained("b", seed=2), tab="Table")
    press(qtbot, page.comparison.results, "Copy table")
    header, first, second = (line.split("\t") for line in QGuiApplication.clipboard().text().splitlines())
    rows = [dict(zip(header, line, strict=True)) for line in (first, second)]
    assert [row["seed"] for row in rows] == ["1", "2"]
    assert (rows[0]["test_accuracy"], rows[1]["test_accuracy"], rows[0]["parameters"]) == ("0.9", "", "1000")


def test_that_different_data_and_devices_are_remarked_and_no_accuracy_is_best(opened: Opened) -> None:
    a, b = trained("a", right=9, seed=1), trained("b", right=5, seed=2, fingerprint="other")
    b.log(start_of(b, device="cuda"))
    b.log(RunEnd(reason="completed", message="", seconds=5.0))
    page = opened(a, b, tab="Table")
    assert column(page, "Test") == ["90.0 %", "50.0 %"]
    assert "different pictures" in page.comparison.results.note.text()
    assert "cpu, cuda" in page.comparison.results.note.text()
    page.comparison.tabs.setCurrentWidget(page.comparison.tradeoff)
    assert "different pictures" in page.comparison.tradeoff.note.text()


def test_that_a_double_click_opens_the_run(opened: Opened, qtbot: QtBot) -> None:
    run = trained("a")
    page = opened(run, tab="Table")
    table = page.comparison.results.table
    place = table.visualRect(table.model().index(0, 0)).center()
    qtbot.mouseClick(table.viewport(), LEFT, pos=place)
    with qtbot.waitSignal(page.run_opened) as asked:
        qtbot.mouseDClick(table.viewport(), LEFT, pos=place)
    assert asked.args == [run]


# Accuracy and cost


def test_that_runs_which_none_beats_are_joined_by_steps(opened: Opened) -> None:
    cheap = trained("cheap", right=5, parameters=1_000_000, seed=1)
    worse = trained("worse", right=4, parameters=2_000_000, seed=2)
    dear = trained("dear", right=9, parameters=4_000_000, seed=3)
    untested = trained("untested", parameters=3_000_000, seed=4)
    page = opened(cheap, worse, dear, untested, tab="Accuracy and cost")
    page.comparison.tradeoff.accuracy.setCurrentIndex(0)
    plot = page.comparison.tradeoff.plot
    assert plot.front == [str(cheap.folder), str(dear.folder)]
    x, y = plot.steps()
    assert (x.tolist(), y.tolist()) == (pytest.approx([1, 4, 4, 4]), pytest.approx([50, 50, 90, 90]))
    assert "“ResNet-18 · seed 1”, “ResNet-18 · seed 3”." in page.comparison.tradeoff.note.text()
    assert "Not shown, values still missing: “ResNet-18 · seed 4”." in page.comparison.tradeoff.note.text()
    assert not plot.logarithmic


def test_that_costs_over_more_than_a_decade_are_drawn_on_a_logarithmic_axis(opened: Opened, qtbot: QtBot) -> None:
    a, b = trained("a", right=5, seconds=2, seed=1), trained("b", right=9, seconds=200, seed=2)
    page = opened(a, b, tab="Accuracy and cost")
    plot = page.comparison.tradeoff.plot
    assert not plot.logarithmic
    page.comparison.tradeoff.cost.setCurrentIndex(page.comparison.tradeoff.cost.findText("against training time"))
    assert plot.logarithmic
    assert plot.steps()[0].tolist() == pytest.approx([np.log10(2), np.log10(200), np.log10(200), np.log10(200)])
    with qtbot.waitSignal(plot.chosen):
        qtbot.mouseClick(plot.viewport(), LEFT, pos=plot.place_of(1))
    assert page.comparison.highlighted == str(b.folder)


def test_that_labels_of_a_logarithmic_axis_are_numbers_people_write() -> None:
    labels = dict(decade_ticks(-0.3, 1.3))
    assert [labels[np.log10(value)] for value in (0.5, 1, 2, 5, 10, 20)] == ["0.5", "1", "2", "5", "10", "20"]
    assert {label.strip("0.") for _, label in decade_ticks(0, 6) if "e" not in label} == {"1"}


def test_that_the_accuracy_is_the_one_that_more_runs_have(opened: Opened) -> None:
    page = opened(trained("a", seed=1), trained("b", seed=2), tab="Accuracy and cost")
    assert page.comparison.tradeoff.accuracy.currentText() == "Validation accuracy"


# Confusion matrices


def test_that_two_matrices_and_their_difference_stand_side_by_side(opened: Opened, qtbot: QtBot) -> None:
    a, b = trained("a", right=6, seed=1), trained("b", right=9, seed=2)
    page = opened(a, b, tab="Confusion")
    first, second, third = (panel.matrix for panel in page.comparison.matrices.matrices.panels)
    qtbot.waitUntil(third.isVisible)
    assert first.matrix.counts.tolist() == [[6, 4, 0], [0, 6, 4], [4, 0, 6]]
    assert second.matrix.counts.tolist() == [[9, 1, 0], [0, 9, 1], [1, 0, 9]]
    assert third.matrix.cells(False).texts == [["+3", "−3", "·"], ["·", "+3", "−3"], ["−3", "·", "+3"]]
    assert third.matrix.cells(True).texts[0] == ["+30", "−30", "·"]
    assert page.comparison.matrices.reasons.isHidden()
    assert not second.grid().left  # the names stand once, at the left
    assert page.comparison.matrices.matrices.panels[2].heading.text() == "B minus A: +30.0 points"
    sentence = "Said dog · really cat: A 4 of 10; B 1 of 10 (−30.0 percentage points)."
    assert third.matrix.sentence((0, 1)) == sentence
    with qtbot.waitSignal(page.comparison.matrices.matrices.described):
        qtbot.mouseMove(third.viewport(), third.cell_rect((0, 1)).center())
    assert page.comparison.matrices.sentence.text() == sentence


def test_that_a_cell_is_outlined_in_all_matrices_and_they_zoom_together(opened: Opened, qtbot: QtBot) -> None:
    runs = [trained("a", seed=1), trained("b", seed=2)]
    for run in runs:
        predicted(run, 7, tuple("abcdefghij"))
    page = opened(*runs, tab="Confusion")
    matrices = [panel.matrix for panel in page.comparison.matrices.matrices.panels]
    qtbot.waitUntil(matrices[2].isVisible)
    qtbot.mouseClick(matrices[1].viewport(), LEFT, pos=matrices[1].cell_rect((1, 2)).center())
    assert [matrix.selected() for matrix in matrices] == [(1, 2)] * 3
    for _ in range(6):
        qtbot.keyClick(matrices[1], Qt.Key.Key_Plus)
    bars = [matrix.verticalScrollBar() for matrix in matrices]
    assert all(bar.maximum() > 0 for bar in bars)
    bars[0].setValue(20)
    assert [bar.value() for bar in bars] == [20, 20, 20]
    qtbot.keyClick(matrices[1], Qt.Key.Key_Escape)
    assert [matrix.selected() for matrix in matrices] == [None] * 3


@pytest.mark.parametrize("dark", [False, True])
def test_that_more_is_blue_and_less_is_orange(qapp: QApplication, monkeypatch: pytest.MonkeyPatch, dark: bool) -> None:
    monkeypatch.setattr(theme, "is_dark", lambda: dark)
    more, less, none = (difference_color(strength) for strength in (1.0, -1.0, 0.0))
    assert more.blue() > more.red()
    assert less.red() > less.blue()
    assert none == QColor(theme.colors().base)
    assert difference_color(0.01) != none


def test_that_a_run_not_evaluated_says_so_and_offers_to_do_it(opened: Opened, qtbot: QtBot) -> None:
    a, b = trained("a", right=6, seed=1), trained("b", seed=2)
    page = opened(a, b, tab="Confusion")
    assert page.comparison.matrices.reasons.texts == [
        "“ResNet-18 · seed 2” has not been evaluated on the test pictures."
    ]
    assert [panel.isVisible() for panel in page.comparison.matrices.matrices.panels] == [True, False, False]
    with qtbot.waitSignal(page.evaluate_requested) as asked:
        press(qtbot, page.comparison.matrices, "Evaluate")
    assert asked.args == [b, "test"]
    predicted(b, 8)
    page.reading.start()
    qtbot.waitUntil(lambda: page.comparison.matrices.matrices.panels[2].isVisible())
    assert page.comparison.matrices.reasons.isHidden()


def test_that_tables_of_the_other_pictures_are_pointed_to(opened: Opened, qtbot: QtBot) -> None:
    a, b = trained("a", right=6, seed=1), trained("b", seed=2)
    predicted(b, 7, split="val")
    page = opened(a, b, tab="Confusion")
    assert "choose the validation pictures above" in page.comparison.matrices.reasons.texts[0]
    page.comparison.matrices.split.setCurrentIndex(1)
    settle(page, qtbot, 2)
    assert [panel.isVisible() for panel in page.comparison.matrices.matrices.panels] == [False, True, False]
    assert page.comparison.matrices.reasons.texts[0].startswith("“ResNet-18 · seed 1”")


def test_that_different_classes_are_explained(opened: Opened) -> None:
    a, b = trained("a", right=6, seed=1), trained("b", seed=2)
    predicted(b, 7, ("cat", "dog", "ship"))
    page = opened(a, b, tab="Confusion")
    (text,) = page.comparison.matrices.reasons.texts
    assert "only “ResNet-18 · seed 1” has “deer”; only “ResNet-18 · seed 2” has “ship”" in text
    assert [panel.isVisible() for panel in page.comparison.matrices.matrices.panels] == [True, True, False]


def test_that_classes_in_another_order_are_compared_by_name(opened: Opened) -> None:
    a, b = trained("a", right=10, seed=1), trained("b", seed=2)
    predicted(b, 10, ("dog", "cat", "deer"))
    page = opened(a, b, tab="Confusion")
    assert not page.comparison.matrices.matrices.panels[2].matrix.matrix.counts.any()


def test_that_matrices_of_different_pictures_are_compared_in_percentage_points(opened: Opened) -> None:
    a, b = trained("a", right=6, seed=1), trained("b", seed=2)
    predicted(b, 16, each=20)
    page = opened(a, b, tab="Confusion")
    difference = page.comparison.matrices.matrices.panels[2].matrix.matrix
    assert isinstance(difference, MatrixDifference)
    assert difference.cells(False).texts[0] == ["+20", "−20", "·"]
    assert "different pictures" in page.comparison.matrices.reasons.texts[0]


def test_that_a_damaged_table_is_a_sentence(opened: Opened) -> None:
    a, b = trained("a", right=6, seed=1), trained("b", right=8, seed=2)
    b.predictions().write_text("image,target\nx")
    page = opened(a, b, tab="Confusion")
    assert "damaged" in page.comparison.matrices.reasons.texts[0]


def test_that_runs_without_a_model_say_what_is_missing(opened: Opened) -> None:
    going, bare = trained("going", reason=None, seed=1), trained("bare", seed=2)
    bare.best.unlink()
    page = opened(going, bare, tab="Confusion")
    assert "is still training" in page.comparison.matrices.reasons.texts[0]
    assert "has no checkpoint" in page.comparison.matrices.reasons.texts[1]
    assert not page.comparison.matrices.reasons.buttons
    assert not page.comparison.matrices.copy.isEnabled()


def test_that_other_runs_can_be_chosen_and_the_choice_stays(opened: Opened, qtbot: QtBot) -> None:
    runs = [trained(name, right=right, seed=right) for name, right in (("a", 5), ("b", 6), ("c", 9))]
    page = opened(*runs, tab="Confusion")
    page.comparison.matrices.second.setCurrentIndex(2)
    settle(page, qtbot, 3)
    page.reading.start()
    settle(page, qtbot, 3)
    assert [each.run.run for each in page.comparison.matrices.chosen()] == [runs[0], runs[2]]
    assert page.comparison.matrices.matrices.panels[1].matrix.matrix.counts[0, 0] == 9


def test_that_matrices_are_copied_as_picture_and_as_table(opened: Opened, qtbot: QtBot) -> None:
    page = opened(trained("a", right=6, seed=1), trained("b", right=9, seed=2), tab="Confusion")
    qtbot.waitUntil(page.comparison.matrices.copy.isEnabled)
    press(qtbot, page.comparison.matrices, "Copy picture")
    picture = QGuiApplication.clipboard().image()
    assert picture.width() > 3 * 100
    press(qtbot, page.comparison.matrices, "Copy table")
    text = QGuiApplication.clipboard().text()
    assert "A: 60.0 %, ResNet-18 · seed 1" in text
    assert "cat\t3\t-3\t0" in text


# Keeping up


def test_that_the_comparison_grows_with_the_run_of_this_window(opened: Opened, qtbot: QtBot) -> None:
    run = trained("a", (0.5,), reason=None)
    page = opened(run)
    page.on_event(start_of(run))
    page.on_event(run.log(epoch_end(2, 0.9)))
    qtbot.waitUntil(lambda: page.comparison.curves.plot.drawn(str(run.folder))[0].tolist() == [1, 2])
    assert column(page, "State") == ["Running"]
    page.on_event(run.log(RunEnd(reason="completed", message="", seconds=5.0)))
    qtbot.waitUntil(lambda: column(page, "State") == ["Completed"])
    assert column(page, "Time") == ["5 s"]


def test_that_a_storm_of_events_is_read_a_few_times_only(
    opened: Opened, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained("a", (), reason=None)
    page = opened(run)
    reads: list[Run] = []
    read = page.reading.reader.read
    monkeypatch.setattr(page.reading.reader, "read", lambda run: reads.append(run) or read(run))
    for epoch in range(1, 201):
        page.on_event(run.log(epoch_end(epoch, 0.5)))
    qtbot.waitUntil(lambda: len(page.comparison.curves.plot.drawn(str(run.folder))[0]) == 200)
    assert len(reads) <= 3


def test_that_what_the_user_zoomed_into_and_pressed_stays(opened: Opened, qtbot: QtBot) -> None:
    run = trained("a")
    page = opened(run)
    button = page.comparison.legend.buttons[str(run.folder)]
    page.comparison.curves.plot.setXRange(1, 1.5, padding=0)
    run.log(EvaluationEnd(split="test", accuracy=0.5, count=10, loss=1.0, predictions="predictions.csv"))
    page.reading.start()
    qtbot.waitUntil(lambda: column(page, "Test") == ["50.0 %"])
    assert page.comparison.legend.buttons[str(run.folder)] is button
    page.comparison.tabs.setCurrentWidget(page.comparison.curves)
    assert page.comparison.curves.plot.viewRange()[0] == pytest.approx([1, 1.5])


# In the window


@pytest.fixture
def window(window: MainWindow) -> MainWindow:
    window.resize(1366, 700)
    return window


def test_that_ctrl_7_shows_the_page(window: MainWindow) -> None:
    assert window.menus.actions["page 7"].shortcut().toString() == "Ctrl+7"
    window.menus.actions["page 7"].trigger()
    assert window.navigation.current is window.pages.compare


def test_that_runs_selected_on_the_runs_page_are_compared(window: MainWindow, qtbot: QtBot) -> None:
    for seed, name in enumerate("abc"):
        trained(name, seed=seed)
    window.navigation.show_page(window.pages.runs)
    table = window.pages.runs.table
    qtbot.waitUntil(lambda: table.model().rowCount() == 3)
    table.sortByColumn(DATE_COLUMN, Qt.SortOrder.AscendingOrder)
    compare = window.pages.runs.actions_row.compare
    assert not compare.isEnabled()
    for row in (0, 2):
        place = table.visualRect(table.model().index(row, 0)).center()
        qtbot.mouseClick(table.viewport(), LEFT, Qt.KeyboardModifier.ControlModifier, pos=place)
    press(qtbot, window.pages.runs.actions_row, "Compare")
    page = window.pages.compare
    assert window.navigation.current is page
    qtbot.waitUntil(lambda: names(page) == ["ResNet-18 · seed 0", "ResNet-18 · seed 2"])


def test_that_evaluating_from_the_comparison_is_done_on_the_evaluate_page(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained("a")
    asked: list[str] = []
    monkeypatch.setattr(window.pages.evaluate, "evaluate", asked.append)
    window.pages.show(window.pages.compare).evaluate_requested.emit(run, "test")
    assert window.navigation.current is window.pages.evaluate
    assert (window.pages.evaluate.run, asked) == (run, ["test"])


def test_that_a_queue_is_compared_from_its_start_and_the_comparison_fills_as_it_goes_on(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = threading.Semaphore(0)

    def train(settings: TrainSettings, folder: Path | None, should_stop: Callable[[], bool]) -> Any:
        run = create_run(settings, runs_folder() / f"run {settings.seed}")
        yield run.log(start_of(run))
        while not should_stop() and not steps.acquire(timeout=0.005):
            pass
        yield run.log(epoch_end(1, 0.6))
        predicted(run, 8)
        yield run.log(RunEnd(reason="completed", message="", best_val_accuracy=0.6, seconds=5.0))
        return run

    monkeypatch.setattr("stl_tl_gui.engine.training.train.train", train)
    Queue().add([make_settings({"weights": "none", "epochs": 1, "seed": seed}) for seed in (1, 2)])
    window.navigation.show_page(window.pages.runs)
    window.queue.refresh()
    press(qtbot, window.pages.runs, "Compare these")
    page = window.pages.compare
    assert names(page) == ["ResNet-18 · seed 1", "ResNet-18 · seed 2"]
    assert column(page, "State") == ["Waiting in the queue"] * 2
    marks = [each.mark for each in page.runs.shown()]
    window.queue.start()
    qtbot.waitUntil(lambda: column(page, "State") == ["Running", "Waiting in the queue"])
    assert names(page) == ["ResNet-18 · seed 1", "ResNet-18 · seed 2"]
    steps.release()
    qtbot.waitUntil(lambda: column(page, "State") == ["Completed", "Running"])
    assert column(page, "Test") == ["80.0 %", "–"]
    steps.release()
    qtbot.waitUntil(lambda: column(page, "State") == ["Completed", "Completed"])
    assert [each.mark for each in page.runs.shown()] == marks
    assert all(page.run_list.list.item(row).data(KEY_ROLE) in page.runs.keys for row in range(2))
    qtbot.waitUntil(lambda: not window.training.running)


def test_that_all_is_drawn_in_both_themes(opened: Opened, qapp: QApplication) -> None:
    page = opened(trained("a", right=6, seed=1), trained("b", right=9, seed=2))
    looks = qapp.findChild(Theme) or Theme(qapp)
    pictures = set()
    for choice in ("light", "dark", "system"):
        looks.choose(choice)  # type: ignore[arg-type]
        for tab in range(page.comparison.tabs.count()):
            page.comparison.tabs.setCurrentIndex(tab)
            pictures.add(page.grab().toImage().pixelColor(QPointF(5, 5).toPoint()).name())
    assert len(pictures) == 2


def test_that_the_page_fits_a_small_screen(window: MainWindow, qtbot: QtBot) -> None:
    runs: list[Run] = [trained(f"a rather long name of a run {seed}", right=seed, seed=seed) for seed in range(9)]
    window.resize(911, 512)
    page = window.pages.show(window.pages.compare)
    page.compare(runs)
    settle(page, qtbot, 9)
    for tab in range(page.comparison.tabs.count()):
        page.comparison.tabs.setCurrentIndex(tab)
        assert page.minimumSizeHint().width() <= 760
        assert page.comparison.legend.parentWidget().parentWidget().height() <= page.height() // 4 + 1


def test_that_a_run_that_is_thrown_away_leaves_the_comparison(opened: Opened, qtbot: QtBot) -> None:
    a, b = trained("a", seed=1), trained("b", seed=2)
    page = opened(a, b)
    for path in sorted(b.folder.iterdir()):
        path.unlink()
    Path(b.folder).rmdir()
    page.compare([a])
    page.reading.start()
    settle(page, qtbot, 1)
    assert len(listed(page)) == 1


def test_that_the_pictures_about_which_two_runs_disagree_are_shown(opened: Opened, qtbot: QtBot) -> None:
    a, b = trained("a", right=8, seed=1), trained("b", right=5, seed=2)
    page = opened(a, b, tab="Confusion")
    matrices = page.comparison.matrices
    qtbot.waitUntil(matrices.disagreements.isEnabled)
    dialog = matrices.show_disagreements()
    qtbot.waitUntil(lambda: dialog.groups.count() == 3)
    n = 3 * len(ANIMALS)
    assert [dialog.groups.tabText(number) for number in range(3)] == [
        f"Only A is right ({n})",
        "Only B is right (0)",
        f"Both are wrong ({2 * len(ANIMALS)})",
    ]
    assert dialog.pictures.rowCount() == n
    tip = dialog.pictures.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith(f"Really {ANIMALS[0]}\nA says {ANIMALS[0]}\nB says {ANIMALS[1]}")
    dialog.groups.setCurrentIndex(1)
    assert dialog.pictures.rowCount() == 0
    dialog.groups.setCurrentIndex(2)
    assert dialog.pictures.rowCount() == 2 * len(ANIMALS)
    assert not dialog.grab().isNull()
    dialog.close()


def test_that_one_run_alone_has_nothing_to_disagree_with(opened: Opened, qtbot: QtBot) -> None:
    page = opened(trained("a", right=8), tab="Confusion")
    assert not page.comparison.matrices.disagreements.isEnabled()

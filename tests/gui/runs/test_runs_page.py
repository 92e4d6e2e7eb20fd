import csv
import json
import os
import shutil
import time
from pathlib import Path

import pytest
import send2trash
from builders import epoch_end, run_start
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QLineEdit, QMessageBox, QPushButton

from stl_tl_gui.engine.events import EvaluationEnd, RunEnd
from stl_tl_gui.engine.runs.notes import RunNotes, read_notes
from stl_tl_gui.engine.runs.run import Run, create_run
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.engine.storage.places import moved_data_file, runs_folder
from stl_tl_gui.gui.background.worker import Worker
from stl_tl_gui.gui.runs.resume_dialog import ResumeDialog
from stl_tl_gui.gui.runs.runs_model import DATE_COLUMN, STAR_COLUMN
from stl_tl_gui.gui.runs.runs_page import RunsPage
from stl_tl_gui.words.quantities import count, duration
from stl_tl_gui.words.run import run_in_words

NAME, DATA, BACKBONE, WEIGHTS, FREEZING, PARAMETERS, TRAINED, VAL, TEST, TIME, STATE = 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11


def _start(run, *, parameters=11_181_642, trainable=11_181_642, **more):
    return run_start(run, parameters=parameters, trainable_parameters=trainable, **more)


def _make_run(
    name: str,
    *,
    vals=(0.5, 0.7),
    test=None,
    reason: str | None = "completed",
    seconds=75.0,
    parameters=11_181_642,
    trainable=11_181_642,
    checkpoint=True,
    **settings,
) -> Run:
    run = create_run(make_settings({"epochs": 4, **settings}), runs_folder() / name)
    run.log(_start(run, parameters=parameters, trainable=trainable))
    for number, accuracy in enumerate(vals, 1):
        run.log(epoch_end(number, accuracy))
    if test is not None:
        table = str(run.predictions())
        run.log(EvaluationEnd(split="test", accuracy=test, count=100, loss=0.4, predictions=table))
    if reason is not None:
        run.log(RunEnd(reason=reason, message="", best_val_accuracy=max(vals, default=None), seconds=seconds))
    if checkpoint:
        run.last.write_bytes(b"")
    return run


@pytest.fixture
def page(qtbot):
    page = RunsPage()
    qtbot.addWidget(page)
    page.resize(1200, 600)
    return page


def _read(qtbot, page):
    with qtbot.waitSignal(page.jobs.idle):
        page.refresh()


def _row(page, name):
    return [summary.run.name for summary in page.table.summaries()].index(name)


def _cell(page, name, column, role=Qt.ItemDataRole.DisplayRole):
    return page.table.model().index(_row(page, name), column).data(role)


def _select(page, *names):
    page.table.clearSelection()
    mode = page.table.selectionMode()
    page.table.setSelectionMode(page.table.SelectionMode.MultiSelection)
    for name in names:
        page.table.selectRow(_row(page, name))
    page.table.setSelectionMode(mode)


def _names(page):
    return [summary.run.name for summary in page.table.summaries()]


def test_that_a_run_is_renamed_where_it_stands_and_called_so_from_then_on(qtbot, page):
    run = _make_run("2026-11-27 07.55.46 resnet18")
    _read(qtbot, page)
    assert _cell(page, run.name, 0) == "EfficientNet-Lite0 on Sample"
    page.table.selectRow(0)
    page.actions_row.rename.trigger()
    editor = page.table.findChild(QLineEdit)
    assert editor.text() == ""
    qtbot.keyClicks(editor, "  My best   model ")
    with qtbot.waitSignal(page.jobs.idle):
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert _cell(page, run.name, 0) == "My best model"
    assert read_notes(run.folder).name == "My best model"
    assert run_in_words(run.summary()).startswith("My best model, ")


def test_that_tags_and_notes_are_kept_and_found_again(qtbot, page):
    runs = [_make_run(name) for name in "abc"]
    _read(qtbot, page)
    page.table.selectRow(_row(page, "b"))
    for action, text in ((page.actions_row.tags, "lab, night,lab,"), (page.actions_row.note, "Blurred lens?")):
        action.trigger()
        editor = page.table.findChildren(QLineEdit)[-1]
        qtbot.keyClicks(editor, text)
        with qtbot.waitSignal(page.jobs.idle):
            qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert read_notes(runs[1].folder) == RunNotes(tags=("lab", "night"), note="Blurred lens?")
    for words in ("NIGHT", "lens lab", "sample lab"):
        page.filters.search.setText(words)
        assert [each.run.name for each in page.table.summaries()] == ["b"]
    assert page._status.text().startswith("1 of 3 runs")
    page.filters.search.setText("no such run")
    assert page.table.summaries() == []
    page.filters.search.clear()
    assert len(page.table.summaries()) == 3


def test_that_a_click_on_the_star_stars_a_run_and_only_starred_ones_can_be_shown(qtbot, page):
    runs = [_make_run(name) for name in "ab"]
    page.resize(1200, 500)
    page.show()
    _read(qtbot, page)
    place = page.table.visualRect(page.table.model().index(_row(page, "a"), STAR_COLUMN)).center()
    with qtbot.waitSignal(page.jobs.idle):
        qtbot.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert read_notes(runs[0].folder).starred
    page.filters.starred.click()
    assert [each.run.name for each in page.table.summaries()] == ["a"]
    page.filters.starred.click()
    page.table.selectAll()
    with qtbot.waitSignal(page.jobs.idle):
        page.actions_row.star.trigger()
    assert [read_notes(run.folder).starred for run in runs] == [True, True]
    with qtbot.waitSignal(page.jobs.idle):
        page.actions_row.star.trigger()
    assert [read_notes(run.folder) for run in runs] == [RunNotes(), RunNotes()]
    assert not any((run.folder / "notes.json").exists() for run in runs)


def test_that_runs_on_the_same_data_are_shown_alone_or_together(qtbot, page):
    for name, data in (("a", "/pictures/fish"), ("b", "/pictures/birds"), ("c", "/pictures/fish")):
        _make_run(name, data=data)
    _read(qtbot, page)
    page.filters.by_data.setChecked(True)
    for order in Qt.SortOrder:
        page.table.sortByColumn(DATE_COLUMN, order)
        assert [each.settings.data[-4:] for each in page.table.summaries()] == ["irds", "fish", "fish"]
    page.filters.data.setCurrentIndex(page.filters.data.findData("/pictures/fish"))
    assert {each.run.name for each in page.table.summaries()} == {"a", "c"}
    page.refresh()
    qtbot.waitUntil(lambda: not page.jobs.busy)
    assert {each.run.name for each in page.table.summaries()} == {"a", "c"}


def test_that_hidden_columns_stay_hidden_and_the_figures_stand_beside_the_name(qtbot, page):
    header = page.table.horizontalHeader()
    titles = [page.table.model().headerData(each, Qt.Orientation.Horizontal) for each in range(15)]
    assert [titles[header.logicalIndex(place)] for place in range(4)] == ["Star", "Name", "Test", "Best val."]
    [weights] = [action for action in header.actions() if action.text() == "Weights"]
    weights.trigger()
    assert page.table.isColumnHidden(WEIGHTS)
    again = RunsPage()
    qtbot.addWidget(again)
    assert again.table.isColumnHidden(WEIGHTS)


def test_that_notes_in_a_damaged_file_are_no_obstacle(qtbot, page):
    run = _make_run("a")
    for content in (b"{", b"[1]", b'{"name": 7}', "ÿ".encode("latin-1")):
        (run.folder / "notes.json").write_bytes(content)
        assert run.summary().notes == RunNotes()


def test_that_a_row_says_what_was_run_and_what_came_of_it(qtbot, page):
    _make_run("a", weights="none", test=0.9312, parameters=11_181_642, trainable=5_130)
    _read(qtbot, page)
    row = [_cell(page, "a", column) for column in (DATA, BACKBONE, WEIGHTS, FREEZING, PARAMETERS, TRAINED)]
    assert row == ["Sample", "ResNet-18", "From scratch", "All layers", "11.2 M", "5.1 k"]
    assert [_cell(page, "a", column) for column in (VAL, TEST, TIME, STATE)] == [
        "70.0 %",
        "93.1 %",
        "1 min 15 s",
        "Completed",
    ]
    assert "11,181,642" in _cell(page, "a", PARAMETERS, Qt.ItemDataRole.ToolTipRole)


@pytest.mark.parametrize(
    ("number", "text"), [(None, "–"), (999, "999"), (5130, "5.1 k"), (999_960, "1.0 M"), (11_181_642, "11.2 M")]
)
def test_that_counts_are_read_at_a_glance(number, text):
    assert count(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(7.4, "7 s"), (59.4, "59 s"), (59.6, "1 min"), (75, "1 min 15 s"), (3599, "59 min 59 s"), (3725, "1 h 2 min")],
)
def test_that_times_are_read_at_a_glance(seconds, text):
    assert duration(seconds) == text


def test_that_numbers_sort_as_numbers_and_missing_ones_lowest(qtbot, page):
    _make_run("small", parameters=900_000, test=0.099)
    _make_run("large", parameters=11_000_000, test=0.95)
    _make_run("unknown", parameters=1_200_000, test=None)
    _read(qtbot, page)
    page.table.sortByColumn(PARAMETERS, Qt.SortOrder.AscendingOrder)
    assert _names(page) == ["small", "unknown", "large"]
    page.table.sortByColumn(TEST, Qt.SortOrder.DescendingOrder)
    assert _names(page) == ["large", "small", "unknown"]


def test_that_the_best_run_of_each_data_is_marked_by_word_and_weight(qtbot, page):
    _make_run("a", test=0.80)
    _make_run("b", test=0.90)
    _make_run("alone", data="/pictures/birds", test=0.99)
    _read(qtbot, page)
    assert [_cell(page, name, TEST) for name in ("a", "b", "alone")] == ["80.0 %", "best 90.0 %", "99.0 %"]
    assert _cell(page, "b", TEST, Qt.ItemDataRole.FontRole).bold()
    assert _cell(page, "a", TEST, Qt.ItemDataRole.FontRole) is None


@pytest.mark.parametrize(
    ("reason", "word"),
    [("early_stopped", "Stopped early"), ("stopped", "Stopped"), ("failed", "Failed"), (None, "Running")],
)
def test_that_every_state_has_a_word_and_an_icon(qtbot, page, reason, word):
    _make_run("a", reason=reason)
    _read(qtbot, page)
    assert _cell(page, "a", STATE) == word
    assert not _cell(page, "a", STATE, Qt.ItemDataRole.DecorationRole).isNull()


def test_that_without_runs_the_page_says_how_to_make_one(qtbot, page):
    with qtbot.waitSignal(page.jobs.idle):
        page.show()
    assert not page.table.isVisible()
    _make_run("a")
    with qtbot.waitSignal(page.jobs.idle):
        qtbot.keyClick(page, Qt.Key.Key_F5)
    assert page.table.isVisible()


def test_that_the_end_of_a_run_shows_at_once_and_the_selection_stays(qtbot, page):
    _make_run("a")
    _make_run("b")
    _read(qtbot, page)
    _select(page, "a")
    new = _make_run("c")
    with qtbot.waitSignal(page.jobs.idle):
        page.on_event(_start(new))
        page.on_event(RunEnd(reason="completed", message=""))
    assert len(_names(page)) == 3
    assert [summary.run.name for summary in page.table.selected()] == ["a"]


def test_that_a_double_click_or_enter_opens_the_run(qtbot, page):
    run = _make_run("a")
    with qtbot.waitSignal(page.jobs.idle):
        page.show()
    place = page.table.visualRect(page.table.model().index(0, 0)).center()
    qtbot.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    with qtbot.waitSignal(page.run_opened) as opened:
        qtbot.mouseDClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place))
    assert opened.args == [run]
    with qtbot.waitSignal(page.run_opened):
        page.actions_row.open.trigger()


@pytest.mark.parametrize(("vals", "offered"), [((0.5, 0.6), 4), ((0.5, 0.6, 0.7, 0.8), 14)])
def test_that_resuming_asks_for_the_epochs_in_all(qtbot, page, vals, offered):
    run = _make_run("a", vals=vals, reason="stopped")
    _read(qtbot, page)
    _select(page, "a")
    page.actions_row.resume.trigger()
    dialog = page.findChild(ResumeDialog)
    assert dialog.epochs.value() == offered
    assert dialog.epochs.minimum() == len(vals) + 1
    dialog.epochs.setValue(20)
    with qtbot.waitSignal(page.resume_requested) as requested:
        dialog.accept()
    assert requested.args == [run, 20]


def test_that_a_run_that_goes_on_is_neither_resumed_nor_thrown_away(qtbot, page):
    _make_run("going", reason=None)
    _read(qtbot, page)
    _select(page, "going")
    row = page.actions_row
    assert not row.resume.isEnabled()
    assert not row.trash.isEnabled()
    assert "still training" in row.trash.toolTip()
    button = next(button for button in page.findChildren(QPushButton) if button.text() == row.trash.text())
    assert not button.isEnabled()
    assert button.toolTip() == row.trash.toolTip()


def test_that_a_paused_run_of_this_window_is_not_thrown_away(qtbot, page):
    run = _make_run("paused", reason="stopped")
    page.on_event(_start(run))
    _read(qtbot, page)
    _select(page, "paused")
    assert not page.actions_row.trash.isEnabled()
    assert not page.actions_row.resume.isEnabled()


def test_that_a_run_without_a_checkpoint_is_not_resumed(qtbot, page):
    _make_run("a", checkpoint=False, reason="failed")
    _read(qtbot, page)
    _select(page, "a")
    assert "no checkpoint" in page.actions_row.resume.toolTip()


def test_that_runs_go_to_the_trash_once_confirmed(qtbot, page, monkeypatch):
    gone = []

    def trash(path):
        gone.append(path)
        for file in Path(path).iterdir():
            file.unlink()
        Path(path).rmdir()

    monkeypatch.setattr(send2trash, "send2trash", trash)
    runs = [_make_run("a"), _make_run("b")]
    _make_run("kept")
    _read(qtbot, page)
    _select(page, "a", "b")
    page.actions_row.trash.trigger()
    assert gone == []
    box = page.findChild(QMessageBox)
    with qtbot.waitSignal(page.jobs.idle):
        box.defaultButton().click()
    assert sorted(gone) == [str(run.folder) for run in runs]
    assert _names(page) == ["kept"]


def test_that_a_run_the_trash_does_not_take_stays_and_a_sentence_says_so(qtbot, page, monkeypatch):
    def refuse(path):
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(send2trash, "send2trash", refuse)
    run = _make_run("a")
    _read(qtbot, page)
    with qtbot.waitSignal(page.jobs.idle):
        page.trash([run])
    box = page.findChild(QMessageBox)
    assert box.text() == "“a” could not be moved to the trash: Permission denied. It is still there."
    assert run.folder.is_dir()
    assert _names(page) == ["a"]


def test_that_the_folder_is_shown_in_the_systems_own_way(qtbot, page, monkeypatch):
    shown = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: shown.append(url.toLocalFile()))
    run = _make_run("a")
    _read(qtbot, page)
    _select(page, "a")
    page.actions_row.reveal.trigger()
    assert shown == [str(run.folder)]


def test_that_the_table_can_be_pasted_into_a_spreadsheet(qtbot, page):
    _make_run("a", test=0.5)
    _make_run("b")
    _read(qtbot, page)
    _select(page, "a")
    page.actions_row.copy.trigger()
    header, line = QGuiApplication.clipboard().text().splitlines()
    row = dict(zip(header.split("\t"), line.split("\t"), strict=True))
    assert (row["name"], row["test_accuracy"], row["parameters"]) == ("a", "0.5", "11181642")


def test_that_the_whole_table_is_saved_with_all_digits(qtbot, page, tmp_path):
    _make_run("ä, b", test=1 / 3)
    _make_run("c")
    _read(qtbot, page)
    with qtbot.waitSignal(page.said) as said:
        page.save_table(tmp_path / "runs.csv")
    assert str(tmp_path / "runs.csv") in said.args[0]
    with (tmp_path / "runs.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert float(rows["ä, b"]["test_accuracy"]) == 1 / 3
    assert rows["c"]["test_accuracy"] == ""


def test_that_a_table_that_cannot_be_saved_is_told(qtbot, page, tmp_path):
    _make_run("a")
    _read(qtbot, page)
    page.save_table(tmp_path / "nowhere" / "runs.csv")
    assert "could not be saved" in page.findChild(QMessageBox).text()


def test_that_closing_waits_for_the_reading_to_end(qtbot, page):
    _make_run("a")
    page.refresh()
    page.close()
    assert not any(worker.isRunning() for worker in page.findChildren(Worker))


def test_that_the_run_of_this_window_goes_on_however_long_it_is_paused(qtbot, page):
    run = _make_run("mine", reason=None)
    long_ago = time.time() - 3600
    os.utime(run.folder / "events.jsonl", (long_ago, long_ago))
    _read(qtbot, page)
    assert _cell(page, "mine", STATE) == "Interrupted"
    with qtbot.waitSignal(page.jobs.idle):
        page.on_event(_start(run))
    assert _cell(page, "mine", STATE) == "Running"
    _select(page, "mine")
    actions = page.actions_row
    assert not actions.trash.isEnabled()
    assert not actions.resume.isEnabled()
    assert "still training" in actions.resume.toolTip()


def test_that_a_new_run_starts_from_the_best_epoch_of_one(qtbot, page):
    run = _make_run("a", backbone="mobilenet_v2")
    _read(qtbot, page)
    _select(page, "a")
    assert not page.actions_row.start.isEnabled()
    assert "no checkpoint" in page.actions_row.start.toolTip()
    run.best.write_bytes(b"")
    _read(qtbot, page)
    with qtbot.waitSignal(page.start_requested) as asked:
        page.actions_row.start.trigger()
    (point,) = asked.args
    assert (point.name, point.backbone, point.weights) == ("a", "mobilenet_v2", str(run.best.resolve()))


def test_that_a_run_is_trained_again_with_its_settings_on_its_data_where_that_is_now(qtbot, page, tmp_path):
    run = _make_run("a", data=str(tmp_path / "before"), freeze="head", seed=3)
    (tmp_path / "now").mkdir()
    moved_data_file().write_text(json.dumps({str(tmp_path / "before"): str(tmp_path / "now")}))
    _make_run("b")
    _read(qtbot, page)
    _select(page, "a", "b")
    assert not page.actions_row.again.isEnabled()
    _select(page, "a")
    with qtbot.waitSignal(page.again_requested) as asked:
        page.actions_row.again.trigger()
    settings, name = asked.args
    assert settings == run.settings().model_copy(update={"data": str(tmp_path / "now")})
    assert name == "a"


def test_that_a_run_that_has_gone_is_a_sentence(qtbot, page):
    run = _make_run("a")
    _read(qtbot, page)
    _select(page, "a")
    shutil.rmtree(run.folder)
    with qtbot.waitSignal(page.jobs.idle):
        page.actions_row.again.trigger()
    assert "does not exist" in page.findChild(QMessageBox).text()

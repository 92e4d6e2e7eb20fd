import csv
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from builders import epoch_end, predictions, run_start
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox

from stl_tl_gui.engine.data.dataset import Dataset, ImageSet
from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.evaluation.metrics import confusion
from stl_tl_gui.engine.events import Progress, RunEnd
from stl_tl_gui.engine.runs.predictions import read_predictions, write_predictions
from stl_tl_gui.engine.runs.run import create_run
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.gui.evaluate import evaluation_jobs, picture_dialog, run_pictures
from stl_tl_gui.gui.evaluate.evaluate_page import EvaluatePage
from stl_tl_gui.gui.evaluate.picture_filter import PictureFilter
from stl_tl_gui.gui.widgets.choosing import choose_new_file

NAMES = ("cat", "dog", "ship")


def make_predictions(n=60, seed=0):
    return predictions([f"{i:03}.png" for i in range(n)], NAMES, sure=1.5, seed=seed)


class _Pictures(ImageSet):
    def read(self, index, at_least=None):
        if index == 7:
            raise UserError("“007.png” is damaged.")
        return Image.new("RGB", (96, 96), (index, 0, 0))

    def path(self, index):
        return Path("/pictures") / self.ids[index] if index % 2 else None

    def subset(self, indices):
        raise NotImplementedError


def make_data(splits=("train", "val", "test"), n=60):
    images = _Pictures([f"{i:03}.png" for i in range(n)], np.zeros(n, np.int64))
    return Dataset("Pictures", "folder", "/pictures", NAMES, dict.fromkeys(splits, images), "f")


def job_of(*events, result=None, error=None):
    """A job that yields and returns, or raises, what it is told."""

    def job(should_stop):
        yield from events
        if error is not None:
            raise error
        return result

    return job


def start_event(run, counts=None):
    return run_start(run, class_names=list(NAMES), counts=counts or {"train": 100, "val": 10, "test": 60}, epochs=1)


@pytest.fixture
def run():
    run = create_run(make_settings({"data": "/pictures", "epochs": 3}))
    run.best.write_bytes(b"a checkpoint")
    return run


@pytest.fixture
def page(qtbot, monkeypatch):
    monkeypatch.setattr(run_pictures, "open_data_job", lambda run: job_of(result=make_data()))
    widget = EvaluatePage()
    qtbot.addWidget(widget)
    widget.resize(1166, 680)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def show(qtbot, page, run, **tables):
    for split, table in tables.items():
        write_predictions(run.predictions(split), table)
    with qtbot.waitSignals([page.reading.ended, page.pictures.opening.ended]):
        page.show_run(run)


def dialogs(page):
    return page.findChildren(QMessageBox)


def close_dialogs(page):
    for box in dialogs(page):
        box.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_that_an_empty_page_says_what_to_do(page):
    assert page._empty.isVisible()
    assert "Train a model" in page._empty.sentence.text()
    assert not page.header.evaluate["test"].isEnabled()
    assert not page.header.export.isEnabled()


def test_that_a_run_with_a_table_is_shown_with_split_and_interval(qtbot, page, run):
    table = make_predictions()
    show(qtbot, page, run, test=table)
    assert page.view.isVisible()
    assert page.header.accuracy.text() == f"{100 * confusion(table).accuracy:.1f} %"
    assert page.header.on_what.text().startswith("on 60 test pictures (95% interval ")
    assert page.header.selector.words == run.name
    assert page.view.matrix.matrix.counts.sum() == 60
    assert len(page.view.grid.rows()) == 60
    assert page.view.grid._note.text() == ""


def test_that_a_cell_of_the_matrix_shows_exactly_its_pictures(qtbot, page, run):
    table = make_predictions()
    show(qtbot, page, run, test=table)
    matrix = page.view.matrix
    qtbot.mouseClick(matrix.viewport(), Qt.MouseButton.LeftButton, pos=matrix.cell_rect((0, 1)).center())
    expected = np.flatnonzero((table.targets == 0) & (table.predicted == 1))
    assert len(expected) > 0
    assert sorted(page.view.grid.rows()) == expected.tolist()
    qtbot.keyClick(matrix, Qt.Key.Key_Escape)
    assert len(page.view.grid.rows()) == 60


def test_that_filters_and_matrix_agree(qtbot, page, run):
    show(qtbot, page, run, test=make_predictions())
    page.view.grid.choose(PictureFilter(true=2, predicted=0))
    assert page.view.matrix.selected() == (2, 0)
    page.view.grid.choose(PictureFilter(true=2))
    assert page.view.matrix.selected() is None
    page.view.matrix.row_clicked.emit(1)
    assert page.view.grid.filter() == PictureFilter(true=1)
    page.view.matrix.column_clicked.emit(0)
    assert page.view.grid.filter() == PictureFilter(predicted=0)


def test_that_a_row_of_the_class_table_shows_its_pictures(qtbot, page, run):
    show(qtbot, page, run, test=make_predictions())
    page.view.figures.clicked.emit(page.view.figures.model().index(2, 3))
    assert page.view.grid.filter() == PictureFilter(true=2)


def test_that_figures_are_those_of_the_engine_and_sort_by_number(qtbot, page, run):
    table = make_predictions()
    show(qtbot, page, run, test=table)
    figures, expected = page.view.figures, confusion(table)
    assert figures.model().index(1, 3).data() == f"{100 * expected.recall[1]:.1f} %"
    figures.sortByColumn(4, Qt.SortOrder.DescendingOrder)
    names = [figures.model().index(row, 0).data() for row in range(3)]
    assert names == [NAMES[i] for i in np.argsort(-expected.f1)]


def test_that_without_pictures_the_rest_is_shown_and_one_sentence_says_why(qtbot, page, run, monkeypatch):
    error = UserError("The folder “/pictures” does not exist.")
    monkeypatch.setattr(run_pictures, "open_data_job", lambda run: job_of(error=error))
    show(qtbot, page, run, test=make_predictions())
    assert page.view.grid._note.text() == "The pictures cannot be shown. The folder “/pictures” does not exist."
    assert page.view.matrix.matrix.counts.sum() == 60
    assert not dialogs(page)


def test_that_a_split_that_the_data_lost_is_said(qtbot, page, run, monkeypatch):
    monkeypatch.setattr(run_pictures, "open_data_job", lambda run: job_of(result=make_data(("train", "val"))))
    show(qtbot, page, run, test=make_predictions())
    assert "cannot be shown" in page.view.grid._note.text()


def test_that_both_splits_can_be_looked_at_and_data_is_opened_once(qtbot, page, run, monkeypatch):
    show(qtbot, page, run, test=make_predictions(60), val=make_predictions(10))
    assert [page.header.splits.itemData(i) for i in range(2)] == ["test", "val"]
    with qtbot.waitSignal(page.reading.ended), qtbot.assertNotEmitted(page.pictures.opening.result):
        page.header.splits.setCurrentIndex(1)
    assert page.header.on_what.text().startswith("on 10 validation pictures")
    assert page.header.splits.currentData() == "val"
    assert page.export.table == run.predictions("val")


def test_that_a_damaged_table_is_a_sentence_and_can_be_made_again(qtbot, page, run):
    run.predictions("test").write_text("image,target\nx")
    with qtbot.waitSignal(page.reading.ended):
        page.show_run(run)
    assert page._empty.isVisible()
    assert "not a prediction table" in page._empty.sentence.text()
    assert page.header.evaluate["test"].isEnabled()
    assert not dialogs(page)


def test_that_evaluating_shows_progress_and_then_the_table(qtbot, page, run, monkeypatch):
    def evaluate(run, split):
        def job(should_stop):
            yield Progress(stage="Predicting val pictures", done=5, total=10)
            write_predictions(run.predictions(split), make_predictions(10))
            return split

        return job

    monkeypatch.setattr(evaluation_jobs, "evaluate_job", evaluate)
    page.show_run(run)
    assert "Press “Evaluate”" in page._empty.sentence.text()
    with qtbot.waitSignals([page.evaluated, page.evaluating.ended, page.reading.ended]):
        page.header.evaluate["val"].trigger()
        assert page.header.line.isVisible()
        assert not page.header.evaluate["test"].isEnabled()
    assert page.header.line.text.text() in ("Predicting val pictures: 5 of 10 pictures", "")
    assert not page.header.line.isVisible()
    assert page.header.evaluate["test"].isEnabled()
    assert page.header.on_what.text().startswith("on 10 validation pictures")


def test_that_an_evaluation_can_be_cancelled(qtbot, page, run, monkeypatch):
    from stl_tl_gui.engine.errors import Cancelled

    def evaluate(run, split):
        def job(should_stop):
            while not should_stop():
                yield Progress(stage="Predicting", done=1, total=0)
            raise Cancelled

        return job

    monkeypatch.setattr(evaluation_jobs, "evaluate_job", evaluate)
    page.show_run(run)
    page.evaluate("test")
    with qtbot.waitSignal(page.evaluating.ended):
        qtbot.mouseClick(page.header.line.cancel, Qt.MouseButton.LeftButton)
    assert not page.header.line.isVisible()
    assert not dialogs(page)


def test_that_a_failed_evaluation_becomes_a_dialog(qtbot, page, run, monkeypatch):
    error = UserError("The checkpoint is damaged.")
    monkeypatch.setattr(evaluation_jobs, "evaluate_job", lambda run, split: job_of(error=error))
    page.show_run(run)
    with qtbot.waitSignal(page.evaluating.ended):
        page.evaluate("test")
    assert [box.text() for box in dialogs(page)] == ["The checkpoint is damaged."]
    close_dialogs(page)


def test_that_an_evaluation_goes_on_while_another_run_is_looked_at(qtbot, page, run, monkeypatch):
    go_on = threading.Event()

    def held(run, split):
        def job(should_stop):
            while not go_on.is_set():
                yield Progress(stage="Predicting test pictures", done=1, total=2)
                time.sleep(0.01)
            write_predictions(run.predictions(split), make_predictions())
            return split

        return job

    monkeypatch.setattr(evaluation_jobs, "evaluate_job", held)
    page.show_run(run)
    page.evaluate("test")
    other = create_run(make_settings({"epochs": 3}))
    page.show_run(other)
    qtbot.waitUntil(lambda: page.header.line.text.text().startswith(f"{run.name}: Predicting test pictures"))
    with qtbot.waitSignal(page.evaluated) as evaluated:
        go_on.set()
    assert evaluated.args == [run]
    assert page.run == other
    assert page.predictions is None
    assert run.predictions("test").exists()


def test_that_another_run_takes_the_place_at_once(qtbot, page, run):
    write_predictions(run.predictions("test"), make_predictions(60))
    other = create_run(make_settings({"epochs": 3}))
    write_predictions(other.predictions("test"), make_predictions(20, seed=1))
    page.show_run(run)
    show(qtbot, page, other)
    assert page.header.on_what.text().startswith("on 20 test pictures")
    assert page.view.matrix.matrix.counts.sum() == 20


def test_that_a_run_in_training_is_evaluated_at_its_end_only(page, run):
    page.show_run(run)
    page.on_event(start_event(run))
    assert page._empty.heading.text() == "Still training"
    assert not page.header.evaluate["test"].isEnabled()
    page.on_event(RunEnd(reason="completed", message=""))
    assert page.header.evaluate["test"].isEnabled()


def test_that_other_events_change_nothing(page, run):
    page.show_run(run)
    text = page._empty.heading.text()
    page.on_event(epoch_end(1))
    assert page._empty.heading.text() == text


def test_that_data_without_test_pictures_offers_only_validation(page, run):
    run.log(start_event(run, {"train": 100, "val": 10}))
    page.show_run(run)
    assert not page.header.evaluate["test"].isEnabled()
    assert "no test pictures" in page.header.evaluate["test"].toolTip()
    assert page.header.evaluate["val"].isEnabled()


def test_that_a_run_without_checkpoint_says_so(page):
    page.show_run(create_run(make_settings({"epochs": 3})))
    assert "no checkpoint" in page._empty.sentence.text()
    assert not page.header.evaluate["val"].isEnabled()


def test_that_tables_are_exported(qtbot, page, run, tmp_path):
    table = make_predictions()
    show(qtbot, page, run, test=table)
    page.export.save_predictions(page.export.table, tmp_path / "copy.csv")
    qtbot.waitUntil((tmp_path / "copy.csv").exists)
    assert read_predictions(tmp_path / "copy.csv").ids == table.ids
    page.export.save_figures(page.view.figures.table(), tmp_path / "classes.csv")
    with (tmp_path / "classes.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["class"] for row in rows] == list(NAMES)
    assert float(rows[0]["recall"]) == pytest.approx(confusion(table).recall[0])
    page.export.actions()[-1].trigger()
    assert QGuiApplication.clipboard().text().startswith("class\tpictures")


def test_that_an_export_to_nowhere_becomes_a_dialog(qtbot, page, run, tmp_path):
    show(qtbot, page, run, test=make_predictions())
    nowhere = tmp_path / "missing" / "copy.csv"
    page.export.save_predictions(page.export.table, nowhere)
    qtbot.waitUntil(lambda: len(dialogs(page)) == 1)
    assert str(nowhere) in dialogs(page)[0].text()
    close_dialogs(page)


def test_that_the_table_is_exported_that_was_shown_when_it_was_asked_for(qtbot, page, run, tmp_path, monkeypatch):
    table, other = make_predictions(), create_run(make_settings({"epochs": 3}))
    show(qtbot, page, run, test=table)

    def meanwhile(*_):
        page.show_run(other)
        return str(tmp_path / "copy"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", meanwhile)
    page.export.actions()[0].trigger()
    qtbot.waitUntil((tmp_path / "copy.csv").exists)
    assert read_predictions(tmp_path / "copy.csv").ids == table.ids


def test_that_figures_can_be_exported_once_they_are_there(page):
    page.export.aboutToShow.emit()
    assert [action.isEnabled() for action in page.export.actions() if not action.isSeparator()] == [True, False, False]


def test_that_a_name_without_its_ending_never_replaces_a_file_unasked(page, tmp_path, monkeypatch):
    (tmp_path / "classes.csv").write_text("mine")
    answers, asked = [str(tmp_path / "classes"), str(tmp_path / "classes.csv")], []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *of: (asked.append(of[2]), (answers.pop(0), ""))[1])
    assert choose_new_file(page, "tables", "Save", "classes.csv", "Tables (*.csv)") == tmp_path / "classes.csv"
    assert asked[1] == str(tmp_path / "classes.csv")  # there the dialog asks whether to replace it
    answers.append(str(tmp_path / "2026-11-27 06.39.30 resnet18"))
    found = choose_new_file(page, "tables", "Save", "model.pt", "Checkpoint (*.pt)")
    assert found == tmp_path / "2026-11-27 06.39.30 resnet18.pt"


@pytest.fixture
def opened(qtbot, page, run):
    """The page, with the first picture of the grid open in a dialog."""
    show(qtbot, page, run, test=make_predictions())
    page.view.grid._order.setCurrentIndex(page.view.grid._order.findData("id"))
    page.view.grid.choose(PictureFilter(order="id"))
    page.view.grid.activated.emit(0)
    return page


def test_that_the_large_picture_fits_the_screen(opened):
    dialog = opened.view.dialog
    room = dialog.screen().availableGeometry()
    assert dialog.width() <= room.width()
    assert dialog.height() <= room.height()


def test_that_the_arrow_keys_go_through_the_order_of_the_grid(qtbot, opened):
    dialog, order = opened.view.dialog, opened.view.grid.rows()
    assert dialog.row() == order[0]
    qtbot.keyClick(dialog, Qt.Key.Key_Left)
    assert dialog.row() == order[0]
    qtbot.keyClick(dialog, Qt.Key.Key_Right)
    qtbot.keyClick(dialog, Qt.Key.Key_Right)
    assert dialog.row() == order[2]
    assert dialog._texts["place"].text() == "3 of 60"
    assert opened.view.grid.list.currentIndex().row() == 2
    qtbot.keyClick(dialog, Qt.Key.Key_End)
    assert dialog.row() == order[-1]
    assert not dialog._buttons["next"].isEnabled()


def test_that_the_dialog_says_what_was_right_and_shows_the_bars(qtbot, opened):
    dialog, table = opened.view.dialog, opened.predictions
    for _ in range(20):
        row = dialog.row()
        right = table.predicted[row] == table.targets[row]
        assert dialog._texts["verdict"].text().startswith("✓" if right else "✗")
        bars = dialog._bars.bars()
        assert bars[0].name == NAMES[table.predicted[row]]
        assert next(bar.name for bar in bars if bar.true) == NAMES[table.targets[row]]
        qtbot.keyClick(dialog, Qt.Key.Key_Right)


def test_that_the_dialog_shows_the_picture_or_why_there_is_none(qtbot, opened):
    dialog = opened.view.dialog
    dialog.show_row(20)
    qtbot.waitUntil(lambda: dialog.picture._item.pixmap().toImage().pixelColor(9, 9).red() == 20)
    dialog.show_row(7)
    qtbot.waitUntil(lambda: dialog.picture._sentence == "“007.png” is damaged.")
    assert not dialog.grab().isNull()


def test_that_the_file_is_copied_and_revealed(qtbot, opened, monkeypatch):
    dialog, revealed = opened.view.dialog, []
    monkeypatch.setattr(picture_dialog, "reveal", revealed.append)
    assert not dialog._buttons["reveal"].isEnabled()
    qtbot.mouseClick(dialog._buttons["copy"], Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "000.png"
    dialog.show_row(21)
    qtbot.mouseClick(dialog._buttons["reveal"], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(dialog._buttons["copy"], Qt.MouseButton.LeftButton)
    assert revealed == [Path("/pictures/021.png")]
    assert QGuiApplication.clipboard().text() == str(Path("/pictures/021.png"))


def test_that_another_table_closes_the_dialog(qtbot, opened):
    dialog = opened.view.dialog
    with qtbot.waitSignal(dialog.destroyed):
        opened.view.show_predictions(None, None)
    assert opened.view.dialog is None


def test_that_a_closed_dialog_is_forgotten(qtbot, opened):
    with qtbot.waitSignal(opened.view.dialog.destroyed):
        qtbot.keyClick(opened.view.dialog, Qt.Key.Key_Escape)
    assert opened.view.dialog is None
    opened.view.open_picture(3)
    assert opened.view.dialog.row() == 3


def test_that_the_window_does_not_wait_for_torch():
    import subprocess
    import sys

    code = "import sys, stl_tl_gui.gui.evaluate.evaluate_page; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path.cwd()).returncode == 0


def test_that_training_pictures_can_be_browsed_too_and_the_page_says_what_that_means(qtbot, page, run, monkeypatch):
    def evaluated(run, split):
        def job(should_stop):
            yield from ()
            write_predictions(run.predictions(split), make_predictions())
            return split

        return job

    monkeypatch.setattr(evaluation_jobs, "evaluate_job", evaluated)
    show(qtbot, page, run, test=make_predictions())
    assert page.header.caution.isHidden()
    with qtbot.waitSignals([page.evaluated, page.reading.ended]):
        page.header.evaluate["train"].trigger()
    qtbot.waitUntil(lambda: "60 training pictures" in page.header.on_what.text())
    assert "The model learned from these pictures" in page.header.caution.text()
    assert [page.header.splits.itemText(row) for row in range(2)] == ["Test pictures", "Training pictures"]

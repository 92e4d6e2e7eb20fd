"""Labels are fixed where the mistakes are looked at, by one or two keys, without losing the place."""

import json

import numpy as np
import pytest
from builders import predictions
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from stl_tl_gui.engine.data.corrections import FILE_NAME
from stl_tl_gui.engine.data.dataset import Dataset, ImageSet
from stl_tl_gui.engine.evaluation.metrics import confusion
from stl_tl_gui.engine.runs.predictions import write_predictions
from stl_tl_gui.engine.runs.run import create_run
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.gui.evaluate import run_pictures
from stl_tl_gui.gui.evaluate.evaluate_page import EvaluatePage
from stl_tl_gui.gui.evaluate.picture_filter import PictureFilter
from stl_tl_gui.gui.widgets.class_picker import ClassPicker, matching, meant

NAMES = ("cat", "deer", "dog", "ship")
TABLE = predictions([f"{i:03}.png" for i in range(60)], NAMES, sure=1.5)


class _Pictures(ImageSet):
    def read(self, index, at_least=None):
        side = 300 if at_least is None else 96
        return Image.new("RGB", (side, side), (index, 0, 0))

    def path(self, index):
        return None

    def subset(self, indices):
        raise NotImplementedError


@pytest.fixture
def page(qtbot, monkeypatch, tmp_path):
    images = _Pictures(list(TABLE.ids), np.zeros(60, np.int64))
    data = Dataset("Pictures", "folder", str(tmp_path), NAMES, {"test": images}, "f")

    def job(should_stop):
        yield from ()
        return data

    monkeypatch.setattr(run_pictures, "open_data_job", lambda run: job)
    run = create_run(make_settings({"data": str(tmp_path)}))
    run.best.write_bytes(b"a checkpoint")
    write_predictions(run.predictions(), TABLE)
    widget = EvaluatePage()
    qtbot.addWidget(widget)
    widget.resize(1166, 680)
    widget.show()
    with qtbot.waitSignals([widget.reading.ended, widget.pictures.opening.ended, widget.fixes._jobs.idle]):
        widget.show_run(run)
    return widget


@pytest.fixture
def cell(page):
    """The true and the predicted class of a cell with mistakes, and the row of its first picture."""
    wrong = [(true, said) for true in range(4) for said in range(4) if true != said]
    return next(each for each in wrong if confusion(TABLE).counts[each] > 1)


def stored(tmp_path):
    steps = json.loads((tmp_path / FILE_NAME).read_text())["steps"]
    return [(each["picture"], each["what"], each["value"]) for step in steps for each in step["corrections"]]


def press(qtbot, page, widget, keys):
    with qtbot.waitSignal(page.fixes._jobs.idle):
        qtbot.keyClicks(widget, keys)


def test_that_a_label_is_fixed_by_one_key_after_a_cell_was_chosen(qtbot, page, cell, tmp_path):
    with qtbot.waitSignal(page.view.grid.filter_changed):
        page.view.matrix.choose(cell)
    grid = page.view.grid
    assert grid.list.hasFocus()
    before, place = grid.rows().tolist(), grid.list.chosen()
    press(qtbot, page, grid.list, "s")
    row = place[0]
    assert stored(tmp_path) == [(TABLE.ids[row], "class", "ship")]
    assert grid.rows().tolist() == before
    assert grid.list.chosen() == place
    assert page.view.matrix.selected() == cell
    assert page.view.matrix.matrix.counts[cell] == confusion(TABLE).counts[cell] - 1
    assert "1 picture corrected since this run was trained" in page.header.fixes.text()
    assert f"{100 * confusion(TABLE).accuracy:.1f} %" in page.header.fixes.text()
    assert "Corrected: now ship" in grid.list.pictures.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert not grid.grab().isNull()


def test_that_the_letters_that_follow_a_clear_name_change_nothing_more(qtbot, page, tmp_path):
    page.view.grid.list.begin()
    press(qtbot, page, page.view.grid.list, "ship")
    assert [value for _, _, value in stored(tmp_path)] == ["ship"]


def test_that_letters_of_two_classes_offer_both_and_the_next_letter_decides(qtbot, page, tmp_path):
    page.view.grid.list.begin()
    qtbot.keyClicks(page.view.grid.list, "d")
    picker = page.view.grid.relabeling.picker
    assert [picker.list.item(row).text() for row in range(picker.list.count())] == ["deer", "dog"]
    press(qtbot, page, picker.edit, "o")
    assert [value for _, _, value in stored(tmp_path)] == ["dog"]


def test_that_several_pictures_are_left_out_together_and_put_back_by_one_undo(qtbot, page, tmp_path):
    grid = page.view.grid
    grid.choose(PictureFilter(order="id"))
    grid.list.begin()
    for _ in range(2):
        qtbot.keyClick(grid.list, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    with qtbot.waitSignal(page.fixes._jobs.idle):
        qtbot.keyClick(grid.list, Qt.Key.Key_Delete)
    assert [each[:2] for each in stored(tmp_path)] == [(f"00{i}.png", "leave_out") for i in range(3)]
    assert page.view.figures is not None
    assert "on 57 test pictures" in page.header.on_what.text()
    with qtbot.waitSignal(page.fixes._jobs.idle):
        qtbot.keyClick(grid.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert stored(tmp_path) == []
    assert "on 60 test pictures" in page.header.on_what.text()
    assert page.header.fixes.isHidden()
    assert page.header.retrain.isHidden()


def test_that_corrections_lead_to_retraining_by_one_click(qtbot, page):
    page.view.grid.list.begin()
    with qtbot.waitSignal(page.labels_changed):
        qtbot.keyClicks(page.view.grid.list, "s")
    qtbot.waitUntil(lambda: page.header.retrain.isVisible())
    with qtbot.waitSignal(page.retrain_requested) as asked:
        page.header.retrain.click()
    assert asked.args == [page.run]


def test_that_the_large_view_fixes_labels_too_and_stays_where_it_is(qtbot, page, tmp_path):
    page.view.grid.choose(PictureFilter(order="id"))
    page.view.grid.activated.emit(5)
    dialog = page.view.dialog
    press(qtbot, page, dialog, "s")
    assert stored(tmp_path) == [("005.png", "class", "ship")]
    assert dialog.row() == 5
    assert "now ship" in dialog._texts["fix"].text()
    with qtbot.waitSignal(page.fixes._jobs.idle):
        qtbot.keyClick(dialog, Qt.Key.Key_Delete)
    assert "left out" in dialog._texts["fix"].text()


def test_that_arrow_keys_step_while_a_button_has_the_keyboard(qtbot, page):
    page.view.grid.activated.emit(int(page.view.grid.rows()[0]))
    dialog = page.view.dialog
    for name in ("next", "copy"):
        dialog._buttons[name].setFocus()
        row = dialog.row()
        qtbot.keyClick(dialog._buttons[name], Qt.Key.Key_Right)
        assert dialog.row() != row


def test_that_the_large_view_zooms_into_all_pixels(qtbot, page):
    page.view.grid.activated.emit(3)
    view = page.view.dialog.picture
    fitted = view.transform().m11()
    with qtbot.waitSignal(page.view.dialog._whole.ended):
        page.view.dialog.picture.exact()
    assert view._item.pixmap().width() == 300
    assert view.transform().m11() * 1000 == pytest.approx(300 / view.devicePixelRatio())
    view.enlarge()
    assert view.transform().m11() == pytest.approx(0.375)
    view.reduce()
    view.reduce()
    view.reduce()
    view.fit()
    assert view.fits
    assert view.transform().m11() == pytest.approx(fitted, rel=0.02)
    page.view.dialog.step(1)
    assert page.view.dialog.picture.fits
    assert isinstance(view._item.pixmap().toImage(), QImage)


def test_that_corrections_made_elsewhere_are_seen_when_the_page_looks_again(qtbot, page, tmp_path):
    other = EvaluatePage()
    qtbot.addWidget(other)
    with qtbot.waitSignals([other.reading.ended, other.pictures.opening.ended, other.fixes._jobs.idle]):
        other.show_run(page.run)
    page.view.grid.list.begin()
    press(qtbot, page, page.view.grid.list, "s")
    with qtbot.waitSignal(other.fixes._jobs.idle):
        other.fixes.look_again()
    assert "1 picture corrected" in other.header.fixes.text()


def test_that_a_folder_that_cannot_be_written_keeps_corrections_elsewhere_or_says_so(qtbot, page, monkeypatch):
    from stl_tl_gui.engine.data import corrections

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(corrections, "write_atomically", full)
    page.view.grid.list.begin()
    with qtbot.waitSignal(page.fixes.failed) as failed:
        qtbot.keyClicks(page.view.grid.list, "s")
    assert "No space left" in str(failed.args[0])
    assert page.header.fixes.isHidden()


def test_that_classes_are_found_by_beginning_then_by_any_part() -> None:
    names = ["Cat", "café", "concat", "Ölfarbe"]
    assert matching(names, "c") == ["Cat", "café", "concat"]
    assert matching(names, "cat") == ["Cat"]
    assert matching(names, "arb") == ["Ölfarbe"]
    assert matching(names, "") == names
    assert meant(names, "ö") == "Ölfarbe"
    assert meant(names, "ca") is None


def test_that_the_picker_takes_arrows_and_enter(qtbot, page):
    picker = ClassPicker(NAMES, page)
    with qtbot.waitSignal(picker.chosen) as chosen:
        picker.open_at(page.mapToGlobal(page.rect().bottomRight()))
        qtbot.keyClick(picker.edit, Qt.Key.Key_Down)
        qtbot.keyClick(picker.edit, Qt.Key.Key_Return)
    assert chosen.args == ["deer"]

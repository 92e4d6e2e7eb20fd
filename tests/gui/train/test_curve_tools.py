"""What can be done with the curves: read, zoom, hide, smooth, compare with earlier runs, take along."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot
from test_curves import a_run, batch, epoch, start

from stl_tl_gui.engine.events import RunStart
from stl_tl_gui.engine.runs.run import Run, create_run
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.engine.storage.places import runs_folder
from stl_tl_gui.gui.train.curves import Curves
from stl_tl_gui.gui.train.earlier_runs import MOST, earlier_runs

LONG = 10_000


@pytest.fixture
def curves(qtbot: QtBot) -> Curves:
    curves = Curves()
    qtbot.addWidget(curves)
    curves.resize(700, 600)
    curves.show()
    qtbot.waitExposed(curves)
    for event in a_run(4):
        curves.on_event(event)
    curves.redraw()
    return curves


def place(curves: Curves, x: float, share: float = 0.5) -> QPoint:
    """Where in the accuracy plot an epoch is."""
    box = curves.accuracy.plot.getViewBox()
    y = box.sceneBoundingRect().top() + share * box.sceneBoundingRect().height()
    return QPointF(box.mapViewToScene(QPointF(x, 50)).x(), y).toPoint()


def test_that_pointing_at_a_plot_reads_all_of_them_at_that_place(curves, qtbot):
    qtbot.mouseMove(curves.accuracy.view.viewport(), place(curves, 2.02))
    qtbot.waitUntil(lambda: curves.stack.at is not None)
    assert curves.stack.at == pytest.approx(2.02, abs=0.05)
    text = curves.stack.accessibleDescription()
    assert "validation 40.0 %" in text
    assert "training 60.0 %" in text
    assert "learning rate 0.001" in text
    assert curves.loss._cross.isVisible()
    curves.stack.point_at(None)
    assert not curves.loss._cross.isVisible()
    assert "Best validation accuracy" in curves.stack.accessibleDescription()


def test_that_the_keyboard_reads_epoch_by_epoch(curves, qtbot):
    curves.stack.setFocus()
    for key, at in [
        (Qt.Key.Key_Left, 4),
        (Qt.Key.Key_Left, 3),
        (Qt.Key.Key_Home, 1),
        (Qt.Key.Key_Left, 1),
        (Qt.Key.Key_Right, 2),
        (Qt.Key.Key_End, 4),
        (Qt.Key.Key_Right, 4),
    ]:
        qtbot.keyClick(curves.stack, key)
        assert curves.stack.at == at
    assert "Epoch 4: " in curves.stack.accessibleDescription()
    qtbot.keyClick(curves.stack, Qt.Key.Key_Escape)
    assert curves.stack.at is None


def test_that_the_reading_follows_new_points(curves, qtbot):
    curves.stack.point_at(5.0)
    assert "validation" not in curves.stack.accessibleDescription()
    for event in (*[batch(step) for step in range(41, 51)], epoch(5, 0.93)):
        curves.on_event(event)
    qtbot.waitUntil(lambda: "validation 93.0 %" in curves.stack.accessibleDescription())


def test_that_a_name_hides_its_curve_and_says_so_by_more_than_colour(curves, qtbot):
    curve = curves.accuracy.curves["train_accuracy"]
    qtbot.mouseClick(curve.button, Qt.MouseButton.LeftButton)
    assert not curve.item.isVisible()
    assert curve.button.font().strikeOut()
    curves.stack.point_at(2.0)
    assert "training 60.0 %" not in curves.stack.accessibleDescription()
    curve.button.setFocus()
    qtbot.keyClick(curve.button, Qt.Key.Key_Space)
    assert curve.item.isVisible()


def test_that_dragging_enlarges_and_show_all_or_a_double_click_goes_back(curves, qtbot):
    view, before = curves.accuracy.view.viewport(), curves.accuracy.plot.viewRange()
    assert not curves.tools.show_all.isEnabled()
    for back in (
        lambda: qtbot.mouseClick(curves.tools.show_all, Qt.MouseButton.LeftButton),
        lambda: qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=place(curves, 2)),
    ):
        first, last = place(curves, 1, 0.2), place(curves, 3, 0.8)
        qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=first)
        for step in range(1, 9):
            qtbot.mouseMove(view, first + (last - first) * step / 8)
            qtbot.wait(5)
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=last)
        qtbot.waitUntil(curves.tools.show_all.isEnabled)
        zoomed = curves.loss.plot.viewRange()[0]  # the plots share their time axis
        assert zoomed[0] > before[0][0] + 0.3
        assert zoomed[1] < before[0][1] - 0.3
        curves.on_event(batch(41))
        curves.redraw()
        assert curves.loss.plot.viewRange()[0] == pytest.approx(zoomed)  # new points do not end a zoom
        back()
        qtbot.waitUntil(lambda: not curves.tools.show_all.isEnabled())
        curves.redraw()
        assert curves.accuracy.plot.viewRange()[0] == pytest.approx(before[0], abs=0.1)


def test_that_the_loss_can_be_drawn_by_its_logarithm_also_where_it_is_zero(curves, qtbot):
    curves.on_event(batch(41, 0.0))
    qtbot.mouseClick(curves.tools.logarithmic, Qt.MouseButton.LeftButton)
    curves.redraw()
    curves.grab()
    y = curves.loss.curves["batch_loss"].item.getData()[1]
    assert np.isfinite(y).all()
    assert y[0] == pytest.approx(np.log10(3))
    again = Curves()
    qtbot.addWidget(again)
    assert again.tools.logarithmic.isChecked()  # it is remembered


def test_that_the_smoothing_can_be_chosen_and_is_told_in_words(curves, qtbot):
    slider = curves.tools.smoothing.slider
    rng = np.random.default_rng(0)
    curves.on_event(start(40))
    for step in range(1, 401):
        curves.on_event(batch(step, 1 + float(rng.normal(0, 0.3))))
    curves.redraw()
    assert "(auto)" in curves.tools.smoothing.words.text()
    slider.setFocus()
    spread = []
    for words in ("not smoothed", "mean of 2", "mean of 4", "mean of 8"):
        qtbot.keyClick(slider, Qt.Key.Key_Right)
        assert curves.tools.smoothing.words.text() == words
        spread.append(curves.points("loss").y[50:].std())
    assert np.array_equal(curves.points("batch_loss").x, curves.points("loss").x)
    assert spread == sorted(spread, reverse=True)
    assert spread[0] == pytest.approx(curves.points("batch_loss").y[50:].std())
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    assert "(auto)" in curves.tools.smoothing.words.text()


def test_that_the_best_epoch_is_marked_through_all_plots(curves):
    assert curves.loss.marks()["best"] == 4
    assert curves.rate.marks()["best"] == 4
    assert curves.accuracy.best_label.toPlainText() == "80.0 %"


def a_run_folder(name: str, accuracies: list[float], fingerprint: str = "same") -> Run:
    run = create_run(make_settings({"data": "sample"}), runs_folder() / name)
    run.update(facts={"data_fingerprint": fingerprint})
    run.log(start(len(accuracies)).model_copy(update={"run": str(run.folder)}))
    for number, accuracy in enumerate(accuracies, 1):
        run.log(epoch(number, accuracy))
    return run


def start_of(run: Run) -> RunStart:
    return start(4).model_copy(update={"run": str(run.folder)})


def test_that_earlier_runs_on_the_same_pictures_are_lines_to_beat(curves, qtbot):
    a_run_folder("weak", [0.2, 0.3])
    a_run_folder("strong", [0.5, 0.9, 0.7])
    a_run_folder("other pictures", [0.99], fingerprint="other")
    with qtbot.waitSignal(curves.earlier.found, timeout=LONG) as found:
        curves.on_event(start_of(a_run_folder("now", [])))
    assert [each.run.name for each in found.args[0]] == ["strong", "weak"]
    curve = curves.accuracy.curves["earlier"]
    assert curve.button.text() == "to beat: 90.0 %"
    assert curve.y.tolist() == [50, 90, 70]
    curves.stack.point_at(2.0)
    assert "to beat: 90.0 % 90.0 %" in curves.stack.accessibleDescription()
    curves.tools.references.setCurrentIndex(curves.tools.references.findData("all"))
    assert curve.button.text() == "2 earlier runs"
    curves.tools.references.setCurrentIndex(curves.tools.references.findData("none"))
    assert curve.button.isHidden()


def test_that_epochs_which_an_earlier_run_gave_up_when_it_was_resumed_do_not_count():
    earlier = a_run_folder("resumed", [0.5, 0.6, 0.99])
    earlier.log(start_of(earlier).model_copy(update={"epochs_done": 2}))
    (found,) = earlier_runs(a_run_folder("now", []), lambda: False)
    assert found.epochs.tolist() == [1, 2]
    assert found.best == pytest.approx(60)


def test_that_only_runs_before_it_and_readable_ones_count_and_not_too_many():
    for number in range(MOST + 3):
        a_run_folder(f"{number:02}", [number / 20])
    (runs_folder() / "05" / "events.jsonl").write_text("{")
    run = a_run_folder("now", [])
    found = earlier_runs(run, lambda: False)
    assert len(found) == MOST
    assert [each.best for each in found] == sorted((each.best for each in found), reverse=True)
    assert earlier_runs(Run(Path("/nowhere")), lambda: False) == []


def test_that_pictures_and_tables_can_be_copied(curves):
    curves.menu.copy_table()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t") == [
        "epoch",
        "batch_loss",
        "loss",
        "val_loss",
        "train_accuracy",
        "val_accuracy",
        "learning_rate",
    ]
    assert len(lines) == 1 + 40
    curves.menu.copy_picture()
    image = QGuiApplication.clipboard().image()
    assert image.width() == 2 * curves.stack.width()


def test_that_curves_are_saved_as_csv_png_and_svg(curves, tmp_path):
    curves.menu.save_table(tmp_path / "c.csv")
    with (tmp_path / "c.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["val_accuracy"]) for row in rows if row["val_accuracy"]] == pytest.approx([0.2, 0.4, 0.6, 0.8])
    curves.menu.save_picture(tmp_path / "c.png")
    assert not QImage(str(tmp_path / "c.png")).isNull()
    curves.menu.save_picture(tmp_path / "c.svg")
    svg = (tmp_path / "c.svg").read_text()
    assert QSvgRenderer(str(tmp_path / "c.svg")).isValid()
    for text in ("Loss", "Accuracy", "validation", "Epoch"):
        assert text in svg
    images = [int(width) for width in re.findall(r'<image[^>]* width="(\d+)"', svg)]
    assert all(width < 200 for width in images)  # the plots are drawn, only the names' buttons are pictures
    assert 8 not in images  # and so are the symbols


def test_that_a_picture_that_cannot_be_saved_is_explained(curves, tmp_path, qtbot):
    for path in (tmp_path / "c.bmp", tmp_path / "no folder" / "c.png"):
        curves.menu.save_picture(path)
        (box,) = [each for each in curves.findChildren(QMessageBox) if each.isVisible()]
        assert path.name in box.text()
        box.close()
        qtbot.waitUntil(lambda: not [each for each in curves.findChildren(QMessageBox) if each.isVisible()])

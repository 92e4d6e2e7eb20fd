import shutil

import builders
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox

from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.engine.training.train import train
from stl_tl_gui.gui.evaluate.evaluate_page import EvaluatePage

LONG = 30_000
QUICK = {**builders.QUICK, **builders.PLAIN, "epochs": 1}


@pytest.fixture
def run(colours, drain):
    return drain(train(make_settings({**QUICK, "data": str(colours)})))[1]


@pytest.fixture
def page(qtbot):
    page = EvaluatePage()
    page.resize(1000, 700)
    qtbot.addWidget(page)
    page.show()
    return page


def boxes(page):
    return [box for box in page.findChildren(QMessageBox) if box.isVisible()]


def press(qtbot, box, text):
    (button,) = [button for button in box.buttons() if text in button.text()]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_that_pictures_that_moved_are_shown_after_saying_where_they_are(
    qtbot, page, run, colours, tmp_path, monkeypatch
):
    shutil.move(colours, tmp_path / "there")
    page.show_run(run)
    qtbot.waitUntil(page.header.find_pictures.isVisible, timeout=LONG)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "there"))
    qtbot.mouseClick(page.header.find_pictures, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(page.pictures.opening.result, timeout=LONG) as opened:
        pass
    assert opened.args[0].location == str(tmp_path / "there")
    assert not page.header.find_pictures.isVisible()


def test_that_other_pictures_are_refused(qtbot, page, run, colours, tmp_path, monkeypatch):
    shutil.move(colours, tmp_path / "there")
    next((tmp_path / "there" / "train").rglob("*.png")).unlink()
    page.show_run(run)
    qtbot.waitUntil(page.header.find_pictures.isVisible, timeout=LONG)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "there"))
    qtbot.mouseClick(page.header.find_pictures, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(boxes(page)), timeout=LONG)
    (box,) = boxes(page)
    assert "are not the ones" in box.text()
    box.close()


def test_that_an_evaluation_asks_for_the_pictures_and_goes_on(qtbot, page, run, colours, tmp_path, monkeypatch):
    shutil.move(colours, tmp_path / "there")
    page.show_run(run)
    page.evaluate("val")
    qtbot.waitUntil(lambda: bool(boxes(page)), timeout=LONG)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "there"))
    with qtbot.waitSignal(page.evaluated, timeout=LONG):
        press(qtbot, boxes(page)[0], "Choose folder")
    assert run.predictions("val").exists()

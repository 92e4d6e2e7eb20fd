"""Classifying what a stand-in camera sees."""

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMessageBox

from stl_tl_gui.engine.data.decoding import WHOLE
from stl_tl_gui.engine.data.preprocessing import Preprocessing
from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.evaluation.inference import Classified
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.gui.background.worker import workers_at_work
from stl_tl_gui.gui.capture import live_switch
from stl_tl_gui.gui.capture.live_classification import LiveClassification
from stl_tl_gui.gui.capture.live_view import LiveView, Rate
from stl_tl_gui.gui.classify.classify_page import ClassifyPage


class Reddish:
    """Stands in for a Classifier: tells red from blue. `gate` holds it up before each picture."""

    title, class_names = "Reddish", ("red", "blue")
    preprocessing = Preprocessing(32, "pad", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    part = WHOLE

    def __init__(self):
        self.seen = []
        self.gate = threading.Event()
        self.gate.set()
        self.error = None

    def classify(self, sources, should_stop):
        (picture,) = sources
        self.gate.wait(5)
        if self.error is not None:
            raise self.error
        red, _, blue = picture.getpixel((0, 0))
        self.seen.append(red)
        share = red / (red + blue)
        by_class = dict(sorted({"red": share, "blue": 1 - share}.items(), key=lambda pair: -pair[1]))
        yield Classified("Picture 1", None, next(iter(by_class)), max(share, 1 - share), by_class)
        yield Progress(stage="Classifying", done=1, total=1)


@pytest.fixture
def model():
    return Reddish()


@pytest.fixture
def view(qtbot, source, model):
    view = LiveView(source)
    qtbot.addWidget(view)
    view.show()
    qtbot.waitExposed(view)
    view.set_model(model)
    return view


@pytest.fixture
def page(qtbot, source, model, monkeypatch):
    monkeypatch.setattr(live_switch, "camera_installed", lambda: True)
    monkeypatch.setattr(live_switch, "open_camera", lambda: source)
    page = ClassifyPage(opener=lambda path, **_: model)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitExposed(page)
    with qtbot.waitSignal(page.work.opened):
        page.set_model(Path("a run"))
    return page


def test_that_bars_follow_the_newest_frame(qtbot, view, source):
    source.send("red")
    qtbot.waitUntil(lambda: view.answer.text() == "red, 100.0 %")
    source.send("blue")
    qtbot.waitUntil(lambda: view.answer.text() == "blue, 100.0 %")
    assert [bar.name for bar in view.bars.bars()] == ["blue", "red"]
    qtbot.waitUntil(lambda: "per second" in view.rate.text())


def test_that_frames_that_come_while_the_model_is_busy_are_let_go(qtbot, source, model):
    live, results = LiveClassification(), []
    live.classified.connect(results.append)
    live.start(model)
    model.gate.clear()
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    for red in range(100, 200, 10):
        image.fill(red << 16 | 0xFF000000)
        live.show(image.copy())
    model.gate.set()
    qtbot.waitUntil(lambda: bool(model.seen) and model.seen[-1] == 190)
    assert len(model.seen) <= 2
    live.stop()


def test_that_the_gui_thread_does_not_wait_for_the_model(qtbot, view, source, model):
    model.gate.clear()
    for _ in range(20):
        source.send("red")
    assert view.answer.text() != "red, 100.0 %"
    assert not view.camera.preview.frame.isNull()
    model.gate.set()
    qtbot.waitUntil(lambda: view.answer.text() == "red, 100.0 %")


def test_that_no_thread_and_no_camera_is_kept_while_nobody_looks(qtbot, view, source):
    source.send()
    assert view.work.on
    view.hide()
    assert not source.on
    qtbot.waitUntil(lambda: workers_at_work() == ())
    view.show()
    assert source.on


def test_that_a_minimised_window_lets_go_of_the_camera(qtbot, view, source):
    view.showMinimized()
    qtbot.waitUntil(lambda: not source.on)
    view.showNormal()
    qtbot.waitUntil(lambda: source.on)


def test_that_the_page_shows_the_camera_and_dropped_pictures_in_its_place(qtbot, page, source, colours):
    qtbot.mouseClick(page.camera, Qt.MouseButton.LeftButton)
    assert source.on
    source.send("red")
    qtbot.waitUntil(lambda: page.camera.view.answer.text() == "red, 100.0 %")
    qtbot.mouseClick(page.camera, Qt.MouseButton.LeftButton)
    assert not source.on
    qtbot.mouseClick(page.camera, Qt.MouseButton.LeftButton)
    page.camera.view.work.stop()
    page.work.cancel()
    page.classify([])
    assert not page.camera.isChecked()
    assert not source.on


def test_that_closing_the_page_lets_go_of_the_camera(qtbot, page, source):
    qtbot.mouseClick(page.camera, Qt.MouseButton.LeftButton)
    assert source.on
    page.close()
    assert not source.on


def test_that_a_model_that_fails_switches_the_camera_off_and_says_so(qtbot, page, source, model):
    model.error = UserError("The model is broken.")
    qtbot.mouseClick(page.camera, Qt.MouseButton.LeftButton)
    source.send()
    qtbot.waitUntil(lambda: page.findChild(QMessageBox) is not None)
    assert page.findChild(QMessageBox).text() == "The model is broken."
    assert not page.camera.isChecked()
    assert not source.on


def test_that_there_is_no_switch_without_qtmultimedia(qtbot, monkeypatch):
    monkeypatch.setattr(live_switch, "camera_installed", lambda: False)
    page = ClassifyPage()
    qtbot.addWidget(page)
    page.show()
    assert page.camera.isHidden()


def test_that_the_rate_is_that_of_the_last_seconds():
    rate = Rate()
    assert rate.count(0) == 0
    assert [round(rate.count(0.1 * n), 1) for n in range(1, 5)] == [10, 10, 10, 10]
    assert rate.count(100) == 0

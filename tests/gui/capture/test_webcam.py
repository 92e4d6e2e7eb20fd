"""The real camera's part of Qt, where it is installed; no camera is needed."""

import pytest
from PySide6.QtGui import QColor, QImage

multimedia = pytest.importorskip("PySide6.QtMultimedia", exc_type=ImportError)
pytestmark = pytest.mark.qt_log_ignore("Couldn't (load|resolve) ", "No RHI backend")  # what a bare machine lacks


@pytest.fixture
def webcam(qtbot):
    from stl_tl_gui.gui.capture.webcam import Webcam

    camera = Webcam(patience=20)
    yield camera
    camera.stop()


def frame(color: str = "red"):
    image = QImage(64, 48, QImage.Format.Format_RGB32)
    image.fill(QColor(color))
    return multimedia.QVideoFrame(image)


def test_that_a_missing_camera_is_said(qtbot, webcam):
    if multimedia.QMediaDevices.videoInputs():
        pytest.skip("there is a camera here")
    with qtbot.waitSignal(webcam.failed) as heard:
        webcam.start()
    assert heard.args == ["No camera was found. Plug one in, then try again."]
    assert webcam.devices() == {}


def test_that_frames_are_handed_on_as_pictures_but_not_too_many(qtbot, webcam):
    webcam._on = True
    seen: list[QImage] = []
    webcam.frame.connect(seen.append)
    for _ in range(3):
        webcam.take(frame())
    assert len(seen) == 1
    assert seen[0].pixelColor(5, 5).red() > 200
    webcam.stop()
    webcam.take(frame())
    assert len(seen) == 1


def test_that_a_camera_that_sends_nothing_is_given_up(qtbot, webcam):
    webcam._on = True
    with qtbot.waitSignal(webcam.failed) as heard:
        webcam.take(frame())
    assert "sends no pictures" in heard.args[0]


def test_that_a_camera_in_use_by_another_program_is_said(qtbot, webcam):
    webcam._on = True
    with qtbot.waitSignal(webcam.failed) as heard:
        webcam._went_wrong(multimedia.QCamera.Error.CameraError, "Device busy")
    assert "perhaps another program has it" in heard.args[0]
    assert "Device busy" in heard.args[0]


def test_that_the_size_nearest_to_720_lines_is_chosen_unless_it_is_slow(qtbot):
    from types import SimpleNamespace

    from PySide6.QtCore import QSize

    from stl_tl_gui.gui.capture.webcam import _best_format

    def made(height: int, rate: float):
        return SimpleNamespace(resolution=lambda: QSize(16, height), maxFrameRate=lambda: rate)

    assert _best_format([]) is None
    small, good, large, slow = made(480, 30), made(720, 30), made(2160, 30), made(720, 5)
    assert _best_format([small, good, large, slow]) is good
    assert _best_format([small, large, slow]) is small

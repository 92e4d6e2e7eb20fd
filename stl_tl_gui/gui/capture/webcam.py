"""The computer's cameras through QtMultimedia. The only file that imports it."""

from PySide6.QtCore import QCameraPermission, QCoreApplication, QElapsedTimer, QObject, Qt
from PySide6.QtMultimedia import (
    QCamera,
    QCameraDevice,
    QCameraFormat,
    QMediaCaptureSession,
    QMediaDevices,
    QVideoFrame,
    QVideoSink,
)

from stl_tl_gui.gui.background.timers import make_timer
from stl_tl_gui.gui.capture.frame_source import FrameSource

_BEST_HEIGHT, _FEWEST_FRAMES = 720, 15
"""Models look at 224 pixels or so: larger frames would only cost time."""
_BETWEEN_FRAMES = 30
"""Milliseconds: some frames of faster cameras are skipped."""
_PATIENCE = 6000
"""Milliseconds without a frame after which the camera counts as silent; some need seconds to wake up."""


class Webcam(FrameSource):
    """One camera at a time: the chosen one, else the system's own choice."""

    def __init__(self, parent: QObject | None = None, patience: int = _PATIENCE) -> None:
        super().__init__(parent)
        self._on = False
        self._chosen = b""
        self._camera: QCamera | None = None
        self._devices = QMediaDevices(self)
        self._devices.videoInputsChanged.connect(self._devices_changed)
        self._session = QMediaCaptureSession(self)
        self._sink = QVideoSink(self)
        self._sink.videoFrameChanged.connect(self.take)
        self._session.setVideoSink(self._sink)
        self._silence = make_timer(self, patience, self._is_silent, once=True)
        self._since = QElapsedTimer()

    def devices(self) -> dict[str, str]:
        first = self._device()
        found = sorted(QMediaDevices.videoInputs(), key=lambda each: each.id() != first.id())
        return {each.id().toStdString(): each.description() for each in found}

    def choose(self, device: str) -> None:
        self._chosen = device.encode()

    def start(self) -> None:
        if self._on:
            return
        self._on = True
        application = QCoreApplication.instance()
        assert application is not None
        permission = QCameraPermission()
        if application.checkPermission(permission) == Qt.PermissionStatus.Undetermined:
            application.requestPermission(permission, self, self._permitted)
        else:
            self._permitted(permission)

    def stop(self) -> None:
        self._on = False
        self._silence.stop()
        if self._camera is not None:
            self._camera.stop()
            self._session.setCamera(None)  # type: ignore[arg-type]  # which lets go of the device
            self._camera.deleteLater()
            self._camera = None

    def take(self, frame: QVideoFrame) -> None:
        """Pass on a frame, unless the last one was passed on just before."""
        if not self._on or not frame.isValid():
            return
        self._silence.start()
        if self._since.isValid() and self._since.elapsed() < _BETWEEN_FRAMES:
            return
        self._since.start()
        image = frame.toImage()
        if not image.isNull():
            self.frame.emit(image)

    def _permitted(self, _: QCameraPermission) -> None:
        if not self._on or self._camera is not None:  # stopped while the user was asked
            return
        application = QCoreApplication.instance()
        assert application is not None
        if application.checkPermission(QCameraPermission()) == Qt.PermissionStatus.Denied:
            self._give_up(
                "This app is not allowed to use the camera. Allow it in the system's privacy settings, then try again."
            )
            return
        device = self._device()
        if device.isNull():
            self._give_up("No camera was found. Plug one in, then try again.")
            return
        self._open(device)

    def _open(self, device: QCameraDevice) -> None:
        self._camera = QCamera(device, self)
        best = _best_format(device.videoFormats())
        if best is not None:
            self._camera.setCameraFormat(best)
        self._camera.errorOccurred.connect(self._went_wrong)
        self._session.setCamera(self._camera)
        self._silence.start()
        self._camera.start()

    def _device(self) -> QCameraDevice:
        """The chosen camera where it is plugged in, else the system's choice; a null one if there is none."""
        found = [each for each in QMediaDevices.videoInputs() if each.id().toStdString().encode() == self._chosen]
        return found[0] if found else QMediaDevices.defaultVideoInput()

    def _devices_changed(self) -> None:
        present = [each.id() for each in QMediaDevices.videoInputs()]
        if self._camera is not None and self._camera.cameraDevice().id() not in present:
            self._give_up("The camera was unplugged. Plug it in again, or choose another one.")
        self.devices_changed.emit()

    def _went_wrong(self, error: QCamera.Error, words: str) -> None:
        if error == QCamera.Error.NoError or not self._on:
            return
        text = "The camera cannot be used. Close other programs that use it, then try again."
        self._give_up(f"{text} ({words})" if words else text)

    def _is_silent(self) -> None:
        self._give_up("The camera sends no pictures. Close other programs that use it, then try again.")

    def _give_up(self, sentence: str) -> None:
        self.stop()
        self.failed.emit(sentence)


def _best_format(formats: list[QCameraFormat]) -> QCameraFormat | None:
    """The one nearest to 720 lines, and among these the fastest; slow ones only where there are no others."""

    def rank(each: QCameraFormat) -> tuple[bool, int, float]:
        fast = each.maxFrameRate() >= _FEWEST_FRAMES
        return not fast, abs(each.resolution().height() - _BEST_HEIGHT), -each.maxFrameRate()

    return min(formats, key=rank, default=None)

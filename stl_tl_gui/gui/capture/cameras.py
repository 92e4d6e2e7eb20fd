"""What a source of camera frames is, and whether there can be one: QtMultimedia is an extra."""

from importlib.util import find_spec

from PySide6.QtCore import QObject

from stl_tl_gui.gui.capture.frame_source import FrameSource


class NoFrames(FrameSource):
    """Stands where QtMultimedia is installed but does not load."""

    def __init__(self, reason: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reason = reason

    def start(self) -> None:
        self.failed.emit(self._reason)

    def stop(self) -> None:
        pass


def camera_installed() -> bool:
    """Whether QtMultimedia is there. It is not imported by this question."""
    return find_spec("PySide6.QtMultimedia") is not None


def open_camera(parent: QObject | None = None) -> FrameSource:
    """The computer's cameras. QtMultimedia is first imported here."""
    try:
        from stl_tl_gui.gui.capture.webcam import Webcam
    except ImportError as error:
        text = "The camera cannot be used: Qt's part for it does not load ({0})."
        return NoFrames(text.format(_reason(error)), parent)
    return Webcam(parent)


def _reason(error: ImportError) -> str:
    """ "libpulse.so.0 is missing" says more than what the loader says."""
    library, colon, _ = str(error).partition(": cannot open shared object file")
    return f"{library} is missing" if colon else str(error)

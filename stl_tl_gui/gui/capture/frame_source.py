"""Where frames come from."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage


class FrameSource(QObject):
    """Frames of one of several devices, from start() to stop(). Nothing waits: frames and failures come as signals."""

    frame = Signal(QImage)
    """What is in front of the camera, not mirrored."""
    failed = Signal(str)
    """Why there are no frames, in a sentence. Another start() tries again."""
    devices_changed = Signal()
    """A camera was plugged in or out."""

    def devices(self) -> dict[str, str]:
        """The names of the cameras by what `choose` takes; the one in use comes first."""
        return {}

    def choose(self, device: str) -> None:
        """Use this camera from the next start() on."""

    def start(self) -> None:
        """Ask for frames; asking twice does no harm."""
        raise NotImplementedError

    def stop(self) -> None:
        """Release the camera for other programs."""
        raise NotImplementedError

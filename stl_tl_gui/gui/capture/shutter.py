"""Shutter: says when to take pictures, after a countdown and then at regular times."""

from PySide6.QtCore import QObject, QTimer, Signal

from stl_tl_gui.gui.background.timers import make_timer

COUNTDOWN = 3
_BEAT = 1000


class Shutter(QObject):
    """One burst at a time."""

    counted = Signal(int)
    """What to show: 3, 2, 1, and 0 when there is nothing to count any more."""
    due = Signal()
    """Take a picture now."""
    left_changed = Signal(int)
    """How many pictures are still to be taken in this burst."""
    ended = Signal()

    def __init__(self, parent: QObject | None = None, beat: int = _BEAT) -> None:
        """`beat`: milliseconds from one number of the countdown to the next."""
        super().__init__(parent)
        self._left = self._number = self._interval = 0
        self._beat = make_timer(self, beat, self._count)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._take)

    @property
    def running(self) -> bool:
        """Whether it counts down or has pictures to take."""
        return self._left > 0

    def start(self, count: int, interval: int) -> None:
        """Count down, then ask for `count` pictures, one every `interval` milliseconds."""
        self.stop()
        self._left, self._interval, self._number = count, interval, COUNTDOWN
        self.left_changed.emit(count)
        self.counted.emit(self._number)
        self._beat.start()

    def stop(self) -> None:
        """Take no more; what is taken stays."""
        if not self.running:
            return
        self._left = 0
        self._beat.stop()
        self._timer.stop()
        self.counted.emit(0)
        self.ended.emit()

    def _count(self) -> None:
        self._number -= 1
        self.counted.emit(self._number)
        if self._number == 0:
            self._beat.stop()
            self._timer.start(self._interval)
            self._take()

    def _take(self) -> None:
        if self._left == 1:
            self._timer.stop()
        self._left -= 1
        self.due.emit()
        self.left_changed.emit(self._left)
        if not self._left:
            self.ended.emit()

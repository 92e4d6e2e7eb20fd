"""Thumbnails: small pictures for grids and tables, read in the background and kept while there is room."""

import threading
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from PIL import Image
from PySide6.QtCore import QCoreApplication, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QPen, QPixmap

from stl_tl_gui.gui.background.precedence import give_way
from stl_tl_gui.gui.background.timers import make_timer

Reader = Callable[[Any], Image.Image]
"""Gives the picture of a key, not much larger than needed: `lambda index: images.read(index, at_least=side)`."""

_THREADS = 2
_TICK = 15
"""Milliseconds between looks at what the threads have read: ready pictures appear together, once per frame."""
_PER_TICK = 100


def to_qimage(image: Image.Image) -> QImage:
    """A Qt image with its own memory. May be called in any thread."""
    rgb = image if image.mode == "RGB" else image.convert("RGB")
    data = rgb.tobytes()
    return QImage(data, rgb.width, rgb.height, 3 * rgb.width, QImage.Format.Format_RGB888).copy()


def fitted(image: Image.Image, side: int) -> Image.Image:
    """The picture scaled so that its longer side is `side` pixels."""
    scale = side / max(image.size)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    if size == image.size:
        return image
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


@dataclass
class _Requests:
    """What the reading threads share with the GUI thread. Knows no QObject, so it may outlive the window."""

    read: Reader
    pixels: int
    most: int
    lock: threading.Lock = field(default_factory=threading.Lock)
    wanted: dict[Hashable, None] = field(default_factory=dict)
    """Oldest first; the newest is read next."""
    reading: set[Hashable] = field(default_factory=set)
    arrived: deque[tuple[Hashable, QImage | str]] = field(default_factory=deque)
    """Pictures, or why one cannot be read."""
    threads: int = 0

    def want(self, key: Hashable) -> bool:
        """Put a key in front of the queue. True if another thread should start."""
        with self.lock:
            if key in self.reading:
                return False
            self.wanted.pop(key, None)
            self.wanted[key] = None
            if len(self.wanted) > self.most:  # the oldest has long been scrolled away
                del self.wanted[next(iter(self.wanted))]
            if self.threads >= _THREADS:
                return False
            self.threads += 1
            return True

    def drain(self) -> None:
        """Read until nothing is requested. Runs in a thread of its own."""
        while True:
            with self.lock:
                if not self.wanted:
                    self.threads -= 1
                    return
                key, _ = self.wanted.popitem()
                self.reading.add(key)
            found = self._read(key)
            with self.lock:
                self.arrived.append((key, found))

    def _read(self, key: Hashable) -> QImage | str:
        try:
            return to_qimage(fitted(self.read(key), self.pixels))
        except Exception as error:  # noqa: BLE001 - one bad picture must not leave all others unread
            return str(error) or type(error).__name__

    def take(self) -> tuple[list[tuple[Hashable, QImage | str]], bool]:
        """Some of what has arrived, and whether more is to come."""
        with self.lock:
            some = [self.arrived.popleft() for _ in range(min(_PER_TICK, len(self.arrived)))]
            self.reading.difference_update(key for key, _ in some)
            return some, bool(self.arrived or self.reading or self.wanted or self.threads)

    def close(self) -> None:
        """Drop all requests; threads end after the picture under way."""
        with self.lock:
            self.wanted.clear()
            self.most = 0


class Thumbnails(QObject):
    """Pictures by key, at most `side` logical pixels wide and high. Use it in the GUI thread only.

    `pixmap()` never waits: what is not there yet is a placeholder, and `ready` says when to paint again.
    """

    ready = Signal(object)
    """A key whose picture has arrived, or turned out to be unreadable."""

    def __init__(
        self,
        read: Reader | None = None,
        side: int = 96,
        parent: QObject | None = None,
        *,
        megabytes: float = 96,
        most_wanted: int = 500,
    ) -> None:
        """Without a reader, everything stays a placeholder. `most_wanted`: requests kept, more than fit on a screen."""
        super().__init__(parent)
        self.side = side
        self._ratio = QGuiApplication.instance().devicePixelRatio()  # type: ignore[union-attr]
        self._bytes_allowed = int(megabytes * 2**20)
        self._most_wanted = most_wanted
        self._bytes = 0
        self._cache: dict[Hashable, QPixmap] = {}  # least recently used first
        self._failures: dict[Hashable, str] = {}
        self._placeholder = self._blank()
        self._broken = self._crossed()
        self._requests: _Requests | None = None
        # not connected to the requests' own method: PySide would undo that in the thread that uses them last, and crash
        self._open = list[_Requests]()
        self.destroyed.connect(partial(_close_all, self._open))
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="thumbnails", initializer=give_way)
        self._timer = make_timer(self, _TICK, self._collect)
        application = QCoreApplication.instance()
        assert application is not None
        application.aboutToQuit.connect(self.close)
        self.set_reader(read)

    def set_reader(self, read: Reader | None) -> None:
        """Forget all pictures and read from elsewhere from now on."""
        self.close()
        self._cache.clear()
        self._failures.clear()
        self._bytes = 0
        if read is not None:
            self._requests = _Requests(read, round(self.side * self._ratio), self._most_wanted)
            self._open.append(self._requests)

    def set_side(self, side: int) -> None:
        """Make the pictures that are read from now on larger or smaller. Call `set_reader` next."""
        self.side = side
        self._placeholder, self._broken = self._blank(), self._crossed()

    def close(self) -> None:
        """Stop reading. Call it when the window closes, to end all threads."""
        self._timer.stop()
        if self._requests is not None:
            self._requests.close()
        self._requests = None
        self._open.clear()

    def pixmap(self, key: Hashable) -> QPixmap:
        """The thumbnail, or a placeholder while it is being read, or a crossed picture if it cannot be."""
        if key in self._failures:
            return self._broken
        found = self._cache.pop(key, None)
        if found is not None:
            self._cache[key] = found
            return found
        self._want(key)
        return self._placeholder

    def failure(self, key: Hashable) -> str | None:
        """Why there is no picture, as a sentence for a tooltip."""
        return self._failures.get(key)

    def cached_bytes(self) -> int:
        """Memory that the thumbnails take."""
        return self._bytes

    def _want(self, key: Hashable) -> None:
        if self._requests is None:
            return
        if self._requests.want(key):
            self._threads.submit(self._requests.drain)
        if not self._timer.isActive():
            self._timer.start()

    def _collect(self) -> None:
        if self._requests is None:
            return
        arrived, more = self._requests.take()
        if not more:
            self._timer.stop()
        for key, found in arrived:
            if isinstance(found, str):
                self._failures[key] = found
            else:
                self._keep(key, found)
            self.ready.emit(key)

    def _keep(self, key: Hashable, image: QImage) -> None:
        pixmap = QPixmap.fromImage(image)
        pixmap.setDevicePixelRatio(self._ratio)
        self._cache[key] = pixmap
        self._bytes += _bytes(pixmap)
        while self._bytes > self._bytes_allowed and len(self._cache) > 1:
            self._bytes -= _bytes(self._cache.pop(next(iter(self._cache))))

    def _blank(self) -> QPixmap:
        pixmap = QPixmap(round(self.side * self._ratio), round(self.side * self._ratio))
        pixmap.setDevicePixelRatio(self._ratio)
        pixmap.fill(QColor(128, 128, 128, 45))  # visible on light and on dark
        return pixmap

    def _crossed(self) -> QPixmap:
        pixmap = self._blank()
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(128, 128, 128), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        third = self.side / 3
        box = QRectF(third, third, third, third)
        painter.drawRect(box)
        painter.drawLine(box.topLeft(), box.bottomRight())
        painter.drawLine(box.topRight(), box.bottomLeft())
        painter.end()
        return pixmap


def _close_all(opened: list[_Requests]) -> None:
    for requests in opened:
        requests.close()


def _bytes(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * pixmap.depth() // 8

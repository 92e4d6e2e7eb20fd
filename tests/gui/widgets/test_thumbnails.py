import threading
import weakref

import pytest
from PIL import Image
from PySide6.QtCore import QObject

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.gui.widgets.thumbnails import Thumbnails, fitted, to_qimage

COLOURS = ["red", "lime", "blue", "white"]


def _picture(key):
    return Image.new("RGB", (60, 30), COLOURS[key % len(COLOURS)])


@pytest.fixture
def made(qapp):
    thumbnails = []

    def make(*args, **more):
        thumbnails.append(Thumbnails(*args, **more))
        return thumbnails[-1]

    yield make
    for each in thumbnails:
        each.close()


class _Gate:
    """A reader that waits at the first picture and notes the order of the others."""

    def __init__(self):
        self.open = threading.Event()
        self.order = []

    def __call__(self, key):
        if key in ("first", "second"):
            assert self.open.wait(10)
        else:
            self.order.append(key)
        return Image.new("RGB", (8, 8))


def test_that_a_picture_is_a_placeholder_first_and_ready_later(qtbot, made):
    thumbnails = made(_picture, side=40)
    assert thumbnails.pixmap(2).size().width() == 40
    with qtbot.waitSignal(thumbnails.ready) as ready:
        thumbnails.pixmap(2)
    assert ready.args == [2]
    pixmap = thumbnails.pixmap(2)
    assert (pixmap.width(), pixmap.height()) == (40, 20)
    assert pixmap.toImage().pixelColor(20, 10).name() == "#0000ff"
    assert thumbnails.failure(2) is None


def test_that_each_picture_is_read_once_however_often_it_is_asked_for(qtbot, made):
    seen = []
    thumbnails = made(lambda key: (seen.append(key), _picture(key))[1])
    with qtbot.waitSignals([thumbnails.ready] * 3):
        for _ in range(5):
            for key in range(3):
                thumbnails.pixmap(key)
    for key in range(3):
        thumbnails.pixmap(key)
    assert sorted(seen) == [0, 1, 2]


def test_that_the_newest_request_is_read_first_and_the_oldest_are_dropped(qtbot, made):
    gate = _Gate()
    thumbnails = made(gate, most_wanted=4)
    thumbnails.pixmap("first")
    thumbnails.pixmap("second")
    qtbot.waitUntil(lambda: len(thumbnails._requests.reading) == 2)
    for key in range(20):
        thumbnails.pixmap(key)
    with qtbot.waitSignals([thumbnails.ready] * 6):
        gate.open.set()
    assert sorted(gate.order) == [16, 17, 18, 19]
    assert gate.order[0] in (19, 18)


def test_that_a_picture_that_cannot_be_read_says_why_and_others_still_come(qtbot, made):
    def read(key):
        if key == 1:
            raise UserError("“b.png” is empty.")
        if key == 3:
            raise ZeroDivisionError
        return _picture(key)

    thumbnails = made(read)
    with qtbot.waitSignals([thumbnails.ready] * 4):
        for key in range(4):
            thumbnails.pixmap(key)
    assert thumbnails.failure(1) == "“b.png” is empty."
    assert thumbnails.failure(3) == "ZeroDivisionError"
    assert thumbnails.pixmap(1).cacheKey() == thumbnails.pixmap(3).cacheKey()
    assert thumbnails.pixmap(0).height() == 48


def test_that_the_cache_keeps_to_its_bound_and_drops_the_least_recently_used(qtbot, made):
    one = 32 * 16 * 4
    thumbnails = made(_picture, side=32, megabytes=3 * one / 2**20)
    for key in range(3):
        with qtbot.waitSignal(thumbnails.ready):
            thumbnails.pixmap(key)
    thumbnails.pixmap(0)
    with qtbot.waitSignal(thumbnails.ready):
        thumbnails.pixmap(3)
    assert thumbnails.cached_bytes() <= 3 * one
    assert set(thumbnails._cache) == {2, 0, 3}


def test_that_pictures_of_the_reader_before_never_appear(qtbot, made):
    gate = _Gate()
    thumbnails = made(gate, side=30)
    thumbnails.pixmap("first")
    thumbnails.set_reader(lambda key: Image.new("RGB", (8, 8), "red"))
    with qtbot.waitSignal(thumbnails.ready):
        thumbnails.pixmap("first")
        gate.open.set()
    assert thumbnails.pixmap("first").toImage().pixelColor(3, 3).name() == "#ff0000"


def test_that_without_a_reader_there_are_only_placeholders(made):
    thumbnails = made(side=20)
    assert thumbnails.pixmap("any").width() == 20
    assert not thumbnails._timer.isActive()


def test_that_a_deleted_owner_ends_the_reading_without_a_sound(qtbot):
    gate = _Gate()
    owner = QObject()
    thumbnails = Thumbnails(gate, parent=owner)
    requests, threads = thumbnails._requests, thumbnails._threads
    thumbnails.pixmap("first")
    for key in range(10):
        thumbnails.pixmap(key)
    with qtbot.waitSignal(owner.destroyed):
        owner.deleteLater()
    gate.open.set()
    threads.shutdown(wait=True)
    assert requests.threads == 0
    assert not requests.wanted


def test_that_qt_does_not_watch_what_a_thread_may_free(made):
    """PySide keeps a weak reference to the object of a connected method; freed by a thread, it crashes."""
    assert weakref.getweakrefcount(made(_picture)._requests) == 0


def test_that_the_timer_rests_when_nothing_is_wanted(qtbot, made):
    thumbnails = made(_picture)
    thumbnails.pixmap(0)
    qtbot.waitUntil(lambda: not thumbnails._timer.isActive())
    assert thumbnails.cached_bytes() > 0


@pytest.mark.parametrize(("size", "expected"), [((10, 20), (16, 32)), ((3000, 1), (32, 1)), ((32, 32), (32, 32))])
def test_that_pictures_fit_whatever_their_shape(size, expected):
    assert fitted(Image.new("RGB", size), 32).size == expected


def test_that_rows_of_any_width_keep_their_pixels():
    image = Image.new("RGB", (3, 2), "black")
    image.putpixel((2, 1), (1, 2, 3))
    assert to_qimage(image).pixelColor(2, 1).getRgb()[:3] == (1, 2, 3)

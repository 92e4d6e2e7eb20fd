"""The strip of training pictures as the model gets them."""

import threading

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.data.dataset import Dataset, ImageSet
from stl_tl_gui.engine.data.decoding import UnreadableImage
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings
from stl_tl_gui.gui.train.preview_strip import VERSIONS, PreviewStrip

LONG = 20_000


class Colored(ImageSet):
    def __init__(self, n: int, readable: bool = True):
        super().__init__([f"{number}.png" for number in range(n)], np.arange(n) % 3)
        self.readable = readable
        self.gate = threading.Event()
        self.gate.set()

    def read(self, index, at_least=None):
        self.gate.wait(LONG / 1000)
        if not self.readable:
            raise UnreadableImage("x", "is damaged")
        return Image.new("RGB", (60, 40), (20 * index, 100, 200))

    def path(self, index):
        return None

    def subset(self, indices):
        raise NotImplementedError


def dataset(n: int, readable: bool = True) -> Dataset:
    images = Colored(n, readable)
    return Dataset("x", "folder", "/x", ("ant", "bee", "cat"), {"train": images, "val": images}, f"{n} {readable}")


def settings(**values) -> TrainSettings:
    return make_settings({"recipe": "fixed", "input_size": 32, **values})


@pytest.fixture
def strip(qtbot: QtBot) -> PreviewStrip:
    strip = PreviewStrip()
    qtbot.addWidget(strip)
    strip.resize(430, 300)
    strip.show()
    qtbot.waitExposed(strip)
    return strip


def settle(strip: PreviewStrip, qtbot: QtBot) -> list[str]:
    qtbot.waitUntil(lambda: not strip.reading, timeout=LONG)
    return [label.accessibleName() for label in strip.pictures if label.isVisible()]


def test_that_without_data_it_says_what_will_be_here(strip):
    assert "Choose data to preview" in strip.caption.text()
    assert not strip.again.isEnabled()


def test_that_pictures_of_all_classes_are_shown_with_their_names(strip, qtbot):
    strip.show_for(dataset(9), settings())
    shown = settle(strip, qtbot)
    assert len(shown) == 9
    assert {name.split(",")[0] for name in shown} == {"ant", "bee", "cat"}
    assert strip.caption.text() == "32 x 32 pixels. Stretch to a square. Augmentation: light."


def test_that_again_shows_other_pictures_and_a_new_setting_the_same_ones(strip, qtbot):
    strip.show_for(dataset(40), settings())
    first = settle(strip, qtbot)
    strip.show_for(dataset(40), settings(resize="pad", augmentation="none"))
    assert settle(strip, qtbot) == first
    assert "Pad to a square. Augmentation: none." in strip.caption.text()
    qtbot.mouseClick(strip.again, Qt.MouseButton.LeftButton)
    assert settle(strip, qtbot) != first


def test_that_draws_of_the_augmentation_can_be_compared(qtbot):
    strip = PreviewStrip(VERSIONS)
    qtbot.addWidget(strip)
    strip.show()
    strip.show_for(dataset(40), settings(augmentation="microscope"))
    shown = settle(strip, qtbot)
    assert [name.rpartition(", ")[2] for name in shown] == ["unchanged", *(f"draw {n}" for n in range(1, 5))] * 2
    assert len({name.rpartition(", ")[0] for name in shown}) == 2


def test_that_what_an_item_does_is_shown_at_once(strip, qtbot):
    strip.show_for(dataset(9), settings())
    settle(strip, qtbot)
    before = [label.pixmap().toImage() for label in strip.pictures]
    strip.show_for(dataset(9), settings(noise=0.8))
    settle(strip, qtbot)
    assert [label.pixmap().toImage() for label in strip.pictures] != before
    assert "Augmentation: custom." in strip.caption.text()


def test_that_settings_that_change_nothing_here_read_nothing(strip, qtbot):
    strip.show_for(dataset(4), settings())
    settle(strip, qtbot)
    strip.show_for(dataset(4), settings(epochs=3, learning_rate=0.1))
    assert not strip.reading


def test_that_few_pictures_leave_no_empty_places(strip, qtbot):
    strip.show_for(dataset(9), settings())
    settle(strip, qtbot)
    strip.show_for(dataset(2), settings())
    assert len(settle(strip, qtbot)) == 2


def test_that_pictures_that_cannot_be_read_are_no_silence(strip, qtbot):
    strip.show_for(dataset(3, readable=False), settings())
    assert settle(strip, qtbot) == []
    assert strip.caption.text() == "No picture could be read."


def test_that_what_was_being_read_when_the_page_was_left_is_read_when_it_is_seen_again(strip, qtbot):
    data = dataset(9)
    data.splits["train"].gate.clear()
    strip.show_for(data, settings())
    qtbot.waitUntil(lambda: strip._job.busy, timeout=LONG)
    strip.hide()
    data.splits["train"].gate.set()
    strip.show()
    assert len(settle(strip, qtbot)) == 9


def test_that_nothing_is_read_while_it_is_not_seen(strip, qtbot):
    strip.hide()
    strip.show_for(dataset(9), settings())
    assert not strip.reading
    strip.show()
    assert len(settle(strip, qtbot)) == 9

"""Workplace: the temporary folder of a benchmark, with its pictures and with empty home folders for the app."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from stl_tl_gui.engine.benchmark.pictures import add_unlabeled, draw_photos, spread, write_stl10
from stl_tl_gui.engine.benchmark.settings import BenchmarkSettings
from stl_tl_gui.engine.data import open_dataset
from stl_tl_gui.engine.data.sample import render_sample
from stl_tl_gui.engine.data.splits import splitting_of
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import result_of
from stl_tl_gui.engine.machine.device import choose_device
from stl_tl_gui.engine.settings.settings import TrainSettings

_HOME = "STL_TL_GUI_HOME"


class Workplace:
    """Pictures are drawn when first needed."""

    def __init__(self, folder: Path, settings: BenchmarkSettings, should_stop: Callable[[], bool]) -> None:
        self.folder = folder
        self.settings = settings
        self.should_stop = should_stop
        self.device = choose_device(settings.device)
        self._count = 0

    def check(self) -> None:
        """Raises Cancelled when the benchmark was asked to stop."""
        if self.should_stop():
            raise Cancelled

    def fresh(self, name: str) -> Path:
        """A path that does not exist yet."""
        self._count += 1
        return self.folder / f"{name}-{self._count}"

    @contextmanager
    def new_home(self) -> Iterator[Path]:
        """An empty home folder for the app in this block; the user's own is neither read nor written.

        What the app caches (features, decoded pictures, the fastest arithmetic) would otherwise save it work in the
        second round that the others do again.
        """
        home = self.fresh("home")
        home.mkdir()
        with self.home(home):
            yield home
        shutil.rmtree(home, ignore_errors=True)

    @contextmanager
    def home(self, home: Path) -> Iterator[None]:
        """The app uses that home folder in this block."""
        before = os.environ.get(_HOME)
        os.environ[_HOME] = str(home)
        try:
            yield
        finally:
            if before is None:
                del os.environ[_HOME]
            else:
                os.environ[_HOME] = before

    @cached_property
    def training_data(self) -> Path:
        """An STL-10 folder to train on."""
        return write_stl10(self.folder / "training", self.settings.pictures)

    @cached_property
    def val_pictures(self) -> int:
        """How many of the training pictures the app uses for validation; the others do the same."""
        asked = TrainSettings(test_fraction=0.0)
        opening = open_dataset(str(self.training_data), splitting_of(asked))
        with self.new_home():
            return len(result_of(opening).splits["val"])

    @cached_property
    def chosen_data(self) -> str:
        """Where the data is that the settings name. The sample is drawn here, before anything is measured."""
        if self.settings.data != "sample":
            return self.settings.data
        with self.home(self.fresh("home")):
            return str(result_of(render_sample(self.should_stop)))

    @cached_property
    def evaluation_data(self) -> Path:
        """An STL-10 folder with as many other pictures of the same classes."""
        return write_stl10(self.folder / "evaluation", self.settings.pictures, seed=1)

    @cached_property
    def data_with_unlabeled(self) -> Path:
        return add_unlabeled(write_stl10(self.folder / "unlabeled", self.settings.pictures))

    @cached_property
    def _drawn_photos(self) -> list[Path]:
        return draw_photos(self.folder / "photos", self.settings.photo_size)

    def photos(self, n: int) -> list[Path]:
        """n photos in a new folder."""
        return spread(self._drawn_photos, self.fresh("photos"), n)

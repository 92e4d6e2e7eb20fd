"""Shared fixtures: every test has its own home folder, so that nothing of the user is read or written."""

import gc
import os
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from file_server import Server
from PIL import Image

from stl_tl_gui.gui.background.garbage import collect_what_is_due

gc.disable()
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["OMP_NUM_THREADS"] = "1"  # where other tests run beside it, small models wait for their other threads

Result = TypeVar("Result")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The app's own folders, empty."""
    folder = tmp_path / "home"
    monkeypatch.setenv("STL_TL_GUI_HOME", str(folder))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "machine"))  # a lab's machine may have weights of its own
    return folder


@pytest.fixture(autouse=True)
def no_garbage_in_threads() -> Iterator[None]:
    """As in the app: a test's widgets must not be deleted in a thread of the next test."""
    yield
    collect_what_is_due()


def drain(events: Generator[Any, None, Result]) -> tuple[list[Any], Result]:
    """All that a job yields, and what it returns."""
    seen = []
    while True:
        try:
            seen.append(next(events))
        except StopIteration as stop:
            return seen, stop.value


@pytest.fixture(name="drain")
def drain_fixture() -> Callable[..., Any]:
    return drain


COLOURS = {"blue": (40, 60, 200), "green": (40, 180, 70), "red": (200, 50, 40)}


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    """A folder of pictures that any model learns at once: noisy squares of three colours, 20 a class, 6 to test."""
    rng = np.random.default_rng(0)
    for split, n in (("train", 20), ("test", 6)):
        for name, colour in COLOURS.items():
            folder = tmp_path / "colours" / split / name
            folder.mkdir(parents=True)
            for index in range(n):
                pixels = rng.normal(colour, 40, (36, 40, 3)).clip(0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / f"{index:02}.png")
    return tmp_path / "colours"


@pytest.fixture
def server() -> Iterator[Server]:
    """A web server of one file, at `server.url`; `server.moods` say what goes wrong."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.stopped.set()
    server.shutdown()
    server.server_close()
    thread.join()

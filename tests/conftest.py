"""Shared fixtures: every test has its own home folder, so that nothing of the user is read or written."""

import gc
import os
import shutil
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from builders import write_colours
from file_server import Server
from hypothesis import HealthCheck, settings

from stl_tl_gui.engine.data.sample import render_sample
from stl_tl_gui.engine.storage.places import cache_folder
from stl_tl_gui.gui.background.garbage import collect_what_is_due

gc.disable()
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["OMP_NUM_THREADS"] = "1"  # where other tests run beside it, small models wait for their other threads
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")  # the computer may be

Result = TypeVar("Result")


def pytest_collection_finish() -> None:
    """What is imported stays: looking through it for garbage after tests would take longer than many of them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The app's own folders, empty."""
    folder = tmp_path / "home"
    monkeypatch.setenv("STL_TL_GUI_HOME", str(folder))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hugging face"))
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


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    """A folder of pictures that any model learns at once: noisy squares of three colours, 20 a class, 6 to test."""
    return write_colours(tmp_path / "colours")


@pytest.fixture(scope="session")
def drawn_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STL_TL_GUI_HOME", str(folder))
        return drain(render_sample())[1]


@pytest.fixture
def sample(drawn_sample: Path, home: Path) -> Path:
    """The built-in sample's folder, drawn already, for tests that do not change it."""
    folder = cache_folder() / drawn_sample.name
    shutil.copytree(drawn_sample, folder, copy_function=os.link)
    return folder


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

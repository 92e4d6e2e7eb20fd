"""Imports after the window is painted: first what its pages share, then, in the background, torch."""

import gc
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stl_tl_gui.engine.events import Progress


def load_shared() -> None:
    """Import what pages and jobs share. In the GUI thread and before there is any other.

    Pydantic imports its parts when they are first asked for, which fails if two threads do it at the same time.
    """
    import stl_tl_gui.engine.data
    import stl_tl_gui.engine.runs.run  # noqa: F401


def load_engine(should_stop: Callable[[], bool]) -> "Generator[Progress, None, str]":
    """Import torch and the plots, and find the device."""
    from stl_tl_gui.engine.events import Progress
    from stl_tl_gui.gui.background.engine_import import import_engine

    yield Progress(stage="Getting ready", done=0, total=0)
    import_engine()
    import stl_tl_gui.gui.train.curves  # noqa: F401
    from stl_tl_gui.engine.machine.device import device_line

    gc.freeze()  # what is loaded now stays, and is not looked through again
    return device_line()

"""Imports after the window is painted: first what its pages share, then, in the background, torch."""

import gc
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stl_tl_gui.engine.events import Progress


def load_shared() -> None:
    """Import what pages and jobs share. In the GUI thread and before there is any other.

    Pydantic imports its parts when they are first asked for, which fails if two threads do it at the same time.
    """
    import stl_tl_gui.engine.data
    import stl_tl_gui.engine.runs.run  # noqa: F401


@dataclass(frozen=True)
class Devices:
    """Where this computer can train."""

    line: str
    """Which device “Automatic” uses, for display."""
    here: dict[str, str]
    """All of them: names for display by what the setting can be."""


def load_engine(should_stop: Callable[[], bool]) -> "Generator[Progress, None, Devices]":
    """Import torch and the plots, and find the devices."""
    from stl_tl_gui.engine.events import Progress
    from stl_tl_gui.gui.background.engine_import import import_engine

    yield Progress(stage="Getting ready", done=0, total=0)
    import_engine()
    import stl_tl_gui.gui.train.curves  # noqa: F401
    from stl_tl_gui.engine.machine.device import device_line, devices_here

    gc.freeze()  # what is loaded now stays, and is not looked through again
    return Devices(device_line(), devices_here())

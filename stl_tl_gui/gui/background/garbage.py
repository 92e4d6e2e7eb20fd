"""Garbage, which is objects that refer to each other and to which nothing else does: found in the GUI thread alone.

By itself, Python looks for it in whatever thread happens to make an object. Where it finds a widget, Qt would delete
that there, and crash.
"""

import gc
import os
from typing import TYPE_CHECKING

from stl_tl_gui.gui.background.engine_import import importing_engine

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

_PERIOD = 1000
"""Milliseconds."""


def collect_in_this_thread(app: "QObject") -> None:
    """From now on, as long as `app` lives, and in no other thread."""
    from PySide6.QtCore import QTimer

    gc.disable()
    os.environ.setdefault("TORCH_DYNAMO_RUN_GC_AFTER_COMPILE", "0")  # or torch would, in the thread that trains
    if app.findChild(QTimer, __name__) is None:
        timer = QTimer(app)
        timer.setInterval(_PERIOD)
        timer.setObjectName(__name__)
        timer.timeout.connect(collect_what_is_due)
        timer.start()


def collect_what_is_due() -> None:
    """Young objects when many came since the last time, old ones at every tenth time, as Python does by itself."""
    if importing_engine():
        return  # each time it looks through what is loaded so far, the window is held up
    young, _, collections = gc.get_count()
    many_young, _, many_collections = gc.get_threshold()
    if collections > many_collections:
        gc.collect()
    elif young > many_young:
        gc.collect(1)

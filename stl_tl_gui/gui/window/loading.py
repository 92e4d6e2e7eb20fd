"""What is imported once the window is painted: first what its pages share, then, in the background, torch."""

import ctypes
import gc
import os
import sys
from collections.abc import Callable, Generator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stl_tl_gui.engine.events import Progress

_OF_THE_FIRST_RUN = ("torchvision.models", "torch._dynamo", "torchmetrics.functional.classification")
"""What a run would import at its start, by the model, the optimiser (whether it compiles or not) and the figures."""


def load_shared() -> None:
    """Import what pages and jobs share. In the GUI thread and before there is any other.

    Pydantic imports its parts when they are first asked for, which fails if two threads do it at the same time.
    """
    import stl_tl_gui.engine.data
    import stl_tl_gui.engine.runs  # noqa: F401


def load_engine(should_stop: Callable[[], bool]) -> "Generator[Progress, None, str]":
    """Import torch and the plots, and find out which device there is."""
    from stl_tl_gui.engine.events import Progress

    yield Progress(stage="Getting ready", done=0, total=0)
    _load_torch_libraries()
    gc.disable()  # each time it looks through what is loaded so far, the window is held up
    try:
        import stl_tl_gui.engine.evaluation
        import stl_tl_gui.engine.inference
        import stl_tl_gui.engine.training
        import stl_tl_gui.gui.train.curves  # noqa: F401
        from stl_tl_gui.engine.device import choose_device, device_title
        from stl_tl_gui.engine.torchvision_import import make_torchvision_importable

        make_torchvision_importable()
        for name in _OF_THE_FIRST_RUN:
            import_module(name)

        gc.freeze()  # what is loaded now stays, and is not looked through again
    finally:
        gc.enable()
    return device_title(choose_device("auto"))


def _load_torch_libraries() -> None:
    """Load what `import torch` would load with Python held up all the while; a foreign call lets others go on.

    If it does not succeed, the import will load them, or say why it cannot.
    """
    torch = find_spec("torch")
    if not sys.platform.startswith("linux") or torch is None or torch.origin is None:
        return
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes, dlopen.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
    dlopen(os.fsencode(Path(torch.origin).parent / "lib" / "libtorch_python.so"), os.RTLD_NOW)

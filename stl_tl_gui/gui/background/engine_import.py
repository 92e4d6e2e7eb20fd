"""Imports the heavy half of the engine, torch and what uses it: late, and in one thread at a time."""

import ctypes
import os
import sys
import threading
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

_OF_THE_FIRST_RUN = ("torchvision.models", "torch._dynamo")
"""What a run would import at its start, by the model and the optimizer (whether it compiles or not)."""

_lock = threading.Lock()


def import_engine() -> None:
    """Import all that a run needs. Takes seconds the first time; other threads wait for that.

    For jobs, before they import from the engine: Python lets threads that import modules in a circle see them
    incomplete, and torch has such circles.
    """
    with _lock:
        if _OF_THE_FIRST_RUN[-1] in sys.modules:
            return
        _load_torch_libraries()
        import stl_tl_gui.engine.evaluation.evaluate
        import stl_tl_gui.engine.evaluation.inference
        import stl_tl_gui.engine.training.train  # noqa: F401
        from stl_tl_gui.engine.machine.torchvision_import import make_torchvision_importable

        make_torchvision_importable()
        for name in _OF_THE_FIRST_RUN:
            import_module(name)


def importing_engine() -> bool:
    """Whether a thread is importing now."""
    return _lock.locked()


def _load_torch_libraries() -> None:
    """Load torch's libraries while other threads run: `import torch` would keep Python's lock all the while.

    If this fails, the import loads them, or says why it cannot.
    """
    torch = find_spec("torch")
    if not sys.platform.startswith("linux") or torch is None or torch.origin is None:
        return
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes, dlopen.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
    dlopen(os.fsencode(Path(torch.origin).parent / "lib" / "libtorch_python.so"), os.RTLD_NOW)

"""The heavy half of the engine, torch and what rests on it: imported late, and by one thread at a time."""

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
    """Import all that a run needs. Seconds for the first who asks; others, in whatever threads, wait for that.

    For jobs, before they import from the engine: Python lets threads that import modules in a circle see them half
    made, and torch has such circles.
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
    """Whether a thread is at it."""
    return _lock.locked()


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

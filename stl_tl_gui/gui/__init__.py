"""The window: pages that show what the engine does. Nothing here computes."""

import sys

if sys.platform == "win32":  # torch's c10.dll does not load once Qt's libraries are there
    import torch  # noqa: F401

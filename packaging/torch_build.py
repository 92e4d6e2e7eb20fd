"""The builds of PyTorch, and which is taken where nobody chose. Like bootstrap.py, it must parse on older Pythons."""

import http.client
import os
import re
import shutil
import sys
import threading
import urllib.request
from pathlib import Path

# torch 2.13 is published for cu126, cu130 (its stable one, also what PyPI gives on Linux) and cu132 (experimental).
TORCH_INDEX = "https://download.pytorch.org/whl/"
TORCH_TAGS = {"cpu": "cpu", "cuda": "cu130"}
PATIENCE = 4  # seconds

# pip was told to use no index, or another one, by its settings: `pip config list` shows those of the environment too.
OTHER_SOURCES = re.compile(r"\.(index-url='.+'|no-index='(1|true|yes|on|y|t)')", re.IGNORECASE)


def requirements(flavour: str, constraints: Path) -> "list[str]":
    """torch and torchvision of one build, in the versions of the constraints."""
    # naming the build makes pip replace another one of the same version; those for Macs have no such name
    suffix = "" if sys.platform == "darwin" else "+" + TORCH_TAGS[flavour]
    pins = constraints.read_text(encoding="utf-8").splitlines()
    return [pin + suffix for pin in pins if pin.startswith(("torch==", "torchvision=="))]


def default(pip_settings: str) -> "tuple[str, str]":
    """The build to take where nobody chose, and a sentence about it. No build: pip's choice, with CUDA on Linux."""
    if sys.platform == "darwin":
        return "", "PyTorch: the build for Macs."
    if has_nvidia_driver():
        return "", "PyTorch: pip's choice, because there is an NVIDIA driver."
    if OTHER_SOURCES.search(pip_settings):
        return "", "PyTorch: pip's choice, because pip is set to another package source."
    if not answers(TORCH_INDEX + TORCH_TAGS["cpu"] + "/torch/"):
        return "", "PyTorch: pip's choice, because {} does not answer.".format(TORCH_INDEX.split("/")[2])
    return "cpu", "PyTorch: the CPU build, because there is no NVIDIA driver (choose the other with --torch cuda)."


def has_nvidia_driver() -> bool:
    windows = Path(os.environ.get("SYSTEMROOT", "C:\\Windows"))
    file = windows / "System32" / "nvcuda.dll" if os.name == "nt" else Path("/proc/driver/nvidia/version")
    return file.is_file() or shutil.which("nvidia-smi") is not None


def answers(url: str) -> bool:
    """Whether a page is there. Given up after PATIENCE, also where looking up the name takes long."""
    good = []

    def ask() -> None:
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE):
                good.append(url)
        except (OSError, ValueError, http.client.HTTPException):
            pass

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PATIENCE)
    return bool(good)

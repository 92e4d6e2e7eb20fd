"""How far a job is: for a bar, and in words."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QProgressBar

if TYPE_CHECKING:
    from stl_tl_gui.engine.events import Progress

_STEPS = 1000
"""A bar counts in 32 bits, too few for the bytes of a large file."""


def show_in_bar(bar: QProgressBar, event: "Progress") -> None:
    """Set a bar; one that moves to and fro where the whole is not known."""
    bar.setRange(0, _STEPS if event.total else 0)
    bar.setValue(_STEPS * event.done // event.total if event.total else 0)


def progress_in_words(event: "Progress") -> str:
    """“Downloading x.tar.gz: 1.2 of 2.6 GB, 8.4 MB/s, 3 min left”."""
    from stl_tl_gui.gui.train.run_so_far import time_left

    left = event.seconds_left
    parts = [event.amount, *([time_left(left)] if left is not None else [])]
    amount = ", ".join(part for part in parts if part)
    text = "{stage}: {amount}" if amount else "{stage}…"
    return text.format(stage=event.stage, amount=amount)

"""How far a job is, in words and as a bar: what is done, how fast, and how long it still takes."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QProgressBar

if TYPE_CHECKING:
    from stl_tl_gui.engine.events import Progress

_STEPS = 1000
"""Of a bar for bytes: Qt counts no further than 2^31."""


def stage_in_words(progress: "Progress") -> str:
    """“Reading pictures: 120 of 500 pictures”, or as much of it as is known.

    Bytes come with their speed and the time left: “Downloading x: 1.2 of 2.6 GB, 8.1 MB/s, about 3 min left”.
    """
    if progress.unit == "bytes" and (progress.total or progress.done):
        return _bytes_in_words(progress)
    if progress.total <= 0:
        return f"{progress.stage}…"
    text = _tr("{stage}: {done:,} of {total:,} {unit}")
    return text.format(stage=progress.stage, done=progress.done, total=progress.total, unit=progress.unit)


def show_on_bar(bar: QProgressBar, progress: "Progress") -> None:
    """Set a bar to a job's place; one whose end is not known moves to and fro."""
    scale = _STEPS / progress.total if progress.unit == "bytes" and progress.total else 1
    bar.setRange(0, round(progress.total * scale))
    bar.setValue(round(progress.done * scale))


def size_in_words(count: int) -> str:
    """“45 MB”, “2.6 GB”: decimal, as disks are sold and downloads told."""
    if count >= 1e9:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.0f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def part_in_words(done: int, total: int) -> str:
    """“1.2 of 2.6 GB”."""
    if total >= 1e9:
        return _tr("{done:.1f} of {total:.1f} GB").format(done=done / 1e9, total=total / 1e9)
    return _tr("{done:.0f} of {total:.0f} MB").format(done=done / 1e6, total=total / 1e6)


def _bytes_in_words(progress: "Progress") -> str:
    part = part_in_words(progress.done, progress.total) if progress.total else size_in_words(progress.done)
    said = [f"{progress.stage}: {part}"]
    if progress.per_second:
        said.append(_tr("{n:.1f} MB/s").format(n=progress.per_second / 1e6))
    if progress.seconds_left is not None:
        said.append(time_left(progress.seconds_left))
    return ", ".join(said)


def time_left(seconds: float) -> str:
    """“about 2 min left”: no more exact than the estimate is."""
    if seconds < 10:
        return _tr("a few seconds left")
    if seconds < 55:
        return _tr("about {n:.0f} s left").format(n=round(seconds, -1))
    return _tr("about {time} left").format(time=duration(60 * max(1, round(seconds / 60))))


def duration(seconds: float) -> str:
    """“45 s”, “3 min 20 s”, “1 h 5 min”."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def _tr(text: str) -> str:
    return QCoreApplication.translate("progress_words", text)

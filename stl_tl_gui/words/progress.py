"""How far a job is, in words."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stl_tl_gui.engine.events import Progress


def progress_in_words(event: "Progress") -> str:
    """“Downloading x.tar.gz: 1.2 of 2.6 GB, 8.4 MB/s, 3 min left”."""
    left = event.seconds_left
    parts = [event.amount, *([time_left(left)] if left is not None else [])]
    amount = ", ".join(part for part in parts if part)
    text = "{stage}: {amount}" if amount else "{stage}…"
    return text.format(stage=event.stage, amount=amount)


def stage_in_words(progress: "Progress") -> str:
    """“Reading pictures: 120 of 500 pictures”, or as much of it as is known."""
    if progress.total <= 0:
        return f"{progress.stage}…"
    text = "{stage}: {done:,} of {total:,} {unit}"
    return text.format(stage=progress.stage, done=progress.done, total=progress.total, unit=progress.unit)


def time_left(seconds: float) -> str:
    """“about 2 min left”: no more exact than the estimate is."""
    if seconds < 10:
        return "a few seconds left"
    if seconds < 55:
        return f"about {round(seconds, -1):.0f} s left"
    return f"about {duration(60 * max(1, round(seconds / 60)))} left"


def duration(seconds: float) -> str:
    """“45 s”, “3 min 20 s”, “1 h 5 min”."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"

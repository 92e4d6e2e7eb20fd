"""How far a job is, in words."""

from typing import TYPE_CHECKING

from stl_tl_gui.words.quantities import duration

if TYPE_CHECKING:
    from stl_tl_gui.engine.events import Progress


def progress_in_words(event: "Progress") -> str:
    """“Downloading x.tar.gz: 1.2 of 2.6 GB, 8.4 MB/s, about 3 min left”, or as much of it as is known."""
    left = event.seconds_left
    amount = ", ".join(filter(None, (amount_in_words(event), time_left(left) if left is not None else "")))
    return f"{event.stage}: {amount}" if amount else f"{event.stage}…"


def amount_in_words(event: "Progress") -> str:
    """How much is done: “1.2 of 2.6 GB, 8.4 MB/s”, “300 of 5,000 pictures”; empty if not known."""
    if event.unit != "bytes":
        return f"{event.done:,} of {event.total:,} {event.unit}".rstrip() if event.total else ""
    scale, name = (10**9, "GB") if max(event.total, event.done) >= 10**9 else (10**6, "MB")
    of = f" of {event.total / scale:.1f}" if event.total else ""
    speed = f", {event.rate / 1e6:.1f} MB/s" if event.rate else ""
    return f"{event.done / scale:.1f}{of} {name}{speed}" if event.done or event.total else ""


def time_left(seconds: float) -> str:
    """“about 2 min left”: no more exact than the estimate is."""
    if seconds < 10:
        return "a few seconds left"
    if seconds < 55:
        return f"about {round(seconds, -1):.0f} s left"
    return f"about {duration(60 * max(1, round(seconds / 60)))} left"

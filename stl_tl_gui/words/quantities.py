"""Durations, percentages and counts for display: one function each, for window and terminal."""

import math


def percent(share: float | None) -> str:
    """A share in [0, 1]: “71.2 %”; “–” for None."""
    return "–" if share is None or not math.isfinite(share) else f"{100 * share:.1f} %"


def terminal_percent(share: float | None) -> str:
    """A share in [0, 1] as terminals show it: “71.2%”; empty for None."""
    return "" if share is None else f"{share:.1%}"


def duration(seconds: float) -> str:
    """A measured time: “45 s”, “3 min 20 s”, “1 h 5 min”."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def rough_duration(seconds: float) -> str:
    """An estimated time, to two digits: “0.4 s”, “42 s”, “7 min”, “1 h 20 min”."""
    if seconds < 1:
        return f"{max(seconds, 0.1):.1f} s"
    digits = 1 if seconds < 60 else 10 if seconds < 600 else 60 if seconds < 3600 else 600
    return duration(digits * round(seconds / digits))


def count(number: int | None) -> str:
    """11,181,642 as “11.2 M”; “–” where it is not known."""
    if number is None:
        return "–"
    for size, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if number >= size * 0.99995:
            return f"{number / size:.1f} {unit}"
    return str(number)


def number_of(n: int, what: str) -> str:
    """“1 run”, “9 runs”."""
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"

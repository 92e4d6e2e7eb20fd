"""Names of classes that are too long for their place: shortened, and yet told apart."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import zip_longest

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics


def elided_name(name: str, among: Sequence[str], font: QFont, width: int) -> str:
    """A name as it fits into `width` pixels: its middle is left out, unless others would then look the same.

    Those show where they begin to differ: “…resistant”, “…sensitive”.
    """
    metrics = QFontMetrics(font)
    if metrics.horizontalAdvance(name) <= width:
        return name
    if name not in among:
        return metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, width)
    return _all_elided(tuple(among), font.toString(), width)[name]


@lru_cache(maxsize=64)
def _all_elided(names: tuple[str, ...], font: str, width: int) -> dict[str, str]:
    like = QFont()
    like.fromString(font)
    metrics = QFontMetrics(like)
    found = {name: metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, width) for name in names}
    for alike in _looking_alike(found):
        _tell_apart(alike, metrics, width, found)
    return found


def _tell_apart(names: list[str], metrics: QFontMetrics, width: int, found: dict[str, str]) -> None:
    """Leave out what names have in common at their beginning; again for those that still look alike."""
    common = next(place for place, letters in enumerate(zip_longest(*names)) if len(set(letters)) > 1)
    for name in names:
        found[name] = metrics.elidedText(f"…{name[common:]}", Qt.TextElideMode.ElideMiddle, width)
    for alike in _looking_alike({name: found[name] for name in names}):
        if len(alike) < len(names):
            _tell_apart(alike, metrics, width, found)


def _looking_alike(shown: dict[str, str]) -> list[list[str]]:
    """Groups of names that are shown as the same text."""
    by_text: dict[str, list[str]] = {}
    for name, text in shown.items():
        by_text.setdefault(text, []).append(name)
    return [names for names in by_text.values() if len(names) > 1]

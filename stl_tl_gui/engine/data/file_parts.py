"""Files that hold more than one RGB picture: pages, frames of animations, and further channels."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from stl_tl_gui.engine.data.picture_checks import PictureCheck
from stl_tl_gui.engine.data.splits import Splitting

Checks = Mapping[Path, PictureCheck]

_PAGE = re.compile(r"#(\d+)$")
_USUAL = ("RGBA", "RGBa", "PA", "LA", "La", "CMYK")
"""How pixels with a fourth number that is no channel of its own are stored."""


def page_of(id: str) -> int:
    """The page, from 1, that an id such as “cat/stack.tif#3” names."""
    found = _PAGE.search(id)
    return int(found[1]) if found else 1


@dataclass(frozen=True)
class Contents:
    """Which pictures are in which files."""

    ids: Mapping[Path, str]
    """Of the files."""
    checks: Checks
    splitting: Splitting

    def pictures(self, path: Path) -> list[str]:
        """The ids of a file's pictures."""
        facts = self.checks[path].facts
        if self.splitting.pages == "first" or facts is None or facts.pages == 1:
            return [self.ids[path]]
        return [f"{self.ids[path]}#{page}" for page in range(1, facts.pages + 1)]


def with_channels(check: PictureCheck, channels: tuple[int, ...]) -> PictureCheck:
    """The check of a file, which cannot be read where chosen channels are missing."""
    n = check.facts.channels if check.facts is not None else 0
    if not channels or not 3 < n < max(channels):
        return check
    return replace(check, reason=f"has {n} channels, so there is no channel {max(channels)}")


def paged(checks: Checks) -> list[int]:
    """The numbers of pages of the files that have several."""
    return [check.facts.pages for check in checks.values() if check.facts is not None and check.facts.pages > 1]


def part_notes(checks: Checks, splitting: Splitting) -> Iterator[str]:
    """What is taken of files with several pages, and of more than three channels."""
    if several := paged(checks):
        files = "One file has" if len(several) == 1 else f"{len(several):,} files have"
        taken = "only the first page is used" if splitting.pages == "first" else "each page is a picture"
        yield f"{files} several pages ({sum(several):,} in all): {taken}."
    counts = [
        check.facts.channels
        for check in checks.values()
        if check.facts is not None and (check.facts.channels > 4 or (check.facts.channels == 4 and not _usual(check)))
    ]
    if counts:
        pictures = "One picture has" if len(counts) == 1 else f"{len(counts):,} pictures have"
        chosen = ", ".join(map(str, splitting.channels))
        taken = f"these are used: {chosen}" if chosen else "the first three are used"
        yield f"{pictures} more than three channels (up to {max(counts)}): {taken}."


def _usual(check: PictureCheck) -> bool:
    return check.facts is not None and check.facts.mode in _USUAL

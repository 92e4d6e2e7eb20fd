"""Which pictures belong together (a burst, a patient, a day), so that all of a group are in the same split."""

import re
from collections.abc import Generator, Sequence

import numpy as np

from stl_tl_gui.engine.data.dataset import DataError, ImageSet
from stl_tl_gui.engine.data.likeness import clusters
from stl_tl_gui.engine.data.measuring import measure
from stl_tl_gui.engine.data.splits import Groups, Splitting
from stl_tl_gui.engine.events import Progress, ShouldStop

_PAGE = re.compile(r"#\d+$")
_LAST_NUMBER = re.compile(r"[\s_.()\-]*\d+[\s)]*$")
"""What a camera counts up from one picture to the next."""


class InvalidPattern(DataError):
    """The pattern for file names is not a valid regular expression."""


def find_groups(
    images: ImageSet, splitting: Splitting, depth: int, should_stop: ShouldStop
) -> Generator[Progress, None, Groups | None]:
    """A group number (n,) per picture, or None where each is alone.

    `depth` is how many folders stand above the pictures' own ones in their ids: that of the split, that of the class.
    Raises InvalidPattern, Cancelled.
    """
    match splitting.group_by:
        case "none":
            return None
        case "folder":
            return numbered(by_folder(images.ids, depth))
        case "file":
            return numbered(by_file(images.ids))
        case "name":
            return numbered(by_name(images.ids, splitting.group_pattern))
        case "similar":
            facts = yield from measure(images, should_stop)
            return clusters(facts, should_stop)


def by_folder(ids: Sequence[str], depth: int) -> list[str]:
    """The first folder below the class's; a picture in none is alone in its group.

    A folder of the same name in another class is the same group: “cat/garden” and “dog/garden” were one afternoon.
    """
    groups = []
    for id in ids:
        inner = id.split("/")[depth:]
        groups.append(inner[0] if len(inner) > 1 else f"/{id}")
    return groups


def by_file(ids: Sequence[str]) -> list[str]:
    """The picture's file: the pages of one are a group."""
    return [_PAGE.sub("", id) for id in ids]


def by_name(ids: Sequence[str], pattern: str = "") -> list[str]:
    """What `pattern` finds in a file's name, or its first parentheses; a picture where it finds nothing is alone.

    Without a pattern: the name and folder without the number at the end, as in “walk-0017.jpg”. Raises InvalidPattern.
    """
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise InvalidPattern(f"“{pattern}” is not a valid regular expression: {error}.") from None
    groups = []
    for id in ids:
        folder, _, name = id.rpartition("/")
        stem = _PAGE.sub("", name).rpartition(".")[0] or name
        if not pattern:
            before = _LAST_NUMBER.sub("", stem)
            groups.append(f"{folder}/{before}" if before else f"/{id}")
            continue
        found = expression.search(stem)
        text = (found[1] if expression.groups else found[0]) if found else None
        groups.append(text if text else f"/{id}")
    return groups


def numbered(names: Sequence[str]) -> Groups:
    """Equal names as equal numbers (n,)."""
    return np.unique(np.array(names, object), return_inverse=True)[1].astype(np.int64)

"""What may be wrong with pictures, one function per kind of problem."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np

from stl_tl_gui.engine.data.corrections import Correction, leave_out
from stl_tl_gui.engine.data.inspection.pictures import Pictures
from stl_tl_gui.engine.data.likeness import LEAST_CONTRAST, Pairs, components
from stl_tl_gui.engine.settings.advice import UNBALANCED

DARK = 0.06
"""Pictures are mostly black below this brightness, in [0, 1]."""
BLANK_IN_THE_DARK = 0.005
"""A dark picture is blank only below this contrast."""
BLURRED = 0.2
"""Edges are soft all over below this sharpness. Of 1,500 photos of things the least had 0.26, and blurred over two of
128 pixels they had 0.10 to 0.27."""
SMALL = 32
"""Pixels of the shorter side, below which little can be seen."""
LONG = 3.0
"""A picture this many times as long as wide loses much when it is made a square."""
FEW, VERY_FEW = 20, 5


class Harm(IntEnum):
    """What a problem does to results."""

    LOW = 1
    """Good to know."""
    MEDIUM = 2
    """Costs accuracy."""
    HIGH = 3
    """Makes results wrong."""


@dataclass(frozen=True)
class Remedy:
    """Something that can be done about a problem, and undone."""

    title: str
    """“Leave out 12 copies”"""
    corrections: tuple[Correction, ...] = ()
    """Of the data."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Of the next run."""


@dataclass(frozen=True)
class Problem:
    """One thing that may be wrong."""

    kind: str
    harm: Harm
    sentence: str
    """What is wrong, with numbers."""
    advice: str
    """Why it matters, and what to do."""
    groups: tuple[tuple[str, ...], ...] = ()
    """Ids of the pictures that show it; those of a group belong together."""
    remedies: tuple[Remedy, ...] = ()

    @property
    def count(self) -> int:
        """How many pictures are concerned."""
        return sum(map(len, self.groups))


def few_pictures(pictures: Pictures) -> Iterator[Problem]:
    """Classes with too few training pictures to learn from."""
    counts = np.bincount(pictures.targets[pictures.splits == "train"], minlength=len(pictures.class_names))
    few = [(name, int(count)) for name, count in zip(pictures.class_names, counts, strict=True) if 0 < count < FEW]
    if few:
        very = [name for name, count in few if count < VERY_FEW]
        groups = tuple(_of_class(pictures, name) for name in very)
        enough = len(pictures.class_names) - len(very) >= 2
        title = f"Leave out “{very[0]}”" if len(very) == 1 else f"Leave out {len(very):,} classes"
        remedy = Remedy(title, tuple(leave_out(id for group in groups for id in group)))
        yield Problem(
            "few",
            Harm.HIGH if very else Harm.MEDIUM,
            f"{_classes(len(few))} fewer than {FEW} training pictures: {_listed(f'“{n}” {c}' for n, c in few)}.",
            "A model memorizes so few pictures (overfitting). Add more: a few dozen make a big difference."
            + (" Or give them another class, or leave them out." if very else ""),
            groups,
            (remedy,) if very and enough else (),
        )


def _of_class(pictures: Pictures, name: str) -> tuple[str, ...]:
    label = pictures.class_names.index(name)
    return tuple(pictures.ids[row] for row in np.flatnonzero(pictures.targets == label))


def imbalance(pictures: Pictures) -> Iterator[Problem]:
    """A largest class many times the smallest."""
    counts = np.bincount(pictures.targets[pictures.splits == "train"], minlength=len(pictures.class_names))
    there = {name: int(count) for name, count in zip(pictures.class_names, counts, strict=True) if count}
    if len(there) < 2:
        return
    few, many = min(there, key=lambda name: there[name]), max(there, key=lambda name: there[name])
    ratio = there[many] / there[few]
    if ratio >= UNBALANCED:
        yield Problem(
            "imbalance",
            Harm.MEDIUM,
            f"“{many}” has {there[many]:,} training pictures, “{few}” {there[few]:,}: {ratio:.1f} times as many.",
            "The model will favor the larger class. Class weighting makes all classes count the same. Look at each "
            "class's recall, not only at the accuracy.",
            remedies=(Remedy("Weight the classes", settings={"class_weighting": "balanced"}),),
        )


def copies(pictures: Pictures, pairs: Pairs) -> Iterator[Problem]:
    """Look-alikes: on both sides of a split, under two classes, or within the training pictures."""
    groups = _groups(len(pictures), pairs)
    conflicts = [group for group in groups if len({int(pictures.targets[i]) for i in group}) > 1]
    across = [group for group in groups if len({str(pictures.splits[i]) for i in group}) > 1]
    within = [group for group in groups if group not in across and group not in conflicts]
    yield from _leaks(pictures, across)
    if conflicts:
        n = sum(map(len, conflicts))
        yield Problem(
            "conflict",
            Harm.HIGH,
            f"{n:,} pictures look (almost) the same but are in different classes.",
            "One label is wrong, or the pictures show both classes. Fix the labels, or leave the pictures out.",
            _ids(pictures, conflicts),
            (Remedy(f"Leave out {n:,}", tuple(leave_out(pictures.ids[i] for group in conflicts for i in group))),),
        )
    if within:
        more = [i for group in within for i in group[1:]]
        yield Problem(
            "copies",
            Harm.LOW,
            f"{_pictures(len(more))} (almost) copies of others in the same split.",
            "Near-duplicates add little and count several times: frames of a burst, or the same file twice.",
            _ids(pictures, within),
            (Remedy(f"Leave out {len(more):,}, keep one of each", tuple(leave_out(pictures.ids[i] for i in more))),),
        )


_JUDGED = (("val", "validation"), ("test", "test"))


def _leaks(pictures: Pictures, across: list[list[int]]) -> Iterator[Problem]:
    if not across:
        return
    judged = [i for group in across for i in group if pictures.splits[i] != "train"]
    learned = [i for group in across for i in group if pictures.splits[i] == "train"]
    given = {str(pictures.splits[i]) for i in judged} - pictures.drawn
    remedies = []
    if not given:
        remedies.append(Remedy("Keep look-alikes together", settings={"group_by": "similar"}))
    if learned:
        title = f"Leave out {len(learned):,} training picture{'s' if len(learned) != 1 else ''}"
        remedies.append(Remedy(title, tuple(leave_out(pictures.ids[i] for i in learned))))
    kinds = " and ".join(name for split, name in _JUDGED if any(pictures.splits[i] == split for i in judged))
    pictures_look = f"{len(judged):,} {kinds} {'picture looks' if len(judged) == 1 else 'pictures look'} (almost) like"
    yield Problem(
        "leak",
        Harm.HIGH,
        f"{pictures_look} training pictures." if learned else f"{pictures_look} each other.",
        "The model has seen them, so results look better than they are (data leakage)."
        if learned
        else "The best epoch is chosen by pictures that are also tested on, so results look better than they are.",
        _ids(pictures, across),
        tuple(remedies),
    )


def low_quality(pictures: Pictures) -> Iterator[Problem]:
    """Blank, very dark and blurred pictures."""
    contrast, light, sharp = (pictures.where(name) for name in ("contrast", "brightness", "sharpness"))
    side = np.minimum(pictures.where("width"), pictures.where("height"))
    blank = contrast < np.where(light < DARK, BLANK_IN_THE_DARK, LEAST_CONTRAST)
    dark = ~blank & (light < DARK)
    blurred = ~blank & ~dark & (sharp < BLURRED) & (side >= SMALL)
    for kind, chosen, what, why in (
        ("blank", blank, "blank: a single color", "A model can learn nothing from them."),
        ("dark", dark, "almost black", "Little is visible. A model may learn the darkness instead of the object."),
        (
            "blurred",
            blurred,
            "very blurred",
            "They teach little. Leave them out unless you will classify blurred pictures.",
        ),
    ):
        found = [pictures.ids[i] for i in np.flatnonzero(chosen)]
        if found:
            remedy = Remedy(f"Leave out {len(found):,}", tuple(leave_out(found)))
            yield Problem(kind, Harm.MEDIUM, f"{_pictures(len(found))} {what}.", why, _each(found), (remedy,))


def odd_shapes(pictures: Pictures) -> Iterator[Problem]:
    """Very small pictures, and very long ones."""
    width, height = pictures.where("width"), pictures.where("height")
    small = [pictures.ids[i] for i in np.flatnonzero(np.minimum(width, height) < SMALL)]
    if small:
        yield Problem(
            "small",
            Harm.LOW,
            f"{_pictures(len(small))} less than {SMALL} pixels high or wide.",
            "Enlarging them adds no detail.",
            _each(small),
            (Remedy(f"Leave out {len(small):,}", tuple(leave_out(small))),),
        )
    long = [pictures.ids[i] for i in np.flatnonzero(np.maximum(width, height) >= LONG * np.minimum(width, height))]
    if long:
        yield Problem(
            "long",
            Harm.LOW,
            f"{_pictures(len(long))} at least {LONG:.0f} times as long as wide.",
            "Stretching squeezes them into a square. “Pad” keeps their shape.",
            _each(long),
            (Remedy("Pad instead of stretching", settings={"resize": "pad"}),),
        )


def odd_modes(pictures: Pictures) -> Iterator[Problem]:
    """Pixels that are stored in an unusual way, which is where programs go wrong."""
    by_mode: dict[str, list[str]] = defaultdict(list)
    for id, facts in zip(pictures.ids, pictures.facts, strict=True):
        if facts is not None:
            by_mode[facts.mode].append(id)
    deep = [id for mode, ids in by_mode.items() if mode.startswith("I") or mode == "F" for id in ids]
    if deep:
        yield Problem(
            "deep",
            Harm.LOW,
            f"{_pictures(len(deep))} grayscale with more than 8 bits, as from microscopes and scanners.",
            "They are scaled to 8 bits by their own bit depth. Check that they look right.",
            _each(deep),
        )
    print_colors = by_mode.get("CMYK", [])
    if print_colors:
        yield Problem(
            "cmyk",
            Harm.LOW,
            f"{_pictures(len(print_colors))} stored in print colors (CMYK).",
            "They are converted to RGB without a color profile. Check that they look right.",
            _each(print_colors),
        )


def _groups(n: int, pairs: Pairs) -> list[list[int]]:
    """Members of each group of two and more, in order."""
    members: dict[int, list[int]] = defaultdict(list)
    group = components(n, pairs)
    for i in np.unique(pairs):
        members[int(group[i])].append(int(i))
    return list(members.values())


def _ids(pictures: Pictures, groups: Iterable[Sequence[int]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(pictures.ids[i] for i in group) for group in groups)


def _each(ids: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    return tuple((id,) for id in ids)


def _pictures(count: int) -> str:
    return "1 picture is" if count == 1 else f"{count:,} pictures are"


def _classes(count: int) -> str:
    return "One class has" if count == 1 else f"{count:,} classes have"


def _listed(parts: Iterable[str], most: int = 6) -> str:
    found = list(parts)
    return ", ".join(found[:most]) + (f" and {len(found) - most} more" if len(found) > most else "")

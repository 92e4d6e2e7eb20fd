"""Which pictures look alike: near-duplicates such as copies, smaller or mirrored versions, and frames of one burst."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stl_tl_gui.engine.data.picture_facts import HASH_BITS, PictureFacts
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import ShouldStop

MOST_BITS = 20
"""Look-alikes differ in no more bits of their hash."""
MOST_DIFFERENCE = 0.25
"""And by no more, on average, in their peeks, measured in standard deviations of the plainer one."""
LEAST_CONTRAST = 0.02
"""Plain pictures are all alike; they are reported as blank, not as copies of each other."""
_ROWS, _PIECE = 64, 50_000
"""Pictures that are compared with all others at once, and pairs whose peeks are."""

Pairs = npt.NDArray[np.int64]
_Peeks = npt.NDArray[np.float32]


def alike(facts: Sequence[PictureFacts | None], should_stop: ShouldStop = lambda: False) -> Pairs:
    """Pairs (m, 2) that join all pictures that look alike, the smaller index first; those without facts are in none.

    Compares all with all: 20,000 pictures take a second or two. Raises Cancelled.
    """
    return _pairs(facts, None, should_stop, mirrored=False)


def mirrored(
    facts: Sequence[PictureFacts | None],
    targets: npt.NDArray[np.int64] | None = None,
    should_stop: ShouldStop = lambda: False,
) -> Pairs:
    """As `alike`, but of pictures that look like each other's mirror images, left for right.

    With `targets` (n,), within a class only: a “b” is the mirror image of a “d”, and both labels are right.
    """
    return _pairs(facts, targets, should_stop, mirrored=True)


def clusters(facts: Sequence[PictureFacts | None], should_stop: ShouldStop = lambda: False) -> npt.NDArray[np.int64]:
    """A group number (n,) per picture: look-alikes, mirrored or not, and look-alikes of look-alikes, share one.

    Raises Cancelled.
    """
    pairs = [alike(facts, should_stop), mirrored(facts, should_stop=should_stop)]
    return components(len(facts), np.concatenate(pairs))


def _pairs(
    facts: Sequence[PictureFacts | None],
    targets: npt.NDArray[np.int64] | None,
    should_stop: ShouldStop,
    mirrored: bool,
) -> Pairs:
    places, known = [], []
    for place, each in enumerate(facts):
        if each and each.contrast >= LEAST_CONTRAST:
            places.append(place)
            known.append(each)
    where = np.array(places, np.int64)
    hashes = _words([each.likeness for each in known])
    peeks = _standardized([each.peek for each in known])
    others = _words([each.mirrored for each in known]) if mirrored else hashes
    other_peeks = peeks.reshape(-1, 8, 8)[:, :, ::-1].reshape(-1, 64) if mirrored else peeks
    found = []
    for start in range(0, len(known), _ROWS):
        if should_stop():
            raise Cancelled
        block = hashes[start : start + _ROWS]
        bits = sum(np.bitwise_count(block[:, None, word] ^ others[None, start:, word]) for word in range(2))
        first, second = np.nonzero(np.asarray(bits) <= MOST_BITS)
        first, second = first[second > first] + start, second[second > first] + start
        if targets is not None:
            same = targets[where[first]] == targets[where[second]]
            first, second = first[same], second[same]
        near = _near(peeks, first, other_peeks, second)
        found.append(_fewest(len(facts), np.stack([where[first[near]], where[second[near]]], axis=1)))
    return np.concatenate([np.empty((0, 2), np.int64), *found])


def _near(
    peeks: _Peeks, first: npt.NDArray[np.int64], others: _Peeks, second: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Whether the peeks of pairs are alike (m,); piece by piece, since all frames of a video may be."""
    near = np.empty(len(first), bool)
    for start in range(0, len(first), _PIECE):
        piece = slice(start, start + _PIECE)
        near[piece] = np.abs(peeks[first[piece]] - others[second[piece]]).mean(axis=1) <= MOST_DIFFERENCE
    return near


def _fewest(n: int, pairs: Pairs) -> Pairs:
    """Pairs that join what these pairs of n things do: not more than there are things."""
    group = components(n, pairs)
    joined = np.nonzero(group != np.arange(n))[0]
    return np.stack([group[joined], joined], axis=1)


def _words(hashes: Sequence[str]) -> npt.NDArray[np.uint64]:
    return np.frombuffer(b"".join(map(bytes.fromhex, hashes)), np.uint64).reshape(len(hashes), HASH_BITS // 64)


def components(n: int, pairs: Pairs) -> npt.NDArray[np.int64]:
    """The smallest member (n,) of the group that each of n things belongs to, where pairs belong together."""
    group = np.arange(n)
    while True:
        lowest = np.minimum(group[pairs[:, 0]], group[pairs[:, 1]])
        before = group.copy()
        np.minimum.at(group, pairs[:, 0], lowest)
        np.minimum.at(group, pairs[:, 1], lowest)
        group = group[group]
        if np.array_equal(group, before):
            return group


def _standardized(peeks: Sequence[str]) -> npt.NDArray[np.float32]:
    """Peeks (n, 64) with mean 0 and deviation 1, so that light does not matter."""
    values = np.frombuffer(b"".join(map(bytes.fromhex, peeks)), np.uint8).reshape(len(peeks), 64).astype(np.float32)
    values -= values.mean(axis=1, keepdims=True)
    scaled: npt.NDArray[np.float32] = values / np.maximum(values.std(axis=1, keepdims=True), 1)
    return scaled

"""The built-in sample: drawn pictures of STL-10's ten classes, rendered once into a folder in STL-10's own format."""

import tempfile
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from stl_tl_gui.engine.data.dataset import DataError
from stl_tl_gui.engine.data.sample.picture import CLASS_NAMES, SIDE, draw
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import Progress, ShouldStop
from stl_tl_gui.engine.storage.places import cache_folder

__all__ = ["CLASS_NAMES", "COUNTS", "SampleNotWritable", "SampleSplit", "draw", "picture", "render_sample", "target"]

VERSION = 1
"""Part of the folder's name: raised whenever the drawings change, so that nobody gets old ones."""

SampleSplit = Literal["train", "test", "unlabeled"]

COUNTS: dict[SampleSplit, int] = {"train": 500, "test": 800, "unlabeled": 1000}
"""Pictures per split."""

_SPLITS: tuple[SampleSplit, ...] = ("train", "test", "unlabeled")
_LABELED: tuple[SampleSplit, ...] = ("train", "test")
_PICTURE_BYTES = 3 * SIDE * SIDE
_AT_A_TIME = 50


class SampleNotWritable(DataError):
    """No room or no permission for the sample's folder."""


def target(split: SampleSplit, index: int) -> int:
    """The class of a picture, 0-based. Every ten pictures in a row show each class once."""
    block, place = divmod(index, len(CLASS_NAMES))
    return int(np.random.default_rng([_SPLITS.index(split), block]).permutation(len(CLASS_NAMES))[place])


def picture(split: SampleSplit, index: int) -> Image.Image:
    """One picture, RGB 96x96. It depends on nothing but its split and index."""
    return draw(CLASS_NAMES[target(split, index)], np.random.default_rng([_SPLITS.index(split), index, VERSION]))


def render_sample(
    should_stop: ShouldStop = lambda: False, counts: Mapping[SampleSplit, int] = COUNTS
) -> Generator[Progress, None, Path]:
    """The folder that contains the sample's `stl10_binary`; the pictures are drawn if they do not exist yet.

    Counts must be multiples of 10, and of 50 for "train" (for its folds). Raises SampleNotWritable and Cancelled.
    """
    assert all(counts[split] % 10 == 0 for split in _SPLITS)
    assert counts["train"] % 50 == 0
    folder = cache_folder() / _folder_name(counts)
    if _is_whole(folder, counts):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.", suffix=".partial") as staging:
            made = Path(staging) / "made"
            yield from _write(made / "stl10_binary", counts, should_stop)
            _put_in_place(made, folder, counts)
    except OSError as error:
        reason = error.strerror or error
        raise SampleNotWritable(f"The sample pictures cannot be saved in “{folder.parent}”: {reason}.") from None
    return folder


def _folder_name(counts: Mapping[SampleSplit, int]) -> str:
    name = f"sample-{VERSION}"
    return name if dict(counts) == COUNTS else "-".join([name, *(str(counts[split]) for split in _SPLITS)])


def _is_whole(folder: Path, counts: Mapping[SampleSplit, int]) -> bool:
    """Whether all files are there, with the right sizes."""
    binary = folder / "stl10_binary"
    sizes = {f"{split}_X.bin": counts[split] * _PICTURE_BYTES for split in _SPLITS}
    sizes |= {f"{split}_y.bin": counts[split] for split in _LABELED}
    texts = (binary / "class_names.txt", binary / "fold_indices.txt")
    try:
        return all((binary / name).stat().st_size == size for name, size in sizes.items()) and all(
            path.stat().st_size for path in texts
        )
    except OSError:
        return False


def _put_in_place(made: Path, folder: Path, counts: Mapping[SampleSplit, int]) -> None:
    try:
        made.rename(folder)
    except OSError:
        if _is_whole(folder, counts):
            return  # another process was faster; its pictures are the same
        folder.rename(made.with_name("damaged"))
        made.rename(folder)


def _write(binary: Path, counts: Mapping[SampleSplit, int], should_stop: ShouldStop) -> Generator[Progress, None, None]:
    binary.mkdir(parents=True)
    (binary / "class_names.txt").write_bytes("".join(f"{name}\n" for name in CLASS_NAMES).encode())
    (binary / "fold_indices.txt").write_bytes(_folds(counts["train"]).encode())
    for split in _LABELED:
        labels = np.array([target(split, index) + 1 for index in range(counts[split])], dtype=np.uint8)
        (binary / f"{split}_y.bin").write_bytes(labels.tobytes())
    done, total = 0, sum(counts[split] for split in _SPLITS)
    for split in _SPLITS:
        with (binary / f"{split}_X.bin").open("wb") as file:
            for start in range(0, counts[split], _AT_A_TIME):
                yield Progress(stage="Drawing the sample pictures", done=done, total=total)
                indices = range(start, min(start + _AT_A_TIME, counts[split]))
                for index in indices:
                    if should_stop():
                        raise Cancelled
                    file.write(_as_stl10(picture(split, index)).tobytes())
                done += len(indices)
    yield Progress(stage="Drawing the sample pictures", done=done, total=total)


def _as_stl10(image: Image.Image) -> npt.NDArray[np.uint8]:
    """STL-10's order: channel, column, row."""
    return np.asarray(image).transpose(2, 1, 0)


def _folds(count: int) -> str:
    """Ten lines of indices, a balanced fifth of the train pictures each: two ways to cut them into five."""
    rng = np.random.default_rng([len(_SPLITS), count])
    size = len(CLASS_NAMES)
    lines = []
    for _ in range(2):
        for blocks in np.split(rng.permutation(count // size), 5):
            lines.append(" ".join(str(block * size + place) for block in sorted(blocks) for place in range(size)))
    return "".join(f"{line}\n" for line in lines)

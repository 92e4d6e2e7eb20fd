"""All labeled pictures of a data set with their measurements, for inspection."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stl_tl_gui.engine.data.corrections import LABELED_SPLITS
from stl_tl_gui.engine.data.dataset import Dataset, Targets
from stl_tl_gui.engine.data.measuring import measure
from stl_tl_gui.engine.data.picture_facts import PictureFacts
from stl_tl_gui.engine.events import Progress, ShouldStop


@dataclass(frozen=True)
class Pictures:
    """n pictures: those of the training split first, then validation, then test."""

    ids: list[str]
    targets: Targets
    """Class indices (n,)."""
    splits: npt.NDArray[np.str_]
    """The name of each one's split (n,)."""
    facts: list[PictureFacts | None]
    """What was measured (n); None of one that could not be read."""
    class_names: tuple[str, ...]
    drawn: frozenset[str]
    """The splits that were not given by the data but drawn from its training pictures."""

    def __len__(self) -> int:
        return len(self.ids)

    def where(self, name: str) -> npt.NDArray[np.float64]:
        """One of the numbers that were measured (n,); NaN where nothing was."""
        return np.array([np.nan if each is None else getattr(each, name) for each in self.facts], np.float64)


def measured_pictures(dataset: Dataset, should_stop: ShouldStop) -> Generator[Progress, None, Pictures]:
    """Measure what has not been measured yet. Raises Cancelled."""
    names = [name for name in LABELED_SPLITS if name in dataset.splits]
    facts: list[PictureFacts | None] = []
    for name in names:
        facts += yield from measure(dataset.splits[name], should_stop)
    sets = [dataset.splits[name] for name in names]
    return Pictures(
        ids=[id for images in sets for id in images.ids],
        targets=np.concatenate([images.targets for images in sets]),
        splits=np.concatenate([np.full(len(images), name) for name, images in zip(names, sets, strict=True)]),
        facts=facts,
        class_names=dataset.class_names,
        drawn=frozenset(dataset.drawn),
    )

"""Which pictures of a prediction table to show and in which order, as index operations that take milliseconds."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from stl_tl_gui.engine.runs.predictions import Predictions

Rows = npt.NDArray[np.int64]
"""Rows of the table (n,)."""
Order = Literal["surest", "least_sure", "worst", "best", "id"]


@dataclass(frozen=True)
class PictureFilter:
    """What the user wants to see. None: any class."""

    true: int | None = None
    predicted: int | None = None
    mistakes: bool = False
    text: str = ""
    """Words that must each occur in the id, the true or the predicted class, in any case of letters."""
    order: Order = "worst"


class PictureFinder:
    """Applies filters to one table."""

    def __init__(self, predictions: Predictions) -> None:
        self._predictions = predictions
        self._names = [name.casefold() for name in predictions.class_names]

    def rows(self, wanted: PictureFilter) -> Rows:
        """The rows that match, in the wanted order; ties stay in the table's order, NaN comes last."""
        table = self._predictions
        fits = np.ones(len(table), bool)
        if wanted.true is not None:
            fits &= table.targets == wanted.true
        if wanted.predicted is not None:
            fits &= table.predicted == wanted.predicted
        if wanted.mistakes:
            fits &= table.predicted != table.targets
        for word in wanted.text.casefold().split():
            fits &= self._with_word(word)
        rows = np.flatnonzero(fits)
        return rows[np.argsort(self._keys(wanted.order)[rows], kind="stable")]

    def _with_word(self, word: str) -> npt.NDArray[np.bool_]:
        table = self._predictions
        classes = np.array([word in name for name in self._names], bool)
        found = classes[table.targets] | classes[table.predicted]
        ids = np.fromiter((word in id for id in self._ids), bool, len(table))
        return found | ids  # type: ignore[no-any-return]

    def _keys(self, order: Order) -> npt.NDArray[np.float64] | Rows:
        table = self._predictions
        match order:
            case "surest":
                return -table.confidence.astype(np.float64)
            case "least_sure":
                return table.confidence.astype(np.float64)
            case "worst":
                return -table.loss.astype(np.float64)
            case "best":
                return table.loss.astype(np.float64)
            case "id":
                return self._id_ranks

    @cached_property
    def _ids(self) -> list[str]:
        return [id.casefold() for id in self._predictions.ids]

    @cached_property
    def _id_ranks(self) -> Rows:
        ranks = np.empty(len(self._predictions), np.int64)
        ranks[sorted(range(len(ranks)), key=self._predictions.ids.__getitem__)] = np.arange(len(ranks))
        return ranks

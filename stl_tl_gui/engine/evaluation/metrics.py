"""What predictions are worth: confusion matrix, accuracy with its interval, figures per class."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stl_tl_gui.engine.runs.predictions import Predictions

Counts = npt.NDArray[np.int64]
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Confusion:
    """How often each true class (row) was taken for each class (column): counts (c, c)."""

    counts: Counts
    class_names: tuple[str, ...]

    @property
    def count(self) -> int:
        return int(self.counts.sum())

    @property
    def accuracy(self) -> float:
        """Share of right predictions in [0, 1]; NaN for an empty table."""
        return float(np.trace(self.counts)) / self.count if self.count else math.nan

    def in_order_of(self, class_names: tuple[str, ...]) -> "Confusion | None":
        """The same with its classes in another order, or None if these are other classes."""
        if sorted(class_names) != sorted(self.class_names):
            return None
        order = [self.class_names.index(name) for name in class_names]
        return Confusion(self.counts[np.ix_(order, order)], class_names)


def confusion(predictions: Predictions) -> Confusion:
    """The confusion matrix of a prediction table."""
    n = len(predictions.class_names)
    cells = np.bincount(predictions.targets * n + predictions.predicted, minlength=n * n)
    return Confusion(cells.reshape(n, n).astype(np.int64), predictions.class_names)


@dataclass(frozen=True)
class Metrics:
    """Figures of a prediction table with c classes. All but the counts are in [0, 1]."""

    accuracy: float
    low: float
    high: float
    """95% interval of the accuracy."""
    confusion: Counts
    """Counts (c, c): rows are true classes, columns predicted ones."""
    precision: Array
    recall: Array
    f1: Array
    support: Counts
    """True pictures per class (c,)."""
    class_names: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        columns = zip(self.class_names, self.precision, self.recall, self.f1, self.support, strict=True)
        return {
            "accuracy": self.accuracy,
            "interval": [self.low, self.high],
            "count": int(self.support.sum()),
            "classes": {
                name: {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(s)}
                for name, p, r, f, s in columns
            },
            "confusion": self.confusion.tolist(),
        }


def metrics(predictions: Predictions) -> Metrics:
    """All figures of a prediction table. A class never predicted has precision 0, one without pictures recall 0."""
    counts = confusion(predictions).counts
    hits, support = np.diag(counts), counts.sum(axis=1)
    low, high = wilson_interval(predictions.accuracy, len(predictions))
    return Metrics(
        accuracy=predictions.accuracy,
        low=low,
        high=high,
        confusion=counts,
        precision=_share(hits, counts.sum(axis=0)),
        recall=_share(hits, support),
        f1=_share(2 * hits, counts.sum(axis=0) + support),
        support=support,
        class_names=predictions.class_names,
    )


def _share(part: Counts, of: Counts) -> Array:
    return np.divide(part, of, out=np.zeros(len(of)), where=of > 0)


def wilson_interval(accuracy: float, count: int, z: float = 1.959964) -> tuple[float, float]:
    """95% confidence interval of a proportion (Wilson 1927), which behaves near 0 and 1 and for few pictures."""
    if count == 0:
        return 0.0, 1.0
    centre = accuracy + z * z / (2 * count)
    spread = z * math.sqrt(accuracy * (1 - accuracy) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)

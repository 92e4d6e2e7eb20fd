"""The confusion matrix, and every figure that follows from it: accuracy, precision, recall, F1."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stl_tl_gui.engine.runs.predictions import Predictions

Counts = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Confusion:
    """How often each true class (row) was predicted as each class (column): counts (c, c). Figures are in [0, 1]."""

    counts: Counts
    class_names: tuple[str, ...]

    @property
    def count(self) -> int:
        return int(self.counts.sum())

    @property
    def accuracy(self) -> float:
        """Share of right predictions; NaN for an empty table."""
        return float(np.trace(self.counts)) / self.count if self.count else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """95% confidence interval of the accuracy."""
        return wilson_interval(self.accuracy, self.count)

    @property
    def support(self) -> Counts:
        """Pictures of each true class (c,)."""
        support: Counts = self.counts.sum(axis=1)
        return support

    @property
    def precision(self) -> Shares:
        """Share of right ones among the predictions of each class (c,); 0 for a class that was never predicted."""
        return _share(np.diag(self.counts), self.counts.sum(axis=0))

    @property
    def recall(self) -> Shares:
        """Share of the pictures of each class that were found (c,); 0 for a class without pictures."""
        return _share(np.diag(self.counts), self.support)

    @property
    def f1(self) -> Shares:
        """Harmonic mean of precision and recall (c,)."""
        return _share(2 * np.diag(self.counts), self.counts.sum(axis=0) + self.support)

    def in_order_of(self, class_names: tuple[str, ...]) -> "Confusion | None":
        """The same with its classes in another order, or None if these are other classes."""
        if sorted(class_names) != sorted(self.class_names):
            return None
        order = [self.class_names.index(name) for name in class_names]
        return Confusion(self.counts[np.ix_(order, order)], class_names)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        columns = zip(self.class_names, self.precision, self.recall, self.f1, self.support, strict=True)
        return {
            "accuracy": self.accuracy,
            "interval": list(self.interval),
            "count": self.count,
            "classes": {
                name: {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(s)}
                for name, p, r, f, s in columns
            },
            "confusion": self.counts.tolist(),
        }


def confusion(predictions: Predictions) -> Confusion:
    """The confusion matrix of a prediction table."""
    n = len(predictions.class_names)
    cells = np.bincount(predictions.targets * n + predictions.predicted, minlength=n * n)
    return Confusion(cells.reshape(n, n).astype(np.int64), predictions.class_names)


def wilson_interval(accuracy: float, count: int, z: float = 1.959964) -> tuple[float, float]:
    """95% confidence interval of a proportion (Wilson 1927), which behaves near 0 and 1 and for few pictures."""
    if count == 0:
        return 0.0, 1.0
    center = accuracy + z * z / (2 * count)
    spread = z * math.sqrt(accuracy * (1 - accuracy) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, (center - spread) / scale), min(1.0, (center + spread) / scale)


def _share(part: Counts, of: Counts) -> Shares:
    return np.divide(part, of, out=np.zeros(len(of)), where=of > 0)

"""The prediction table: one row per picture of a split, from which every figure about a model is computed."""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.runs import write_atomically

_COLUMNS = ["image", "target", "predicted", "confidence", "loss"]


class DamagedPredictions(UserError):
    """A prediction table that cannot be read."""


@dataclass(frozen=True)
class Predictions:
    """Columns of the table; n pictures, c classes."""

    ids: list[str]
    targets: npt.NDArray[np.int64]
    """True class (n,)."""
    probabilities: npt.NDArray[np.float32]
    """(n, c), each row sums to 1."""
    loss: npt.NDArray[np.float32]
    """Cross-entropy of each picture (n,), in nats."""
    class_names: tuple[str, ...]

    def __post_init__(self) -> None:
        assert self.probabilities.shape == (len(self.ids), len(self.class_names))
        object.__setattr__(self, "predicted", self.probabilities.argmax(axis=1).astype(np.int64))
        object.__setattr__(self, "confidence", self.probabilities.max(axis=1, initial=0))

    predicted: npt.NDArray[np.int64] = None  # type: ignore[assignment]
    """Most probable class (n,)."""
    confidence: npt.NDArray[np.float32] = None  # type: ignore[assignment]
    """Its probability (n,)."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def accuracy(self) -> float:
        """Share of right predictions, in [0, 1]; NaN for an empty table."""
        return float((self.predicted == self.targets).mean()) if len(self) else math.nan


def wilson_interval(accuracy: float, count: int, z: float = 1.959964) -> tuple[float, float]:
    """95% confidence interval of a proportion (Wilson 1927), which behaves near 0 and 1 and for few pictures."""
    if count == 0:
        return 0.0, 1.0
    centre = accuracy + z * z / (2 * count)
    spread = z * math.sqrt(accuracy * (1 - accuracy) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def write_predictions(path: Path, predictions: Predictions) -> None:
    """Write the table as CSV (UTF-8), whole or not at all. Classes by name; numbers so that they read back equal."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    names = predictions.class_names
    writer.writerow([*_COLUMNS, *(f"p_{name}" for name in names)])
    for row, image in enumerate(predictions.ids):
        writer.writerow(
            [
                image,
                names[predictions.targets[row]],
                names[predictions.predicted[row]],
                predictions.confidence[row],
                predictions.loss[row],
                *predictions.probabilities[row],
            ]
        )
    write_atomically(path, text.getvalue().encode("utf-8", "surrogateescape"))


def read_predictions(path: Path) -> Predictions:
    """Read the table that `write_predictions` wrote. Raises DamagedPredictions."""
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            header, *rows = _one_by_one(csv.reader(file))
        names = tuple(column.removeprefix("p_") for column in header[len(_COLUMNS) :])
        index = {name: number for number, name in enumerate(names)}
        return Predictions(
            ids=[row[0] for row in rows],
            targets=np.array([index[row[1]] for row in rows], np.int64),
            loss=np.array([row[4] for row in rows], np.float32),
            probabilities=_matrix(rows, len(names)),
            class_names=names,
        )
    except OSError as error:
        raise DamagedPredictions(f"“{path}” cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, IndexError, csv.Error):
        raise DamagedPredictions(f"“{path}” is not a prediction table, or it is damaged. Evaluate again.") from None


# A large table is read in small steps, between which other threads get their turn: a window reads in the background.
_STEP = 500


def _one_by_one(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    yield from rows


def _matrix(rows: Sequence[Sequence[str]], columns: int) -> npt.NDArray[np.float32]:
    parts = [np.empty((0, columns), np.float32)]
    for start in range(0, len(rows), _STEP):
        part = [row[len(_COLUMNS) :] for row in rows[start : start + _STEP]]
        parts.append(np.array(part, np.float32).reshape(len(part), columns))
    return np.concatenate(parts)

"""The prediction table: one row per picture of a split, from which every figure about a model is computed."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.storage.files import write_atomically

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
    """Read the table that `write_predictions` wrote. Raises DamagedPredictions.

    A large table is read piece by piece, each turned into numbers and let go: a window that reads in the background
    would otherwise be held up while Python looks through a million texts, or frees them.
    """
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            rows = csv.reader(file)
            header = next(rows, [])
            if header[: len(_COLUMNS)] != _COLUMNS:
                raise ValueError
            names = tuple(column.removeprefix("p_") for column in header[len(_COLUMNS) :])
            parts = list(_parts(rows, names))
        return Predictions(
            ids=[id for part in parts for id in part.ids],
            targets=np.concatenate([part.targets for part in parts]),
            loss=np.concatenate([part.loss for part in parts]),
            probabilities=np.concatenate([part.probabilities for part in parts]),
            class_names=names,
        )
    except OSError as error:
        raise DamagedPredictions(f"“{path}” cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, IndexError, csv.Error):
        raise DamagedPredictions(f"“{path}” is not a prediction table, or it is damaged. Evaluate again.") from None


_STEP = 1000
"""Rows in a piece."""


class _Part(NamedTuple):
    """Some rows of a table; see Predictions."""

    ids: list[str]
    targets: npt.NDArray[np.int64]
    loss: npt.NDArray[np.float32]
    probabilities: npt.NDArray[np.float32]


def _parts(rows: Iterator[list[str]], names: Sequence[str]) -> Iterator[_Part]:
    """Pieces of a table, the first perhaps empty. Raises ValueError, KeyError, IndexError for what is no table."""
    index = {name: number for number, name in enumerate(names)}
    piece: list[list[str]] = []
    first = True
    while piece or first:
        first = False
        piece = list(islice(rows, _STEP))
        probabilities = np.array([row[len(_COLUMNS) :] for row in piece], np.float32)
        yield _Part(
            [row[0] for row in piece],
            np.array([index[row[1]] for row in piece], np.int64),
            np.array([row[4] for row in piece], np.float32),
            probabilities.reshape(len(piece), len(names)),
        )

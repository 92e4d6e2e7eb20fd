"""Where two models disagree: the pictures that only one of them gets right."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stl_tl_gui.engine.runs.predictions import Predictions

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Disagreement:
    """Two tables of predictions, A and B, on the n pictures that both have with the same true class."""

    first: Predictions
    second: Predictions
    rows: Rows
    """Rows of the pictures in the two tables (n, 2)."""
    left_out: int
    """Pictures that only one of the tables has, or whose true class differs."""

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """Which of the models is right about each picture (n, 2)."""
        tables = (self.first, self.second)
        columns = [
            table.predicted[rows] == table.targets[rows] for table, rows in zip(tables, self.rows.T, strict=True)
        ]
        return np.stack(columns, axis=1)

    def group(self, first: bool, second: bool) -> Rows:
        """The pictures (m, 2) that A gets right or not, and B; those with the surest mistakes first."""
        chosen = self.rows[(self.right == (first, second)).all(axis=1)]
        worst = np.maximum(self.first.loss[chosen[:, 0]], self.second.loss[chosen[:, 1]])
        ordered: Rows = chosen[np.argsort(-worst, kind="stable")]
        return ordered


def disagreement(first: Predictions, second: Predictions) -> Disagreement:
    """Match the pictures of two tables by their ids and true classes."""
    there = {id: row for row, id in enumerate(second.ids)}
    rows = [(row, there[id]) for row, id in enumerate(first.ids) if id in there]
    names, others = first.class_names, second.class_names
    same = [(a, b) for a, b in rows if names[first.targets[a]] == others[second.targets[b]]]
    matched = np.array(same, np.int64).reshape(-1, 2)
    return Disagreement(first, second, matched, len(set(first.ids) | set(second.ids)) - len(same))

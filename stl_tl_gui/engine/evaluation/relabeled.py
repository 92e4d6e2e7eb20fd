"""A prediction table after its labels were corrected: the model's answers stay, what is true changes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from stl_tl_gui.engine.data.corrections import Corrections, Effect, LabeledSplit, read_corrections
from stl_tl_gui.engine.evaluation.metrics import Confusion, confusion
from stl_tl_gui.engine.runs.predictions import Predictions
from stl_tl_gui.engine.runs.run import Run

_LEAST = 1e-38
"""A probability of zero counts as this one: its logarithm is finite."""


@dataclass(frozen=True)
class Relabeled:
    """A table with the labels of today."""

    table: Predictions
    """Of the same rows; true classes and losses are those of today."""
    counts: npt.NDArray[np.bool_]
    """Which rows still belong to the split (n,): not left out, not moved, and of a class that the model knows."""
    changed: dict[int, Effect]
    """What was corrected since the table was made, by row."""

    @property
    def figures(self) -> Confusion:
        """The confusion matrix of the rows that count."""
        return confusion(_rows(self.table, self.counts))


def relabeled(table: Predictions, effects: Mapping[str, Effect], split: LabeledSplit) -> Relabeled:
    """Apply corrections, by the pictures' ids, to the table of a split."""
    changed = {row: effects[id] for row, id in enumerate(table.ids) if id in effects}
    targets, counts = table.targets.copy(), np.ones(len(table), bool)
    index = {name: number for number, name in enumerate(table.class_names)}
    for row, effect in changed.items():
        if effect.class_name is not None:
            targets[row] = index.get(effect.class_name, targets[row])
        known = effect.class_name is None or effect.class_name in index
        counts[row] = known and not effect.left_out and effect.split in (None, split)
    loss = table.loss.copy()
    moved = np.flatnonzero(targets != table.targets)
    loss[moved] = -np.log(np.maximum(table.probabilities[moved, targets[moved]], _LEAST))
    return Relabeled(replace(table, targets=targets, loss=loss), counts, changed)


def corrections_since(run: Run, location: str) -> dict[str, Effect]:
    """Corrections of the data at a location that a run did not know yet, by picture. Raises CorrectionsUnusable."""
    known = known_corrections(run).effects()
    return {id: effect for id, effect in read_corrections(location).effects().items() if known.get(id) != effect}


def known_corrections(run: Run) -> Corrections:
    """The corrections that a run was trained with; none where its file cannot be read."""
    try:
        return Corrections.model_validate_json(run.corrections.read_bytes())
    except (OSError, ValueError):
        return Corrections()


def _rows(table: Predictions, chosen: npt.NDArray[np.bool_]) -> Predictions:
    ids = [id for id, counts in zip(table.ids, chosen.tolist(), strict=True) if counts]
    return Predictions(ids, table.targets[chosen], table.probabilities[chosen], table.loss[chosen], table.class_names)

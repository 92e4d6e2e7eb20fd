"""Training pictures, each predicted by the model of a cross-validation that did not learn from it."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

import numpy as np

from stl_tl_gui.engine.data.dataset import ImageSet
from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.events import EvaluationEnd
from stl_tl_gui.engine.runs.predictions import Predictions
from stl_tl_gui.engine.runs.run import Run, find_runs


def other_folds(run: Run) -> list[Run]:
    """The runs of the other folds with the same settings, newest first; none unless each fold has one with a model."""
    settings = run.settings()
    if settings.protocol != "kfold" or not settings.fold:
        return []
    found: dict[int, list[Run]] = {fold: [] for fold in range(1, settings.folds + 1) if fold != settings.fold}
    for other in dict.fromkeys((*find_runs(run.folder.parent), *find_runs())):
        with suppress(UserError, OSError):
            theirs = other.settings()
            alike = theirs.model_copy(update={"fold": settings.fold}) == settings
            if alike and theirs.fold in found and other.best.exists():
                found[theirs.fold].append(other)
    if not all(found.values()):
        return []
    return [max(runs, key=Run.created) for runs in found.values()]


def predicted_by_others(images: ImageSet, tables: Iterable[Predictions]) -> tuple[Predictions, list[str]]:
    """The rows of these tables that are about these pictures, with their labels; and the ids of pictures without one.

    All tables have the same classes.
    """
    labels = dict(zip(images.ids, images.targets.tolist(), strict=True))
    kept: list[Predictions] = []
    for table in tables:
        rows = [row for row, id in enumerate(table.ids) if id in labels]
        kept.append(_with_labels(table, rows, [labels[table.ids[row]] for row in rows]))
    ids = [id for table in kept for id in table.ids]
    probabilities = np.concatenate([table.probabilities for table in kept])
    targets = np.concatenate([table.targets for table in kept])
    losses = np.concatenate([table.loss for table in kept])
    found = Predictions(ids, targets, probabilities, losses, kept[0].class_names)
    return found, sorted(set(labels) - set(ids))


def is_held_out(run: Run) -> bool:
    """Whether the run's table of training pictures was made by the models that did not see them."""
    made = [event for event in run.events(batches=False) if isinstance(event, EvaluationEnd) and event.split == "train"]
    return bool(made) and made[-1].held_out


def _with_labels(table: Predictions, rows: Sequence[int], labels: Sequence[int]) -> Predictions:
    """Some rows of a table, with other labels where those have been corrected."""
    targets, probabilities = np.array(labels, np.int64), table.probabilities[rows]
    right = np.maximum(probabilities[np.arange(len(rows)), targets], np.finfo(np.float32).tiny)
    loss = np.where(targets == table.targets[rows], table.loss[rows], -np.log(right)).astype(np.float32)
    return Predictions([table.ids[row] for row in rows], targets, probabilities, loss, table.class_names)

"""Evaluation: predict a split once, store the table, and compute every figure from the table."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stl_tl_gui.engine.predictions import Predictions, wilson_interval
from stl_tl_gui.engine.torchvision_import import make_torchvision_importable

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Metrics:
    """Figures of a prediction table with c classes. All but the counts are in [0, 1]."""

    accuracy: float
    low: float
    high: float
    """95% interval of the accuracy."""
    confusion: npt.NDArray[np.int64]
    """Counts (c, c): rows are true classes, columns predicted ones."""
    precision: Array
    recall: Array
    f1: Array
    support: npt.NDArray[np.int64]
    """True pictures per class (c,)."""


def metrics(predictions: Predictions) -> Metrics:
    """Accuracy, confusion matrix and per-class figures. A class never predicted has precision 0."""
    import torch

    make_torchvision_importable()
    from torchmetrics.functional.classification import (
        multiclass_confusion_matrix,
        multiclass_f1_score,
        multiclass_precision,
        multiclass_recall,
    )

    n_classes = len(predictions.class_names)
    pair = torch.from_numpy(predictions.predicted), torch.from_numpy(predictions.targets)
    confusion = multiclass_confusion_matrix(*pair, n_classes).numpy()
    low, high = wilson_interval(predictions.accuracy, len(predictions))

    def per_class(figure: object) -> Array:
        assert callable(figure)
        return np.asarray(figure(*pair, n_classes, average="none"), np.float64)

    return Metrics(
        accuracy=predictions.accuracy,
        low=low,
        high=high,
        confusion=confusion,
        precision=per_class(multiclass_precision),
        recall=per_class(multiclass_recall),
        f1=per_class(multiclass_f1_score),
        support=confusion.sum(axis=1),
    )

"""Evaluation: predict a split once, store the table, and compute every figure from the table."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from stl_tl_gui.engine.arithmetic import Choice, inference_batch
from stl_tl_gui.engine.data import DataError, Dataset, open_dataset
from stl_tl_gui.engine.data.loading import pixel_batches
from stl_tl_gui.engine.data.preprocessing import Preprocessing
from stl_tl_gui.engine.data.splits import Splitting
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import EvaluationEnd, Event, Notice, Progress
from stl_tl_gui.engine.inference import Predictor, open_classifier
from stl_tl_gui.engine.predictions import Predictions, wilson_interval, write_predictions
from stl_tl_gui.engine.run_data import DataChanged, open_run_data
from stl_tl_gui.engine.runs import Run, RunFolderNotWritable
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


_ITS_OWN = (
    "These are the pictures that the model has learnt from, so the result looks better than it is. Without other data, "
    "it is judged by those that were kept aside."
)


def metrics(predictions: Predictions) -> Metrics:
    """Accuracy, confusion matrix and per-class figures. A class never predicted has precision 0."""
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
        class_names=predictions.class_names,
    )


class Trained(Protocol):
    """A model that is ready to predict: what a run in progress and an opened checkpoint have in common."""

    model: nn.Module
    class_names: tuple[str, ...]
    preprocessing: Preprocessing
    device: torch.device
    arithmetic: Choice


def evaluate(
    run: Run,
    split: Literal["val", "test"] | None = None,
    data: str | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Generator[Event, None, Predictions]:
    """Predict a split with a run's best model and write the table into the run folder.

    Without `split`: test where there is one, else val. With `data`, other pictures of the same classes: their test
    split, or all of them where they have none; the table is a file of its own.

    Raises DataMoved, DataChanged, DataError, RunFolderNotWritable, Cancelled, and what opening the model and the data
    raises.
    """
    classifier = open_classifier(run.folder)
    if data is None:
        dataset = yield from open_run_data(run, should_stop)
    else:
        fraction = 0.0 if split == "val" else 1.0  # where there is no test split, all pictures are for the test
        dataset = yield from open_dataset(data, Splitting(test_fraction=fraction), should_stop)
        for remark in dataset.remarks():
            yield Notice(message=remark)
    if dataset.class_names != classifier.class_names:
        raise DataChanged(
            f"“{dataset.name}” has the classes {', '.join(dataset.class_names)}, but the model knows "
            f"{', '.join(classifier.class_names)}."
        )
    split = split or dataset.evaluation_split()
    if split not in dataset.splits:
        raise DataError(f"“{dataset.name}” has no {split} pictures. Evaluate on “val” instead.")
    if data is not None and split in dataset.drawn and dataset.fingerprint == run.facts().get("data_fingerprint"):
        yield Notice(message=_ITS_OWN)
    try:
        predictions = yield from run.logged(
            evaluate_model(run, classifier, dataset, split, should_stop, dataset.name if data else "")
        )
    except OSError as error:
        if error.filename and not Path(error.filename).is_relative_to(run.folder):
            raise DataError(f"“{error.filename}” cannot be read: {error.strerror or error}.") from None
        raise RunFolderNotWritable(f"“{run.folder}” cannot be written: {error.strerror or error}.") from None
    if predictions is None:
        raise Cancelled
    return predictions


def evaluate_model(
    run: Run,
    trained: Trained,
    data: Dataset,
    split: Literal["val", "test"],
    should_stop: Callable[[], bool],
    other_data: str = "",
) -> Generator[Event, None, Predictions | None]:
    """Predict a split, write its table and yield EvaluationEnd; None when stopped on the way."""
    images = data.splits[split]
    predictor = Predictor(trained.model, trained.preprocessing, trained.device, trained.arithmetic.inference)
    logits, indices = [torch.empty(0, len(data.class_names))], [np.empty(0, np.int64)]
    done = 0
    batch_size = inference_batch(trained.preprocessing.input_size)
    for batch in pixel_batches(images, trained.preprocessing, batch_size):
        if should_stop():
            return None
        for picture in batch.unreadable.values():
            yield Notice(message=f"Left out: {picture.id} {picture.reason}.")
        if len(batch.indices):
            logits.append(predictor.logits(batch.pixels))
        indices.append(batch.indices)
        done += len(batch.indices) + len(batch.unreadable)
        yield Progress(stage=f"Predicting {split} pictures", done=done, total=len(images))
    kept = np.concatenate(indices)
    targets = images.targets[kept]
    log_probabilities = torch.cat(logits).log_softmax(dim=1)
    predictions = Predictions(
        ids=[images.ids[index] for index in kept],
        targets=targets,
        probabilities=log_probabilities.exp().numpy(),
        loss=-log_probabilities.numpy()[np.arange(len(kept)), targets],
        class_names=data.class_names,
    )
    path = run.predictions(split, other_data)
    write_predictions(path, predictions)
    yield EvaluationEnd(
        split=split,
        accuracy=predictions.accuracy,
        count=len(predictions),
        loss=float(predictions.loss.mean()),
        predictions=path.name,
        data=other_data,
    )
    return predictions

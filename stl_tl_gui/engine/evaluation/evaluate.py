"""Evaluation: predict a split once, store the table, and compute every figure from the table."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import nn

from stl_tl_gui.engine.arithmetic import RunArithmetic, inference_batch
from stl_tl_gui.engine.data import DataError, Dataset, open_dataset
from stl_tl_gui.engine.data.corrections import LabeledSplit
from stl_tl_gui.engine.data.dataset import ImageSet, PicturesGone
from stl_tl_gui.engine.data.loading import pixel_batches
from stl_tl_gui.engine.data.preprocessing import Preprocessing
from stl_tl_gui.engine.data.splits import Splitting, splitting_of
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.evaluation.held_out import other_folds, predicted_by_others
from stl_tl_gui.engine.evaluation.inference import Predictor, open_classifier
from stl_tl_gui.engine.evaluation.metrics import confusion
from stl_tl_gui.engine.events import EvaluationEnd, Event, Notice, Progress, ShouldStop
from stl_tl_gui.engine.runs.predictions import Predictions, read_predictions, write_predictions
from stl_tl_gui.engine.runs.run import Run, RunFolderNotWritable
from stl_tl_gui.engine.runs.run_data import DataChanged, open_run_data

_ITS_OWN = (
    "The model was trained on these pictures, so the result looks better than it is. Evaluate without other data to "
    "use the pictures that were held out."
)


class Trained(Protocol):
    """A model that is ready to predict: a run in progress or an opened checkpoint."""

    model: nn.Module
    class_names: tuple[str, ...]
    preprocessing: Preprocessing
    device: torch.device
    arithmetic: RunArithmetic


def evaluate(
    run: Run,
    split: LabeledSplit | None = None,
    data: str | None = None,
    should_stop: ShouldStop = lambda: False,
) -> Generator[Event, None, Predictions]:
    """Predict a split with a run's best model and write the table into the run folder.

    Without `split`: test where there is one, else val. Training pictures are predicted by the models that did not learn
    from them, where the run is a fold of a complete cross-validation. With `data`, other pictures of the same classes:
    their test split, or all of them where they have none; the table is a file of its own.

    Raises DataMoved, DataChanged, DataError, PicturesGone, RunFolderNotWritable, Cancelled, and what opening the model
    and the data raises.
    """
    classifier = open_classifier(run.folder)
    opening = open_run_data(run, should_stop) if data is None else _open_other(run, split, data, should_stop)
    dataset = yield from opening
    if data is not None:
        dataset = _with_classes_of(classifier.class_names, dataset)
    if dataset.class_names != classifier.class_names:
        raise _other_classes(dataset, classifier.class_names)
    split = split or dataset.evaluation_split()
    if split not in dataset.splits:
        raise DataError(f"“{dataset.name}” has no {split} pictures. Evaluate on “val” instead.")
    if data is not None and split in dataset.drawn and dataset.fingerprint == run.facts().get("data_fingerprint"):
        yield Notice(message=_ITS_OWN)
    try:
        others = other_folds(run) if split == "train" and data is None else []
        predictions: Predictions | None
        if others:
            predictions = yield from _by_others(run, others, dataset.splits["train"], should_stop)
        else:
            name = dataset.name if data else ""
            predictions = yield from run.logged(evaluate_model(run, classifier, dataset, split, should_stop, name))
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
    split: LabeledSplit,
    should_stop: ShouldStop,
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
    if len(images) and not len(kept):
        raise PicturesGone(len(images), split)
    targets = images.targets[kept]
    log_probabilities = torch.cat(logits).log_softmax(dim=1)
    predictions = Predictions(
        ids=[images.ids[index] for index in kept],
        targets=targets,
        probabilities=log_probabilities.exp().numpy(),
        loss=-log_probabilities.numpy()[np.arange(len(kept)), targets],
        class_names=data.class_names,
    )
    yield _written(run, split, predictions, data=other_data, unreadable=len(images) - len(kept))
    return predictions


def _open_other(
    run: Run, split: LabeledSplit | None, data: str, should_stop: ShouldStop
) -> Generator[Event, None, Dataset]:
    """Open other data than a run's own, read as the run's own is read."""
    fraction = 0.0 if split == "val" else 1.0  # where there is no test split, all pictures are for the test
    asked = splitting_of(run.settings())
    splitting = Splitting(test_fraction=fraction, pages=asked.pages, channels=asked.channels)
    dataset = yield from open_dataset(data, splitting, should_stop)
    for remark in dataset.remarks():
        yield Notice(message=remark)
    return dataset


def _with_classes_of(known: tuple[str, ...], dataset: Dataset) -> Dataset:
    """Other data with the labels of the model: it may lack classes, and write them with other capitals.

    Raises DataChanged for a class that the model does not know.
    """
    places = {_folded(name): label for label, name in enumerate(known)}
    unknown = [name for name in dataset.class_names if _folded(name) not in places]
    if unknown or len(places) < len(known):
        return dataset  # then only the very same classes will do
    labels = np.array([places[_folded(name)] for name in dataset.class_names] + [-1], np.int64)  # -1: unlabeled
    splits = {name: images.with_targets(labels[images.targets]) for name, images in dataset.splits.items()}
    return replace(dataset, class_names=known, splits=splits)


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").split())


def _other_classes(dataset: Dataset, known: tuple[str, ...]) -> DataChanged:
    unknown = [f"“{name}”" for name in dataset.class_names if _folded(name) not in set(map(_folded, known))]
    what = f"has classes that the model does not know ({', '.join(unknown)})" if unknown else "has other classes"
    return DataChanged(f"“{dataset.name}” {what}. The model was trained on {', '.join(known)}.")


def _by_others(
    run: Run, others: list[Run], images: ImageSet, should_stop: ShouldStop
) -> Generator[Event, None, Predictions]:
    """Take each training picture from the table of the fold that validated on it; make the tables that are missing."""
    for other in others:
        if not other.predictions("val").exists():
            yield from evaluate(other, "val", None, should_stop)
    return (yield from run.logged(_held_out(run, others, images)))


def _held_out(run: Run, others: list[Run], images: ImageSet) -> Generator[Event, None, Predictions]:
    predictions, missing = predicted_by_others(images, [read_predictions(each.predictions("val")) for each in others])
    if missing:
        yield Notice(message=f"Left out, as no other fold has predicted them: {len(missing):,} training pictures.")
    yield _written(run, "train", predictions, held_out=True)
    return predictions


def _written(
    run: Run, split: LabeledSplit, table: Predictions, *, data: str = "", unreadable: int = 0, held_out: bool = False
) -> Event:
    """Write a table into the run's folder, and say what it shows."""
    path = run.predictions(split, data)
    write_predictions(path, table)
    return EvaluationEnd(
        split=split,
        accuracy=confusion(table).accuracy,
        count=len(table),
        loss=float(table.loss.mean()),
        predictions=path.name,
        data=data,
        unreadable=unreadable,
        held_out=held_out,
    )

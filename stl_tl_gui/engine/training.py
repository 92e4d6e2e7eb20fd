"""Training: `train` and `resume` are generators of events; whatever happens, a run ends with exactly one RunEnd."""

import errno
import logging
import math
import platform
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import torch

from stl_tl_gui import __version__
from stl_tl_gui.engine.backbones import BACKBONES, parameter_counts
from stl_tl_gui.engine.checkpoints import load_checkpoint
from stl_tl_gui.engine.data import Dataset, open_dataset
from stl_tl_gui.engine.data.loading import PackedImages, pack
from stl_tl_gui.engine.device import DeviceUnusable, choose_device
from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.evaluation import evaluate_model, open_run_data
from stl_tl_gui.engine.events import BatchEnd, Event, Notice, PhaseStart, RunEnd, RunStart
from stl_tl_gui.engine.inference import predict_logits
from stl_tl_gui.engine.learner import Learner
from stl_tl_gui.engine.model import StateDict, trainable_parameters
from stl_tl_gui.engine.runs import Run, create_run, require_free
from stl_tl_gui.engine.settings import TrainSettings, make_settings
from stl_tl_gui.engine.weights import fetch_imagenet_weights, load_weights

ShouldStop = Callable[[], bool]
Events = Generator[Event, None, None]


class BatchTooLarge(UserError):
    """A batch larger than the training set."""


class TrainingDiverged(UserError):
    """The loss is no number any more."""


class NothingToResume(UserError):
    """A run that has no checkpoint, or nothing left to do."""


def train(
    settings: TrainSettings, folder: Path | None = None, should_stop: ShouldStop = lambda: False
) -> Generator[Event, None, Run]:
    """Do a run: open the data, get the weights, train, evaluate. Yields what happens, returns the run.

    What is wrong before there is a run folder is raised as a UserError. From RunStart on everything is logged in
    the run folder and ends in one RunEnd.
    """
    if folder is not None:
        require_free(folder)
    BACKBONES[settings.backbone].frozen_stages(settings.freeze)  # an unknown stage is reported before anything is read
    data = yield from open_dataset(
        settings.data,
        val_fraction=settings.val_fraction,
        test_fraction=settings.test_fraction,
        seed=settings.seed,
        should_stop=should_stop,
    )
    settings = _fit_batch(settings, data)
    weights, settings = yield from _initial_weights(settings, should_stop)
    settings = settings.model_copy(update={"data": data.location})
    learner = Learner(settings, data.class_names, data.class_counts("train"), weights)
    run = create_run(settings, folder)
    with run.locked():
        run.update(facts=_facts(data, learner))
        yield from _run(run, learner, data, should_stop)
    return run


def resume(run: Run, epochs: int | None = None, should_stop: ShouldStop = lambda: False) -> Generator[Event, None, Run]:
    """Go on with a run from its last checkpoint, up to `epochs` in all. Yields and returns as `train` does.

    Raises NothingToResume, RunBusy, DataChanged, InvalidSettings for impossible `epochs`, and what opening data raises.
    """
    with run.locked():
        yield from _resume(run, epochs, should_stop)
    return run


def _resume(run: Run, epochs: int | None, should_stop: ShouldStop) -> Events:
    settings = run.settings()
    if not run.last.exists():
        raise NothingToResume(f"“{run.name}” has no checkpoint to go on from. Train again instead.")
    checkpoint, optimizer_state_dict = load_checkpoint(run.last)
    if epochs is not None:
        settings = make_settings({**settings.model_dump(), "epochs": epochs})
    if checkpoint.epoch >= settings.epochs:
        raise NothingToResume(f"All {checkpoint.epoch} epochs of “{run.name}” are done. Ask for more to go on.")
    data = yield from open_run_data(run, should_stop)
    learner = Learner(
        _on_the_same_device(settings, run.facts()),
        data.class_names,
        data.class_counts("train"),
        checkpoint.model_state_dict,
    )
    learner.restore(checkpoint, optimizer_state_dict)
    run.remove_partial_files()
    run.update(settings=settings)
    yield from _run(run, learner, data, should_stop)


def _on_the_same_device(settings: TrainSettings, facts: dict[str, Any]) -> TrainSettings:
    """The settings with the device and precision that the run had, unless they were chosen elsewhere, for elsewhere."""
    try:
        choose_device(facts["device"])
    except DeviceUnusable:
        if settings.device == "auto":
            return settings
        raise
    return settings.model_copy(update={"device": facts["device"], "precision": facts["precision"]})


def _fit_batch(settings: TrainSettings, data: Dataset) -> TrainSettings:
    """The batch size that was asked for, or no more than there are pictures where none was asked for."""
    n = len(data.splits["train"])
    if settings.batch_size <= n:
        return settings
    if "batch_size" not in settings.model_fields_set:
        return settings.model_copy(update={"batch_size": n})
    raise BatchTooLarge(
        f"The batch size ({settings.batch_size}) is larger than the number of training pictures ({n}). "
        f"Choose {n} or less."
    )


def _initial_weights(
    settings: TrainSettings, should_stop: ShouldStop
) -> Generator[Event, None, tuple[StateDict | None, TrainSettings]]:
    """The weights to start from, and the settings with the weights file's full path."""
    if settings.weights == "none":
        return None, settings
    if settings.weights == "imagenet":
        path = yield from fetch_imagenet_weights(BACKBONES[settings.backbone], should_stop)
        return load_weights(path), settings
    path = Path(settings.weights).expanduser().resolve()
    return load_weights(path), settings.model_copy(update={"weights": str(path)})


def _facts(data: Dataset, learner: Learner) -> dict[str, object]:
    """What is needed, besides the settings, to repeat the run."""
    return {
        "data_name": data.name,
        "data_fingerprint": data.fingerprint,
        "class_names": list(data.class_names),
        "device": str(learner.device),
        "precision": learner.precision,
        "threads": torch.get_num_threads(),
        "versions": {"app": __version__, "torch": torch.__version__, "python": platform.python_version()},
        "system": platform.platform(),
    }


def _run(run: Run, learner: Learner, data: Dataset, should_stop: ShouldStop) -> Events:
    """From RunStart to RunEnd. This is the one place where any failure of a run becomes its last event."""
    try:
        yield run.log(_run_start(run, learner, data))
        end = yield from run.logged(_train_and_evaluate(run, learner, data, should_stop))
    except Cancelled:
        end = _run_end(learner, "stopped", "Stopped before anything more was learnt.")
    except Exception as error:
        if _known_reason(error) is None:
            logging.getLogger(__name__).exception("The run failed")
        end = _run_end(learner, "failed", explain(error))
    try:
        yield run.log(end)
    except OSError:
        logging.getLogger(__name__).exception("The end of the run could not be logged")
        yield end


def _run_start(run: Run, learner: Learner, data: Dataset) -> RunStart:
    settings = learner.settings
    trainable, total = parameter_counts(settings.backbone, len(data.class_names), settings.freeze)
    return RunStart(
        run=str(run.folder),
        settings=settings.model_dump(mode="json"),
        class_names=list(data.class_names),
        counts=data.counts(),
        parameters=total,
        trainable_parameters=trainable,
        device=str(learner.device),
        precision=learner.precision,
        epochs=settings.epochs,
        batches_per_epoch=len(batch_sizes(len(data.splits["train"]), settings.batch_size)),
        epochs_done=learner.epoch,
        batches_done=learner.batch,
    )


def _run_end(learner: Learner, reason: str, message: str, test_accuracy: float | None = None) -> RunEnd:
    return RunEnd(
        reason=reason,  # type: ignore[arg-type]
        message=message,
        best_val_accuracy=learner.best_val_accuracy,
        test_accuracy=test_accuracy,
        seconds=learner.seconds,
    )


def _train_and_evaluate(
    run: Run, learner: Learner, data: Dataset, should_stop: ShouldStop
) -> Generator[Event, None, RunEnd]:
    for remark in data.remarks():
        yield Notice(message=remark)
    started = time.perf_counter()
    train_set = yield from pack(data.splits["train"], learner.preprocessing, "Reading training pictures", should_stop)
    val_set = yield from pack(data.splits["val"], learner.preprocessing, "Reading validation pictures", should_stop)
    for picture in (*train_set.unreadable, *val_set.unreadable):
        yield Notice(message=f"Left out: {picture.id} {picture.reason}.")
    learner.seconds += time.perf_counter() - started
    reason = yield from _epochs(run, learner, train_set, val_set, should_stop)
    if reason == "stopped":
        return _run_end(learner, reason, "Stopped as asked. What was learnt is saved; resume at any time.")
    learner.load_model(load_checkpoint(run.best)[0].model_state_dict)
    predictions = yield from evaluate_model(run, learner, data, data.evaluation_split(), should_stop)
    message = {
        "completed": f"All {learner.settings.epochs} epochs are done.",
        "early_stopped": f"Stopped early: no better validation accuracy for {learner.settings.early_stopping} epochs.",
    }[reason]
    tested = predictions is not None and data.evaluation_split() == "test"
    return _run_end(learner, reason, message, predictions.accuracy if predictions is not None and tested else None)


def _epochs(
    run: Run, learner: Learner, train_set: PackedImages, val_set: PackedImages, should_stop: ShouldStop
) -> Generator[Event, None, str]:
    """The loop. Returns why it ended: completed, early_stopped or stopped."""
    settings = learner.settings
    while learner.epoch < settings.epochs:
        learner.freeze_for_epoch()
        if learner.begins_phase():
            yield PhaseStart(
                epoch=learner.epoch + 1, phase=learner.phase(), trainable_parameters=trainable_parameters(learner.model)
            )
        yield from _train_one_epoch(learner, train_set, should_stop)
        validation = None if should_stop() else _validate(learner, val_set, should_stop)
        if validation is None:
            learner.save(run.last)
            return "stopped"
        if not math.isfinite(validation[0]):
            raise _diverged(learner, f"validation loss became {validation[0]} in epoch {learner.epoch + 1}")
        event = learner.end_epoch(*validation)
        # the best one first: were the process killed in between, resuming would do this epoch again and write both
        learner.save(*([run.best] if event.best else []), run.last)
        yield event
        if settings.early_stopping and learner.epochs_without_gain >= settings.early_stopping:
            return "early_stopped"
    return "completed"


def batch_sizes(n: int, batch_size: int) -> list[int]:
    """How an epoch of n pictures is cut. A last batch of one joins its neighbour: BatchNorm cannot learn from one."""
    sizes = [batch_size] * (n // batch_size) + ([n % batch_size] if n % batch_size else [])
    if len(sizes) > 1 and sizes[-1] == 1:
        sizes[-2:] = [sizes[-2] + 1]
    return sizes


def _train_one_epoch(learner: Learner, images: PackedImages, should_stop: ShouldStop) -> Events:
    """Go through the training pictures once, in an order that depends only on seed and epoch; leave when stopped."""
    order = learner.random(learner.epoch).permutation(len(images))
    batches = torch.split(order, batch_sizes(len(images), learner.settings.batch_size))
    for indices in batches[learner.batch :]:
        if should_stop():
            return
        loss, rate = learner.step(images.pixels[indices], images.targets[indices], len(batches))
        if not math.isfinite(loss):
            raise _diverged(learner, f"loss became {loss} in epoch {learner.epoch + 1}, batch {learner.batch}")
        yield BatchEnd(
            epoch=learner.epoch + 1,
            batch=learner.batch,
            batches=len(batches),
            step=learner.epoch * len(batches) + learner.batch,
            loss=loss,
            learning_rate=rate,
            images_per_second=learner.images_per_second(),
        )


def _diverged(learner: Learner, what: str) -> TrainingDiverged:
    kept = " The last good checkpoint is kept." if learner.epoch else ""
    return TrainingDiverged(f"The {what}: training has diverged. Try a learning rate ten times smaller.{kept}")


def _validate(learner: Learner, images: PackedImages, should_stop: ShouldStop) -> tuple[float, float] | None:
    """Mean cross-entropy and accuracy on the validation pictures, or None when stopped."""
    started = time.perf_counter()
    loss_sum, correct = 0.0, 0
    learner.model.eval()
    for pixels, targets in zip(torch.split(images.pixels, 256), torch.split(images.targets, 256), strict=True):
        if should_stop():
            return None
        logits = predict_logits(learner.model, learner.preprocessing, pixels, learner.device, learner.precision)
        loss_sum += torch.nn.functional.cross_entropy(logits, targets, reduction="sum").item()
        correct += int((logits.argmax(1) == targets).sum())
    learner.seconds += time.perf_counter() - started
    return loss_sum / len(images), correct / len(images)


def explain(error: Exception) -> str:
    """A failure in one sentence, with what to try."""
    return _known_reason(error) or f"Something unexpected went wrong: {type(error).__name__}: {error}"


def _known_reason(error: Exception) -> str | None:
    """The sentence for a failure that is no fault of the app, else None."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full: the run folder could not be written. Free some space and resume."
    if isinstance(error, OSError):
        return f"A file could not be read or written: {error.strerror or error} ({error.filename or 'run folder'})."
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "allocate memory" in str(error):
        return "There is not enough memory. Try a smaller batch size, a smaller input size, or a smaller backbone."
    if "more than 1 value per channel" in str(error):  # BatchNorm's complaint
        return "This backbone cannot learn from one picture at a time. Choose a batch size of 2 or more."
    return None

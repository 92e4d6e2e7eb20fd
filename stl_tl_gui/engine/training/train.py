"""Training: `train` and `resume` are generators of events; whatever happens, a run ends with exactly one RunEnd."""

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import asdict
from pathlib import Path

import torch

from stl_tl_gui.engine.data import Dataset
from stl_tl_gui.engine.data.augmentation import AUGMENTATIONS
from stl_tl_gui.engine.data.loading import PackedImages, pack
from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.evaluation.evaluate import evaluate_model
from stl_tl_gui.engine.events import BatchEnd, Computation, Event, Notice, PhaseStart, RunEnd, RunStart
from stl_tl_gui.engine.models.checkpoints import load_checkpoint, save_checkpoint
from stl_tl_gui.engine.models.model import averaged, trainable_parameters
from stl_tl_gui.engine.runs.run import FINISHED, Run, RunFolderNotWritable, create_run, require_free
from stl_tl_gui.engine.runs.run_data import KNOWN_PICTURES, knows_its_pictures, open_run_data
from stl_tl_gui.engine.settings.backbones import parameter_counts
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings
from stl_tl_gui.engine.training.failures import explain, known_reason
from stl_tl_gui.engine.training.features import Inputs, Pixels
from stl_tl_gui.engine.training.learner import Learner, Step
from stl_tl_gui.engine.training.preparation import as_before, batch_sizes, facts_of, inputs_of, prepare
from stl_tl_gui.engine.training.sampling import epoch_order
from stl_tl_gui.engine.training.saver import Saver

ShouldStop = Callable[[], bool]
Events = Generator[Event, None, None]


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
    learner, data = yield from prepare(settings, should_stop)
    run = create_run(learner.settings, folder)
    with run.locked():
        run.update(facts=facts_of(run, data, learner))
        yield from _run(run, learner, data, should_stop)
    return run


def resume(run: Run, epochs: int | None = None, should_stop: ShouldStop = lambda: False) -> Generator[Event, None, Run]:
    """Go on with a run from its last checkpoint, up to `epochs` in all. Yields and returns as `train` does.

    Raises NothingToResume, RunBusy, RunFolderNotWritable, DataMoved, DataChanged, InvalidSettings for impossible
    `epochs`, and what opening data raises.
    """
    with run.locked():
        yield from _resume(run, epochs, should_stop)
    return run


def _resume(run: Run, epochs: int | None, should_stop: ShouldStop) -> Events:
    settings = run.settings()
    if not run.last.exists():
        raise NothingToResume(f"“{run.name}” has no checkpoint to go on from. Train again instead.")
    checkpoint = load_checkpoint(run.last)
    if epochs is not None:
        settings = make_settings({**settings.model_dump(), "epochs": epochs})
    to_evaluate = epochs is None and run.state() not in FINISHED  # all may be learnt, but not evaluated
    if checkpoint.epoch >= settings.epochs and not to_evaluate:
        raise NothingToResume(f"All {checkpoint.epoch} epochs of “{run.name}” are done. Ask for more to go on.")
    data = yield from open_run_data(run, should_stop)
    device, arithmetic = yield from as_before(run, settings, data, should_stop)
    counts, weights = data.class_counts("train"), checkpoint.model_state_dict
    learner = Learner(settings, data.class_names, counts, weights, device, arithmetic, checkpoint.original_head)
    learner.restore(checkpoint)
    try:
        run.remove_partial_files()
        run.update(settings=settings, facts={"device": str(device), "arithmetic": arithmetic.to_dict()})
    except OSError as error:
        raise RunFolderNotWritable(f"“{run.folder}” cannot be written: {error.strerror or error}.") from None
    patience = settings.early_stopping
    learnt = to_evaluate and 0 < patience <= checkpoint.training["epochs_without_gain"]
    yield from _run(run, learner, data, should_stop, learn=not learnt)


def _run(run: Run, learner: Learner, data: Dataset, should_stop: ShouldStop, *, learn: bool = True) -> Events:
    """From RunStart to RunEnd. This is the one place where any failure of a run becomes its last event."""
    try:
        yield run.log(_run_start(run, learner, data))
        end = yield from run.logged(_train_and_evaluate(run, learner, data, should_stop, learn))
    except Cancelled:
        end = _run_end(learner, "stopped", "Stopped before anything more was learnt.")
    except Exception as error:
        if known_reason(error) is None:
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
        precision=learner.arithmetic.training.precision,
        training=Computation(**asdict(learner.arithmetic.training)),
        inference=Computation(**asdict(learner.arithmetic.inference)),
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
    run: Run, learner: Learner, data: Dataset, should_stop: ShouldStop, learn: bool
) -> Generator[Event, None, RunEnd]:
    """`learn`: not for a run that was stopped after it had stopped early."""
    for remark in data.remarks():
        yield Notice(message=remark)
    if knows_its_pictures(learner.settings, data.name):
        yield Notice(message=KNOWN_PICTURES)
    started = time.perf_counter()
    train_set = yield from pack(data.splits["train"], learner.preprocessing, "Reading training pictures", should_stop)
    val_set = yield from pack(data.splits["val"], learner.preprocessing, "Reading validation pictures", should_stop)
    for picture in (*train_set.unreadable, *val_set.unreadable):
        yield Notice(message=f"Left out: {picture.id} {picture.reason}.")
    learner.seconds += time.perf_counter() - started
    saver = Saver(run, learner)
    try:
        epochs = _epochs(saver, learner, train_set, val_set, should_stop)
        reason = (yield from epochs) if learn else "early_stopped"
    finally:
        saver.write()
    if reason == "stopped":
        return _run_end(learner, reason, "Stopped as asked. What was learnt is saved; resume at any time.")
    yield from _blend(run, learner, val_set)
    learner.load_model(load_checkpoint(run.best).model_state_dict)
    predictions = yield from evaluate_model(run, learner, data, data.evaluation_split(), should_stop)
    message = {
        "completed": f"All {learner.settings.epochs} epochs are done.",
        "early_stopped": f"Stopped early: no better validation accuracy for {learner.settings.early_stopping} epochs.",
    }[reason]
    if predictions is None:
        return _run_end(learner, "stopped", f"{message} Its result was not computed, as you stopped; resume to do so.")
    tested = data.evaluation_split() == "test"
    return _run_end(learner, reason, message, predictions.accuracy if tested else None)


def _epochs(
    saver: Saver, learner: Learner, train_set: PackedImages, val_set: PackedImages, should_stop: ShouldStop
) -> Generator[Event, None, str]:
    """The loop. Returns why it ended: completed, early_stopped or stopped."""
    settings = learner.settings
    inputs: tuple[Inputs, Inputs] | None = None
    while learner.epoch < settings.epochs:
        learner.freeze_for_epoch()
        if learner.begins_phase():
            yield PhaseStart(
                epoch=learner.epoch + 1, phase=learner.phase(), trainable_parameters=trainable_parameters(learner.model)
            )
        if learner.begins_phase() and learner.phase() == "all" and settings.blend:
            saver.warm_up_ended()
        if inputs is None or learner.begins_phase():
            inputs = yield from _inputs(learner, train_set, val_set, should_stop)
        yield from train_one_epoch(learner, inputs[0], should_stop)
        started = time.perf_counter()
        validation = None if should_stop() else learner.validate(inputs[1], should_stop)
        learner.seconds += time.perf_counter() - started
        if validation is None:
            saver.stopped()
            return "stopped"
        if not math.isfinite(validation[0]):
            raise _diverged(learner, f"validation loss became {validation[0]} in epoch {learner.epoch + 1}")
        event = learner.end_epoch(*validation)
        saver.epoch_ended(event.best)
        yield event
        if settings.early_stopping and learner.epochs_without_gain >= settings.early_stopping:
            return "early_stopped"
    return "completed"


def _blend(run: Run, learner: Learner, val_set: PackedImages) -> Events:
    """Average the final weights with those after the head's warm-up; unless validation shows harm, that is the best.

    Wortsman et al. 2022, "Robust fine-tuning of zero-shot models". One standard error below the best epoch, which is
    the luckiest of many, is no harm.
    """
    share = learner.settings.blend
    if not share or not run.warm_up.exists():
        return
    accuracy = learner.best_val_accuracy or 0.0
    learner.load_model(averaged(load_checkpoint(run.warm_up).model_state_dict, learner.weights(), share))
    pictures = Pixels(val_set, learner.preprocessing, AUGMENTATIONS["none"])
    validation = learner.validate(pictures, lambda: False)  # short, and without it the run would not be complete
    harm = accuracy - math.sqrt(accuracy * (1 - accuracy) / len(val_set))
    if validation is None or (validation[1] < harm and learner.settings.protocol != "stl10"):
        return
    learner.best_val_loss, learner.best_val_accuracy = validation
    save_checkpoint(learner.checkpoint(), run.best)
    yield Notice(
        message=f"The final weights are averaged with those after the warm-up, which are {share:.0%} of them: "
        f"{validation[1]:.1%} of the validation pictures are right; in the best epoch, {accuracy:.1%} were."
    )


def _inputs(
    learner: Learner, train_set: PackedImages, val_set: PackedImages, should_stop: ShouldStop
) -> Generator[Event, None, tuple[Inputs, Inputs]]:
    """What training and validation go through."""
    started = time.perf_counter()
    val = yield from inputs_of(learner, val_set, "validation", should_stop)
    train = yield from inputs_of(learner, train_set, "training", should_stop)
    learner.seconds += time.perf_counter() - started
    return train, val


def train_one_epoch(learner: Learner, inputs: Inputs, should_stop: ShouldStop) -> Events:
    """Go through an epoch's pictures, in an order that depends only on seed and epoch; leave when stopped."""
    order = epoch_order(inputs.targets, learner.settings.sampling, learner.random(learner.epoch))
    batches = torch.split(order, batch_sizes(len(order), learner.settings.batch_size))
    under_way: deque[Step] = deque()
    started = time.perf_counter()
    for batch in learner.batches(inputs, batches):
        if should_stop():
            break
        under_way.append(learner.step(inputs, batch, len(batches)))
        if len(under_way) > learner.lag:
            yield _batch_end(learner, under_way.popleft(), len(batches), started)
            started = time.perf_counter()
    for step in under_way:
        yield _batch_end(learner, step, len(batches), started)
        started = time.perf_counter()


def _batch_end(learner: Learner, step: Step, batches: int, started: float) -> BatchEnd:
    """The event of a step that is done. Raises TrainingDiverged when its loss is no number."""
    loss = learner.count(step)
    learner.spend(time.perf_counter() - started)
    if not math.isfinite(loss):
        raise _diverged(learner, f"loss became {loss} in epoch {learner.epoch + 1}, batch {step.batch}")
    return BatchEnd(
        epoch=learner.epoch + 1,
        batch=step.batch,
        batches=batches,
        step=learner.epoch * batches + step.batch,
        loss=loss,
        learning_rate=step.learning_rate,
        images_per_second=learner.images_per_second(),
    )


def _diverged(learner: Learner, what: str) -> TrainingDiverged:
    kept = " The last good checkpoint is kept." if learner.epoch else ""
    return TrainingDiverged(f"The {what}: training has diverged. Try a learning rate ten times smaller.{kept}")

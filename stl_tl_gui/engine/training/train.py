"""Training: `train` and `resume` yield events; whatever happens, a run ends with exactly one RunEnd."""

import logging
import math
import time
from collections import deque
from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path

import torch

from stl_tl_gui.engine.data import Dataset
from stl_tl_gui.engine.data.loading import PackedImages, pack
from stl_tl_gui.engine.errors import Cancelled, UserError, reported_as
from stl_tl_gui.engine.evaluation.evaluate import evaluate_model
from stl_tl_gui.engine.evaluation.metrics import confusion
from stl_tl_gui.engine.events import BatchEnd, Computation, Event, Notice, PhaseStart, RunEnd, RunStart, ShouldStop
from stl_tl_gui.engine.models.checkpoints import load_checkpoint
from stl_tl_gui.engine.models.model import trainable_parameters
from stl_tl_gui.engine.runs.run import FINISHED, Run, RunFolderNotWritable, create_run, require_free
from stl_tl_gui.engine.runs.run_data import KNOWN_PICTURES, knows_its_pictures, open_run_data
from stl_tl_gui.engine.settings.backbones import parameter_counts
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings
from stl_tl_gui.engine.training.failures import explain, known_reason
from stl_tl_gui.engine.training.features import Inputs
from stl_tl_gui.engine.training.learner import Learner
from stl_tl_gui.engine.training.memory_need import fewer_at_once, fit_memory
from stl_tl_gui.engine.training.preparation import as_before, batch_sizes, facts_of, inputs_of, prepare
from stl_tl_gui.engine.training.sampling import epoch_order
from stl_tl_gui.engine.training.saver import Saver
from stl_tl_gui.engine.training.steps import StepResult
from stl_tl_gui.engine.training.weight_averaging import average_weights

Events = Generator[Event, None, None]


class TrainingDiverged(UserError):
    """The loss became infinite or NaN."""


class NothingToResume(UserError):
    """The run has no checkpoint, or nothing left to do."""


def train(
    settings: TrainSettings, folder: Path | None = None, should_stop: ShouldStop = lambda: False
) -> Generator[Event, None, Run]:
    """Do a run: open the data, get the weights, train, evaluate. Yields what happens, returns the run.

    Problems found before the run folder is made are raised as UserErrors. From RunStart on, everything is logged in
    the run folder and ends with one RunEnd.
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
    """Continue a run from its last checkpoint, up to `epochs` in all. Yields and returns as `train` does.

    Raises NothingToResume, RunBusy, RunFolderNotWritable, DataMoved, DataChanged, InvalidSettings for impossible
    `epochs`, and what opening data raises.
    """
    with run.locked():
        yield from _resume(run, epochs, should_stop)
    return run


def _resume(run: Run, epochs: int | None, should_stop: ShouldStop) -> Events:
    settings = run.settings()
    if not run.last.exists():
        raise NothingToResume(f"“{run.name}” has no checkpoint to resume from. Train again instead.")
    checkpoint = load_checkpoint(run.last)
    if epochs is not None:
        settings = make_settings({**settings.model_dump(), "epochs": epochs})
    to_evaluate = epochs is None and run.state() not in FINISHED  # all epochs may be done, but not the evaluation
    if checkpoint.epoch >= settings.epochs and not to_evaluate:
        raise NothingToResume(
            f"All {checkpoint.epoch} epochs of “{run.name}” are done. Set more epochs to train longer."
        )
    data = yield from open_run_data(run, should_stop)
    device, arithmetic = yield from as_before(run, settings, data, should_stop)
    counts, weights = data.class_counts("train"), checkpoint.model_state_dict
    learner = Learner(settings, data.class_names, counts, weights, device, arithmetic, checkpoint.original_head)
    learner.restore(checkpoint)
    with reported_as(RunFolderNotWritable, f"Cannot write “{run.folder}”"):
        run.remove_partial_files()
        run.update(settings=settings, facts={"device": str(device), "arithmetic": arithmetic.to_dict()})
    patience = settings.early_stopping
    trained = to_evaluate and 0 < patience <= checkpoint.training["epochs_without_gain"]
    yield from _run(run, learner, data, should_stop, learn=not trained)


def _run(run: Run, learner: Learner, data: Dataset, should_stop: ShouldStop, *, learn: bool = True) -> Events:
    """From RunStart to RunEnd. The one place where a failure of a run becomes its last event."""
    try:
        yield run.log(_run_start(run, learner, data))
        end = yield from run.logged(_train_and_evaluate(run, learner, data, should_stop, learn))
    except Cancelled:
        end = _run_end(learner, "stopped", "Stopped before training began.")
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
    trainable, total = parameter_counts(settings.backbone, len(data.class_names), learner.phases[-1].freeze)
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
        best_val_accuracy=learner.best.accuracy,
        test_accuracy=test_accuracy,
        seconds=learner.seconds,
    )


def _train_and_evaluate(
    run: Run, learner: Learner, data: Dataset, should_stop: ShouldStop, learn: bool
) -> Generator[Event, None, RunEnd]:
    """`learn`: False for a run that had already stopped early and only lacks its evaluation."""
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
        return _run_end(learner, reason, "Stopped. Progress is saved; resume at any time.")
    yield from average_weights(run, learner, val_set)
    learner.load_model(load_checkpoint(run.best).model_state_dict)
    predictions = yield from evaluate_model(run, learner, data, data.evaluation_split(), should_stop)
    message = {
        "completed": f"All {learner.settings.epochs} epochs are done.",
        "early_stopped": f"Stopped early: no better validation accuracy in {learner.settings.early_stopping} epochs.",
    }[reason]
    if predictions is None:
        return _run_end(learner, "stopped", f"{message} Stopped before the result was computed; resume to compute it.")
    tested = data.evaluation_split() == "test"
    return _run_end(learner, reason, message, confusion(predictions).accuracy if tested else None)


def _epochs(
    saver: Saver, learner: Learner, train_set: PackedImages, val_set: PackedImages, should_stop: ShouldStop
) -> Generator[Event, None, str]:
    """The loop. Returns why it ended: completed, early_stopped or stopped."""
    settings = learner.settings
    inputs: tuple[Inputs, Inputs] | None = None
    while learner.epoch < settings.epochs:
        learner.freeze_for_phase()
        if learner.begins_phase() and len(learner.phases) > 1:
            warms_up, learning = learner.phase.warms_up, trainable_parameters(learner.model)
            yield PhaseStart(
                epoch=learner.epoch + 1, phase="head" if warms_up else "all", trainable_parameters=learning
            )
            if settings.blend and not warms_up:
                saver.warm_up_ended()
        if inputs is None or learner.begins_phase():
            inputs = yield from _inputs(learner, train_set, val_set, should_stop)
            yield from fit_memory(learner, inputs[0])
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
        if learner.best.out_of_patience(settings.early_stopping):
            return "early_stopped"
    return "completed"


def _inputs(
    learner: Learner, train_set: PackedImages, val_set: PackedImages, should_stop: ShouldStop
) -> Generator[Event, None, tuple[Inputs, Inputs]]:
    """The inputs of training and validation."""
    started = time.perf_counter()
    val = yield from inputs_of(learner, val_set, "validation", should_stop)
    train = yield from inputs_of(learner, train_set, "training", should_stop)
    learner.seconds += time.perf_counter() - started
    return train, val


def train_one_epoch(learner: Learner, inputs: Inputs, should_stop: ShouldStop) -> Events:
    """Train on an epoch's pictures, in an order that depends only on seed and epoch; return when stopped."""
    order = epoch_order(inputs.targets, learner.settings.sampling, learner.random(learner.epoch))
    batches = torch.split(order, batch_sizes(len(order), learner.settings.batch_size))
    under_way: deque[StepResult] = deque()
    ahead = 1 if learner.device.type == "cuda" else 0  # steps a GPU works on while an earlier one's figures are fetched
    started = time.perf_counter()
    for batch in learner.batches(inputs, batches):
        if should_stop():
            break
        at_once = learner.microbatch
        under_way.append(learner.step(inputs, batch, len(batches)))
        if learner.microbatch != at_once:
            yield fewer_at_once(learner)
        if len(under_way) > ahead:
            yield _batch_end(learner, under_way.popleft(), len(batches), started)
            started = time.perf_counter()
    for step in under_way:
        yield _batch_end(learner, step, len(batches), started)
        started = time.perf_counter()


def _batch_end(learner: Learner, step: StepResult, batches: int, started: float) -> BatchEnd:
    """The event of a finished step. Raises TrainingDiverged when its loss is not a number."""
    loss = learner.sums.add(step)
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
        images_per_second=learner.sums.images_per_second,
    )


def _diverged(learner: Learner, what: str) -> TrainingDiverged:
    kept = " The last good checkpoint is kept." if learner.epoch else ""
    return TrainingDiverged(f"The {what}: training diverged. Try a learning rate ten times smaller.{kept}")

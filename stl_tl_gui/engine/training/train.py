"""Training: `train` and `resume` yield events; whatever happens, a run ends with exactly one RunEnd."""

import logging
import time
from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path

from stl_tl_gui.engine.data import Dataset
from stl_tl_gui.engine.errors import Cancelled, UserError, reported_as
from stl_tl_gui.engine.evaluation.evaluate import evaluate_model
from stl_tl_gui.engine.events import Computation, Event, Notice, RunEnd, RunStart, ShouldStop
from stl_tl_gui.engine.models.checkpoints import load_checkpoint
from stl_tl_gui.engine.runs.elsewhere import stoppable
from stl_tl_gui.engine.runs.run import FINISHED, Run, RunFolderNotWritable, create_run, require_free
from stl_tl_gui.engine.runs.run_data import KNOWN_PICTURES, knows_its_pictures, open_run_data
from stl_tl_gui.engine.settings.backbones import parameter_counts
from stl_tl_gui.engine.settings.phases import phases
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings
from stl_tl_gui.engine.storage.places import runs_folder
from stl_tl_gui.engine.storage.room import require_room
from stl_tl_gui.engine.training.automatic_recipe import AutomaticRecipe
from stl_tl_gui.engine.training.epochs import Pictures, run_epochs
from stl_tl_gui.engine.training.failures import explain, known_reason
from stl_tl_gui.engine.training.learner import Learner
from stl_tl_gui.engine.training.preparation import as_before, batch_sizes, facts_of, prepare
from stl_tl_gui.engine.training.recipes import STOPPED, FixedRecipe, Recipe, Why, early_stopped
from stl_tl_gui.engine.training.saver import Saver, bytes_of_checkpoints
from stl_tl_gui.engine.training.weight_averaging import average_weights

Events = Generator[Event, None, None]


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
    started = time.perf_counter()
    learner, data = yield from prepare(settings, should_stop)
    if settings.recipe == "automatic":
        learner.seconds = time.perf_counter() - started  # a time limit counts from the start
    require_room(folder or runs_folder(), bytes_of_checkpoints(learner))
    run = create_run(learner.asked, folder)
    with run.locked():
        run.update(facts=facts_of(run, data, learner))
        with stoppable(run, should_stop) as stop:
            yield from _run(run, learner, data, stop)
    return run


def resume(run: Run, epochs: int | None = None, should_stop: ShouldStop = lambda: False) -> Generator[Event, None, Run]:
    """Continue a run from its last checkpoint, up to `epochs` in all. Yields and returns as `train` does.

    Raises NothingToResume, RunBusy, RunFolderNotWritable, DataMoved, DataChanged, InvalidSettings for impossible
    `epochs`, and what opening data raises.
    """
    with run.locked(), stoppable(run, should_stop) as stop:
        yield from _resume(run, epochs, stop)
    return run


def _resume(run: Run, epochs: int | None, should_stop: ShouldStop) -> Events:
    settings = run.settings()
    if run.to_resume is None:
        raise NothingToResume(f"“{run.name}” has no checkpoint to resume from. Train again instead.")
    checkpoint = load_checkpoint(run.to_resume)
    if epochs is not None:
        settings = make_settings({**settings.model_dump(), "epochs": epochs})
    to_evaluate = epochs is None and run.state() not in FINISHED  # all epochs may be done, but not the evaluation
    fixed = settings.recipe == "fixed"
    if not fixed and (epochs is not None or run.state() in FINISHED):
        raise NothingToResume(
            f"“{run.name}” decided itself how long to train. To train it further, start a run from its weights with a "
            "number of epochs."
        )
    if fixed and checkpoint.epoch >= settings.epochs and not to_evaluate:
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
        end = yield from run.logged(_train_and_evaluate(run, learner, data, should_stop, learn), should_stop)
    except Cancelled:
        message = STOPPED.message if learner.epoch else "Stopped before training began."
        end = _run_end(learner, "stopped", message, run.history().test_accuracy)
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
    settings = learner.asked
    trainable, total = parameter_counts(settings.backbone, len(data.class_names), phases(settings)[-1].freeze)
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
        epochs=settings.epochs if settings.recipe == "fixed" else 0,
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
    if kept := learner.kept_classes:
        n, names = len(data.class_names), ", ".join(kept)
        yield Notice(message=f"The head keeps what it learned about {len(kept)} of {n} classes: {names}.")
    saver, pictures = Saver(run, learner), Pictures(data, should_stop)
    recipe: Recipe = FixedRecipe(learner, saver)
    if learner.settings.recipe == "automatic":
        recipe = AutomaticRecipe(run, learner, saver, data, should_stop)
    try:
        why = (
            (yield from run_epochs(learner, recipe, saver, pictures, should_stop)) if learn else early_stopped(learner)
        )
    finally:
        saver.write()
    if why.reason == "stopped":
        return _run_end(learner, why.reason, why.message, run.history().test_accuracy)
    if learner.settings.blend:
        yield from average_weights(run, learner, (yield from pictures.of(learner))[1])
    return (yield from _evaluate(run, learner, data, why, should_stop))


def _evaluate(
    run: Run, learner: Learner, data: Dataset, why: Why, should_stop: ShouldStop
) -> Generator[Event, None, RunEnd]:
    """The result of the best model, unless that is known, and the end of the run."""
    split = data.evaluation_split()
    known = run.history().evaluations.get(split) if learner.asked.recipe == "automatic" else None
    if known is None or not run.predictions(split).exists():
        learner.load_best(load_checkpoint(run.best))
        if (yield from evaluate_model(run, learner, data, split, should_stop)) is None:
            message = f"{why.message} Stopped before the result was computed; resume to compute it."
            return _run_end(learner, "stopped", message)
        known = run.history().evaluations[split]
    return _run_end(learner, why.reason, why.message, known.accuracy if split == "test" else None)

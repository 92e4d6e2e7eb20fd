"""AutomaticRecipe: a useful model after seconds that gets better until that no longer pays.

It asks `automatic.py` for the next phase, keeps a phase's model only where it gains, and tests it at once, so that the
run can be stopped at any moment.
"""

import math
from collections.abc import Generator
from dataclasses import replace

from stl_tl_gui.engine.arithmetic import choose_arithmetic
from stl_tl_gui.engine.data import Dataset
from stl_tl_gui.engine.evaluation.evaluate import evaluate_model
from stl_tl_gui.engine.events import EpochEnd, Event, PhaseStart, ShouldStop
from stl_tl_gui.engine.models.checkpoints import load_checkpoint, save_checkpoint
from stl_tl_gui.engine.models.model import StateDict, averaged, trainable_parameters
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.settings.phases import Phase
from stl_tl_gui.engine.training.automatic import (
    Ending,
    Outcome,
    Work,
    expected_seconds,
    following,
    gain_in_errors,
)
from stl_tl_gui.engine.training.epochs import timed
from stl_tl_gui.engine.training.features import Inputs
from stl_tl_gui.engine.training.learner import Learner
from stl_tl_gui.engine.training.preparation import batch_sizes
from stl_tl_gui.engine.training.recipes import STOPPED, Why
from stl_tl_gui.engine.training.saver import Saver
from stl_tl_gui.engine.training.validation import Validation
from stl_tl_gui.engine.training.weight_averaging import best_average
from stl_tl_gui.engine.training.work import measure_work

_LARGER = 1.0
"""A larger input size is kept where the head's losses fall by more than so many standard errors: it costs time."""


class AutomaticRecipe:
    """Decides on phases one by one."""

    def __init__(self, run: Run, learner: Learner, saver: Saver, data: Dataset, should_stop: ShouldStop) -> None:
        self._run = run
        self._learner = learner
        self._saver = saver
        self._data = data
        self._should_stop = should_stop
        self._work: Work | None = None
        self._began = learner.seconds
        """How long the run had taken when the phase began."""
        self.why = Why("completed", "Done.")

    def next_phase(self) -> Generator[Event, None, bool]:
        learner, work = self._learner, (yield from self._measured())
        left = learner.settings.budget - learner.seconds if learner.settings.budget else math.inf
        found = following(learner.asked, work, learner.outcomes, left)
        if isinstance(found, Ending):
            self.why = Why("completed", found.reason)
            return False
        weights = None
        if not found.fits:
            with timed(learner):
                weights = self._start_of(found)
                yield from self._tune_for(found)
        learner.go_on_with(found, weights)
        return True

    def _measured(self) -> Generator[Event, None, Work]:
        """How much there is to do, and how fast this computer does it; small pictures tell little of large ones."""
        if self._work is None or self._learner.settings.input_size >= 2 * self._work.input_size:
            with timed(self._learner):
                self._work = yield from measure_work(self._learner, self._data, self._should_stop)
        return self._work

    def _start_of(self, phase: Phase) -> StateDict | None:
        """What fine-tuning starts from: the head's fit, or for all layers the average of those before; None: as now."""
        if self._learner.outcomes[-1].phase.fits:
            self._saver.warm_up_ended()
            return None
        start = self._run.average if phase.freeze == "none" else self._run.warm_up
        return load_checkpoint(start).model_state_dict

    def _tune_for(self, phase: Phase) -> Generator[Event, None, None]:
        """Choose the fastest arithmetic for training: until now, there were no steps."""
        learner = self._learner
        n_train = len(self._data.splits["train"])
        steps = phase.epochs * len(batch_sizes(n_train, learner.settings.batch_size))
        frozen = learner.row.frozen_stages(phase.freeze)
        settings = learner.settings.model_copy(update={"input_size": phase.input_size, "epochs": phase.epochs})
        n, device = len(learner.class_names), learner.device
        found = yield from choose_arithmetic(settings, n, device, frozen, steps, self._should_stop)
        learner.arithmetic = replace(learner.arithmetic, training=found.training)

    def phase_begins(self) -> Generator[Event, None, None]:
        learner, phase, work = self._learner, self._learner.phase, (yield from self._measured())
        self._began = learner.seconds
        yield PhaseStart(
            epoch=learner.epoch + 1,
            phase="head" if phase.fits else "all" if phase.freeze == "none" else "stages",
            trainable_parameters=trainable_parameters(learner.model),
            input_size=phase.input_size,
            epochs=phase.epochs,
            expected_seconds=expected_seconds(learner.asked, work, phase, learner.outcomes),
        )

    def epoch_ends(self, validation: Validation, val: Inputs) -> EpochEnd:
        learner, phase = self._learner, self._learner.phase
        if learner.epoch + 1 < phase.end:
            return learner.end_epoch(validation, kept=False)
        if not phase.fits:
            validation = self._averaged(val)
        kept = self._gain(validation) > self._wanted()
        if kept:
            found = {"val": validation.losses}
            learner.kept_losses = found if learner.fit_losses is None else {**found, "fit": learner.fit_losses}
        learner.outcomes.append(Outcome(phase, learner.seconds - self._began, kept, validation.accuracy))
        return learner.end_epoch(validation, kept)

    def _averaged(self, val: Inputs) -> Validation:
        """Average the model with others from the same start; then with that start, as far as that helps."""
        learner, run = self._learner, self._run
        first = learner.phase.freeze != "none" or all(outcome.phase.fits for outcome in learner.outcomes)
        before = load_checkpoint(run.warm_up if first else run.average).model_state_dict
        n = sum(outcome.phase.freeze == learner.phase.freeze for outcome in learner.outcomes)
        if n and learner.phase.freeze != "none":
            others = load_checkpoint(run.average).model_state_dict
            learner.load_model(averaged(others, learner.weights(), n / (n + 1)))
        save_checkpoint(learner.checkpoint(), run.average)
        return best_average(learner, before, val)

    def _gain(self, validation: Validation) -> float:
        """In standard errors: of a fit by cross-validation, later by the validation pictures."""
        learner = self._learner
        losses, kind = (validation.losses, "val") if learner.fit_losses is None else (learner.fit_losses, "fit")
        before = learner.kept_losses.get(kind)
        return math.inf if before is None else gain_in_errors(losses, before)

    def _wanted(self) -> float:
        """How large a gain has to be."""
        learner = self._learner
        before = next((each.phase.input_size for each in reversed(learner.outcomes) if each.kept), 0)
        return _LARGER if learner.phase.fits and learner.phase.input_size > before else 0.0

    def after_epoch(self, event: EpochEnd) -> Generator[Event, None, Why | None]:
        learner = self._learner
        if not event.best:
            return None
        self._saver.write()
        with timed(learner):
            split = self._data.evaluation_split()
            tested = yield from evaluate_model(self._run, learner, self._data, split, self._should_stop)
        last = learner.outcomes[-1]
        learner.outcomes[-1] = replace(last, seconds=learner.seconds - self._began)
        return STOPPED if tested is None else None

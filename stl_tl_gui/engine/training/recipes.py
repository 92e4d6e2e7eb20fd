"""Recipes: what a run does next, and which of its models it keeps. The loop in `epochs.py` asks them."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

from stl_tl_gui.engine.events import EpochEnd, Event, PhaseStart, RunReason
from stl_tl_gui.engine.models.model import trainable_parameters
from stl_tl_gui.engine.training.features import Inputs
from stl_tl_gui.engine.training.learner import Learner
from stl_tl_gui.engine.training.saver import Saver
from stl_tl_gui.engine.training.validation import Validation


@dataclass(frozen=True)
class Why:
    """Why the epochs of a run ended."""

    reason: RunReason
    message: str


STOPPED = Why("stopped", "Stopped. Progress is saved; resume at any time.")


class Recipe(Protocol):
    """What the loop asks."""

    why: Why
    """Why there is no further phase."""

    def next_phase(self) -> Generator[Event, None, bool]:
        """When all phases are done: give the learner a further one; returns whether there is one."""
        ...

    def phase_begins(self) -> Generator[Event, None, None]:
        """The learner is at the first step of a phase."""
        ...

    def epoch_ends(self, validation: Validation, val: Inputs) -> EpochEnd:
        """Close the learner's epoch; tell whether its model is the best so far."""
        ...

    def after_epoch(self, event: EpochEnd) -> Generator[Event, None, Why | None]:
        """The epoch is logged and its model noted; returns why the run ends here, if it does."""
        ...


class FixedRecipe:
    """What the settings say: phases known from the start; the epoch of the best validation accuracy is kept."""

    def __init__(self, learner: Learner, saver: Saver) -> None:
        self._learner = learner
        self._saver = saver
        self.why = Why("completed", f"All {learner.settings.epochs} epochs are done.")

    def next_phase(self) -> Generator[Event, None, bool]:
        yield from ()
        return False

    def phase_begins(self) -> Generator[Event, None, None]:
        learner = self._learner
        if len(learner.phases) > 1:
            warms_up, learning = learner.phase.warms_up, trainable_parameters(learner.model)
            kind = "head" if warms_up else "all"
            yield PhaseStart(epoch=learner.epoch + 1, phase=kind, trainable_parameters=learning)  # type: ignore[arg-type]
            if learner.settings.blend and not warms_up:
                self._saver.warm_up_ended()

    def epoch_ends(self, validation: Validation, val: Inputs) -> EpochEnd:
        last_counts = self._learner.settings.protocol == "stl10"  # it has no validation pictures to choose by
        return self._learner.end_epoch(validation, kept=True if last_counts else None)

    def after_epoch(self, event: EpochEnd) -> Generator[Event, None, Why | None]:
        yield from ()
        learner = self._learner
        return early_stopped(learner) if learner.best.out_of_patience(learner.settings.early_stopping) else None


def early_stopped(learner: Learner) -> Why:
    """The end of a run that is out of patience."""
    patience = learner.settings.early_stopping
    return Why("early_stopped", f"Stopped early: no better validation accuracy in {patience} epochs.")

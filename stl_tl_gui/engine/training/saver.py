"""Saver: when to write a run's checkpoints. On cached features, an epoch is faster than writing the model."""

import copy
import time

from stl_tl_gui.engine.models.checkpoints import Checkpoint, save_checkpoint
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.training.learner import Learner

_EVERY = 3.0
"""Seconds between checkpoints at the ends of epochs."""
_WITHIN = 120.0
"""Seconds between checkpoints within an epoch: the most that is lost when the process is killed."""
_COST = 0.01
"""Share of the time that checkpoints within an epoch may take."""


def bytes_of_checkpoints(learner: Learner) -> int:
    """What a run's checkpoints take on the disk: the best, the last, and one that is being written."""
    moments = 2 if learner.settings.optimizer == "adamw" else 1
    model: int = sum(tensor.numel() * tensor.element_size() for tensor in learner.weights().values())
    trained: int = sum(4 * parameter.numel() for parameter in learner.model.parameters())
    return 3 * (model + moments * trained)


class Saver:
    """Writes best.pt, last.pt and warm_up.pt; keeps in memory what is not yet due."""

    def __init__(self, run: Run, learner: Learner) -> None:
        self._run = run
        self._learner = learner
        self._best: Checkpoint | None = None
        self._last: Checkpoint | None = None
        self._written = 0.0
        self._first = True
        """Whether no epoch has ended yet: the first one is written at once."""
        self._cost = 0.0
        """Seconds that the last writing took."""

    def begin(self) -> None:
        """Write the state before the first step, so that a run that is killed in its first epoch can be resumed."""
        if not self._run.last.exists():
            self.stopped()
        self._written = time.monotonic()

    @property
    def is_due(self) -> bool:
        """Whether the current epoch has taken so long that its steps should be saved."""
        return time.monotonic() - self._written >= max(_WITHIN, self._cost / _COST)

    def epoch_ended(self, best: bool) -> bool:
        """Note the current state; whether it is to be written now, because the last time was a while ago."""
        due = self._first or time.monotonic() - self._written >= _EVERY
        self._first = False
        self._last = self._learner.checkpoint() if due else copy.deepcopy(self._learner.checkpoint())
        self._best = self._last if best else self._best
        return due

    def warm_up_ended(self) -> None:
        """Write the model after the head's warm-up."""
        save_checkpoint(self._learner.checkpoint(), self._run.warm_up)

    def stopped(self) -> None:
        """Write what was noted, and the current state, perhaps in the middle of an epoch."""
        self._last = self._learner.checkpoint()
        self.write()

    def write(self) -> None:
        """Write what was noted and not yet written.

        The best one first: if the process is killed in between, resuming repeats that epoch and writes both.
        """
        better, started = self._best is not None, time.monotonic()
        if self._best is not None and self._best is self._last:
            save_checkpoint(self._last, self._run.best, self._run.last)  # put into bytes once
        else:
            for checkpoint, path in ((self._best, self._run.best), (self._last, self._run.last)):
                if checkpoint is not None:
                    save_checkpoint(checkpoint, path)
        if better:
            self._run.forget_predictions()
        self._best = self._last = None
        self._written = time.monotonic()
        self._cost = self._written - started

"""Saver: when to write a run's checkpoints. On cached features, an epoch is faster than writing the model."""

import copy
import time

from stl_tl_gui.engine.models.checkpoints import Checkpoint, save_checkpoint
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.training.learner import Learner

_EVERY = 3.0
"""Seconds between checkpoints, the most that is lost when the process is killed."""


class Saver:
    """Writes best.pt, last.pt and warm_up.pt; keeps in memory what is not yet due."""

    def __init__(self, run: Run, learner: Learner) -> None:
        self._run = run
        self._learner = learner
        self._best: Checkpoint | None = None
        self._last: Checkpoint | None = None
        self._written = 0.0

    def epoch_ended(self, best: bool) -> None:
        """Note the current state, and write it if the last time was a while ago."""
        due = time.monotonic() - self._written >= _EVERY
        self._last = self._learner.checkpoint() if due else copy.deepcopy(self._learner.checkpoint())
        self._best = self._last if best else self._best
        if due:
            self.write()

    def warm_up_ended(self) -> None:
        """Write the model after the head's warm-up."""
        save_checkpoint(self._learner.checkpoint(), self._run.warm_up)

    def stopped(self) -> None:
        """Write what was noted, and the current state in the middle of an epoch."""
        self._last = self._learner.checkpoint()
        self.write()

    def write(self) -> None:
        """Write what was noted and not yet written.

        The best one first: if the process is killed in between, resuming repeats that epoch and writes both.
        """
        better = self._best is not None
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

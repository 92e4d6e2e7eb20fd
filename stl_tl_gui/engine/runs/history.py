"""What a run's log tells, read once for everybody."""

from dataclasses import dataclass, field

import numpy as np

from stl_tl_gui.engine.events import EpochEnd, RunStart
from stl_tl_gui.engine.runs.run import Run

CURVES = ("val_accuracy", "val_loss", "train_loss", "train_accuracy")
"""Fields of EpochEnd that are drawn."""


@dataclass(frozen=True)
class History:
    """The epochs of a run that were finished, oldest first; all tuples are of one length."""

    epochs: tuple[int, ...] = ()
    """1-based."""
    seconds: tuple[float, ...] = ()
    """Training time from the start of the run to the end of each epoch."""
    curves: dict[str, tuple[float, ...]] = field(default_factory=lambda: dict.fromkeys(CURVES, ()))
    """By the names in CURVES; accuracies in [0, 1], losses in nats, which may be infinite or NaN."""


def _read_history(run: Run) -> tuple[History, RunStart | None]:
    """The finished epochs; those that a resumed run went through again count once, as they were in the end."""
    start, ends = None, dict[int, EpochEnd]()
    for event in run.events(batches=False):
        if isinstance(event, RunStart):
            start = event
            ends = {epoch: end for epoch, end in ends.items() if epoch <= event.epochs_done}
        elif isinstance(event, EpochEnd):
            ends[event.epoch] = event
    order = [ends[epoch] for epoch in sorted(ends)]
    seconds = np.cumsum([end.seconds for end in order], dtype=np.float64).tolist()
    curves = {name: tuple(getattr(end, name) for end in order) for name in CURVES}
    return History(tuple(end.epoch for end in order), tuple(seconds), curves), start

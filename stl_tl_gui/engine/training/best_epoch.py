"""BestEpoch: which epoch has been the best so far, and how long ago that was."""

import math
from dataclasses import dataclass


@dataclass
class BestEpoch:
    """The validation result of the best epoch so far."""

    accuracy: float | None = None
    loss: float = math.inf
    epochs_without_gain: int = 0
    """Epochs since the validation accuracy last rose: what early stopping looks at."""

    def take(self, loss: float, accuracy: float, kept: bool | None = None) -> bool:
        """Take an epoch's validation result; returns whether it is the best. Ties go to the lower loss.

        `kept`: known otherwise, such as by a protocol in which the last epoch counts.
        """
        gain = self.accuracy is None or accuracy > self.accuracy
        best = kept if kept is not None else gain or (accuracy == self.accuracy and loss < self.loss)
        if best:
            self.accuracy, self.loss = accuracy, loss
        self.epochs_without_gain = 0 if gain else self.epochs_without_gain + 1
        return best

    def out_of_patience(self, patience: int) -> bool:
        """Whether to stop early; never with a patience of 0."""
        return 0 < patience <= self.epochs_without_gain

"""Phases: what learns in which epochs of a run, a row per phase. Whoever needs to know reads these rows."""

from dataclasses import dataclass

from stl_tl_gui.engine.settings.settings import TrainSettings

_UNFROZEN_RATE = 0.3
"""After the head's warm-up, all layers learn at this share of the rate: the head is nearly trained by then."""


SIZES = (96, 128, 160, 192, 224, 256, 288)
"""Input sizes that Automatic tries, in pixels."""


@dataclass(frozen=True)
class Phase:
    """Epochs in which the same layers learn."""

    freeze: str
    """What keeps its weights: "head" (all but the head), "none", or all stages up to this one."""
    first: int
    """How many epochs come before it."""
    epochs: int
    rate: float = 1.0
    """Factor on the learning rate of the settings."""
    stage_decay: float = 1.0
    """Layer-wise learning-rate decay: the rate of a stage, as a share of the rate of the one above it."""
    warms_up: bool = False
    """Only prepares the head for the next phase: no label smoothing, no mixup, no augmentation but orientation."""
    fits: bool = False
    """The head is fitted to convergence on the features of the unchanged pictures, which counts as one epoch."""
    keeps_averages: bool = False
    """BatchNorm keeps the averages of pretraining, also where its weights learn."""
    input_size: int = 0
    """Side of the pictures in pixels; 0: as the settings say."""

    @property
    def end(self) -> int:
        """How many epochs the run has after it."""
        return self.first + self.epochs


def frozen_in_phases(freeze: str) -> tuple[str, ...]:
    """What is frozen in each phase under a freezing choice: "head", "none", or a stage up to which all is frozen."""
    return ("head", "none") if freeze == "head_then_all" else (freeze,)


def phases(settings: TrainSettings) -> tuple[Phase, ...]:
    """The phases of a run, one after the other: a single one, or the warm-up of the head and then all layers.

    Of Automatic only the first one: it decides on each further one by what the one before it brought.
    """
    if settings.recipe == "automatic":
        return (Phase("head", 0, 1, fits=True, input_size=settings.input_size or SIZES[0]),)
    first, *rest = frozen_in_phases(settings.freeze)
    if not rest:
        return (Phase(first, 0, settings.epochs),)
    warm_up = Phase(first, 0, settings.head_epochs, warms_up=True)
    left = settings.epochs - settings.head_epochs
    return warm_up, Phase(rest[0], settings.head_epochs, left, _UNFROZEN_RATE, settings.stage_rate)

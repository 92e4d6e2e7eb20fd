"""Phases: what learns in which epochs of a run, a row per phase. Whoever needs to know reads these rows."""

from dataclasses import dataclass

from stl_tl_gui.engine.settings.settings import TrainSettings

_UNFROZEN_RATE = 0.3
"""After the head's warm-up, all layers learn at this share of the rate: the head is nearly trained by then."""


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
    """Only prepares the head for the next phase: no label smoothing, and no augmentation but mirroring."""


def frozen_in_phases(freeze: str) -> tuple[str, ...]:
    """What is frozen in each phase under a freezing choice: "head", "none", or a stage up to which all is frozen."""
    return ("head", "none") if freeze == "head_then_all" else (freeze,)


def phases(settings: TrainSettings) -> tuple[Phase, ...]:
    """The phases of a run, one after the other: a single one, or the warm-up of the head and then all layers."""
    first, *rest = frozen_in_phases(settings.freeze)
    if not rest:
        return (Phase(first, 0, settings.epochs),)
    warm_up = Phase(first, 0, settings.head_epochs, warms_up=True)
    left = settings.epochs - settings.head_epochs
    return warm_up, Phase(rest[0], settings.head_epochs, left, _UNFROZEN_RATE, settings.stage_rate)

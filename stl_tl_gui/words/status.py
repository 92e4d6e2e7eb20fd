"""The status line's texts for the events of a run."""

from pathlib import Path

from stl_tl_gui.engine.events import BatchEnd, EpochEnd, Event, Notice, PhaseStart, Progress, RunEnd, RunStart
from stl_tl_gui.words.progress import progress_in_words
from stl_tl_gui.words.quantities import percent
from stl_tl_gui.words.run import phase_in_words


def words(event: Event) -> str | None:
    """The text for an event, or None."""
    match event:
        case RunStart():
            return f"Training “{Path(event.run).name}”"
        case Progress():
            return progress_in_words(event)
        case BatchEnd(batch=1):
            return f"Training: epoch {event.epoch}"
        case PhaseStart(input_size=size) if size:
            return phase_in_words(event)
        case PhaseStart(phase="all"):
            return "The head is warmed up. Now all layers learn."
        case EpochEnd():
            return f"Epoch {event.epoch}: validation accuracy {percent(event.val_accuracy)}"
        case Notice() | RunEnd():
            return event.message
    return None

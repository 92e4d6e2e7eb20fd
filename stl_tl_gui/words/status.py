"""What the status line says of the events of a run."""

from pathlib import Path

from stl_tl_gui.engine.events import BatchEnd, EpochEnd, Event, Notice, PhaseStart, Progress, RunEnd, RunStart


def words(event: Event) -> str | None:
    """What to say of an event, or None where there is nothing to say."""
    match event:
        case RunStart():
            return f"Training “{Path(event.run).name}”"
        case Progress():
            return event.stage + (f": {event.done:,} of {event.total:,} {event.unit}" if event.total else "…")
        case BatchEnd(batch=1):
            return f"Training: epoch {event.epoch}"
        case PhaseStart(phase="all"):
            return "The head is warmed up: now all layers learn."
        case EpochEnd():
            text = "Epoch {epoch}: {accuracy:.1%} of the validation pictures right"
            return text.format(epoch=event.epoch, accuracy=event.val_accuracy)
        case Notice() | RunEnd():
            return event.message
    return None

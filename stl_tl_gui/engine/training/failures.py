"""Failures of a run in words: what went wrong, and what to try."""

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.machine.device import is_out_of_memory
from stl_tl_gui.engine.storage.room import is_full


def explain(error: Exception) -> str:
    """A failure in one sentence, with what to try."""
    return known_reason(error) or f"Unexpected error (a bug in the app): {type(error).__name__}: {error}"


def known_reason(error: Exception) -> str | None:
    """The sentence for a failure that is not a bug in the app, else None."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError) and is_full(error):
        return "The disk is full: cannot write the run folder. Free some space and resume."
    if isinstance(error, OSError):
        return f"Cannot read or write a file: {error.strerror or error} ({error.filename or 'run folder'})."
    if is_out_of_memory(error):
        return "Not enough memory. Try a smaller batch size, input size, or backbone."
    if "more than 1 value per channel" in str(error):  # BatchNorm's complaint
        return "Batch normalization cannot learn from one picture at a time. Choose a batch size of 2 or more."
    return None

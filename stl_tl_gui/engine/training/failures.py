"""Failures of a run in words: the sentence for what is no fault of the app, and what to try."""

import errno

import torch

from stl_tl_gui.engine.errors import UserError


def explain(error: Exception) -> str:
    """A failure in one sentence, with what to try."""
    return known_reason(error) or f"Something unexpected went wrong: {type(error).__name__}: {error}"


def known_reason(error: Exception) -> str | None:
    """The sentence for a failure that is no fault of the app, else None."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full: the run folder could not be written. Free some space and resume."
    if isinstance(error, OSError):
        return f"A file could not be read or written: {error.strerror or error} ({error.filename or 'run folder'})."
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "allocate memory" in str(error):
        return "There is not enough memory. Try a smaller batch size, a smaller input size, or a smaller backbone."
    if "more than 1 value per channel" in str(error):  # BatchNorm's complaint
        return "This backbone cannot learn from one picture at a time. Choose a batch size of 2 or more."
    return None

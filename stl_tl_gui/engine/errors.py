"""Errors that are not bugs: each is one sentence that a user can act on."""

from collections.abc import Iterator
from contextlib import contextmanager


class UserError(ValueError):
    """Base of all errors whose text is meant for the user. Rooms derive named errors from it."""

    on_the_command_line = ""
    """The command to type next; empty if the sentence says what to do."""


class Cancelled(Exception):
    """Raised inside a job when `should_stop()` became true and there is nothing to save."""


@contextmanager
def reported_as(kind: type[UserError], what: str, advice: str = "") -> Iterator[None]:
    """Raise an OSError in this block as a UserError: what cannot be done, the system's reason, what to do next."""
    try:
        yield
    except OSError as error:
        raise kind(f"{what}: {error.strerror or error}.{advice}") from None

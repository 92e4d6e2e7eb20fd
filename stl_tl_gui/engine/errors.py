"""Errors that are not bugs: each is one sentence that a user can act on."""


class UserError(ValueError):
    """Base of all errors whose text is meant for the user. Rooms derive named errors from it."""

    on_the_command_line = ""
    """The command to type next; empty if the sentence says what to do."""


class Cancelled(Exception):
    """Raised inside a job when `should_stop()` became true and there is nothing to save."""

"""What can go wrong by no fault of ours: each error is one sentence that a user can act on."""


class UserError(ValueError):
    """Base of all errors whose text is meant for the user. Rooms derive named errors from it."""

    on_the_command_line = ""
    """What to type there to go on; empty where the sentence says it."""


class Cancelled(Exception):
    """Raised inside a job when `should_stop()` became true and there is nothing to save."""

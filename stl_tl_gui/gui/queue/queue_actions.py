"""What can be done with the selected jobs, as a row of buttons; what cannot says why."""

from collections.abc import Callable, Sequence

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from stl_tl_gui.engine.queue.queue import FINISHED, QueuedJob
from stl_tl_gui.gui.widgets.actions import button, explain, make_action
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow

_KEY = QKeySequence.StandardKey


class QueueActions(QWidget):
    """Buttons and shortcuts; the actions also make the context menu of `table`."""

    def __init__(self, table: QWidget, do: dict[str, Callable[[], object]], parent: QWidget | None = None) -> None:
        """`do` says what "open", "skip", "retry", "remove", "up", "down", "compare" and "clear" mean."""
        super().__init__(parent)
        up, down = ([QKeySequence(f"Alt+{key}")] for key in ("Up", "Down"))
        remove = QKeySequence.keyBindings(_KEY.Delete)
        self.open = make_action(table, "Open", "", do["open"], sign="open")
        self.skip = make_action(table, "Skip", "", do["skip"], sign="skip")
        self.retry = make_action(table, "Try again", "", do["retry"], sign="refresh")
        self.remove = make_action(table, "Remove", "", do["remove"], sign="close", keys=remove)
        self.up = make_action(table, "Up", "", do["up"], sign="up", keys=up)
        self.down = make_action(table, "Down", "", do["down"], sign="down", keys=down)
        self.compare = make_action(table, "Compare these", "", do["compare"], sign="compare")
        self.clear = make_action(table, "Clear finished", "", do["clear"], sign="check")
        row = WrappingRow(self)
        for action in (self.open, self.skip, self.retry, self.remove, self.up, self.down):
            row.addWidget(button(action))
        row.add_gap()
        row.addWidget(button(self.compare))
        row.addWidget(button(self.clear))

    def follow(self, jobs: Sequence[QueuedJob], selected: Sequence[QueuedJob], here: QueuedJob | None) -> None:
        """Allow what the selection allows. `here` is the job that trains in this window."""
        states = {job.state for job in selected}
        can_skip = "waiting" in states or (here is not None and here.id in {job.id for job in selected})
        can_open = len(selected) == 1 and bool(selected[0].runs)
        chosen = [job.id for job in selected]
        order = [job.id for job in jobs]
        none = "Select the runs first."
        self.open.setEnabled(can_open)
        explain(self.open, "Show this run on all pages" if can_open else "Select one run that has begun.")
        self.skip.setEnabled(can_skip)
        explain(self.skip, "Pass over these runs; one under way is stopped and saved, and the next one begins")
        self.retry.setEnabled(bool(states & {"failed", "skipped"}))
        explain(self.retry, "Let runs that failed or were skipped wait for another turn, from their checkpoints")
        self.remove.setEnabled(bool(states - {"running"}))
        can_remove = "Take these runs off the list; what they have learnt stays on the Runs page"
        explain(self.remove, none if not states else can_remove if states != {"running"} else _stop_first())
        self.up.setEnabled(bool(chosen) and chosen != order[: len(chosen)])
        explain(self.up, "Do these runs earlier" if chosen else none)
        self.down.setEnabled(bool(chosen) and chosen != order[-len(chosen) :])
        explain(self.down, "Do these runs later" if chosen else none)
        which = "See the selected runs side by side" if len(selected) > 1 else "See all these runs side by side"
        explain(self.compare, f"{which}, {'as far as they are, and filling as the queue goes on'}")
        self.clear.setEnabled(any(job.state in FINISHED for job in jobs))
        explain(self.clear, "Take all runs off the list that are done, failed or skipped; their folders stay")


def _stop_first() -> str:
    return "This run is under way: skip it, or stop it on the Train page."

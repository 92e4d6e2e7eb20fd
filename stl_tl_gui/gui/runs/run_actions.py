"""Buttons for the selected runs. The tooltip of a disabled one says why."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from stl_tl_gui.engine.runs.run import FINISHED, RunSummary
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.actions import button, explain, make_action
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow

_KEY = QKeySequence.StandardKey
_keys = QKeySequence.keyBindings


def why_not_resumed(selected: Sequence[RunSummary], running_here: bool) -> str | None:
    """Why the selection cannot be trained longer, or None where it can."""
    if len(selected) != 1:
        return "Select one run to train it longer."
    if selected[0].state == "running":
        return "This run is still training."
    if running_here:
        return "Another run is training in this window. Stop it first."
    if not selected[0].run.last.is_file():
        return "This run has no checkpoint to continue from."
    if selected[0].settings.recipe == "automatic" and selected[0].state in FINISHED:
        return (
            "Automatic trained it for as long as that gained. Start from this run to go on with settings of your own."
        )
    return None


def why_not_started_from(selected: Sequence[RunSummary]) -> str | None:
    """Why no run can start from the selection, or None where one can."""
    if len(selected) != 1:
        return "Select one run to start from it."
    return None if selected[0].run.best.is_file() else "This run has no checkpoint to start from yet."


def why_not_trashed(selected: Sequence[RunSummary], running_here: str | None) -> str | None:
    """Why the selection cannot be moved to the trash, or None where it can."""
    if not selected:
        return "Select the runs to move to the trash."
    for summary in selected:
        if summary.state == "running" or running_here in (summary.run.name, str(summary.run.folder)):
            return f"“{summary.run.name}” is still training. Stop it first."
    return None


class RunActions(QWidget):
    """Buttons and shortcuts; the actions also make the context menu of `table`."""

    def __init__(self, table: QWidget, do: dict[str, Callable[[], object]], parent: QWidget | None = None) -> None:
        """`do` says what each action means: "open", "compare", "resume", "again" and so on, named as here."""
        super().__init__(parent)
        enter = [QKeySequence(Qt.Key.Key_Return), QKeySequence(Qt.Key.Key_Enter)]
        self.open = make_action(table, "Open", "", do["open"], sign="open", keys=enter)
        self.compare = make_action(table, "Compare", "", do["compare"], sign="compare")
        self.resume = make_action(table, "Train longer…", "", do["resume"], sign="resume")
        self.again = make_action(table, "Train again with these settings", "", do["again"], sign="train")
        self.start = make_action(table, "Start from this run", "", do["start"], sign="weights")
        self.rename = make_action(table, "Rename", "", do["rename"], sign="pencil", keys=[QKeySequence(Qt.Key.Key_F2)])
        self.star = make_action(table, "Star", "", do["star"], keys=[QKeySequence(Qt.Key.Key_S)])
        self.tags = make_action(table, "Edit tags", "", do["tags"])
        self.note = make_action(table, "Edit note", "", do["note"])
        self.reveal = make_action(table, "Show folder", "", do["reveal"], sign="folder")
        self.trash = make_action(table, "Move to trash…", "", do["trash"], sign="trash", keys=_keys(_KEY.Delete))
        self.copy = make_action(table, "Copy", "", do["copy"], sign="copy", keys=_keys(_KEY.Copy))
        self.export = make_action(table, "Save as CSV…", "", do["export"], sign="save")
        self.refresh = make_action(table, "Refresh", "", do["refresh"], sign="refresh", keys=_keys(_KEY.Refresh))
        left = (self.open, self.compare, self.resume, self.again, self.start, self.reveal, self.trash)
        right = (self.copy, self.export, self.refresh)
        WrappingRow(*map(button, left), inside=self)
        self.about_all = QWidget()
        """Buttons for the whole table; the page places them."""
        layouts.row(*map(button, right), inside=self.about_all, spacing=theme.MEDIUM)

    def follow(self, selected: Sequence[RunSummary], shown: int, running_here: str | None) -> None:
        """Allow what the selection allows. `running_here`: name or folder of the run that this window trains."""
        one = len(selected) == 1
        self.open.setEnabled(one)
        explain(self.open, "Show the curves and results of this run" if one else "Select one run to open it.")
        several = len(selected) > 1
        self.compare.setEnabled(several)
        explain(
            self.compare,
            "Compare the selected runs side by side" if several else "Choose runs to compare.",
        )
        for action, tip in (
            (self.rename, "Give the run a name of its own"),
            (self.tags, "Write tags, separated by commas, to find runs by"),
            (self.note, "Write a note about the run"),
        ):
            action.setEnabled(one)
            explain(action, tip if one else "Select one run.")
        self.star.setEnabled(bool(selected))
        self.star.setText("Remove star" if selected and all(each.notes.starred for each in selected) else "Star")
        explain(self.star, "Mark the selected runs" if selected else "Select runs to star.")
        self.reveal.setEnabled(one)
        explain(self.reveal, "Open the run's folder" if one else "Select one run to open its folder.")
        reason = why_not_resumed(selected, running_here is not None)
        self.resume.setEnabled(reason is None)
        explain(self.resume, reason or "Continue from the last checkpoint, up to as many epochs as you choose")
        self.again.setEnabled(one)
        again = "Fill in the Train page with this run’s settings and data, to change or to train again"
        explain(self.again, again if one else "Select one run to train again with its settings.")
        reason = why_not_started_from(selected)
        self.start.setEnabled(reason is None)
        explain(self.start, reason or "Start a new run from what this one learned, also on other data or classes")
        reason = why_not_trashed(selected, running_here)
        self.trash.setEnabled(reason is None)
        explain(self.trash, reason or "Move the selected runs to the system's trash. You can restore them from there.")
        self.copy.setEnabled(shown > 0)
        explain(self.copy, "Copy the selected rows, or all, to paste into a spreadsheet")
        self.export.setEnabled(shown > 0)
        explain(self.export, "Save the table as CSV, with all digits")
        explain(self.refresh, "Read the runs again")

"""SettingsHistory: undo and redo for the choices in the settings form."""

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand, QUndoStack

from stl_tl_gui.gui.train.advice import Values


class SettingsHistory(QUndoStack):
    """Remembers the choices before and after each change; several changes of one setting in a row are one."""

    def __init__(self, show: Callable[[Values], None]) -> None:
        super().__init__()
        self._show = show
        self.setUndoLimit(100)

    def change(self, before: Values, after: Values, what: str, mergeable: bool = False) -> None:
        """Make a change, called `what` ("Epochs") at the buttons, and remember how it was before."""
        self.push(_Change(self._show, before, after, what, mergeable))


class _Change(QUndoCommand):
    def __init__(
        self, show: Callable[[Values], None], before: Values, after: Values, what: str, mergeable: bool
    ) -> None:
        super().__init__(what)
        self._show, self._before, self._after, self._mergeable = show, before, after, mergeable

    def undo(self) -> None:
        self._show(self._before)

    def redo(self) -> None:
        self._show(self._after)

    def id(self) -> int:
        """Qt tries to merge changes of the same number."""
        return 1 if self._mergeable else -1

    def mergeWith(self, other: QUndoCommand) -> bool:  # Qt's name
        if not isinstance(other, _Change) or other.text() != self.text():
            return False
        self._after = other._after
        return True

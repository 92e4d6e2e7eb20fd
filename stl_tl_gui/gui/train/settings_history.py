"""SettingsHistory: undo and redo for the choices in the settings form."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from stl_tl_gui.engine.settings.advice import Values

_LIMIT = 100


@dataclass
class _Change:
    what: str
    before: Values
    after: Values
    mergeable: bool


class SettingsHistory(QObject):
    """Remembers the choices before and after each change; several changes of one setting in a row are one.

    Not a QUndoStack: PySide 6.11 frees the commands of one twice when Python finds it as garbage, which is a crash.
    """

    moved = Signal()
    """What can be undone or redone is another change now."""

    def __init__(self, show: Callable[[Values], None], parent: QObject) -> None:
        super().__init__(parent)
        self._show = show
        self._changes: list[_Change] = []
        self._done = 0
        """How many of the changes are made; the others can be redone."""

    @property
    def undoable(self) -> str:
        """What the last change was called, or nothing."""
        return self._changes[self._done - 1].what if self._done else ""

    @property
    def redoable(self) -> str:
        """What the next change was called, or nothing."""
        return self._changes[self._done].what if self._done < len(self._changes) else ""

    def change(self, before: Values, after: Values, what: str, mergeable: bool = False) -> None:
        """Make a change, called `what` ("Epochs") at the buttons, and remember how it was before."""
        del self._changes[self._done :]
        last = self._changes[-1] if self._changes else None
        if last and mergeable and last.mergeable and last.what == what:
            last.after = after
        else:
            self._changes = [*self._changes, _Change(what, before, after, mergeable)][-_LIMIT:]
        self._move(len(self._changes), after)

    def undo(self) -> None:
        if self.undoable:
            self._move(self._done - 1, self._changes[self._done - 1].before)

    def redo(self) -> None:
        if self.redoable:
            self._move(self._done + 1, self._changes[self._done].after)

    def _move(self, done: int, values: Values) -> None:
        self._done = done
        self._show(values)
        self.moved.emit()

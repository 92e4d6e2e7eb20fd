"""SettingsHistory: undo and redo for the choices in the settings form, with their buttons."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QToolButton, QWidget

from stl_tl_gui.engine.settings.advice import Values
from stl_tl_gui.gui.widgets.actions import explain
from stl_tl_gui.gui.widgets.icons import icon

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
    """What can be undone or redone has changed."""

    def __init__(self, show: Callable[[Values], None], parent: QObject) -> None:
        super().__init__(parent)
        self._show = show
        self._changes: list[_Change] = []
        self._done = 0
        """How many of the changes are done; the others can be redone."""

    @property
    def undoable(self) -> str:
        """Name of the last change; empty if there is none."""
        return self._changes[self._done - 1].what if self._done else ""

    @property
    def redoable(self) -> str:
        """Name of the next change; empty if there is none."""
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


class HistoryButton(QToolButton):
    """Undoes or redoes a change, also by the usual keys while `form` has the keyboard."""

    def __init__(self, history: SettingsHistory, form: QWidget, *, redoes: bool = False) -> None:
        super().__init__(form)
        self._history, self._redoes = history, redoes
        action = QAction(self)
        action.triggered.connect(history.redo if redoes else history.undo)
        action.setIcon(icon("redo" if redoes else "undo"))
        keys = QKeySequence.StandardKey.Redo if redoes else QKeySequence.StandardKey.Undo
        action.setShortcuts(QKeySequence.keyBindings(keys))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        form.addAction(action)
        self.setDefaultAction(action)
        self.setAccessibleName("Redo the change of settings" if redoes else "Undo the last change of settings")
        history.moved.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        what = self._history.redoable if self._redoes else self._history.undoable
        action = self.defaultAction()
        action.setEnabled(bool(what))
        action.setText(f"{'Redo' if self._redoes else 'Undo'} {what}".rstrip())
        explain(action, action.text())

"""Relabeling: the keys that fix labels wherever pictures are looked at: first letters of a class, F2, Delete."""

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from stl_tl_gui.engine.data.corrections import Correction, leave_out, relabel
from stl_tl_gui.gui.widgets.actions import make_action, set_keys
from stl_tl_gui.gui.widgets.class_picker import ClassPicker, matching, meant

_SHIFT, _KEYPAD = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.KeypadModifier
_TYPING = 0.8
"""Seconds within which further letters of a name that is already clear are still part of it."""


class Relabeling(QObject):
    """Belongs to a widget that shows pictures; what it asks for concerns those that are chosen there."""

    fixed = Signal(list)
    """The Corrections that the user wants."""
    undo_requested = Signal()

    def __init__(self, owner: QWidget, chosen: Callable[[], list[str]]) -> None:
        """`chosen`: the ids of the pictures to correct."""
        super().__init__(owner)
        self._owner, self._chosen = owner, chosen
        self._names: Sequence[str] = ()
        self._typed, self._name, self._when = "", "", 0.0
        self.picker: ClassPicker | None = None
        self.change = make_action(
            owner, "Change class…", "Change the class of the chosen pictures in the data; or type its first letters",
            self.pick, sign="pencil", keys=[QKeySequence(Qt.Key.Key_F2)],
        )  # fmt: skip
        self.leave_out = make_action(
            owner, "Leave out", "Train and test without the chosen pictures. No file is changed",
            lambda: self._ask(leave_out), sign="close", keys=[QKeySequence(Qt.Key.Key_Delete)],
        )  # fmt: skip
        self.undo = make_action(
            owner, "Undo", "Take back the last correction", self.undo_requested.emit, sign="undo",
            keys=QKeySequence.keyBindings(QKeySequence.StandardKey.Undo),
        )  # fmt: skip
        set_keys(owner, {"First letters of a class": "Change the class of the chosen pictures"})
        owner.installEventFilter(self)
        self.allow((), undo=False)

    def allow(self, names: Sequence[str], *, undo: bool) -> None:
        """The classes to choose from; none where labels cannot be corrected now."""
        self._names = names
        self.undo.setEnabled(undo)
        self.follow()

    def follow(self) -> None:
        """Other pictures are chosen."""
        for action in (self.change, self.leave_out):
            action.setEnabled(bool(self._names) and bool(self._chosen()))

    def pick(self, typed: str = "") -> None:
        """Offer the classes that begin with some letters."""
        if not self._names or not self._chosen():
            return
        self.picker = ClassPicker(self._names, self._owner, typed)
        self.picker.chosen.connect(self._relabel)
        self.picker.destroyed.connect(self._forget)
        corner = self._owner.mapToGlobal(QPoint(self._owner.width() // 3, self._owner.height() // 3))
        self.picker.open_at(corner)

    def type(self, letter: str) -> bool:
        """Take a letter: one that leaves a single class changes the label at once. Returns whether it was used."""
        if not self._names or not self._chosen():
            return False
        more = self._typed + letter
        if time.monotonic() - self._when < _TYPING and self._name.casefold().startswith(more.casefold()):
            self._typed, self._when = more, time.monotonic()
            return True
        only = meant(self._names, letter)
        if only is not None:
            self._relabel(only)
            self._typed, self._name, self._when = letter, only, time.monotonic()
        elif matching(self._names, letter):
            self.pick(letter)
        return True

    def _relabel(self, name: str) -> None:
        self._ask(lambda ids: relabel(ids, name))

    def _ask(self, corrections: Callable[[list[str]], list[Correction]]) -> None:
        ids = self._chosen()
        if ids:
            self.fixed.emit(corrections(ids))

    def _forget(self) -> None:
        self.picker = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            text, held = event.text(), event.modifiers() & ~(_SHIFT | _KEYPAD)
            if text.strip() and text.isprintable() and not held.value:
                return self.type(text)
        return super().eventFilter(watched, event)

"""Labels: what the user says about pictures, saved beside them at once, with undo and redo."""

from collections.abc import Callable, Generator, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal

from stl_tl_gui.engine.data.corrections import (
    Correction,
    Corrections,
    CorrectionStep,
    Effect,
    change_corrections,
    new_classes,
    relabel,
    unsure,
)
from stl_tl_gui.gui.background.jobs import Jobs
from stl_tl_gui.gui.background.worker import Job


class Labels(QObject):
    """The corrections of one data set, as they are here; files follow in the background, in the same order."""

    changed = Signal()
    failed = Signal(Exception)
    """They could not be saved."""

    def __init__(self, location: str, known: Corrections, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._location, self._known = location, known
        self._done: list[CorrectionStep] = []
        self._undone: list[CorrectionStep] = []
        self._jobs = Jobs(self)
        self._jobs.failed.connect(self.failed)
        self.effects: dict[str, Effect] = known.effects()
        """By picture."""

    @property
    def class_names(self) -> list[str]:
        """In the order in which they came up: that of the number keys."""
        return self._known.class_names()

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    @property
    def saving(self) -> bool:
        """Whether something is still on its way to the disk."""
        return self._jobs.busy

    def when_saved(self, then: Callable[[], object]) -> None:
        """Call back when all is on the disk."""
        self._jobs.do(_nothing_job, lambda _: then())

    def label_of(self, id: str) -> str:
        """The class of a picture; empty without one."""
        effect = self.effects.get(id)
        return (effect.class_name or "") if effect is not None else ""

    def is_unsure(self, id: str) -> bool:
        return id in self.effects and self.effects[id].unsure

    def is_seen(self, id: str) -> bool:
        """Whether the user has said something about a picture."""
        effect = self.effects.get(id)
        return effect is not None and bool(effect.class_name or effect.unsure or effect.left_out)

    def add_classes(self, names: Sequence[str]) -> None:
        fresh = [name for name in dict.fromkeys(names) if name not in self.class_names]
        if fresh:
            self._do("New classes: " + ", ".join(fresh), new_classes(fresh))

    def label(self, ids: Sequence[str], name: str) -> None:
        self._do(f"Label {len(ids):,} as “{name}”", relabel(ids, name))

    def doubt(self, ids: Sequence[str]) -> None:
        """The class of these cannot be told."""
        self._do(f"Not sure about {len(ids):,}", unsure(ids))

    def undo(self) -> list[str]:
        """Take back the last step; returns its pictures."""
        step = self._done.pop()
        self._undone.append(step)
        self._show(self._known.without([step]))
        self._save(lambda known: known.without([step]))
        return [each.picture for each in step.corrections]

    def redo(self) -> list[str]:
        """Do the last step that was taken back again; returns its pictures."""
        step = self._undone.pop()
        self._add(step)
        return [each.picture for each in step.corrections]

    def _do(self, title: str, corrections: Sequence[Correction]) -> None:
        self._undone.clear()
        self._add(CorrectionStep(title=title, corrections=tuple(corrections)))

    def _add(self, step: CorrectionStep) -> None:
        self._done.append(step)
        self._show(_with(self._known, step))
        self._save(lambda known: _with(known, step))

    def _show(self, known: Corrections) -> None:
        self._known, self.effects = known, known.effects()
        self.changed.emit()

    def _save(self, change: Callable[[Corrections], Corrections]) -> None:
        self._jobs.do(_saving_job(self._location, change))


def _with(known: Corrections, step: CorrectionStep) -> Corrections:
    return Corrections(steps=(*known.steps, step))


def _saving_job(location: str, change: Callable[[Corrections], Corrections]) -> Job:
    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, None]:
        yield from ()
        change_corrections(location, change)

    return job


def _nothing_job(should_stop: Callable[[], bool]) -> Generator[Any, None, None]:
    yield from ()

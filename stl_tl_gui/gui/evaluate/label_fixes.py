"""LabelFixes: corrects the labels of a run's pictures where they are looked at, saves each at once, and undoes it."""

from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.gui.background.jobs import Jobs
from stl_tl_gui.gui.background.worker import Job

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.corrections import Correction, Corrections, Effect

Change = "tuple[Corrections, Corrections]"
"""The corrections before and after."""


class LabelFixes(QObject):
    """The corrections since a run was trained. They are saved beside the data, in the background."""

    changed = Signal()
    saved = Signal(str)
    """The location of the data that was corrected, or put back."""
    failed = Signal(Exception)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.effects: dict[str, Effect] = {}
        """By picture."""
        self._run: Run | None = None
        self._location = ""
        self._done: list[Any] = []
        self._jobs = Jobs(self)
        self._jobs.failed.connect(self.failed)

    @property
    def ready(self) -> bool:
        """Whether labels can be corrected: it is known where the pictures are."""
        return bool(self._location)

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    def open(self, run: Run | None, location: str = "") -> None:
        """Correct the data of a run, which is at a location; None: nothing."""
        self._run, self._location = run, location
        self._done.clear()
        self._show({})
        self.look_again()

    def look_again(self) -> None:
        """Read the corrections, which may have been changed elsewhere."""
        if self._run is not None and self._location:
            self._jobs.do(_reading_job(self._run, self._location), partial(self._read, self._location))

    def fix(self, title: str, corrections: "Sequence[Correction]") -> None:
        """Save some corrections as one step."""
        if self._run is not None and self._location:
            self._do(lambda known: known.with_step(title, corrections), self._done.append)

    def undo(self) -> None:
        """Take the last step back, unless the corrections were changed elsewhere since."""
        if self._done:
            before, after = self._done.pop()
            self._do(lambda known: before if known == after else known, lambda change: None)

    def _do(self, change: "Callable[[Corrections], Corrections]", then: Callable[[Any], object]) -> None:
        assert self._run is not None

        def made(location: str, done: Any) -> None:
            then(done)
            self.saved.emit(location)

        self._jobs.do(_changing_job(self._location, change), partial(made, self._location))
        self.look_again()

    def _read(self, location: str, effects: "dict[str, Effect]") -> None:
        if location == self._location:
            self._show(effects)

    def _show(self, effects: "dict[str, Effect]") -> None:
        if effects != self.effects:
            self.effects = effects
        self.changed.emit()


def _reading_job(run: Run, location: str) -> Job:
    def job(should_stop: Callable[[], bool]) -> "Generator[Any, None, dict[str, Effect]]":
        from stl_tl_gui.engine.evaluation.relabeled import corrections_since

        yield from ()
        return corrections_since(run, location)

    return job


def _changing_job(location: str, change: "Callable[[Corrections], Corrections]") -> Job:
    def job(should_stop: Callable[[], bool]) -> "Generator[Any, None, Any]":
        from stl_tl_gui.engine.data.corrections import change_corrections

        yield from ()
        return change_corrections(location, change)

    return job

"""TimmDialog: asks for a model of timm by its name, which a few letters of it find."""

from collections.abc import Callable, Generator
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCompleter, QDialog, QDialogButtonBox, QLineEdit, QWidget

from stl_tl_gui.engine.settings.backbones import TIMM
from stl_tl_gui.gui.background.engine_import import import_engine
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.dialogs import sentence_of, stack

_WIDTH = 460


class TimmDialog(QDialog):
    """Show it with open(); `chosen` carries the backbone's name."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Choose a timm model")
        self._names: dict[str, str] = {}
        self.edit = QLineEdit()
        self.edit.setAccessibleName("Name of the model")
        self.edit.setPlaceholderText("Type a part of its name, such as convnext")
        self.edit.setClearButtonEnabled(True)
        self.note = theme.muted("Listing timm’s models…")
        self.buttons = QDialogButtonBox()
        self.use = self.buttons.addButton("Use this model", QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        stack(self, self.edit, self.note, self.buttons)
        self.resize(_WIDTH, self.sizeHint().height())
        self.buttons.accepted.connect(self._take)
        self.buttons.rejected.connect(self.reject)
        self.edit.textChanged.connect(self._check)
        self._job = LatestJob(self)
        self._job.result.connect(self._offer)
        self._job.failed.connect(self._show_failure)
        self.finished.connect(self._job.drop)
        self._job.start(_names_job)
        self._check()

    def _offer(self, names: list[str]) -> None:
        self._names = {name.removeprefix(TIMM): name for name in names}
        completer = QCompleter(list(self._names), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.edit.setCompleter(completer)
        self._check()

    def _check(self) -> None:
        """Say how many names contain what was typed; only a whole name can be used."""
        text = self.edit.text().strip().removeprefix(TIMM)
        self.use.setEnabled(text in self._names)
        if self._names:
            found = sum(text.lower() in name.lower() for name in self._names)
            self.note.setText(f"{found:,} of {len(self._names):,} models with pretrained weights")

    def _take(self) -> None:
        self.chosen.emit(self._names[self.edit.text().strip().removeprefix(TIMM)])
        self.accept()

    def _show_failure(self, error: Exception) -> None:
        self.note.setText(sentence_of(error) or "timm’s models could not be listed.")


def _names_job(should_stop: Callable[[], bool]) -> Generator[Any, None, list[str]]:
    yield from ()
    import_engine()
    from stl_tl_gui.engine.settings.timm_models import pretrained_names

    return pretrained_names()

"""The classify page: new pictures, dropped, pasted or chosen, each with its most probable classes."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QStackedWidget, QWidget

from stl_tl_gui.gui.capture.live_switch import LiveSwitch
from stl_tl_gui.gui.classify.class_names_dialog import ClassNamesDialog
from stl_tl_gui.gui.classify.classification import Classification, Opener
from stl_tl_gui.gui.classify.classified_view import ClassifiedView
from stl_tl_gui.gui.classify.classify_actions import ClassifyActions
from stl_tl_gui.gui.classify.keeping import Keeping
from stl_tl_gui.gui.classify.model_bar import ModelBar
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.actions import button, make_action
from stl_tl_gui.gui.widgets.dialogs import show_error, show_message
from stl_tl_gui.gui.widgets.drop_hint import DropHint
from stl_tl_gui.gui.widgets.drop_target import paths_of
from stl_tl_gui.gui.widgets.folder_copying import FolderCopying
from stl_tl_gui.gui.widgets.job_line import JobLine
from stl_tl_gui.gui.widgets.pasted import Pasted, Source, sources_in

if TYPE_CHECKING:
    from stl_tl_gui.engine.evaluation.inference import Classified, Classifier


class ClassifyPage(QWidget):
    """Classifies with one model at a time; after a change of model, what is in the table is classified again."""

    said = Signal(str)
    keep_requested = Signal(list)
    """Files and classes (list[tuple[Path, str]]) to put into a data set."""
    kept = Signal(str)
    """The folder of a data set that pictures were added to."""
    model_changed = Signal(object)
    """The Classifier in use from now on."""

    def __init__(self, parent: QWidget | None = None, opener: Opener | None = None) -> None:
        """`opener` stands in for the engine's `open_classifier`."""
        super().__init__(parent)
        self.work = Classification(self, opener)
        self.model_path: Path | None = None
        """The run folder or checkpoint file of the model in use."""
        self._numbers = itertools.count(1)
        self.bar, self.line, self.results = ModelBar(), JobLine(), ClassifiedView()
        self.actions_row = row = ClassifyActions(self.results)
        self._cleared: list[Source] = []
        self._again: list[Source] = []
        keys = QKeySequence.keyBindings(QKeySequence.StandardKey.Undo)
        tip = "Classify the cleared pictures again"
        undo = make_action(self, "Undo clear", tip, self.bring_back, sign="undo", keys=keys)
        buttons = [button(action) for action in (row.pictures, row.folder, row.paste, undo)]
        self.undo = buttons[-1]
        self.hint = DropHint("pictures", "Drop pictures or folders here", buttons)
        self._views = QStackedWidget()
        self.camera = LiveSwitch(self._views)
        self.keeping, self.copying = Keeping(self), FolderCopying(self)
        self.setAcceptDrops(True)
        self._views.addWidget(self.hint)
        self._views.addWidget(self.results)
        _lay_out(self, (_head("Classify", self.camera), self.bar, row, self._views, self.line), self._views)
        self._connect()
        self._follow()

    @property
    def has_model(self) -> bool:
        """Whether there is a model to classify with, now or in a moment."""
        return self.work.model is not None or self.work.opening

    def set_model(self, path: Path, class_names: tuple[str, ...] | None = None, backbone: str | None = None) -> None:
        """Open the model of a run folder or checkpoint file in the background. If that fails, the old one stays."""
        self.work.open(path, class_names, backbone)
        self._follow()

    def classify(self, sources: Sequence[Source]) -> None:
        """Classify files, folders and pasted pictures: at once, or as soon as there is a model and time."""
        for source in sources:
            if isinstance(source, Pasted):
                self.results.keep(source)
        self.camera.setChecked(False)  # to see their results
        self.work.classify(sources)
        self._follow()

    def paste(self) -> None:
        """Classify the picture or the files on the clipboard, or say that there are none."""
        if not self._take(QGuiApplication.clipboard().mimeData()):
            text = "No picture on the clipboard."
            show_message(self, text, "Copy a picture or picture files, then paste again.")

    def clear(self) -> None:
        """Stop, and empty the table. Can be undone."""
        self.work.cancel()
        self.work.flush()
        self._cleared = self.results.sources()
        self.results.clear()
        self._follow()

    def _cancel(self) -> None:
        """Stop. What another model was about to classify again can be brought back."""
        self.work.cancel()
        self.work.flush()
        there = set(self.results.sources())
        self._cleared = [source for source in self._again if source not in there] or self._cleared
        self._again = []
        self._follow()

    def bring_back(self) -> None:
        """Classify again what was in the table before it was emptied, or before another model was chosen."""
        cleared, self._cleared = self._cleared, []
        if cleared:
            self.classify(cleared)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.work.shut_down()
        self.results.close_readers()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes pictures without files, as from a browser. Files are for the window, which knows all kinds of them."""
        event.setAccepted(event.mimeData().hasImage() and not paths_of(event.mimeData()))

    def dropEvent(self, event: QDropEvent) -> None:
        event.setAccepted(self._take(event.mimeData()))

    def _take(self, mime: QMimeData) -> bool:
        sources = sources_in(mime, f"Pasted picture {next(self._numbers)}")
        if sources:
            self.classify(sources)
        return bool(sources)

    def _opened(self, model: "Classifier", path: Path) -> None:
        self.model_path = path
        self._again = self.results.sources()
        self.work.again(self._again)
        self.results.set_model(model)
        self.camera.set_model(model)
        self.bar.show_model(model, path)
        self.model_changed.emit(model)

    def _not_opened(self, path: Path, error: Exception) -> None:
        from stl_tl_gui.engine.models.checkpoints import ClassNamesNeeded

        if not isinstance(error, ClassNamesNeeded):
            show_error(self, error)
            return
        dialog = ClassNamesDialog(path, error.count, parent=self)
        dialog.named.connect(lambda names, backbone: self.set_model(path, names, backbone))
        dialog.open()

    def _follow(self) -> None:
        """Update hint, buttons and the line at the foot."""
        rows = self.results.rows
        live = self.camera.isChecked()
        self._views.setCurrentWidget(self.camera.view if live else self.results if rows else self.hint)
        self.actions_row.setVisible(bool(rows) and not live)  # else the hint has the buttons
        self.undo.setVisible(bool(self._cleared))
        self.hint.set_state(_invitation(self.work.waiting, self.work.model is not None))
        if not self.work.busy:
            self.line.show_idle(_summary(rows, self.results.table.shown()))

    def _connect(self) -> None:
        self.bar.chosen.connect(self.set_model)
        self.actions_row.chosen.connect(self.classify)
        self.actions_row.filter.currentIndexChanged.connect(self._follow)
        self.camera.toggled.connect(self._follow)
        self.camera.failed.connect(lambda error: show_error(self, error))
        self.actions_row.paste_wanted.connect(self.paste)
        self.actions_row.clear_wanted.connect(self.clear)
        self.line.cancelled.connect(self._cancel)
        self.line.cancelled.connect(self.copying.stop)
        row = self.actions_row
        row.folders_wanted.connect(self.copying.choose)
        row.keep_wanted.connect(self.keep_requested)
        row.said.connect(self.said)
        self.copying.progressed.connect(self.line.show_progress)
        self.copying.ended.connect(self._follow)
        self.copying.said.connect(self.said)
        self.keeping.said.connect(self.said)
        self.keeping.kept.connect(self.kept)
        self.keeping.failed.connect(lambda error: show_error(self, error))
        self.work.opened.connect(self._opened)
        self.work.not_opened.connect(self._not_opened)
        self.work.arrived.connect(self.results.append)
        self.work.arrived.connect(self._follow)
        self.work.progressed.connect(self.line.show_progress)
        self.work.failed.connect(lambda error: show_error(self, error))
        self.work.idle.connect(self._follow)


def _lay_out(page: QWidget, parts: Sequence[QWidget], stretched: QWidget) -> None:
    shares = ((part, int(part is stretched)) for part in parts)
    layouts.column(*shares, inside=page, spacing=theme.MEDIUM, margins=layouts.PAGE)


def _head(title: str, button: QWidget) -> QWidget:
    head = QWidget()
    layouts.row((theme.title(title), 1), button, inside=head)
    return head


def _invitation(waiting: int, ready: bool) -> str:
    if ready:
        return "or paste one with Ctrl+V. Nothing leaves this computer."
    if waiting:
        return f"{waiting} waiting. Choose a model above to classify them."
    return "or paste one with Ctrl+V. First choose a model above, or train one."


def _summary(rows: "Sequence[Classified]", shown: int) -> str:
    if not rows:
        return ""
    unreadable = sum(row.error is not None for row in rows)
    text = "1 picture" if len(rows) == 1 else f"{len(rows):,} pictures"
    text += f", {unreadable:,} not readable" if unreadable else ""
    return text + (f", {shown:,} shown" if shown < len(rows) else "")

"""The dialog that adds pictures to the classes of a data set: from a camera, the clipboard, or files."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QStackedWidget, QWidget

from stl_tl_gui.engine.data.additions import ClassFolders
from stl_tl_gui.gui.capture.camera_panel import CameraPanel
from stl_tl_gui.gui.capture.class_choice import ClassChoice
from stl_tl_gui.gui.capture.frame_source import FrameSource
from stl_tl_gui.gui.capture.intake import Intake
from stl_tl_gui.gui.capture.shutter import Shutter
from stl_tl_gui.gui.capture.strip import TakenStrip
from stl_tl_gui.gui.capture.taken import Taken
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.actions import button, make_action
from stl_tl_gui.gui.widgets.choosing import choose_pictures
from stl_tl_gui.gui.widgets.dialogs import ask, attempt, show_error, show_message
from stl_tl_gui.gui.widgets.drop_target import paths_of
from stl_tl_gui.gui.widgets.empty_state import EmptyState
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.job_line import JobLine
from stl_tl_gui.gui.widgets.pasted import image_in

_MOST_REASONS = 8


class CollectDialog(QDialog):
    """Pictures wait in the dialog until they are added to a class folder; the last addition can be undone."""

    collected = Signal(str)
    """The folder, when the dialog is closed after pictures were added."""

    def __init__(
        self, folder: Path, source: FrameSource | None, parent: QWidget | None = None, shutter: Shutter | None = None
    ) -> None:
        """Add to this image folder, which may not exist yet. Without a source, the camera part is missing."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Add pictures to “{folder.name}”")
        self.setAcceptDrops(True)
        self.setMinimumSize(560, 400)
        self.folder = folder
        self._folders = ClassFolders(folder, {})
        self._last: tuple[str, list[Path], Path | None] | None = None
        self._changed = self._writing = False
        self.intake = Intake(self.devicePixelRatioF(), self)
        self.classes, self.strip, self.line = ClassChoice(), TakenStrip(), JobLine()
        self.panel = CameraPanel(source, shutter=shutter) if source is not None else None
        if source is not None:
            source.setParent(self)
        self.paste = make_action(
            self,
            "Paste",
            "Paste a picture or picture files from the clipboard",
            self.take_clipboard,
            sign="copy",
            keys=QKeySequence.keyBindings(QKeySequence.StandardKey.Paste),
        )
        self.choose = make_action(self, "Choose files…", "Choose pictures to add", self._choose_files, sign="pictures")
        self.undo = QPushButton(icon("undo"), "Undo")
        self.undo.setToolTip("Move the last added pictures to the trash")
        self.close_button = QPushButton("Close")
        self.add = theme.primary(QPushButton())
        self._lay_out()
        self._connect()
        self.intake.find_classes(folder, self._know)
        self._follow()

    def take_clipboard(self) -> None:
        """Take what is on the clipboard; say so if there is no picture."""
        if not self.intake.take_from(QGuiApplication.clipboard().mimeData()):
            text = "No picture on the clipboard."
            show_message(self, text, "Copy a picture, or picture files, and paste again.")
        self._follow()

    def add_all(self) -> None:
        """Add the pictures to the class, once all of them have been read."""
        if self.panel is not None:
            self.panel.stop()
        goal: list[Path] = []
        if attempt(self, lambda: goal.append(self._folders.folder(self.classes.name))):
            self._writing = True
            self.intake.after_all(partial(self._write, goal[0]))  # whatever name is typed meanwhile
            self._follow()
        else:
            self.classes.field.setFocus()

    def take_back(self) -> None:
        """Move what was added last to the trash."""
        if self._last is not None:
            name, paths, made = self._last
            self.intake.trash(paths, made, partial(self._taken_back, name, len(paths)))
            self._follow()

    def reject(self) -> None:
        """Close; asks first if pictures were not added."""
        if self.panel is not None:
            self.panel.stop()
        if not self.strip.count() and not self._writing:
            self._leave()
            return
        text = "These pictures are not in a class yet."
        more = "Go back to add them to a class, or discard them."
        ask(self, text, more, {"Discard": self._leave}, "Go back")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.panel is not None:
            if not event.isAutoRepeat():
                self.panel.take_one()
            return
        super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        event.setAccepted(_has_pictures(event.mimeData()))

    def dropEvent(self, event: QDropEvent) -> None:
        event.setAccepted(self.intake.take_from(event.mimeData()))
        self._follow()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A picture pasted into the class name is added as a picture."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            wanted = event.matches(QKeySequence.StandardKey.Paste)
            if wanted and _has_pictures(QGuiApplication.clipboard().mimeData()):
                self.take_clipboard()
                return True
        return super().eventFilter(watched, event)

    def _know(self, folders: ClassFolders) -> None:
        self._folders = folders
        self.classes.offer(folders)

    def _write(self, goal: Path) -> None:
        taken = self.strip.taken()
        made = None if goal.exists() else goal
        self.intake.write(taken, goal, partial(self._added, taken, goal.name, made))

    def _added(self, taken: Sequence[Taken], name: str, made: Path | None, paths: list[Path]) -> None:
        self._last, self._changed = (name, paths, made), True
        self._folders.by_name.setdefault(name, self._folders.parent / name)
        self.classes.count(name, len(paths))
        self.strip.take_out(taken)

    def _taken_back(self, name: str, count: int) -> None:
        self._last = None
        self.classes.count(name, -count)

    def _leave(self) -> None:
        self.intake.stop()
        super().reject()
        if self._changed:
            self.collected.emit(str(self.folder))

    def _choose_files(self) -> None:
        paths = choose_pictures(self, "Choose pictures to add")
        if paths:
            self.intake.read(paths)

    def _refuse(self, reasons: list[str]) -> None:
        text = "One file cannot be added." if len(reasons) == 1 else "{0:,} files cannot be added."
        shown = reasons[:_MOST_REASONS] + (["…"] if len(reasons) > _MOST_REASONS else [])
        show_message(self, text.format(len(reasons)), "\n".join(shown))

    def _rest(self) -> None:
        self._writing = False
        self.line.show_idle("")
        self._follow()

    def _follow(self) -> None:
        """Update the buttons and the hint."""
        count, name = self.strip.count(), self.classes.name
        pictures = "1 picture" if count == 1 else f"{count:,} pictures"
        goal = f"Add {pictures} to “{_short(name)}”" if name else f"Add {pictures}"
        self.add.setText(goal.replace("&", "&&") if count else "Add")
        self.add.setEnabled(count > 0 and not self._writing)
        self.undo.setVisible(self._last is not None)
        self.undo.setEnabled(not self.intake.busy)
        self._views.setCurrentIndex(int(count > 0))

    def _connect(self) -> None:
        self.intake.arrived.connect(self.strip.append)
        self.intake.progressed.connect(self.line.show_progress)
        self.intake.refused.connect(self._refuse)
        self.intake.failed.connect(lambda error: show_error(self, error))
        self.intake.idle.connect(self._rest)
        self.line.cancelled.connect(self.intake.stop)
        self.strip.changed.connect(self._follow)
        self.classes.changed.connect(self._follow)
        self.classes.edit.installEventFilter(self)
        self.add.clicked.connect(self.add_all)
        self.undo.clicked.connect(self.take_back)
        self.close_button.clicked.connect(self.reject)
        if self.panel is not None:
            self.panel.began.connect(self.intake.begin_burst)
            self.panel.taken.connect(self.intake.take_photo)

    def _lay_out(self) -> None:
        hint = EmptyState()
        hint.say(
            "No pictures yet",
            "Take some, paste them (Ctrl+V), or drop picture files here."
            if self.panel is not None
            else "Paste them (Ctrl+V), or drop picture files here.",
        )
        self._views = QStackedWidget()
        self._views.addWidget(hint)
        self._views.addWidget(self.strip)
        tools = QHBoxLayout()
        for action in (self.paste, self.choose, self.strip.remove):
            tool = button(action)
            tool.setAutoDefault(False)
            tools.addWidget(tool)
        right = layouts.column((self._views, 1), tools, spacing=theme.MEDIUM)
        middle = QHBoxLayout()
        middle.setSpacing(theme.LARGE)
        if self.panel is not None:
            middle.addWidget(self.panel, 3)
        middle.addLayout(right, 2)
        foot = layouts.row(self.undo, (self.line, 1), self.close_button, self.add)
        for each in (self.undo, self.close_button):
            each.setAutoDefault(False)
        layouts.column(self.classes, (middle, 1), foot, inside=self, spacing=theme.MEDIUM, margins=None)
        self.add.setDefault(True)
        (self.panel.take if self.panel is not None else self.classes.field).setFocus()


def _has_pictures(mime: QMimeData) -> bool:
    return bool(paths_of(mime)) or image_in(mime) is not None


def _short(name: str, most: int = 24) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"

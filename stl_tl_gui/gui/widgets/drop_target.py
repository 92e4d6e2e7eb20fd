"""DropTarget: lets a whole window take dropped files, and says over the window what a drop would do."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from stl_tl_gui.gui.widgets import theme


class DropTarget(QObject):
    """Watches a window's drag and drop events."""

    dropped = Signal(list)
    """The paths (list[Path]) that were dropped."""

    def __init__(self, window: QWidget, promise: Callable[[list[Path]], str]) -> None:
        """`promise` says in a few words what would happen to these paths."""
        super().__init__(window)
        self._window, self._promise = window, promise
        self._sign = QLabel(window, alignment=Qt.AlignmentFlag.AlignCenter)
        self._sign.setObjectName("drop")
        self._sign.setWordWrap(True)
        self._sign.setFont(theme.scaled_font(window.font(), 1.6, bold=True))
        self._sign.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._sign.hide()
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def guard(self, page: QWidget) -> None:
        """Keep drops from the text fields of a page: they would take a file's address as text."""
        for kind in (QLineEdit, QPlainTextEdit, QTextEdit):
            for edit in page.findChildren(kind):
                edit.setAcceptDrops(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDragEnterEvent):
            paths = paths_of(event.mimeData())
            if paths:
                _take_a_copy(event)
                self._show_sign(self._promise(paths))
            return True
        if event.type() == QEvent.Type.DragLeave:
            self._sign.hide()
        elif isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self._sign.hide()
            _take_a_copy(event)
            self.dropped.emit(paths_of(event.mimeData()))
            return True
        return False

    def _show_sign(self, text: str) -> None:
        self._sign.setText(text)
        self._sign.setGeometry(self._window.rect())
        self._sign.raise_()
        self._sign.show()


def _take_a_copy(event: QDropEvent) -> None:
    """Accept, but never as a move: a program that dragged files out would then delete its own."""
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()


def paths_of(mime: QMimeData) -> list[Path]:
    """The local files among what is dragged or on the clipboard."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]

"""Messages and questions. None of them blocks: each is shown with open() and answers through a callback."""

import traceback
from collections.abc import Callable, Mapping

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QMessageBox, QWidget

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import icon

Answers = Mapping[str, Callable[[], object]]
"""Button texts, the recommended one first, and what to do when that button is pressed."""


def show_error(parent: QWidget | None, error: BaseException) -> QMessageBox:
    """One sentence where the user can do something about it; otherwise details to report."""
    box = _box(parent)
    sentence = sentence_of(error)
    if sentence is not None:
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(sentence)
    else:
        box.setIcon(QMessageBox.Icon.Critical)
        box.setText("Something went wrong.")
        box.setInformativeText("This is a bug in the app. Please report the details below.")
        _add_details(box, "".join(traceback.format_exception(error)))
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Close))
    box.open()
    return box


def sentence_of(error: BaseException) -> str | None:
    """A sentence for the user, or None for a bug."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"“{error.filename}” cannot be used: {error.strerror}."
    return None


def attempt(parent: QWidget | None, do: Callable[[], object]) -> bool:
    """Do something at once; whether it went well. A mistake of the user becomes a dialog."""
    try:
        do()
    except (UserError, OSError) as error:
        show_error(parent, error)
        return False
    return True


def show_message(parent: QWidget | None, text: str, more: str = "") -> QMessageBox:
    """Something the user should know, with nothing to decide."""
    box = _box(parent)
    box.setIcon(QMessageBox.Icon.Information)
    box.setText(text)
    box.setInformativeText(more)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Close))
    box.open()
    return box


def ask(parent: QWidget | None, text: str, more: str, answers: Answers, cancel: str | None = None) -> QMessageBox:
    """A question. The last button, `cancel`, does nothing; so does Escape."""
    box = _box(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setText(text)
    box.setInformativeText(more)
    for index, (label, answer) in enumerate(answers.items()):
        button = box.addButton(label, QMessageBox.ButtonRole.AcceptRole)
        button.clicked.connect(lambda _=False, answer=answer: answer())
        if index == 0:
            box.setDefaultButton(button)
    box.setEscapeButton(box.addButton(cancel or "Cancel", QMessageBox.ButtonRole.RejectRole))
    box.open()
    return box


def close_and_copy(dialog: QDialog, copy: Callable[[], object]) -> QDialogButtonBox:
    """The buttons of a dialog that only shows a table."""
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    button = buttons.addButton("Copy as table", QDialogButtonBox.ButtonRole.ActionRole)
    button.setIcon(icon("copy"))
    button.clicked.connect(copy)
    return buttons


def stack(dialog: QDialog, *widgets: QWidget) -> None:
    """Lay out a dialog: its widgets one below the other."""
    layouts.column(*widgets, inside=dialog, spacing=theme.MEDIUM, margins=theme.LARGE)


def _box(parent: QWidget | None) -> QMessageBox:
    box = QMessageBox(parent)
    box.setWindowTitle(QCoreApplication.applicationName() or "STL Transfer Lab")
    box.setTextFormat(Qt.TextFormat.PlainText)  # file names may look like markup
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return box


def _add_details(box: QMessageBox, details: str) -> None:
    box.setDetailedText(details)
    copy = box.addButton("Copy details", QMessageBox.ButtonRole.ActionRole)
    copy.clicked.disconnect()  # or the box would close
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(details))

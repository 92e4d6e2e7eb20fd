"""Scrolling that moves what is painted and paints only what comes into view."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractItemView


def scroll_quickly(view: QAbstractItemView) -> None:
    """Let a view scroll by moving its pixels.

    With a border from a style sheet Qt treats the view as transparent and paints all of it at every step.
    """
    view.installEventFilter(_Opaque(view))


class _Opaque(QObject):
    """Makes the viewport opaque again whenever the style has been applied."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        if event.type() in (QEvent.Type.Polish, QEvent.Type.StyleChange, QEvent.Type.Show):
            assert isinstance(watched, QAbstractItemView)
            watched.viewport().setAutoFillBackground(True)
            watched.viewport().setAttribute(Qt.WidgetAttribute.WA_StyledBackground, False)
        return False

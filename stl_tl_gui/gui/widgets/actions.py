"""Actions shown as push buttons: one text, one tooltip, one enabled state for button, menu and shortcut."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QPushButton, QWidget

from stl_tl_gui.gui.widgets.icons import icon


def make_action(
    owner: QWidget,
    text: str,
    tip: str,
    do: Callable[[], object],
    *,
    sign: str = "",
    keys: list[QKeySequence] | None = None,
) -> QAction:
    """An action of a widget; its shortcuts work while the widget, or something in it, has the keyboard."""
    action = QAction(text, owner)
    if sign:
        action.setIcon(icon(sign))
    if keys:
        action.setShortcuts(keys)
    action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    explain(action, tip)
    action.triggered.connect(lambda: do())
    owner.addAction(action)
    return action


def set_keys(widget: QWidget, keys: dict[str, str]) -> None:
    """Note which keys a widget handles by itself and what they do, for the list of shortcuts."""
    widget.setProperty("keys", keys)


def keys_of(widget: QWidget) -> dict[str, str]:
    """The keys set by `set_keys`."""
    return widget.property("keys") or {}


def explain(action: QAction, tip: str) -> None:
    """Set the tooltip, with the shortcut behind it."""
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    action.setToolTip(f"{tip} ({keys})" if keys else tip)


def button(action: QAction) -> QPushButton:
    """A push button for an action, with its text, icon, tooltip and state."""
    made = QPushButton()

    def follow() -> None:
        made.setText(action.text())
        made.setIcon(action.icon())
        made.setToolTip(action.toolTip())
        made.setEnabled(action.isEnabled())

    follow()
    action.changed.connect(follow)
    made.clicked.connect(action.trigger)
    return made

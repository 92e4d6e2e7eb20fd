"""The menu bar: which actions there are, their shortcuts, and which of them make sense at the moment."""

from collections.abc import Callable, Iterable
from typing import get_args

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QPushButton

from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.theme import ThemeChoice

Do = Callable[[], object]
Entry = tuple[str, str, str, str]
"""Name of the action, text, shortcut, icon. Empty where there is none; an empty name is a separator."""


def _file() -> list[Entry]:
    return [
        ("open_data", "Open data &folder…", "Ctrl+Shift+O", "folder"),
        ("open_file", "Open ta&ble or archive…", "Ctrl+Shift+F", "data"),
        ("stl10", "Open S&TL-10…", "Ctrl+Shift+L", "archive"),
        ("sample", "Open the sa&mple", "Ctrl+Shift+E", "sample"),
        ("open_run", "&Open run or checkpoint…", "Ctrl+O", "open"),
        ("save", "&Save checkpoint as…", "Ctrl+S", "save"),
        ("", "", "", ""),
        ("classify", "&Classify pictures…", "Ctrl+I", "pictures"),
        ("paste", "&Paste a picture to classify", "Ctrl+V", "copy"),
        ("", "", "", ""),
        ("quit", "&Quit", "Ctrl+Q", ""),
    ]


def _training() -> list[Entry]:
    return [
        ("train", "&Train", "Ctrl+T", "play"),
        ("queue", "Add to &queue", "Ctrl+Shift+A", "queue"),
        ("pause", "&Pause", "Ctrl+P", "pause"),
        ("stop", "&Stop and save", "Ctrl+.", "stop"),
        ("resume", "&Resume", "Ctrl+Shift+T", "resume"),
    ]


class Menus:
    """All actions of the window by name. What they do is given as functions of the same names."""

    def __init__(self, window: QMainWindow, do: dict[str, Do]) -> None:
        self.actions: dict[str, QAction] = {}
        self._window, self._do = window, do
        self.file, self.training, self.view = (self._menu(title) for title in ("&File", "&Training", "&View"))
        self._fill(self.file, _file())
        self._fill(self.training, _training())
        self._fill(
            self._menu("&Help"),
            [
                ("shortcuts", "&Keyboard shortcuts", "F1", ""),
                ("self_test", "&Self-test…", "", "check"),
                ("about", "&About", "", "info"),
            ],
        )
        self.actions["quit"].setMenuRole(QAction.MenuRole.QuitRole)
        self.actions["about"].setMenuRole(QAction.MenuRole.AboutRole)

    def add_pages(self, titles: list[str], show: Callable[[int], None]) -> None:
        for index, title in enumerate(titles):
            action = self.view.addAction(title)
            action.setShortcut(QKeySequence(f"Ctrl+{index + 1}"))
            action.triggered.connect(lambda _=False, index=index: show(index))
            self.actions[f"page {index + 1}"] = action

    def add_themes(self, chosen: ThemeChoice, choose: Callable[[ThemeChoice], None]) -> None:
        self.view.addSeparator()
        labels = {"system": "As the &system", "light": "&Light", "dark": "&Dark"}
        group = QActionGroup(self._window)
        for choice in get_args(ThemeChoice):
            action = group.addAction(self.view.addAction(labels[choice]))
            action.setCheckable(True)
            action.setChecked(choice == chosen)
            action.triggered.connect(lambda _=False, choice=choice: choose(choice))
            self.actions[choice] = action

    def add_switch(self, text: str, on: bool, switch: Callable[[bool], object]) -> QAction:
        """An entry of the View menu that is on or off."""
        self.view.addSeparator()
        action = self.view.addAction(text)
        action.setCheckable(True)
        action.setChecked(on)
        action.toggled.connect(switch)
        return action

    def do(self, name: str) -> None:
        """Do what an action does, or another thing that the window can do."""
        self._do[name]()

    def mirror(self, buttons: Callable[[], dict[str, QPushButton]]) -> None:
        """Grey out entries while they are shown as these buttons are. Their shortcuts reach pages that know better."""
        for menu in (self.file, self.training):
            menu.aboutToShow.connect(lambda: self._follow(buttons()))
            menu.aboutToHide.connect(lambda: self._release(buttons()))

    def _follow(self, buttons: dict[str, QPushButton]) -> None:
        for name, button in buttons.items():
            self.actions[name].setEnabled(button.isEnabled())
        self.actions["pause"].setText(buttons["pause"].text())

    def _release(self, names: Iterable[str]) -> None:
        for name in names:
            self.actions[name].setEnabled(True)

    def _menu(self, title: str) -> QMenu:
        menu = self._window.menuBar().addMenu(title)
        menu.setToolTipsVisible(True)
        return menu

    def _fill(self, menu: QMenu, entries: list[Entry]) -> None:
        for name, text, shortcut, icon_name in entries:
            if not name:
                menu.addSeparator()
                continue
            action = menu.addAction(text)
            if icon_name:
                action.setIcon(icon(icon_name))
            action.setShortcut(QKeySequence(shortcut))
            action.triggered.connect(lambda _=False, name=name: self.do(name))
            self.actions[name] = action

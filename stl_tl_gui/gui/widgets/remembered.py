"""What the window remembers from one start to the next: its place, the page, the theme, the last folders."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow, QSplitter, QWidget

from stl_tl_gui.engine.storage.places import user_home, window_file
from stl_tl_gui.gui.widgets.theme import ThemeChoice

_RECENT = 6


def remembered() -> QSettings:
    """Keys and values in an ini file beside the runs. If it cannot be written, nothing is remembered."""
    return QSettings(str(window_file()), QSettings.Format.IniFormat)


def recent_data() -> list[str]:
    """Locations of the data opened last, newest first."""
    value = remembered().value("data/recent", [])
    return value if isinstance(value, list) else [str(value)]  # in an ini file, a list of one is a text


def remember_data(location: str) -> None:
    others = [other for other in recent_data() if other != location]
    remembered().setValue("data/recent", [location, *others][:_RECENT])


def forget_data(location: str) -> None:
    remembered().setValue("data/recent", [other for other in recent_data() if other != location])


def last_folder(purpose: str) -> str:
    """Where a file dialog for this purpose should open."""
    folder = str(remembered().value(f"folders/{purpose}", ""))
    return folder if folder and Path(folder).is_dir() else str(user_home())


def remember_folder(purpose: str, folder: Path) -> None:
    remembered().setValue(f"folders/{purpose}", str(folder))


def remember_window(window: QMainWindow, page: int) -> None:
    memory = remembered()
    memory.setValue("window/geometry", window.saveGeometry())
    memory.setValue("window/page", page)
    for splitter in window.findChildren(QSplitter):
        if splitter.objectName():
            memory.setValue(f"splitters/{splitter.objectName()}", splitter.saveState())


def restore_splitters(page: QWidget) -> None:
    """Divide a page as it was when the window was last closed. Splitters are known by their object names."""
    for splitter in [*page.findChildren(QSplitter), *([page] if isinstance(page, QSplitter) else [])]:
        state = remembered().value(f"splitters/{splitter.objectName()}")
        if splitter.objectName() and isinstance(state, QByteArray):
            splitter.restoreState(state)


def restore_window(window: QMainWindow) -> int:
    """Put the window where it was, or make it fit the screen. Returns the page that was shown."""
    memory = remembered()
    geometry = memory.value("window/geometry")
    if not isinstance(geometry, QByteArray) or not window.restoreGeometry(geometry):
        room = window.screen().availableGeometry().size()
        window.resize(min(1240, room.width()), min(800, room.height() - 40))
    page = str(memory.value("window/page", "0"))
    return int(page) if page.isdecimal() else 0


def remembered_run() -> str:
    """The folder of the run that was shown last; empty if there was none."""
    return str(remembered().value("runs/current", ""))


def remember_run(folder: Path | None) -> None:
    remembered().setValue("runs/current", str(folder) if folder is not None else "")


def hidden_columns() -> list[str]:
    """Titles of the columns of the table of runs that the user does not want to see."""
    value = remembered().value("runs/hidden", [])
    return value if isinstance(value, list) else [str(value)]


def remember_hidden_columns(titles: list[str]) -> None:
    remembered().setValue("runs/hidden", titles)


def remembered_card_side() -> int:
    """Pixels of a picture in a grid; 0 before the user has chosen a size."""
    value = str(remembered().value("pictures/side", "0"))
    return int(value) if value.isdecimal() else 0


def remember_card_side(pixels: int) -> None:
    remembered().setValue("pictures/side", pixels)


def last_settings() -> dict[str, Any]:
    """What was chosen in the form when a run was started last; nothing on a first start."""
    try:
        settings = json.loads(str(remembered().value("train/settings", "{}")))
    except ValueError:
        return {}
    return settings if isinstance(settings, dict) else {}


def remember_settings(settings: Mapping[str, Any]) -> None:
    remembered().setValue("train/settings", json.dumps({**settings}))


def theme_choice() -> ThemeChoice:
    choice = remembered().value("theme", "system")
    return choice if choice in get_args(ThemeChoice) else "system"  # type: ignore[return-value]


def remember_theme(choice: str) -> None:
    remembered().setValue("theme", choice)

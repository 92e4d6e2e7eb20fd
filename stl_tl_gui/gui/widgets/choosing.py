"""File dialogs that open where the last one for the same purpose was used."""

import re
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from stl_tl_gui.gui.widgets.remembered import last_folder, remember_folder


def file_kinds(title: str, suffixes: Iterable[str], *names: str) -> str:
    """What a file dialog offers: files with these suffixes or names."""
    return f"{title} ({' '.join([*names, *(f'*{suffix}' for suffix in sorted(suffixes))])})"


def choose_folder(parent: QWidget, purpose: str, title: str) -> Path | None:
    chosen = QFileDialog.getExistingDirectory(parent, title, last_folder(purpose))
    return _remembered(purpose, chosen)


def choose_file(parent: QWidget, purpose: str, title: str, kinds: str) -> Path | None:
    chosen, _ = QFileDialog.getOpenFileName(parent, title, last_folder(purpose), kinds)
    return _remembered(purpose, chosen)


def choose_files(parent: QWidget, purpose: str, title: str, kinds: str) -> list[Path]:
    chosen, _ = QFileDialog.getOpenFileNames(parent, title, last_folder(purpose), kinds)
    return [path for path in (_remembered(purpose, name) for name in chosen) if path]


def choose_pictures(parent: QWidget, title: str) -> list[Path]:
    from stl_tl_gui.engine.data.decoding import IMAGE_SUFFIXES

    return choose_files(parent, "pictures", title, f"{file_kinds('Pictures', IMAGE_SUFFIXES)};;All files (*)")


def choose_new_file(parent: QWidget, purpose: str, title: str, name: str, kinds: str) -> Path | None:
    """A place for a file of one of these kinds; its name ends as theirs do.

    Where that has to be added and there is such a file, the dialog is shown again, to ask whether to replace it.
    """
    endings = re.findall(r"\*(\.\w+)", kinds)
    place = Path(last_folder(purpose)) / name
    while True:
        chosen, _ = QFileDialog.getSaveFileName(parent, title, str(place), kinds)
        path = _remembered(purpose, chosen)
        if path is None or path.suffix.lower() in endings:
            return path
        place = path.with_name(path.name + (Path(name).suffix or endings[0]))
        if not place.exists():
            return place


def _remembered(purpose: str, chosen: str) -> Path | None:
    if not chosen:
        return None
    remember_folder(purpose, Path(chosen).parent)
    return Path(chosen)

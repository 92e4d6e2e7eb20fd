"""File dialogs that open where the last one for the same purpose was used."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from stl_tl_gui.gui.remembered import last_folder, remember_folder


def choose_folder(parent: QWidget, purpose: str, title: str) -> Path | None:
    chosen = QFileDialog.getExistingDirectory(parent, title, last_folder(purpose))
    return _remembered(purpose, chosen)


def choose_file(parent: QWidget, purpose: str, title: str, kinds: str) -> Path | None:
    chosen, _ = QFileDialog.getOpenFileName(parent, title, last_folder(purpose), kinds)
    return _remembered(purpose, chosen)


def choose_files(parent: QWidget, purpose: str, title: str, kinds: str) -> list[Path]:
    chosen, _ = QFileDialog.getOpenFileNames(parent, title, last_folder(purpose), kinds)
    return [path for path in (_remembered(purpose, name) for name in chosen) if path]


def choose_new_file(parent: QWidget, purpose: str, title: str, name: str, kinds: str) -> Path | None:
    chosen, _ = QFileDialog.getSaveFileName(parent, title, str(Path(last_folder(purpose)) / name), kinds)
    return _remembered(purpose, chosen)


def _remembered(purpose: str, chosen: str) -> Path | None:
    if not chosen:
        return None
    remember_folder(purpose, Path(chosen).parent)
    return Path(chosen)

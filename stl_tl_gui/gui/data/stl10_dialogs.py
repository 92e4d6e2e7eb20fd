"""What is asked before STL-10 is opened: where it is, and how much of its archive to import."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox, QMessageBox, QWidget

from stl_tl_gui.gui.choosing import choose_file, choose_folder
from stl_tl_gui.gui.dialogs import ask

Take = Callable[[Path], object]


def ask_for_stl10(parent: QWidget, take_folder: Take, take_archive: Take) -> QMessageBox:
    """Ask whether the data lies unpacked in a folder or still in its archive, and where."""

    def archive() -> None:
        kinds = _tr("STL-10 archive") + " (*.tar.gz *.tgz)"
        path = choose_file(parent, "data", _tr("Choose the file stl10_binary.tar.gz"), kinds)
        if path is not None:
            take_archive(path)

    def folder() -> None:
        path = choose_folder(parent, "data", _tr("Choose the STL-10 folder"))
        if path is not None:
            take_folder(path)

    more = _tr(
        "It is one file of 2.6 GB, “stl10_binary.tar.gz”, from https://cs.stanford.edu/~acoates/stl10/ . The app "
        "unpacks and checks it. You can also drop the file, or the unpacked folder, on the window."
    )
    answers = {_tr("I have the archive…"): archive, _tr("I have the folder…"): folder}
    return ask(parent, _tr("Where is STL-10?"), more, answers)


def ask_to_import(parent: QWidget, archive: Path, folder: Path, start: Callable[[bool], object]) -> QMessageBox:
    """Ask whether to import an archive. `start` is told whether the unlabelled pictures are wanted too."""
    unlabeled = QCheckBox(_tr("Also the 100,000 unlabelled pictures (2.8 GB)"))
    unlabeled.setChecked(True)
    text = _tr("Import STL-10 from “{name}”?").format(name=archive.name)
    more = _tr("Its checksum is checked, and it is unpacked to “{folder}”. That takes some minutes.").format(
        folder=folder
    )
    box = ask(parent, text, more, {_tr("Import"): lambda: start(unlabeled.isChecked())})
    box.setCheckBox(unlabeled)
    return box


def _tr(text: str) -> str:
    return QCoreApplication.translate("stl10_dialogs", text)

"""What is asked before STL-10 is opened: where it is, and how much of its archive to import."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox, QMessageBox, QWidget

from stl_tl_gui.gui.choosing import choose_file, choose_folder
from stl_tl_gui.gui.dialogs import ask

Take = Callable[[Path], object]


def ask_for_stl10(
    parent: QWidget, take_folder: Take, take_archive: Take, download: Callable[[], object]
) -> QMessageBox:
    """Ask whether the data lies unpacked in a folder or still in its archive, and where, or is to be downloaded."""

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
        "It is one file of 2.6 GB, “stl10_binary.tar.gz”, from https://cs.stanford.edu/~acoates/stl10/ . The app can "
        "download it; it checks and unpacks it. You can also drop the file, or the unpacked folder, on the window."
    )
    answers = {
        _tr("Download…"): download, _tr("I have the archive…"): archive, _tr("I have the folder…"): folder
    }  # fmt: skip
    return ask(parent, _tr("Where is STL-10?"), more, answers)


def ask_to_download(parent: QWidget, folder: Path, start: Callable[[bool], object]) -> QMessageBox:
    """Ask whether to download STL-10. `start` is told whether the unlabelled pictures are wanted too."""
    from stl_tl_gui.engine.data.stl10_archive import OFFICIAL
    from stl_tl_gui.engine.data.stl10_download import arrived_of_stl10, discard_download

    here = arrived_of_stl10()
    text = _tr("Go on with the download of STL-10?") if here else _tr("Download STL-10?")
    arrived = _tr("{here:.1f} of {size:.1f} GB are here already.") if here else _tr("{size:.1f} GB are fetched")
    more = arrived.format(here=here / 1e9, size=OFFICIAL.size / 1e9)
    more += (
        " "
        if here
        else _tr(" from {url}, checked, and unpacked to “{folder}”. ").format(url=OFFICIAL.url, folder=folder)
    )
    more += _tr("Nothing else goes over the network. You can pause or cancel at any time and go on another day.")
    unlabeled = QCheckBox(_tr("Also unpack the 100,000 unlabelled pictures (2.7 GB)"))
    unlabeled.setChecked(True)
    answers: dict[str, Callable[[], object]] = {
        _tr("Go on") if here else _tr("Download"): lambda: start(unlabeled.isChecked())
    }
    if here:
        answers[_tr("Throw away what is here")] = discard_download
    box = ask(parent, text, more, answers)
    box.setCheckBox(unlabeled)
    return box


def ask_to_import(parent: QWidget, archive: Path, folder: Path, start: Callable[[bool], object]) -> QMessageBox:
    """Ask whether to import an archive. `start` is told whether the unlabelled pictures are wanted too."""
    unlabeled = QCheckBox(_tr("Also the 100,000 unlabelled pictures (2.7 GB)"))
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

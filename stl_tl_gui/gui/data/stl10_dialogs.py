"""Questions before STL-10 is opened: where it is, and how much of its archive to import."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QCheckBox, QMessageBox, QWidget

from stl_tl_gui.gui.widgets.choosing import choose_file, choose_folder
from stl_tl_gui.gui.widgets.dialogs import ask

Take = Callable[[Path], object]


def ask_for_stl10(
    parent: QWidget, take_folder: Take, take_archive: Take, download: Callable[[], object]
) -> QMessageBox:
    """Ask for the data's folder or archive, or whether to download it."""

    def archive() -> None:
        kinds = "STL-10 archive (*.tar.gz *.tgz)"
        path = choose_file(parent, "data", "Choose the file stl10_binary.tar.gz", kinds)
        if path is not None:
            take_archive(path)

    def folder() -> None:
        path = choose_folder(parent, "data", "Choose the STL-10 folder")
        if path is not None:
            take_folder(path)

    more = (
        "One file of 2.6 GB, “stl10_binary.tar.gz”, from https://cs.stanford.edu/~acoates/stl10/ . The app can "
        "download, check, and unpack it. You can also drop the file or the unpacked folder on the window."
    )
    answers = {
        "Download…": download, "I have the archive…": archive, "I have the folder…": folder
    }  # fmt: skip
    return ask(parent, "Where is STL-10?", more, answers)


def ask_to_download(parent: QWidget, folder: Path, start: Callable[[bool], object]) -> QMessageBox:
    """Ask whether to download STL-10. `start` gets whether the unlabeled pictures are wanted too."""
    from stl_tl_gui.engine.data.stl10_archive import OFFICIAL
    from stl_tl_gui.engine.data.stl10_download import arrived_of_stl10, discard_download

    here = arrived_of_stl10()
    text = "Continue downloading STL-10?" if here else "Download STL-10?"
    arrived = "{here:.1f} of {size:.1f} GB are already downloaded." if here else "{size:.1f} GB"
    more = arrived.format(here=here / 1e9, size=OFFICIAL.size / 1e9)
    more += " " if here else f" from {OFFICIAL.url}, checked and unpacked to “{folder}”. "
    more += "The app goes online for nothing else here. You can pause or cancel at any time and continue another day."
    unlabeled = QCheckBox("Also unpack the 100,000 unlabeled pictures (2.7 GB)")
    unlabeled.setChecked(True)
    answers: dict[str, Callable[[], object]] = {
        "Continue" if here else "Download": lambda: start(unlabeled.isChecked())
    }
    if here:
        answers["Discard partial download"] = discard_download
    box = ask(parent, text, more, answers)
    box.setCheckBox(unlabeled)
    return box


def ask_to_import(parent: QWidget, archive: Path, folder: Path, start: Callable[[bool], object]) -> QMessageBox:
    """Ask whether to import an archive. `start` gets whether the unlabeled pictures are wanted too."""
    unlabeled = QCheckBox("Also import the 100,000 unlabeled pictures (2.7 GB)")
    unlabeled.setChecked(True)
    text = f"Import STL-10 from “{archive.name}”?"
    more = f"The app verifies its checksum and unpacks it to “{folder}”. This takes a few minutes."
    box = ask(parent, text, more, {"Import": lambda: start(unlabeled.isChecked())})
    box.setCheckBox(unlabeled)
    return box

"""What is asked before STL-10 is opened: where it is, and how much of its archive to import."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox, QMessageBox, QWidget

from stl_tl_gui.gui.choosing import choose_file, choose_folder
from stl_tl_gui.gui.dialogs import ask
from stl_tl_gui.gui.progress_words import part_in_words, size_in_words

Take = Callable[[Path], object]


def ask_for_stl10(
    parent: QWidget, take_folder: Take, take_archive: Take, download: Callable[[], object]
) -> QMessageBox:
    """Ask whether the data is to be downloaded, or lies unpacked in a folder or still in its archive, and where."""

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
        "It is one file of 2.6 GB, “stl10_binary.tar.gz” (https://cs.stanford.edu/~acoates/stl10/). The app can "
        "download it; it unpacks and checks it. You can also drop the file, or the unpacked folder, on the window."
    )
    answers = {
        _download_words(): download,
        _tr("I have the archive…"): archive,
        _tr("I have the folder…"): folder,
    }
    return ask(parent, _tr("Where is STL-10?"), more, answers)


def ask_to_download(parent: QWidget, folder: Path, start: Callable[[bool], object]) -> QMessageBox:
    """Ask whether to download the archive, or to go on with what is here of it.

    `start` is told whether the unlabelled pictures are wanted too.
    """
    from stl_tl_gui.engine.data.stl10_download import STANFORD, archive_bytes_here, throw_archive_away

    here = archive_bytes_here(folder)
    part = part_in_words(here, STANFORD.size)
    text = _tr("{part} of STL-10 are here already.").format(part=part) if here else _tr("Download STL-10?")
    more = _tr(
        "From {url}, {size}. Only this file is asked for; nothing of yours is sent. Its checksum is checked, and it is "
        "unpacked to “{folder}”: that needs up to {room} of room for a while. You can pause, cancel, or close the app, "
        "and go on later."
    ).format(
        url=STANFORD.url,
        size=size_in_words(STANFORD.size),
        folder=folder,
        room=size_in_words(STANFORD.size + STANFORD.unpacked + STANFORD.unlabeled),
    )
    unlabeled = _unlabeled_box()
    answers: dict[str, Callable[[], object]] = {
        _tr("Go on") if here else _tr("Download"): lambda: start(unlabeled.isChecked())
    }
    if here:
        answers[_tr("Delete what is here")] = lambda: throw_archive_away(folder)
    box = ask(parent, text, more, answers)
    box.setCheckBox(unlabeled)
    return box


def ask_to_import(parent: QWidget, archive: Path, folder: Path, start: Callable[[bool], object]) -> QMessageBox:
    """Ask whether to import an archive. `start` is told whether the unlabelled pictures are wanted too."""
    unlabeled = _unlabeled_box()
    text = _tr("Import STL-10 from “{name}”?").format(name=archive.name)
    more = _tr("Its checksum is checked, and it is unpacked to “{folder}”. That takes some minutes.").format(
        folder=folder
    )
    box = ask(parent, text, more, {_tr("Import"): lambda: start(unlabeled.isChecked())})
    box.setCheckBox(unlabeled)
    return box


def _download_words() -> str:
    from stl_tl_gui.engine.data.stl10_archive import default_folder
    from stl_tl_gui.engine.data.stl10_download import STANFORD, archive_bytes_here

    here = archive_bytes_here(default_folder())
    if not here:
        return _tr("Download (2.6 GB)…")
    return _tr("Go on downloading ({part} are here)…").format(part=part_in_words(here, STANFORD.size))


def _unlabeled_box() -> QCheckBox:
    box = QCheckBox(_tr("Also the 100,000 unlabelled pictures (2.8 GB)"))
    box.setChecked(True)
    return box


def _tr(text: str) -> str:
    return QCoreApplication.translate("stl10_dialogs", text)

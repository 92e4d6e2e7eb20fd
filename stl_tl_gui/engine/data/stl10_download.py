"""STL-10 from its official address: downloaded, checked, unpacked, and the archive removed."""

from collections.abc import Generator
from pathlib import Path

from stl_tl_gui.engine.data.stl10_archive import (
    OFFICIAL,
    UNLABELED,
    Archive,
    NotTheArchive,
    default_folder,
    import_archive,
)
from stl_tl_gui.engine.downloading import USUAL_PATIENCE, Patience, arrived, discard, download
from stl_tl_gui.engine.events import Progress, ShouldStop
from stl_tl_gui.engine.storage.places import data_folder

_NAME = "stl10_binary.tar.gz"


def archive_file(folder: Path | None = None) -> Path:
    """Where the archive is while it is downloaded and unpacked to a folder: on that folder's disk."""
    if folder is None or folder == default_folder():
        return data_folder() / "downloads" / _NAME
    return folder.absolute().parent / f".{_NAME}"


def arrived_of_stl10(folder: Path | None = None, official: Archive = OFFICIAL) -> int:
    """Bytes of the archive that an interrupted download left."""
    archive = archive_file(folder)
    return archive.stat().st_size if archive.is_file() else arrived(archive, official.url)[0]


def discard_download(folder: Path | None = None, official: Archive = OFFICIAL) -> None:
    """Remove a partial download."""
    discard(archive_file(folder), official.url)
    archive_file(folder).unlink(missing_ok=True)


def download_stl10(
    folder: Path,
    should_stop: ShouldStop,
    *,
    unlabeled: bool = True,
    official: Archive = OFFICIAL,
    patience: Patience = USUAL_PATIENCE,
) -> Generator[Progress, None, Path]:
    """Download the archive and unpack it to `folder`, which is returned; without `unlabeled`, less is unpacked.

    Continues an earlier download. Raises DownloadFailed, NotTheArchive, NoRoomForData, Cancelled.
    """
    if (folder / "train_X.bin").is_file() and (not unlabeled or (folder / UNLABELED).is_file()):
        return folder
    archive = archive_file(folder)
    if not archive.is_file():
        yield from download(
            official.url,
            archive,
            should_stop,
            checksum=f"md5:{official.md5}",
            size=official.size,
            room=official.unpacked if unlabeled else official.unpacked // 8,
            patience=patience,
        )
    try:
        yield from import_archive(archive, folder, should_stop, unlabeled=unlabeled, official=official)
    except NotTheArchive:  # it was intact on arrival: the disk damaged it
        archive.unlink(missing_ok=True)
        raise
    archive.unlink(missing_ok=True)
    return folder

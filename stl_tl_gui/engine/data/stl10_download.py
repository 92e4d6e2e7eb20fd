"""STL-10 from its official address: downloaded, checked, unpacked, and the archive removed."""

from collections.abc import Generator
from pathlib import Path

from stl_tl_gui.engine.data.dataset import ShouldStop
from stl_tl_gui.engine.data.stl10_archive import OFFICIAL, UNLABELED, Archive, NotTheArchive, import_archive
from stl_tl_gui.engine.downloading import USUAL_PATIENCE, Patience, arrived, discard, download
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.engine.places import data_folder


def archive_file() -> Path:
    """Where the archive is while it is downloaded and unpacked."""
    return data_folder() / "downloads" / "stl10_binary.tar.gz"


def arrived_of_stl10(official: Archive = OFFICIAL) -> int:
    """Bytes of the archive that are here from a download that was cut or stopped."""
    return archive_file().stat().st_size if archive_file().is_file() else arrived(archive_file(), official.url)[0]


def discard_download(official: Archive = OFFICIAL) -> None:
    """Remove what has arrived."""
    discard(archive_file(), official.url)
    archive_file().unlink(missing_ok=True)


def download_stl10(
    folder: Path,
    should_stop: ShouldStop,
    *,
    unlabeled: bool = True,
    official: Archive = OFFICIAL,
    patience: Patience = USUAL_PATIENCE,
) -> Generator[Progress, None, Path]:
    """Download the archive and unpack it to `folder`, which is returned; without `unlabeled`, less is unpacked.

    Goes on where an earlier download ended. Raises DownloadFailed, NotTheArchive, NoRoomForData, Cancelled.
    """
    if (folder / "train_X.bin").is_file() and (not unlabeled or (folder / UNLABELED).is_file()):
        return folder
    archive = archive_file()
    if not archive.is_file():
        yield from download(
            official.url,
            archive,
            should_stop,
            checksum=f"md5:{official.md5}",
            room=official.unpacked if unlabeled else official.unpacked // 8,
            patience=patience,
        )
    try:
        yield from import_archive(archive, folder, should_stop, unlabeled=unlabeled, official=official)
    except NotTheArchive:  # it was right when it came: the disk has spoilt it
        archive.unlink(missing_ok=True)
        raise
    archive.unlink(missing_ok=True)
    return folder

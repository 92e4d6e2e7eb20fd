"""STL-10 from its official address: downloaded, checked, unpacked, and the archive removed again."""

import shutil
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from stl_tl_gui.engine.data.dataset import ShouldStop
from stl_tl_gui.engine.data.stl10 import BYTES_PER_PICTURE
from stl_tl_gui.engine.data.stl10_archive import OFFICIAL, ArchiveSums, import_archive, is_unpacked
from stl_tl_gui.engine.downloading import PATIENT, Checksum, Patience, bytes_here, download, throw_away
from stl_tl_gui.engine.events import Progress

_LABELLED, _UNLABELED = 13_000 * (BYTES_PER_PICTURE + 1), 100_000 * BYTES_PER_PICTURE


@dataclass(frozen=True)
class ArchiveSource:
    """Where the archive is to be had, and what it has to be."""

    url: str
    size: int
    """Bytes."""
    sums: ArchiveSums
    unpacked: int = _LABELLED
    """Bytes of its files without the unlabelled pictures."""
    unlabeled: int = _UNLABELED
    """Bytes of those."""


STANFORD = ArchiveSource("http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz", 2_640_397_119, OFFICIAL)


def archive_beside(folder: Path) -> Path:
    """Where the archive is kept until it is unpacked to `folder`."""
    return folder.parent / "stl10_download" / "stl10_binary.tar.gz"


def archive_bytes_here(folder: Path) -> int:
    """How much of the archive has arrived, to be gone on with."""
    return bytes_here(archive_beside(folder))


def throw_archive_away(folder: Path) -> None:
    """Remove what has arrived of the archive. What cannot be removed stays."""
    with suppress(OSError):
        throw_away(archive_beside(folder))
    shutil.rmtree(archive_beside(folder).parent, ignore_errors=True)


def download_stl10(
    folder: Path,
    should_stop: ShouldStop,
    *,
    unlabeled: bool = True,
    source: ArchiveSource = STANFORD,
    patience: Patience = PATIENT,
) -> Generator[Progress, None, Path]:
    """Download STL-10 and unpack it to `folder`; returns that. What is there already is not fetched again.

    Room for the archive and for what is in it is looked for first. When it is stopped or fails, what arrived is kept,
    and the next call goes on with it. Raises DownloadFailed, NotTheArchive, NoRoomForData, Cancelled.
    """
    if is_unpacked(folder, unlabeled):
        return folder
    archive = yield from download(
        source.url,
        archive_beside(folder),
        should_stop,
        size=source.size,
        checksum=Checksum("md5", source.sums.archive),
        patience=patience,
        reserve=source.unpacked + source.unlabeled * unlabeled,
    )
    yield from import_archive(archive, folder, should_stop, unlabeled=unlabeled, sums=source.sums)
    throw_archive_away(folder)
    return folder

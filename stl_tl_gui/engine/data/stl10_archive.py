"""The official archive of STL-10, checked by its checksum and unpacked completely or not at all."""

import gzip
import hashlib
import tarfile
import zlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from stl_tl_gui.engine.data.dataset import DataError
from stl_tl_gui.engine.data.staging import NoRoomForData, require_room, staging_folder
from stl_tl_gui.engine.data.stl10 import OFFICIAL_FILES
from stl_tl_gui.engine.data.stl10_files import BYTES_PER_PICTURE
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import Progress, ShouldStop
from stl_tl_gui.engine.storage.places import data_folder


@dataclass(frozen=True)
class Archive:
    """An archive of the data and its expected size and checksums."""

    url: str
    size: int
    """Bytes."""
    md5: str
    files: Mapping[str, str]
    """The MD5 checksums of the files in it, as far as they are known."""
    unpacked: int
    """Bytes of the files in it, the unlabeled pictures among them."""


OFFICIAL = Archive(
    url="http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz",  # see https://cs.stanford.edu/~acoates/stl10/
    size=2_640_397_119,
    md5="91f7769df0f17e558f3565bffb0c7dfb",
    files=OFFICIAL_FILES,
    unpacked=113_000 * BYTES_PER_PICTURE,
)

UNLABELED = "unlabeled_X.bin"
_MEMBERS = {
    "train_X.bin", "train_y.bin", "test_X.bin", "test_y.bin", UNLABELED, "class_names.txt", "fold_indices.txt"
}  # fmt: skip
_NEEDED = {"train_X.bin", "train_y.bin"}
_PIECE = 4 * 2**20


class NotTheArchive(DataError):
    """The file is damaged, incomplete, or not the official archive."""


def default_folder() -> Path:
    """Where the archive is unpacked by default."""
    return data_folder() / "stl10_binary"


def import_archive(
    archive: Path,
    folder: Path,
    should_stop: ShouldStop,
    *,
    unlabeled: bool = True,
    official: Archive = OFFICIAL,
) -> Generator[Progress, None, Path]:
    """Unpack the archive to `folder` and return that; with `unlabeled=False` without the 2.7 GB of those pictures.

    Only the files that belong to the data set are taken, under their own names. They stay in a staging folder until
    the whole archive has been read and its checksum matches, then move into place at once. A folder that has the data
    already stays as it is. Raises NotTheArchive, NoRoomForData, BeingMade, Cancelled.
    """
    if (folder / "train_X.bin").is_file() and (not unlabeled or (folder / UNLABELED).is_file()):
        return folder
    try:
        with staging_folder(folder) as staging:
            wanted = _MEMBERS if unlabeled else _MEMBERS - {UNLABELED}
            yield from _unpack(archive, staging, wanted, official, should_stop)
            _move(staging, folder)
    except OSError as error:
        place = error.filename or folder
        raise NoRoomForData(f"“{place}” cannot be used: {error.strerror or error}.") from None
    return folder


class _Hashed:
    """The archive as a stream that knows the checksum of what was read."""

    def __init__(self, file: IO[bytes], should_stop: ShouldStop) -> None:
        self._file, self._should_stop = file, should_stop
        self.md5 = hashlib.md5(usedforsecurity=False)
        self.done = 0

    def read(self, size: int = -1) -> bytes:
        if self._should_stop():
            raise Cancelled
        piece = self._file.read(size)
        self.md5.update(piece)
        self.done += len(piece)
        return piece


def _unpack(
    archive: Path, staging: Path, wanted: set[str], official: Archive, should_stop: ShouldStop
) -> Generator[Progress, None, None]:
    total = archive.stat().st_size
    with archive.open("rb") as file:
        stream = _Hashed(file, should_stop)
        try:
            for done in _members(stream, staging, wanted, official.files):
                yield _progress(archive, done, total)
        except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise NotTheArchive(f"“{archive.name}” is damaged or incomplete: {error}.") from None
        while stream.read(_PIECE):  # what follows the last member counts too
            yield _progress(archive, stream.done, total)
    if stream.md5.hexdigest() != official.md5:
        raise NotTheArchive(
            f"“{archive.name}” is not the official STL-10 archive, or it is damaged: its checksum (MD5) is "
            f"{stream.md5.hexdigest()}, not {official.md5}. Nothing was imported. Download it again."
        )
    missing = _NEEDED - {file.name for file in staging.iterdir()}
    if missing:
        raise NotTheArchive(f"“{archive.name}” does not contain {', '.join(sorted(missing))}.")


def _members(stream: _Hashed, staging: Path, wanted: set[str], sums: Mapping[str, str]) -> Generator[int, None, None]:
    """Write the wanted files to the staging folder and check each; yields how much of the archive has been read."""
    with tarfile.open(fileobj=stream, mode="r|gz") as tar:  # type: ignore[call-overload]
        for member in tar:
            name = member.name.rsplit("/", 1)[-1]
            content = tar.extractfile(member) if member.isreg() and name in wanted else None
            if content is None:  # folders, links, files that do not belong here
                continue
            require_room(staging, member.size)
            digest = hashlib.md5(usedforsecurity=False)
            with (staging / name).open("xb") as file:
                while piece := content.read(_PIECE):
                    file.write(piece)
                    digest.update(piece)
                    yield stream.done
            if digest.hexdigest() != sums.get(name, digest.hexdigest()):
                raise NotTheArchive(f"“{name}” in the archive is not the official file. Nothing was imported.")
            yield stream.done


def _move(staging: Path, folder: Path) -> None:
    """Put the folder into place; files of an earlier import without some of them are replaced."""
    if folder.exists():
        for file in staging.iterdir():
            file.replace(folder / file.name)
    else:
        staging.replace(folder)


def _progress(archive: Path, done: int, total: int) -> Progress:
    return Progress(stage=f"Importing {archive.name}", done=done // 10**6, total=total // 10**6, unit="megabytes")

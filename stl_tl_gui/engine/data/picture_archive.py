"""Archives (zip, tar) of class folders, unpacked completely or not at all, and never outside their folder."""

import errno
import json
import lzma
import re
import stat
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import IO, Self

from stl_tl_gui.engine.data.dataset import DataError
from stl_tl_gui.engine.data.decoding import FOREIGN_SUFFIXES, IMAGE_SUFFIXES
from stl_tl_gui.engine.data.picture_files import entries, is_hidden, is_reserved, suffix
from stl_tl_gui.engine.data.staging import NoRoomForData, require_room, staging_folder
from stl_tl_gui.engine.data.stl10_archive import NotTheArchive
from stl_tl_gui.engine.data.table import TABLE_SUFFIXES
from stl_tl_gui.engine.data.zip_names import real_names
from stl_tl_gui.engine.errors import Cancelled, reported_as
from stl_tl_gui.engine.events import Progress, ShouldStop
from stl_tl_gui.engine.storage.places import data_folder

ARCHIVE_ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
MARKER = ".stl-tl-gui-archive.json"
"""In the unpacked folder: which archive it came from."""

_PIECE = 1 << 20
_DRIVE = re.compile("[A-Za-z]:")
_TAKEN = IMAGE_SUFFIXES | FOREIGN_SUFFIXES | TABLE_SUFFIXES
_MUCH, _MOST_TIMES = 500_000_000, 200
"""Bytes that may unpack from anything, and how many times as much as the archive more may be."""
_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError, NotImplementedError, ValueError)


class UnsafeArchive(DataError):
    """An archive that would write outside its folder."""


class LockedArchive(DataError):
    """An archive with a password."""


@dataclass(frozen=True)
class _Member:
    """One file of an archive."""

    name: str
    size: int
    """Bytes, unpacked, as the archive says."""
    content: IO[bytes]


def is_archive(name: str) -> bool:
    """Whether a file is an archive by its name."""
    return name.lower().endswith(ARCHIVE_ENDINGS)


def import_picture_archive(
    archive: Path, should_stop: ShouldStop, folder: Path | None = None
) -> Generator[Progress, None, Path]:
    """Unpack the pictures and tables of an archive and return the folder to open.

    That is `folder`, or one of the archive's name among the app's data; an archive that was unpacked there already is
    not unpacked again, and another one of that name gets a number. An outer folder around all others is dropped. Links
    and files of other kinds are left out. Raises UnsafeArchive, LockedArchive, NotTheArchive, NoRoomForData, BeingMade,
    Cancelled.
    """
    facts = _facts(archive)
    target = folder or _free_place(data_folder() / _stem(archive.name), facts)
    if _came_from(target) == facts:
        return target
    if target.exists():
        raise NoRoomForData(f"“{target}” already exists. Choose another folder.")
    try:
        with staging_folder(target) as staging:
            count = yield from _unpack(archive, staging, should_stop)
            if not count:
                raise NotTheArchive(f"“{archive.name}” contains no pictures.")
            inner = _innermost(staging)
            (inner / MARKER).write_text(json.dumps(facts), "utf-8")
            inner.replace(target)
    except DataError:
        raise
    except (*_DAMAGE, OSError) as error:
        if not isinstance(error, OSError) or error.errno in (None, errno.EINVAL):  # about the archive, not a file
            reason = str(error).partition(":")[0]  # tarfile appends what each of its methods found
            raise NotTheArchive(f"“{archive.name}” is damaged, incomplete, or not an archive: {reason}.") from None
        raise NoRoomForData(f"“{error.filename or target}” cannot be used: {error.strerror or error}.") from None
    return target


def _facts(archive: Path) -> list[str | int]:
    with reported_as(NotTheArchive, f"“{archive}” cannot be read"):
        status = archive.stat()
    return [archive.name, status.st_size, status.st_mtime_ns]


def _came_from(folder: Path) -> object:
    try:
        return json.loads((folder / MARKER).read_bytes())
    except (OSError, ValueError):
        return None


def _stem(name: str) -> str:
    ending = next((ending for ending in ARCHIVE_ENDINGS if name.lower().endswith(ending)), "")
    return name[: len(name) - len(ending)].strip(" .") or "pictures"


def _free_place(wanted: Path, facts: list[str | int]) -> Path:
    """The folder, with a number where another one has its name."""
    place, number = wanted, 1
    while place.exists() and _came_from(place) != facts:
        number += 1
        place = wanted.with_name(f"{wanted.name} {number}")
    return place


def _unpack(archive: Path, staging: Path, should_stop: ShouldStop) -> Generator[Progress, None, int]:
    """Write pictures and tables to the staging folder; returns how many."""
    seen: set[str] = set()
    total = archive.stat().st_size
    with _opened(archive, staging) as members:
        for member, read in members:
            if should_stop():
                raise Cancelled
            parts = _safe_parts(member.name)
            if suffix(parts[-1]) not in _TAKEN or any(map(is_hidden, parts)):
                continue
            path = _unused(staging.joinpath(*parts), seen)
            require_room(staging, member.size)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                while piece := member.content.read(_PIECE):
                    if should_stop():
                        raise Cancelled
                    file.write(piece)
            yield Progress(stage=f"Unpacking {archive.name}", done=min(read, total), total=total, unit="bytes")
    return len(seen)


@contextmanager
def _opened(archive: Path, staging: Path) -> Iterator[Iterator[tuple[_Member, int]]]:
    """The files of an archive, each with how many bytes of the archive have been read."""
    if _is_zip(archive):
        with zipfile.ZipFile(archive) as zip_:
            _refuse_bomb(archive, zip_.infolist())
            require_room(staging, sum(info.file_size for info in zip_.infolist() if suffix(info.filename) in _TAKEN))
            yield _zipped(zip_)
    else:
        with archive.open("rb") as file, tarfile.open(fileobj=file, mode="r:*", tarinfo=_WholeTarInfo) as tar:
            yield _tarred(tar, file)


def _refuse_bomb(archive: Path, infos: list[zipfile.ZipInfo]) -> None:
    """Raise UnsafeArchive for a small file that unpacks to a huge one: parts used several times, or only zeros."""
    parts = sorted((info.header_offset, info.compress_size) for info in infos)
    overlap = any(start + size > following for (start, size), (following, _) in pairwise(parts))
    unpacked, packed = sum(info.file_size for info in infos), max(1, archive.stat().st_size)
    if overlap or (unpacked > _MUCH and unpacked / packed > _MOST_TIMES):
        raise UnsafeArchive(
            f"“{archive.name}” would unpack to {unpacked / 1e9:.1f} GB from {packed / 1e6:.1f} MB, as archives do that "
            "are made to fill a disk. It was not unpacked. If you trust it, unpack it with another program."
        )


def _is_zip(archive: Path) -> bool:
    """Whether it is a zip, and not a tar whose last file is one. A program may come before a zip."""
    with archive.open("rb") as file:
        begins = file.read(4)
    return begins in (b"PK\x03\x04", b"PK\x05\x06") or (zipfile.is_zipfile(archive) and not tarfile.is_tarfile(archive))


def _zipped(zip_: zipfile.ZipFile) -> Iterator[tuple[_Member, int]]:
    read, infos = 0, zip_.infolist()
    for info, name in zip(infos, real_names(infos), strict=True):
        read += info.compress_size
        if info.is_dir() or stat.S_ISLNK(info.external_attr >> 16):
            continue
        if info.flag_bits & 1:
            raise LockedArchive(f"“{Path(zip_.filename or '').name}” has a password. Unpack it with another program.")
        with zip_.open(info) as content:
            yield _Member(name, info.file_size, content), read


def _tarred(tar: tarfile.TarFile, file: IO[bytes]) -> Iterator[tuple[_Member, int]]:
    for info in tar:
        content = tar.extractfile(info) if info.isreg() else None
        if content is not None:
            yield _Member(info.name, info.size, content), file.tell()
    while tar.fileobj and tar.fileobj.read(_PIECE):
        pass  # to its end, where a compressed archive has its checksum


class _WholeTarInfo(tarfile.TarInfo):
    """Where a header is damaged or missing, tarfile would take that for the archive's end."""

    @classmethod
    def fromtarfile(cls, tar: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(tar)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]  # the zeros at the proper end
            raise
        except tarfile.EmptyHeaderError:  # type: ignore[attr-defined]
            raise tarfile.ReadError("it ends too early") from None
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(str(error)) from None


def _safe_parts(name: str) -> tuple[str, ...]:
    """The parts of a member's path, as every system can have them. Raises UnsafeArchive for one that leads outside."""
    path = PurePosixPath(unicodedata.normalize("NFC", name.replace("\\", "/")))
    parts = tuple(part for part in path.parts if part != ".")
    if path.is_absolute() or not parts or ".." in parts or _DRIVE.fullmatch(parts[0]):
        raise UnsafeArchive(f"The archive contains “{name}”, which leads outside its folder. Nothing was unpacked.")
    return tuple(map(_portable, parts))


def _portable(part: str) -> str:
    """A name that Windows can have, too."""
    kept = "".join("_" if letter in '<>:"|?*' or ord(letter) < 32 else letter for letter in part).rstrip(" .")
    kept = kept or "_"
    return f"_{kept}" if is_reserved(kept) else kept


def _unused(path: Path, seen: set[str]) -> Path:
    """The path, with a number where an earlier one has its name but for upper and lower case."""
    wanted, number = path, 1
    while str(path).casefold() in seen:
        number += 1
        path = wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
    seen.add(str(path).casefold())
    return path


def _innermost(folder: Path) -> Path:
    """The innermost folder that contains everything."""
    while True:
        folders, files = entries(folder)
        if files or len(folders) != 1 or not entries(folders[0])[0]:
            return folder
        folder = folders[0]

"""Array cache: large arrays that can be computed again, kept as memory-mapped files.

The key says how an array was computed. Files have the format of `numpy.save`. The least
recently used are deleted first.
"""

import errno
import hashlib
import io
import math
import os
import shutil
import tempfile
import uuid
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.storage.places import cache_folder

_MOST = 8 * 2**30
_SHARE_OF_DISK = 0.25
"""The arrays together have at most that many bytes, and that share of what would be free without them."""

Array = npt.NDArray[Any]

_in_use: "weakref.WeakValueDictionary[Path, Array]" = weakref.WeakValueDictionary()
"""The arrays that this process has mapped. Their files take disk space until then, even if they are deleted."""


class NoRoom(UserError):
    """The disk has no space for an array, or its folder cannot be written."""


def find_array(key: str) -> Array | None:
    """The array that is kept under a key, or None. Changes to it stay in this process."""
    for file in _folder().glob(f"{_name(key)}-*.npy"):
        with suppress(OSError, ValueError):  # not finished, damaged, or just deleted
            array = np.lib.format.open_memmap(file, mode="c")
            with suppress(OSError):
                os.utime(file)
            _in_use[file] = array
            return array
    return None


def has_room(size: int) -> bool:
    """Whether so many bytes fit into the cache, if need be in place of arrays that are not in use."""
    kept = _kept()
    used = sum(size for _, size, file in kept if file in _in_use)
    return used + size <= _limit(sum(size for _, size, _ in kept))


@contextmanager
def new_array(key: str, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Iterator[Array]:
    """An array to be filled, kept under `key` when the block ends without an exception.

    It can be used after the block too, whatever happened there. Raises NoRoom before the block starts.
    """
    header = _header(shape, dtype)
    size = len(header) + _bytes(shape, dtype)
    path = _folder() / f"{_name(key)}-{uuid.uuid4().hex[:8]}.npy"  # its own name: other processes may make the same
    try:
        with _reserved(path, size) as file:
            array = np.memmap(file, dtype, "r+", offset=len(header), shape=shape)
            _in_use[path] = array
            yield array
            array.flush()
            file.seek(0)
            file.write(header)  # last: without it, the file is not an array
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        _delete(path)
        raise


def temporary_array(shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
    """An array in a file that the system deletes with it. Raises NoRoom."""
    size = _bytes(shape, dtype)
    with _no_room_instead(size):
        cache_folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache_folder()) as file:
            _allocate(file, size)
            return np.memmap(file, dtype, "r+", shape=shape)


def _folder() -> Path:
    return cache_folder() / "arrays"


def _name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _bytes(shape: tuple[int, ...], dtype: npt.DTypeLike) -> int:
    return math.prod(shape) * np.dtype(dtype).itemsize


def _header(shape: tuple[int, ...], dtype: npt.DTypeLike) -> bytes:
    header = io.BytesIO()
    descr = np.lib.format.dtype_to_descr(np.dtype(dtype))
    np.lib.format.write_array_header_1_0(header, {"descr": descr, "fortran_order": False, "shape": shape})
    return header.getvalue()


def _kept() -> list[tuple[float, int, Path]]:
    """When each file was last used, its size and its path; the longest unused first."""
    found = []
    for file in _folder().glob("*.npy"):
        with suppress(OSError):
            status = file.stat()
            found.append((status.st_mtime, status.st_size, file))
    return sorted(found)


def _delete(file: Path) -> bool:
    with suppress(OSError):  # Windows keeps a file that is mapped
        file.unlink()
        return True
    return False


def _reserved(path: Path, size: int) -> IO[bytes]:
    """A new file of that size, with its disk space reserved."""
    with _no_room_instead(size):
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_room(size)
        file = path.open("x+b")
        try:
            _allocate(file, size)
        except BaseException:
            file.close()
            raise
        return file


def _limit(kept: int) -> int:
    """How many bytes the arrays may have together; `kept`: how many they have now."""
    there = next(folder for folder in (_folder(), *_folder().parents) if folder.exists())
    return min(_MOST, int((shutil.disk_usage(there).free + kept) * _SHARE_OF_DISK))


def _make_room(size: int) -> None:
    kept = _kept()
    total = sum(size for _, size, _ in kept)
    used = sum(size for _, size, file in kept if file in _in_use)
    most = _limit(total)
    for _, freed, file in kept if used + size <= most else ():
        if total + size <= most:
            return
        if file not in _in_use:
            total -= freed if _delete(file) else 0
    if total + size > most:
        raise NoRoom(
            f"{size / 1e9:.1f} GB more do not fit into the cache “{cache_folder()}”. Its limit is {most / 1e9:.1f} GB: "
            f"a quarter of the free disk space, {_MOST / 1e9:.1f} GB at most."
        )


def _allocate(file: IO[bytes], size: int) -> None:
    """A disk that fills up under a mapped file would end the whole process without a message."""
    if size > shutil.disk_usage(cache_folder()).free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    file.truncate(size)
    if hasattr(os, "posix_fallocate") and size:
        os.posix_fallocate(file.fileno(), 0, size)


@contextmanager
def _no_room_instead(size: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom(f"“{cache_folder()}” cannot be written: {error.strerror or error}.") from None
        free = shutil.disk_usage(cache_folder()).free
        raise NoRoom(
            f"“{cache_folder()}” needs {size / 1e9:.1f} GB more and has {free / 1e9:.1f} GB free. Free some disk "
            "space, or choose a smaller input size."
        ) from None

"""Pictures listed in a table (CSV or TSV): a path, a class and perhaps a split in each row."""

import csv
import io
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from stl_tl_gui.engine.data.corrections import Corrections
from stl_tl_gui.engine.data.dataset import DataError, Dataset, SplitName
from stl_tl_gui.engine.data.decoding import FOREIGN_SUFFIXES, IMAGE_SUFFIXES
from stl_tl_gui.engine.data.folder_layout import SPLIT_NAMES
from stl_tl_gui.engine.data.listing import PictureListing, open_listing
from stl_tl_gui.engine.data.picture_files import PictureFile, refused_format, suffix
from stl_tl_gui.engine.data.splits import Splitting
from stl_tl_gui.engine.errors import Cancelled, reported_as
from stl_tl_gui.engine.events import Progress, ShouldStop

TABLE_SUFFIXES = frozenset({".csv", ".tsv"})

_PATHS = (
    *("path", "file", "filename", "file_name", "image", "image_path", "filepath", "picture"),
    *("image_name", "image_id", "imagename", "img", "fname", "name", "id"),
)
_LABELS = ("label", "class", "category", "target", "class_name", "labels", "species", "breed", "diagnosis", "tag")
_SPLIT = ("split", "set", "subset", "partition", "usage", "is_valid")
_SPLIT_WORDS: dict[str, SplitName] = {
    **SPLIT_NAMES,
    **{"public": "test", "private": "test", "publictest": "test", "privatetest": "test"},
    **{"true": "val", "false": "train", "1": "val", "0": "train"},
}
"""Also of Kaggle’s “Usage” and of fastai’s “is_valid”."""
_DELIMITERS = ",;\t|"


class BadTable(DataError):
    """A table that does not assign pictures to classes."""


@dataclass(frozen=True)
class TableRow:
    """One picture of a table."""

    line: int
    """1-based, in the file."""
    path: str
    label: str
    """The class's name; empty for a picture without a label."""
    split: SplitName


def open_table(
    table: Path, splitting: Splitting, corrections: Corrections, should_stop: ShouldStop
) -> Generator[Progress, None, Dataset]:
    """Open, check and split the pictures of a table, given by its absolute path.

    Paths are those below the table's folder, or absolute. Missing files are listed as unreadable. Raises
    BadTable, the DataErrors of image folders, Cancelled.
    """
    _by_stem.cache_clear()
    rows = read_table(table)
    listing = yield from _collect(table, rows, should_stop)
    return (yield from open_listing(listing, table, table.parent, 0, splitting, corrections, should_stop))


def read_table(table: Path) -> list[TableRow]:
    """The rows of a table: with a header that names the columns, or path, class and split in this order.

    Commas, semicolons, tabs or bars between the columns, quotes, UTF-8 or UTF-16. Raises BadTable.
    """
    text = _text(table)
    records = [(line, record) for line, record in _records(text) if any(cell.strip() for cell in record)]
    if not records:
        raise BadTable(f"The table “{table.name}” is empty. {_EXPECTED}")
    columns, has_header = _columns(table, records[0][1])
    rows = [_row(table, line, record, columns) for line, record in records[has_header:]]
    if not rows:
        raise BadTable(f"The table “{table.name}” has a header but no rows. {_EXPECTED}")
    return rows


_EXPECTED = "Each row needs a path and a class, and can have a split, such as “photos/1.jpg,cat,train”."


def _text(table: Path) -> str:
    with reported_as(BadTable, f"The table “{table}” cannot be read"):
        content = table.read_bytes()
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise BadTable(f"“{table.name}” is not UTF-8 text. Save it as “CSV UTF-8”.") from None


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and cells, by the delimiter that cuts the first line into most cells."""

    def cells(delimiter: str) -> int:
        first = next((row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row), [])
        return len(first)

    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=cells))
        line = 1
        for record in reader:
            yield line, record
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadTable(f"The table is damaged: {error}.") from None


def _columns(table: Path, first: Sequence[str]) -> tuple[tuple[int, int, int | None], bool]:
    """Where path, class and split are, and whether the first row says so."""
    names = [cell.strip().casefold() for cell in first]
    path, label, split = (
        next((names.index(name) for name in known if name in names), None) for known in (_PATHS, _LABELS, _SPLIT)
    )
    if path is not None and label is not None:
        return (path, label, split), True
    if suffix(first[0].strip()) not in IMAGE_SUFFIXES | FOREIGN_SUFFIXES or len(first) < 2:
        raise BadTable(
            f"The first row of “{table.name}” has neither the column names “path” and “label” nor a picture and "
            f"its class. {_EXPECTED}"
        )
    return (0, 1, 2 if len(first) > 2 else None), False


def _row(table: Path, line: int, record: Sequence[str], columns: tuple[int, int, int | None]) -> TableRow:
    path, label, split = columns
    needed = max(path, label)
    if len(record) <= needed:
        raise BadTable(f"Line {line} of “{table.name}” has {len(record)} columns; {needed + 1} are needed.")
    if not record[path].strip():
        raise BadTable(f"Line {line} of “{table.name}” has no picture path.")
    word = record[split].strip() if split is not None and split < len(record) else ""
    found = _SPLIT_WORDS.get(word.casefold() or "train")
    if found is None:
        known = "train, val, test, or unlabeled"
        raise BadTable(f"Line {line} of “{table.name}” has the unknown split “{word}”. Use {known}.")
    name = record[label].strip()
    if not name and found in ("val", "test"):
        raise BadTable(f"Line {line} of “{table.name}” has no class.")
    return TableRow(line, record[path].strip(), name, found if name else "unlabeled")


def _collect(
    table: Path, rows: Sequence[TableRow], should_stop: ShouldStop
) -> Generator[Progress, None, PictureListing]:
    listing = PictureListing()
    seen: dict[Path, TableRow] = {}
    twice = 0
    for done, row in enumerate(rows, start=1):
        if should_stop():
            raise Cancelled
        path = _place(table.parent, row.path)
        before = seen.setdefault(path, row)
        if before is not row:
            _require_same(table, before, row)
            twice += 1
            continue
        _add(listing, path, row)
        if done % 500 == 0:
            yield Progress(stage=f"Finding the pictures of {table.name}", done=done, total=len(rows))
    if twice:
        listing.notes.append(f"Repeated rows are ignored: {twice:,}.")
    listing.labeled.setdefault("train", {})
    return listing


def _place(folder: Path, text: str) -> Path:
    """The file that a row means, also where the table was written on Windows."""
    path = folder / text
    try:
        if "\\" in text and not path.exists():
            path = folder / text.replace("\\", "/")
        if not path.exists():
            path = _alike(path) or path
        return Path(*path.parts) if ".." not in path.parts else path.resolve()
    except (OSError, ValueError):  # it is checked later, and reported as unreadable
        return path


def _alike(path: Path) -> Path | None:
    """The only picture of that name but for its ending or capitals, as where a table lists “17” or “17.PNG”."""
    known = _by_stem(path.parent)
    stem = path.stem if suffix(path.name) in IMAGE_SUFFIXES else path.name
    found = known.get(stem.casefold(), [])
    return found[0] if len(found) == 1 else None


@lru_cache(maxsize=16)
def _by_stem(folder: Path) -> dict[str, list[Path]]:
    """The pictures of a folder by their names without ending, in small letters."""
    found: dict[str, list[Path]] = {}
    with suppress(OSError):
        for path in folder.iterdir():
            if suffix(path.name) in IMAGE_SUFFIXES:
                found.setdefault(path.stem.casefold(), []).append(path)
    return found


def _require_same(table: Path, one: TableRow, other: TableRow) -> None:
    if (one.label, one.split) != (other.label, other.split):
        raise BadTable(
            f"“{one.path}” is in “{table.name}” twice with different entries: {one.label or 'no class'} ({one.split}) "
            f"in line {one.line}, {other.label or 'no class'} ({other.split}) in line {other.line}."
        )


def _add(listing: PictureListing, path: Path, row: TableRow) -> None:
    if suffix(path.name) in FOREIGN_SUFFIXES:
        listing.refused.append((path, refused_format(suffix(path.name))))
        return
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        listing.refused.append((path, f"does not exist (line {row.line})" if missing else f"cannot be read: {error}"))
        return
    file = PictureFile(path, status.st_size, status.st_mtime_ns)
    if row.split == "unlabeled":
        listing.unlabeled.append(file)
    else:
        listing.labeled.setdefault(row.split, {}).setdefault(row.label, []).append(file)

"""Tables as text: tab-separated for the clipboard, comma-separated (UTF-8) for a file."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.storage.files import write_atomically

Row = Sequence[str | int | float | None]


class TableNotSaved(UserError):
    """The file cannot be written."""


def tab_separated(rows: Iterable[Row]) -> str:
    """Text that spreadsheets take from the clipboard."""
    return _text(rows, delimiter="\t")


def save_csv(path: Path, rows: Iterable[Row]) -> None:
    """Write a table whole or not at all, as UTF-8 without a byte-order mark. Raises TableNotSaved."""
    content = _text(rows, delimiter=",").encode("utf-8", "backslashreplace")  # file names may have undecodable bytes
    try:
        write_atomically(path, content)
    except OSError as error:
        raise TableNotSaved(f"“{path}” could not be saved: {error.strerror or error}.") from None


def breakable(text: str, *, at_signs: bool = True) -> str:
    """A long path or name may be wrapped after each separator, and within long words (by spaces of no width)."""
    if at_signs:
        text = re.sub(r"[/\\_.-]", "\\g<0>\u200b", text)
    return re.sub(r"\w{16}", "\\g<0>\u200b", text)


def _text(rows: Iterable[Row], delimiter: str) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerows([["" if cell is None else cell for cell in row] for row in rows])
    return buffer.getvalue()

"""Tables that people open in a spreadsheet: no cell is run as a formula, and letters beyond ASCII arrive whole."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from stl_tl_gui.engine.storage.files import write_atomically

Row = Sequence[str | int | float | None]

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets take a text that begins so for a formula (OWASP, “CSV injection”)."""


def as_text(rows: Iterable[Row], delimiter: str = ",") -> str:
    """Rows of cells, one a line. A text that a spreadsheet would run begins with an apostrophe, which hides it."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([list(map(_inert, row)) for row in rows])
    return text.getvalue()


def write_spreadsheet(path: Path, rows: Iterable[Row]) -> None:
    """Write a table as CSV, whole or not at all; UTF-8 with the byte-order mark that Excel needs. Raises OSError.

    File names that are no text keep their bytes.
    """
    write_atomically(path, b"\xef\xbb\xbf" + as_text(rows).encode("utf-8", "surrogateescape"))


def _inert(cell: str | float | None) -> str | float:
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return cell
    return f"'{cell}".replace("\r", " ") if cell.startswith(_FORMULAS) else cell.replace("\r", " ")

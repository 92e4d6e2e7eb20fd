"""Tables as text: tab-separated for the clipboard, comma-separated for a file."""

import re
from collections.abc import Iterable
from pathlib import Path

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.storage.spreadsheet import Row, as_text, write_spreadsheet

__all__ = ["Row", "TableNotSaved", "breakable", "save_csv", "tab_separated"]


class TableNotSaved(UserError):
    """The file cannot be written."""


def tab_separated(rows: Iterable[Row]) -> str:
    """Text that spreadsheets take from the clipboard."""
    return as_text(rows, delimiter="\t")


def save_csv(path: Path, rows: Iterable[Row]) -> None:
    """Write a table whole or not at all. Raises TableNotSaved."""
    try:
        write_spreadsheet(path, rows)
    except OSError as error:
        raise TableNotSaved(f"“{path}” could not be saved: {error.strerror or error}.") from None


def breakable(text: str, *, at_signs: bool = True) -> str:
    """A long path or name may be wrapped after each separator, and within long words (by spaces of no width)."""
    if at_signs:
        text = re.sub(r"[/\\_.-]", "\\g<0>\u200b", text)
    return re.sub(r"\w{16}", "\\g<0>\u200b", text)

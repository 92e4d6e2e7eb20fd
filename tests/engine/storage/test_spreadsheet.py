"""Tables that people open in a spreadsheet."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stl_tl_gui.engine.storage.spreadsheet import as_text, write_spreadsheet


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1"])
def test_that_no_cell_begins_like_a_formula(text: str) -> None:
    ((cell, *_),) = csv.reader(io.StringIO(as_text([[text, "Käse", -0.5, None]]), newline=""))
    assert cell == f"'{text}".replace("\r", " ")
    assert as_text([["Käse", -0.5, None]]) == "Käse,-0.5,\n"


@given(st.lists(st.lists(st.text(), min_size=1, max_size=4), max_size=5))
def test_that_a_spreadsheet_runs_nothing(rows: list[list[str]]) -> None:
    for row in csv.reader(io.StringIO(as_text(rows), newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in row)


def test_that_a_file_has_the_mark_by_which_excel_knows_its_letters(tmp_path: Path) -> None:
    write_spreadsheet(tmp_path / "t.csv", [["größe"]])
    assert (tmp_path / "t.csv").read_bytes() == b"\xef\xbb\xbf" + "größe\n".encode()

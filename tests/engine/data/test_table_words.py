"""Tables as other programs and competitions write them."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from stl_tl_gui.engine.data import open_dataset
from stl_tl_gui.engine.data.table import read_table


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("id,label\n1.png,cat\n", ("1.png", "cat", "train")),
        ("image_name,species\n1.png,owl\n", ("1.png", "owl", "train")),
        ("path,label,is_valid\n1.png,cat,True\n", ("1.png", "cat", "val")),
        ("path,label,is_valid\n1.png,cat,0\n", ("1.png", "cat", "train")),
        ("id,label,Usage\n1.png,cat,PublicTest\n", ("1.png", "cat", "test")),
        ("id,label,Usage\n1.png,cat,Training\n", ("1.png", "cat", "train")),
    ],
)
def test_that_usual_headers_and_words_are_known(tmp_path: Path, table: str, expected: tuple[str, str, str]) -> None:
    (tmp_path / "t.csv").write_text(table)
    (row,) = read_table(tmp_path / "t.csv")
    assert (row.path, row.label, row.split) == expected


def test_that_pictures_are_found_without_ending_and_in_other_capitals(tmp_path: Path, drain: Any) -> None:
    for number in range(12):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / f"Photo{number}.png")
    names = [f"photo{n}.PNG" if n % 2 else f"Photo{n}" for n in range(12)]
    lines = [f"{name},{'cat' if n < 6 else 'dog'}" for n, name in enumerate(names)]
    (tmp_path / "t.csv").write_text("id,label\n" + "\n".join(lines))
    _, data = drain(open_dataset(str(tmp_path / "t.csv")))
    assert sum(map(len, data.splits.values())) == 12
    assert data.unreadable == ()


def test_that_a_name_that_fits_several_pictures_is_not_guessed(tmp_path: Path, drain: Any) -> None:
    for number in range(6):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / f"{number}.png")
    Image.new("RGB", (8, 8)).save(tmp_path / "0.jpg")
    lines = [f"{n},{'cat' if n < 3 else 'dog'}" for n in range(6)]
    (tmp_path / "t.csv").write_text("id,label\n" + "\n".join(lines))
    _, data = drain(open_dataset(str(tmp_path / "t.csv")))
    assert [each.id for each in data.unreadable] == ["0"]

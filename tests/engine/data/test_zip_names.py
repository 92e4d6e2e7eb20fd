"""Names in zip files whose program did not say how they are written, and zips that are made to fill a disk."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from stl_tl_gui.engine.data.picture_archive import UnsafeArchive, import_picture_archive
from stl_tl_gui.engine.data.zip_names import real_names


class _Unsaid(zipfile.ZipInfo):
    """A name in some encoding, without the flag that says which."""

    encoding = "utf-8"

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode(self.encoding), self.flag_bits & ~0x800


def written(path: Path, encoding: str, names: tuple[str, ...]) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            info = _Unsaid(f"{name}/1.png")
            info.encoding = encoding
            file.writestr(info, b"x")
    return path


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("utf-8", ("Käse", "Mäuse")),
        ("gbk", ("猫", "狗")),
        ("gbk", ("大型客运飞机", "汽车")),
        ("cp932", ("ねこ", "いぬ")),
        ("cp932", ("ネコ", "日本")),
        ("cp850", ("Käse", "Mäuse")),
        ("ascii", ("cat", "dog")),
    ],
)
def test_that_names_are_read_as_they_were_written(tmp_path: Path, encoding: str, names: tuple[str, ...]) -> None:
    with zipfile.ZipFile(written(tmp_path / "a.zip", encoding, names)) as file:
        assert real_names(file.infolist()) == [f"{name}/1.png" for name in names]


def test_that_names_that_say_how_they_are_written_stay(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("猫/1.png", b"x")
    with zipfile.ZipFile(tmp_path / "a.zip") as file:
        assert real_names(file.infolist()) == ["猫/1.png"]


def test_that_a_bomb_is_not_unpacked(tmp_path: Path, drain: Any) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(6):
            file.writestr(f"cat/{number}.png", bytes(100_000_000))
    with pytest.raises(UnsafeArchive, match=r"would unpack to 0\.6 GB from 0\.\d MB"):
        drain(import_picture_archive(tmp_path / "bomb.zip", lambda: False, tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_that_parts_that_overlap_are_refused(tmp_path: Path, drain: Any) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        for number in range(2):
            file.writestr(f"cat/{number}.png", b"x" * 100)
        file.infolist()[1].header_offset = file.infolist()[0].header_offset
    with pytest.raises(UnsafeArchive):
        drain(import_picture_archive(tmp_path / "a.zip", lambda: False, tmp_path / "out"))

from pathlib import Path

import pytest

from stl_tl_gui.engine.data.staging import BeingMade, staging_folder


def make(folder: Path, *, fail: bool = False) -> None:
    with staging_folder(folder) as aside:
        (aside / "a.txt").write_text("all of it")
        if fail:
            raise OSError("disk full")
        aside.replace(folder)


def test_that_a_folder_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="disk full"):
        make(tmp_path / "data", fail=True)
    assert list(tmp_path.iterdir()) == []
    make(tmp_path / "data")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert (tmp_path / "data" / "a.txt").read_text() == "all of it"


def test_that_what_a_killed_process_left_goes_with_the_next_try(tmp_path: Path) -> None:
    left = tmp_path / ".data.partial"
    left.mkdir()
    (left / "half").write_text("ha")
    (tmp_path / ".data.lock").touch()
    make(tmp_path / "data")
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["a.txt"]
    assert not left.exists()


def test_that_two_do_not_make_the_same_at_once(tmp_path: Path) -> None:
    with staging_folder(tmp_path / "data") as aside:
        (aside / "a.txt").touch()
        with pytest.raises(BeingMade, match="another window"):
            make(tmp_path / "data")
        assert (aside / "a.txt").exists()

import os
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from stl_tl_gui.engine.storage import array_cache
from stl_tl_gui.engine.storage.array_cache import NoRoom, find_array, has_room, new_array, temporary_array


def keep(key: str, size: int = 1000, value: int = 7) -> None:
    with new_array(key, (size,), np.uint8) as array:
        array[:] = value


def files(home: Path) -> list[Path]:
    return sorted((home / "cache" / "arrays").glob("*"))


def test_that_what_is_kept_under_a_key_is_found_again() -> None:
    assert find_array("a") is None
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    with new_array("a", values.shape, values.dtype) as array:
        array[:] = values
        assert find_array("a") is None  # not before it is finished
    found = find_array("a")
    assert found is not None
    assert found.dtype == np.float32
    assert np.array_equal(found, values)
    assert find_array("b") is None


def test_that_changes_to_a_found_array_are_not_kept() -> None:
    keep("a")
    found = find_array("a")
    assert found is not None
    found[:] = 0
    again = find_array("a")
    assert again is not None
    assert (again == 7).all()


def test_that_an_array_that_was_not_finished_leaves_nothing_and_can_still_be_used(home: Path) -> None:
    with suppress(KeyError), new_array("a", (1000,), np.uint8) as array:
        array[:] = 3
        raise KeyError
    assert find_array("a") is None
    assert not files(home)
    assert (array == 3).all()


def test_that_a_process_that_died_while_writing_left_no_array(home: Path) -> None:
    keep("a")
    [file] = files(home)
    content = file.read_bytes()
    file.write_bytes(bytes(len(content)))
    assert find_array("a") is None
    file.write_bytes(content[:-1])
    assert find_array("a") is None
    keep("a", value=5)
    found = find_array("a")
    assert found is not None
    assert (found == 5).all()


def test_that_two_may_make_the_same_array_at_once() -> None:
    with new_array("a", (10,), np.uint8) as one, new_array("a", (10,), np.uint8) as other:
        one[:] = other[:] = 7
    found = find_array("a")
    assert found is not None
    assert (found == 7).all()


def test_that_the_least_recently_used_go_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(array_cache, "_MOST", 5000)
    for age, key in enumerate("dcba"):
        keep(key)
        for file in files(home):
            if find_array(key) is not None and file.name.startswith(array_cache._name(key)):
                os.utime(file, (1000 + age, 1000 + age))
    assert find_array("d") is not None  # used just now
    keep("e", 2000)
    assert [key for key in "abcde" if find_array(key) is not None] == ["a", "d", "e"]


def test_that_what_is_in_use_is_not_deleted_to_make_room_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(array_cache, "_MOST", 4000)
    keep("old")
    with new_array("first", (1500,), np.uint8) as first:
        first[:] = 1
    keep("second", 1500)
    assert find_array("old") is None
    with pytest.raises(NoRoom, match="do not fit"):
        keep("large", 3000)
    assert find_array("second") is not None
    keep("third", 1500)
    assert [find_array(key) is not None for key in ("first", "second", "third")] == [True, False, True]
    del first
    keep("fourth", 1500)
    assert find_array("first") is None


def test_that_a_file_that_cannot_be_deleted_is_passed_over(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep("a")

    def denied(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "in use", str(path))

    monkeypatch.setattr(array_cache, "_MOST", 2000)
    monkeypatch.setattr(Path, "unlink", denied)
    with pytest.raises(NoRoom):
        keep("b")
    assert find_array("a") is not None


def test_that_more_than_a_quarter_of_the_free_disk_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 8000}))
    keep("a")
    with pytest.raises(NoRoom, match="a quarter of the free disk"):
        keep("b", 3000)
    assert find_array("a") is not None


@pytest.mark.skipif(os.name == "nt", reason="the system's own limit on the size of files")
def test_that_a_folder_that_cannot_be_written_to_is_no_room(home: Path) -> None:
    home.mkdir()
    (home / "cache").write_text("in the way")
    assert find_array("a") is None
    with pytest.raises(NoRoom, match="cannot be written"):
        keep("a")
    with pytest.raises(NoRoom, match="cannot be written"):
        temporary_array((10,), np.uint8)


def test_that_a_temporary_array_leaves_no_file(home: Path) -> None:
    array = temporary_array((10, 10), np.uint8)
    array[:] = 4
    assert array.sum() == 400
    assert not list((home / "cache").iterdir()) or os.name == "nt"


def test_that_room_is_known_before_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(array_cache, "_MOST", 3000)
    assert has_room(3000)
    assert not has_room(3001)
    keep("old")
    assert has_room(3000)  # in place of the old one
    with new_array("in use", (1000,), np.uint8) as array:
        assert array.nbytes == 1000
        assert not has_room(2000)
        assert has_room(1800)
    assert find_array("old") is not None

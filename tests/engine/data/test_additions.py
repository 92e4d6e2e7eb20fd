"""New pictures put into class folders."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from stl_tl_gui.engine.data.additions import (
    Addition,
    BadClassName,
    NotAdded,
    add,
    burst_name,
    find_class_folders,
    jpeg,
    new_data_folder,
    png,
    require_class_name,
)
from stl_tl_gui.engine.data.grouping import by_name
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.storage.places import data_folder


def go_on() -> bool:
    return False


def photo(folder: Path, name: str = "a.png") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), "red").save(folder / name)
    return folder / name


def test_that_pictures_are_written_and_files_are_copied(tmp_path, drain):
    source = photo(tmp_path / "elsewhere", "mine.png")
    _, written = drain(add([Addition("a.jpg", b"one"), Addition("mine.png", source)], tmp_path / "data" / "cat", go_on))
    assert [path.name for path in written] == ["a.jpg", "mine.png"]
    assert written[0].read_bytes() == b"one"
    assert written[1].read_bytes() == source.read_bytes()
    assert source.exists()


def test_that_nothing_is_written_over(tmp_path, drain):
    (tmp_path / "a.jpg").write_bytes(b"old")
    _, written = drain(add([Addition("a.jpg", b"one"), Addition("a.jpg", b"two")], tmp_path, go_on))
    assert [path.name for path in written] == ["a (2).jpg", "a (3).jpg"]
    assert (tmp_path / "a.jpg").read_bytes() == b"old"


def test_that_nothing_is_left_when_one_cannot_be_written(tmp_path, drain):
    with pytest.raises(NotAdded, match="cat"):
        drain(add([Addition("a.jpg", b"one"), Addition("b.jpg", tmp_path / "gone.jpg")], tmp_path / "cat", go_on))
    assert list(tmp_path.iterdir()) == []


def test_that_nothing_is_left_after_cancelling(tmp_path):
    asked = iter([False, True])
    with pytest.raises(Cancelled):
        list(add([Addition("a.jpg", b"one"), Addition("b.jpg", b"two")], tmp_path / "cat", lambda: next(asked)))
    assert list(tmp_path.iterdir()) == []


def test_that_class_folders_are_found_beside_a_split_and_without(tmp_path, colours):
    found = find_class_folders(colours)
    assert found.parent == colours / "train"
    assert list(found.by_name) == ["blue", "green", "red"]
    assert found.folder("Red") == colours / "train" / "red"
    assert found.folder(" pink ") == colours / "train" / "pink"
    photo(tmp_path / "plain" / "cat")
    assert find_class_folders(tmp_path / "plain").folder("dog") == tmp_path / "plain" / "dog"
    assert find_class_folders(tmp_path / "nowhere").by_name == {}


@pytest.mark.parametrize(
    "name", ["", "a/b", "a\\b", "..", ".cat", "cat.", "con", "LPT1.x", "train", "Val", "x" * 101, "a\nb"]
)
def test_that_names_no_folder_can_have_are_refused(name):
    with pytest.raises(BadClassName):
        require_class_name(name)


@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1, max_size=20))
def test_that_a_name_of_letters_stays_inside_the_data(name):
    try:
        folder = find_class_folders(Path("/nowhere/data")).folder(name)
    except BadClassName:
        return
    assert folder.parent == Path("/nowhere/data")


def test_that_a_burst_is_one_group_where_file_names_decide():
    bursts = [burst_name("camera", "20261127-141502", burst, number, ".jpg") for burst in (3, 4) for number in (1, 2)]
    assert bursts[0] == "camera-20261127-141502-b03-001.jpg"
    groups = by_name([f"cat/{name}" for name in bursts])
    assert groups[0] == groups[1] != groups[2] == groups[3]


def test_that_photos_hardly_change_and_pasted_pictures_do_not():
    smooth = np.add.outer(np.arange(0, 128), np.arange(0, 127)).astype(np.uint8)
    picture = Image.merge("RGB", [Image.fromarray(smooth)] * 3)
    taken, pasted = (np.asarray(Image.open(BytesIO(make(picture))), np.int64) for make in (jpeg, png))
    assert abs(taken - np.asarray(picture)).mean() < 1
    assert (pasted == np.asarray(picture)).all()


def test_that_a_new_data_set_goes_on_with_one_of_a_single_class():
    first = data_folder() / "my pictures"
    assert new_data_folder() == first
    photo(first / "cat")
    assert new_data_folder() == first
    photo(first / "dog")
    assert new_data_folder() == data_folder() / "my pictures 2"

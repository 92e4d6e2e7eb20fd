import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from stl_tl_gui.engine.data import open_dataset
from stl_tl_gui.engine.data.grouping import InvalidPattern, by_folder, by_name, numbered
from stl_tl_gui.engine.data.splits import Splitting, TooFewGroups


def test_that_subfolders_are_groups_across_classes_and_loose_pictures_are_alone():
    ids = ["cat/garden/1.png", "cat/garden/deep/2.png", "dog/garden/3.png", "cat/4.png", "dog/4.png"]
    assert numbered(by_folder(ids, depth=1)).tolist() == [2, 2, 2, 0, 1]


def test_that_bursts_are_found_by_their_names():
    ids = ["cat/walk-0001.jpg", "cat/walk-0002.jpg", "cat/IMG_77 (2).jpg", "dog/walk-0003.jpg", "cat/007.jpg"]
    names = by_name(ids)
    assert names[0] == names[1] == "cat/walk"
    assert len(set(names)) == 4  # another folder is another walk, and a bare number tells nothing


def test_that_a_burst_from_the_camera_is_one_group():
    names = by_name([f"cat/camera-20261127-141502-b03-{n:03}.jpg" for n in range(3)])
    assert set(names) == {"cat/camera-20261127-141502-b03"}


def test_that_a_pattern_finds_groups_across_folders():
    names = by_name(
        ["a/patient12_left.png", "b/patient12_right.png", "b/patient3.png", "b/other.png"], r"^(patient\d+)"
    )
    assert names == ["patient12", "patient12", "patient3", "/b/other.png"]


def test_that_a_pattern_that_is_none_is_named():
    with pytest.raises(InvalidPattern, match=r"“\(” is not a valid regular expression"):
        by_name(["a/b.png"], "(")


@given(st.lists(st.text(min_size=1, max_size=12).filter(lambda name: "/" not in name), min_size=1, max_size=20))
def test_that_any_names_can_be_grouped(names):
    assert len(by_name([f"cat/{name}" for name in names])) == len(names)


@pytest.fixture
def bursts(tmp_path):
    """Two classes of six bursts of five frames, in subfolders; frames of a burst are almost the same."""
    folder, random = tmp_path / "bursts", np.random.default_rng(0)
    for name in ("cat", "dog"):
        for burst in range(6):
            scene = random.integers(0, 256, (8, 8, 3), np.uint8)
            place = folder / name / f"{name}-day{burst}"
            place.mkdir(parents=True)
            for frame in range(5):
                picture = np.asarray(Image.fromarray(scene).resize((64, 64), Image.Resampling.BICUBIC), np.int64)
                noisy = np.clip(picture + random.integers(-6, 7, picture.shape), 0, 255).astype(np.uint8)
                Image.fromarray(noisy).save(place / f"shot-{burst}{frame:02}.png")
    return folder


@pytest.mark.parametrize("group_by", ["folder", "similar", "name"])
def test_that_bursts_do_not_straddle_splits(bursts, drain, group_by):
    splitting = Splitting(0.2, 0.2, group_by=group_by, group_pattern=r"shot-\d" if group_by == "name" else "")
    _, data = drain(open_dataset(str(bursts), splitting))
    days = [{id.split("/")[1] for id in images.ids} for images in data.splits.values()]
    assert all(days)
    assert not days[0] & days[1]
    assert not days[0] & days[2]
    assert not days[1] & days[2]
    assert any("Split by group" in note for note in data.notes)


def test_that_without_grouping_they_do(bursts, drain):
    _, data = drain(open_dataset(str(bursts), Splitting(0.2)))
    days = [{id.split("/")[1] for id in images.ids} for images in data.splits.values()]
    assert days[0] & days[1]


def test_that_data_of_one_group_says_so(bursts, drain):
    with pytest.raises(TooFewGroups, match="one group"):
        drain(open_dataset(str(bursts), Splitting(group_by="name", group_pattern="shot")))

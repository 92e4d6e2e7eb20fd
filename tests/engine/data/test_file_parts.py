"""Files with several pages, animations, and pictures with more than three channels, as data."""

import numpy as np
import pytest
from PIL import Image
from tiff_files import write_tiff

from stl_tl_gui.engine.data import open_dataset
from stl_tl_gui.engine.data.corrections import change_corrections, leave_out
from stl_tl_gui.engine.data.splits import Splitting, splitting_of
from stl_tl_gui.engine.settings.settings import InvalidSettings, make_settings

COLORS = [(n * 40, 100, 255 - n * 40) for n in range(5)]


@pytest.fixture
def stacks(tmp_path):
    """Two classes of four files with three pages each, and one plain picture a class."""
    for name in ("cat", "dog"):
        (tmp_path / "stacks" / name).mkdir(parents=True)
        for number in range(4):
            first, *rest = (Image.new("RGB", (20, 20), COLORS[page]) for page in range(3))
            ending = "gif" if number == 3 else "tif"
            first.save(tmp_path / "stacks" / name / f"stack {number}.{ending}", save_all=True, append_images=rest)
        Image.new("RGB", (20, 20), "white").save(tmp_path / "stacks" / name / "plain.png")
    return tmp_path / "stacks"


def opened(drain, folder, **chosen):
    return drain(open_dataset(str(folder), splitting_of(make_settings(chosen))))[1]


def all_ids(data):
    return sorted(id for images in data.splits.values() for id in images.ids)


def test_that_only_first_pages_are_used_and_that_is_said(stacks, drain):
    data = opened(drain, stacks)
    assert sum(data.counts().values()) == 10
    assert data.several_pages == 8
    assert "8 files have several pages (24 in all): only the first page is used." in data.notes


def test_that_each_page_is_a_picture_with_an_id_of_its_own(stacks, drain):
    data = opened(drain, stacks, pages="each")
    assert sum(data.counts().values()) == 26
    assert {"cat/plain.png", "cat/stack 0.tif#1", "cat/stack 0.tif#3", "dog/stack 3.gif#2"} <= set(all_ids(data))
    assert "8 files have several pages (24 in all): each page is a picture." in data.notes
    for images in data.splits.values():
        for row, id in enumerate(images.ids):
            if ".tif#" in id:
                assert images.read(row).getpixel((3, 3)) == COLORS[int(id[-1]) - 1]
    assert data.fingerprint != opened(drain, stacks).fingerprint


def test_that_pages_of_a_file_stay_together_unless_another_grouping_is_chosen(stacks, drain):
    data = opened(drain, stacks, pages="each")
    files = [{id.partition("#")[0] for id in images.ids} for images in data.splits.values()]
    assert sum(map(len, files)) == 10
    apart = opened(drain, stacks, pages="each", group_by="none")
    assert apart.advice.button == "Keep files together"


def test_that_a_page_can_be_left_out(stacks, drain):
    change_corrections(str(stacks), lambda known: known.with_step("out", leave_out(["cat/stack 1.tif#2"])))
    ids = all_ids(opened(drain, stacks, pages="each"))
    assert len(ids) == 25
    assert "cat/stack 1.tif#2" not in ids


def test_that_previews_in_a_tiff_are_no_pages(tmp_path, drain):
    for name in ("cat", "dog"):
        (tmp_path / "x" / name).mkdir(parents=True)
        for number in range(3):
            small = Image.new("RGB", (4, 4))
            small.encoderinfo = {"tiffinfo": {254: 1}}
            Image.new("RGB", (20, 20), (name == "cat" and "red") or "blue").save(
                tmp_path / "x" / name / f"{number}.tif", save_all=True, append_images=[small]
            )
    assert opened(drain, tmp_path / "x").several_pages == 0


@pytest.fixture
def cells(tmp_path):
    for name in ("dead", "alive"):
        (tmp_path / "cells" / name).mkdir(parents=True)
        for number in range(5):
            pixels = np.full((20, 20, 5), 0, np.uint8)
            pixels[..., :] = (10, 20, 30, 40, 50)
            write_tiff(tmp_path / "cells" / name / f"{number}.tif", pixels)
    return tmp_path / "cells"


def test_that_channels_are_chosen_and_what_is_taken_is_said(cells, drain):
    data = opened(drain, cells)
    assert data.splits["train"].read(0).getpixel((0, 0)) == (10, 20, 30)
    assert "10 pictures have more than three channels (up to 5): the first three are used." in data.notes
    other = opened(drain, cells, channels="5, 4,1")
    assert other.splits["train"].read(0).getpixel((0, 0)) == (50, 40, 10)
    assert "10 pictures have more than three channels (up to 5): these are used: 5, 4, 1." in other.notes
    assert other.fingerprint != data.fingerprint
    assert other.splits["train"].identity() != data.splits["train"].identity()


def test_that_pictures_without_a_chosen_channel_are_left_out_by_name(cells, drain):
    write_tiff(cells / "dead" / "few.tif", np.zeros((20, 20, 4), np.uint8))
    data = opened(drain, cells, channels="5,4,1")
    assert [(each.id, each.reason) for each in data.unreadable] == [
        ("dead/few.tif", "has 4 channels, so there is no channel 5")
    ]


def test_that_transparency_is_no_channel_worth_a_note(tmp_path, drain):
    for name in ("cat", "dog"):
        (tmp_path / "x" / name).mkdir(parents=True)
        for number in range(3):
            Image.new("RGBA", (20, 20), (200, number, 9, 90)).save(tmp_path / "x" / name / f"{number}.png")
    data = opened(drain, tmp_path / "x")
    assert not any("channels" in note for note in data.notes)
    assert data.many_channels == 6


@pytest.mark.parametrize("channels", ["1,2", "0,1,2", "red", "1,2,3,4"])
def test_that_other_channels_are_refused_with_an_example(channels):
    with pytest.raises(InvalidSettings, match="such as 1,2,3"):
        make_settings({"channels": channels})


def test_that_old_data_is_read_as_ever():
    assert splitting_of(make_settings({"test_fraction": 0.0})) == Splitting()

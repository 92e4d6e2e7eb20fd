"""The built-in sample: the same pictures everywhere, in a folder that is whole or not there."""

from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np
import pytest

from stl_tl_gui.engine.data import sample
from stl_tl_gui.engine.data.sample.picture import DRAWINGS
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.engine.storage.places import cache_folder

FEW: dict[sample.SampleSplit, int] = {"train": 50, "test": 20, "unlabeled": 10}
SIZES = {
    "train_X.bin": 50 * 27648,
    "train_y.bin": 50,
    "test_X.bin": 20 * 27648,
    "test_y.bin": 20,
    "unlabeled_X.bin": 10 * 27648,
}


def render(**arguments) -> tuple[Path, list[Progress]]:
    return finish(sample.render_sample(counts=FEW, **arguments))


def finish(generator: Generator[Progress, None, Path]) -> tuple[Path, list[Progress]]:
    seen = []
    while True:
        try:
            seen.append(next(generator))
        except StopIteration as end:
            return end.value, seen


def pixels(split: sample.SampleSplit, index: int) -> bytes:
    return sample.picture(split, index).tobytes()


def after(calls: int) -> Iterator[bool]:
    yield from (False for _ in range(calls))
    while True:
        yield True


def test_that_a_picture_is_the_same_each_time_and_in_any_order():
    forwards = [pixels("train", index) for index in range(12)]
    backwards = [pixels("train", index) for index in reversed(range(12))]
    assert forwards == backwards[::-1]


def test_that_no_two_pictures_are_the_same():
    seen = {pixels(split, index) for split in ("train", "test", "unlabeled") for index in range(40)}
    assert len(seen) == 120


@pytest.mark.parametrize("class_name", sample.CLASS_NAMES)
def test_that_every_way_to_draw_a_class_gives_a_picture_with_contrast(class_name):
    for seed in range(4 * len(DRAWINGS[class_name])):
        image = sample.draw(class_name, np.random.default_rng(seed))
        assert (image.mode, image.size) == ("RGB", (96, 96))
        assert np.asarray(image).std() > 8


def test_that_the_classes_are_those_of_stl10_in_their_order():
    assert sample.CLASS_NAMES == (
        "airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck",
    )  # fmt: skip


def test_that_the_folder_has_the_files_of_stl10_with_balanced_labels():
    folder, _ = render()
    binary = folder / "stl10_binary"
    assert {path.name: path.stat().st_size for path in binary.glob("*.bin")} == SIZES
    assert tuple((binary / "class_names.txt").read_text().split()) == sample.CLASS_NAMES
    for name, each in (("train_y.bin", 5), ("test_y.bin", 2)):
        labels = np.fromfile(binary / name, dtype=np.uint8)
        assert np.bincount(labels).tolist() == [0] + [each] * 10
        assert labels.tolist() != sorted(labels.tolist())


def test_that_the_folds_are_balanced_fifths_of_the_train_pictures():
    folder, _ = render()
    binary = folder / "stl10_binary"
    labels = np.fromfile(binary / "train_y.bin", dtype=np.uint8)
    folds = [[int(word) for word in line.split()] for line in (binary / "fold_indices.txt").read_text().splitlines()]
    assert len(folds) == 10
    for fold in folds:
        assert sorted(labels[fold].tolist()) == list(range(1, 11))
    assert sorted(index for fold in folds[:5] for index in fold) == list(range(50))


def test_that_pictures_are_stored_column_by_column():
    folder, _ = render()
    stored = np.fromfile(folder / "stl10_binary" / "test_X.bin", dtype=np.uint8).reshape(-1, 3, 96, 96)
    np.testing.assert_array_equal(stored[7].transpose(2, 1, 0), np.asarray(sample.picture("test", 7)))


def test_that_fewer_pictures_are_the_first_of_the_whole_sample():
    folder, _ = render()
    labels = np.fromfile(folder / "stl10_binary" / "train_y.bin", dtype=np.uint8)
    assert [sample.target("train", index) + 1 for index in range(50)] == labels.tolist()


def test_that_progress_only_grows_and_reaches_the_total():
    _, seen = render()
    done = [event.done for event in seen]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 80)
    assert {event.total for event in seen} == {80}


def test_that_a_whole_folder_is_used_again():
    folder, _ = render()
    before = (folder / "stl10_binary" / "train_X.bin").stat().st_mtime_ns
    again, seen = render()
    assert (again, seen) == (folder, [])
    assert (folder / "stl10_binary" / "train_X.bin").stat().st_mtime_ns == before


@pytest.mark.parametrize("name", ["train_X.bin", "class_names.txt"])
def test_that_a_damaged_folder_is_drawn_again(name):
    folder, _ = render()
    (folder / "stl10_binary" / name).write_bytes(b"")
    again, seen = render()
    assert again == folder
    assert seen
    assert (folder / "stl10_binary" / name).stat().st_size > 0
    assert [path.name for path in cache_folder().iterdir()] == [folder.name]


def test_that_a_cancelled_rendering_leaves_nothing_behind():
    answers = after(30)
    with pytest.raises(Cancelled):
        render(should_stop=lambda: next(answers))
    assert list(cache_folder().iterdir()) == []


def test_that_two_renderings_at_once_both_end_with_the_same_folder():
    first = sample.render_sample(counts=FEW)
    next(first)
    folder, _ = render()
    slower_folder, _ = finish(first)
    assert slower_folder == folder
    assert [path.name for path in cache_folder().iterdir()] == [folder.name]


def test_that_a_folder_that_cannot_be_written_is_told_in_a_sentence(home):
    home.write_text("a file where the folder should be")
    with pytest.raises(sample.SampleNotWritable, match="cannot be kept in"):
        render()

import hashlib
import importlib.util
import os
import pickle
import re
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from stl_tl_gui.engine.data import checksums, open_dataset, stl10
from stl_tl_gui.engine.data.corrections import Corrections, change_corrections, leave_out
from stl_tl_gui.engine.data.splits import Splitting
from stl_tl_gui.engine.data.stl10_files import (
    FileMissing,
    FileTruncated,
    InvalidClassNames,
    InvalidFolds,
    LabelOutOfRange,
    read_folds,
)
from stl_tl_gui.engine.errors import Cancelled

CLASSES = ("airplane", "bird", "car")


def opened(folder, should_stop=lambda: False, **splitting):
    """The dataset, and the progress on the way to it."""
    job, events = open_dataset(str(folder), Splitting(**splitting), should_stop), []
    while True:
        try:
            events.append(next(job))
        except StopIteration as stop:
            return stop.value, events


def pictures(count, seed):
    """(count, 96, 96, 3) uint8, rows first."""
    return np.random.default_rng(seed).integers(0, 256, (count, 96, 96, 3), np.uint8)


def write_pictures(file, images):
    # the page of STL-10: "the images are stored in column-major order, one channel at a time"
    images.transpose(0, 3, 2, 1).tofile(file)


@pytest.fixture
def folder(tmp_path):
    """Twelve training, six test and five unlabeled pictures in the format of STL-10."""
    files = tmp_path / "data" / "stl10_binary"
    files.mkdir(parents=True)
    for split, count in (("train", 12), ("test", 6)):
        write_pictures(files / f"{split}_X.bin", pictures(count, count))
        (np.arange(count, dtype=np.uint8) % 3 + 1).tofile(files / f"{split}_y.bin")
    write_pictures(files / "unlabeled_X.bin", pictures(5, 5))
    (files / "class_names.txt").write_text("\n".join(CLASSES) + "\n")
    return files


def test_that_the_folder_and_its_parent_have_the_same_corrections(folder):
    dataset, _ = opened(folder)
    bad = dataset.splits["train"].ids[0]
    change_corrections(dataset.location, lambda known: known.with_step("bad", leave_out([bad])))
    for place in (folder, folder.parent):
        assert bad not in opened(place)[0].splits["train"].ids
    change_corrections(str(folder.parent), lambda known: Corrections())
    assert bad in opened(folder)[0].splits["train"].ids


@pytest.mark.parametrize("parent", [False, True])
def test_that_the_folder_and_its_parent_open_alike(folder, parent):
    dataset, _ = opened(folder.parent if parent else folder, val_fraction=0.25)
    assert dataset.kind == "stl10"
    assert dataset.name == "data"
    assert dataset.location == str(folder.parent if parent else folder)
    assert dataset.class_names == CLASSES
    assert dataset.counts() == {"train": 9, "val": 3, "test": 6, "unlabeled": 5}
    assert dataset.class_counts("val").tolist() == [1, 1, 1]
    assert dataset.evaluation_split() == "test"
    assert dataset.notes == ("Not the official STL-10 data: other pictures in the same format.",)


def test_that_pictures_are_not_transposed_and_have_their_own_labels_and_ids(folder):
    dataset, _ = opened(folder)
    for split, count in (("train", 12), ("val", 12), ("test", 6), ("unlabeled", 5)):
        images = dataset.splits[split]
        for index, id in enumerate(images.ids):
            prefix, number = id.split("/")
            assert prefix == ("train" if split == "val" else split)
            assert len(number) == 6
            assert np.array_equal(np.asarray(images.read(index)), pictures(count, count)[int(number)])
            assert images.targets[index] == (-1 if split == "unlabeled" else int(number) % 3)
            assert images.path(index) is None


def test_that_a_picture_that_is_brighter_at_the_top_stays_so(folder):
    top = np.zeros((12, 96, 96, 3), np.uint8)
    top[:, :10] = 255
    write_pictures(folder / "train_X.bin", top)
    image = opened(folder)[0].splits["train"].read(0)
    assert image.getpixel((95, 0)) == (255, 255, 255)
    assert image.getpixel((0, 95)) == (0, 0, 0)


def test_that_a_file_cut_off_after_opening_is_named_and_the_process_lives(folder):
    images = opened(folder)[0].splits["unlabeled"]
    assert images.squares(np.array([4, 0]), 96).shape == (2, 3, 96, 96)
    os.truncate(folder / "unlabeled_X.bin", 4 * 27_648 + 5_000)
    assert np.array_equal(np.asarray(images.read(3)), pictures(5, 5)[3])
    for read in (lambda: images.squares(np.arange(5), 96), lambda: images.read(4)):
        with pytest.raises(FileTruncated, match=r"“unlabeled_X.bin”.*cut off"):
            read()


def test_that_a_pickled_split_does_not_carry_its_pictures(folder):
    images = opened(folder)[0].splits["unlabeled"]
    images.read(0)
    content = pickle.dumps(images)
    assert len(content) < 5_000
    assert np.array_equal(np.asarray(pickle.loads(content).read(4)), pictures(5, 5)[4])


def test_that_the_identity_of_a_split_follows_its_rows_and_its_file(folder):
    first = {name: images.identity() for name, images in opened(folder)[0].splits.items()}
    assert {name: images.identity() for name, images in opened(folder)[0].splits.items()} == first
    assert len(set(first.values())) == 4
    assert opened(folder, val_fraction=0.4)[0].splits["train"].identity() != first["train"]
    os.utime(folder / "train_X.bin", (1, 1))
    assert opened(folder)[0].splits["train"].identity() != first["train"]
    assert opened(folder)[0].splits["test"].identity() == first["test"]


def test_that_a_folder_without_test_and_unlabeled_pictures_opens(folder):
    for name in ("test_X.bin", "test_y.bin", "unlabeled_X.bin"):
        (folder / name).unlink()
    assert list(opened(folder)[0].splits) == ["train", "val"]
    assert opened(folder, test_fraction=0.3)[0].counts() == {"train": 5, "val": 3, "test": 4}


def test_that_the_fingerprint_follows_content_and_not_place(folder, tmp_path):
    first = opened(folder)[0].fingerprint
    assert opened(folder, seed=5, val_fraction=0.4)[0].fingerprint == first
    folder.parent.rename(tmp_path / "elsewhere")
    folder = tmp_path / "elsewhere" / "stl10_binary"
    assert opened(folder)[0].fingerprint == first
    for name, content in (
        ("class_names.txt", b"airplane\nbird\ncat\n"),
        ("train_y.bin", bytes([1, 1, 2, 2, 3, 3] * 2)),
        ("train_X.bin", bytes(12 * 27_648)),
    ):
        before = opened(folder)[0].fingerprint
        (folder / name).write_bytes(content)
        assert opened(folder)[0].fingerprint != before


def test_that_a_truncated_file_is_named_with_the_expected_and_the_found_size(folder):
    content = (folder / "train_X.bin").read_bytes()
    for size in (len(content) - 1, len(content) - 27_648, 0):
        (folder / "train_X.bin").write_bytes(content[:size])
        with pytest.raises(FileTruncated, match=rf"“train_X.bin”.*cut off: .*331,776 bytes, but it has {size:,}\."):
            opened(folder)
    (folder / "train_X.bin").write_bytes(content + b"\0")
    with pytest.raises(FileTruncated, match="too long"):
        opened(folder)


def test_that_truncated_unlabeled_and_test_files_are_named(folder):
    with (folder / "unlabeled_X.bin").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(FileTruncated, match=r"“unlabeled_X.bin”.*165,888 bytes, but it has 138,241"):
        opened(folder)
    (folder / "unlabeled_X.bin").write_bytes(b"")
    (folder / "test_y.bin").write_bytes(b"\1\2\3\1\2\3\1")
    with pytest.raises(FileTruncated, match=r"“test_X.bin”.*the 7 labels in “test_y.bin”"):
        opened(folder)


def test_that_a_folder_without_one_training_picture_says_so(folder):
    for name in ("train_X.bin", "train_y.bin"):
        (folder / name).write_bytes(b"")
    with pytest.raises(FileTruncated, match="there are no train labels"):
        opened(folder)


@pytest.mark.parametrize(("label", "split"), [(0, "train"), (4, "train"), (255, "test")])
def test_that_the_first_label_out_of_range_is_named_with_its_position(folder, label, split):
    labels = np.fromfile(folder / f"{split}_y.bin", np.uint8)
    labels[[4, 5]] = label, 0
    labels.tofile(folder / f"{split}_y.bin")
    with pytest.raises(LabelOutOfRange, match=rf"“{split}_y.bin” has label {label} at position 4 .* 1 to 3"):
        opened(folder)


@pytest.mark.parametrize("name", ["class_names.txt", "train_y.bin", "test_X.bin", "test_y.bin"])
def test_that_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(FileMissing, match=f"“{name}” is missing"):
        opened(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "names 0 classes"),
        (b"airplane\n\n", "names 1 classes"),
        (b"airplane\nbird\nairplane\n", "“airplane” more than once"),
        (b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_that_wrong_class_names_are_explained(folder, content, message):
    (folder / "class_names.txt").write_bytes(content)
    with pytest.raises(InvalidClassNames, match=message):
        opened(folder)


def test_that_windows_line_ends_and_byte_order_marks_are_no_part_of_class_names(folder):
    (folder / "class_names.txt").write_bytes("\ufeffairplane\r\nVögel\r\ncar\r\n\r\n".encode())
    assert opened(folder)[0].class_names == ("airplane", "Vögel", "car")


def test_that_a_class_without_training_pictures_is_noted(folder):
    (folder / "class_names.txt").write_text("airplane\nbird\ncar\nzebra\n")
    assert opened(folder)[0].notes[-1] == "No training pictures of “zebra”."


def test_that_a_file_that_cannot_be_read_is_named(folder, monkeypatch):
    def denied(path, should_stop):
        raise PermissionError(13, "Permission denied", str(path))
        yield

    monkeypatch.setattr(stl10, "md5", denied)
    with pytest.raises(FileMissing, match=r"“train_y.bin” .* cannot be read: Permission denied"):
        opened(folder)


def test_that_checksums_are_computed_once_and_again_after_a_change(folder, monkeypatch):
    _, events = opened(folder)
    assert {event.stage for event in events} >= {"Checking train_X.bin", "Checking test_y.bin"}
    assert opened(folder)[1] == []
    (folder / "test_y.bin").write_bytes(b"\1\1\2\2\3\3")
    assert [event.stage for event in opened(folder)[1]] == ["Checking test_y.bin"]


def test_that_a_damaged_cache_only_costs_time(folder, home):
    first, _ = opened(folder)
    for content in ("{", "[]", '{"x": 1}'):
        (home / "cache" / "checksums.json").write_text(content)
        assert opened(folder)[0].fingerprint == first.fingerprint


def test_that_hashing_can_be_stopped(folder, monkeypatch):
    monkeypatch.setattr(checksums, "_PIECE", 10_000)
    answers = iter([False] * 5)
    with pytest.raises(Cancelled):
        opened(folder, should_stop=lambda: next(answers, True))


def official(folder, monkeypatch, *names):
    """Let these files' checksums be the official ones, and the official number of unlabeled pictures be five."""
    sums = {name: hashlib.md5((folder / name).read_bytes()).hexdigest() for name in names}
    monkeypatch.setattr(stl10, "OFFICIAL_FILES", {**stl10.OFFICIAL_FILES, **sums})
    monkeypatch.setattr(stl10, "_OFFICIAL_UNLABELED", 5)


def test_that_the_official_checksums_are_those_of_torchvision():
    [package] = importlib.util.find_spec("torchvision").submodule_search_locations  # found without importing torch
    text = (Path(package) / "datasets" / "stl10.py").read_text("utf-8")
    theirs = dict(re.findall(r'"(\w+\.bin)", "([0-9a-f]{32})"', text))
    assert theirs == stl10.OFFICIAL_FILES


LABELLED = ("train_X.bin", "train_y.bin", "test_X.bin", "test_y.bin")


def test_that_the_official_data_is_recognized(folder, monkeypatch):
    official(folder, monkeypatch, *LABELLED, "unlabeled_X.bin")
    dataset, _ = opened(folder)
    assert dataset.name == "STL-10"
    assert dataset.notes == ("The official STL-10 data (recognized by its MD5 checksums).",)
    (folder / "unlabeled_X.bin").unlink()
    assert opened(folder)[0].notes == (
        "The official STL-10 data (recognized by its MD5 checksums), without the unlabeled pictures.",
    )
    for name in ("test_X.bin", "test_y.bin"):
        (folder / name).unlink()
    assert "without the test and the unlabeled pictures" in opened(folder)[0].notes[0]


def test_that_a_changed_official_file_is_named(folder, monkeypatch):
    official(folder, monkeypatch, *LABELLED)
    assert opened(folder)[0].notes[0].endswith("data: “unlabeled_X.bin” differs (MD5 checksum).")
    (folder / "train_X.bin").write_bytes(bytes(12 * 27_648))
    dataset, _ = opened(folder)
    assert dataset.name == "data"
    assert "“train_X.bin”" in dataset.notes[0]


def test_that_the_sample_is_opened_as_drawn_pictures(folder, monkeypatch):
    def render_sample(should_stop):
        yield from ()
        return folder

    module = types.SimpleNamespace(render_sample=render_sample)
    monkeypatch.setitem(sys.modules, "stl_tl_gui.engine.data.sample", module)
    dataset, _ = opened("sample")
    assert (dataset.kind, dataset.name, dataset.location) == ("sample", "Built-in sample (drawn)", "sample")
    assert "not photos" in dataset.notes[0]
    assert "official" not in " ".join(dataset.notes)


def test_that_folds_are_read_with_indices_above_255(folder):
    np.ones(1000, np.uint8).tofile(folder / "train_y.bin")
    (folder / "fold_indices.txt").write_text("0 255 256 999\n7 300 \n")
    folds = read_folds(folder.parent)
    assert [fold.tolist() for fold in folds] == [[0, 255, 256, 999], [7, 300]]
    assert folds[0].dtype == np.int64


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("0 1\n5 12\n", "Line 2 .* index 12, .* 12 training"),
        ("1 x", "Line 1 .* whole numbers"),
        ("-1", "index -1"),
        ("\n", "empty"),
    ],
)
def test_that_wrong_folds_are_explained(folder, content, message):
    (folder / "fold_indices.txt").write_text(content)
    with pytest.raises(InvalidFolds, match=message):
        read_folds(folder)


@pytest.mark.parametrize("name", ["fold_indices.txt", "train_y.bin"])
def test_that_a_file_missing_for_the_folds_is_named(folder, name):
    (folder / "fold_indices.txt").write_text("0 1\n")
    (folder / name).unlink()
    with pytest.raises(FileMissing, match=f"“{name}” .* No such file"):
        read_folds(folder)

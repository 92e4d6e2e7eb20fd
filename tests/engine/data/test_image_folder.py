import json
import os
import pickle
import shutil
import sys
import threading
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stl_tl_gui.engine.data import open_dataset, picture_checks, picture_files
from stl_tl_gui.engine.data.decoding import FORMATS, HEIC_NEEDS, UnreadableImage
from stl_tl_gui.engine.data.folder_layout import FolderMissing, NoClassFolders, NoImages
from stl_tl_gui.engine.data.listing import OneClass, UnknownClasses, natural_order
from stl_tl_gui.engine.data.splits import Splitting
from stl_tl_gui.engine.errors import Cancelled

links = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")


def opened(folder, should_stop=lambda: False, **splitting):
    """The dataset, and the progress on the way to it."""
    job, events = open_dataset(str(folder), Splitting(**splitting), should_stop), []
    while True:
        try:
            events.append(next(job))
        except StopIteration as stop:
            return stop.value, events


def refused(folder, error, message, **options):
    with pytest.raises(error, match=message):
        opened(folder, **options)


def draw(file: Path, seed: int | None = None) -> None:
    """Save a small picture that differs from those under other names."""
    file.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(zlib.crc32(os.fsencode(file.name)) if seed is None else seed)
    Image.fromarray(rng.integers(0, 256, (8, 8, 3), np.uint8)).save(file)


def fill(folder: Path, **counts: int) -> Path:
    for name, count in counts.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            draw(folder / name / f"{folder.name}-{name}-{number}.png")
    return folder


@pytest.fixture
def pets(tmp_path):
    """Ten cats and six dogs."""
    return fill(tmp_path / "pets", cat=10, dog=6)


def ids(dataset):
    return {id for images in dataset.splits.values() for id in images.ids}


def test_that_class_folders_become_train_and_val(pets):
    dataset, _ = opened(pets, val_fraction=0.25)
    assert (dataset.kind, dataset.name, dataset.location) == ("folder", "pets", str(pets))
    assert dataset.class_names == ("cat", "dog")
    assert dataset.class_counts("train").tolist() == [7, 5]
    assert dataset.class_counts("val").tolist() == [3, 1]
    assert dataset.evaluation_split() == "val"
    assert "cat/pets-cat-0.png" in ids(dataset)
    for images in dataset.splits.values():
        for index, id in enumerate(images.ids):
            assert dataset.class_names[images.targets[index]] == id.split("/")[0]
            assert images.path(index) == pets / id
            with Image.open(pets / id) as image:
                assert np.array_equal(np.asarray(image), np.asarray(images.read(index)))
    assert dataset.notes == ()
    assert dataset.unreadable == ()


def test_that_the_identity_of_a_split_changes_when_a_picture_does(pets):
    images = opened(pets)[0].splits["train"]
    first = images.identity()
    assert opened(pets)[0].splits["train"].identity() == first
    assert images.subset(np.arange(3)).identity() != first
    os.utime(images.path(0), (1, 1))
    changed = images.identity()
    assert changed != first
    images.path(0).unlink()
    assert images.identity() not in (first, changed)
    assert images.identity() != images.identity()  # of what cannot be read, nothing is known


def test_that_a_test_split_is_made_when_asked(pets):
    dataset, _ = opened(pets, val_fraction=0.25, test_fraction=0.25)
    assert dataset.counts() == {"train": 9, "val": 3, "test": 4}
    assert len(ids(dataset)) == 16


@pytest.mark.parametrize(
    ("train", "val", "test"),
    [("train", "val", "test"), ("Train", "VALID", "Test"), ("training", "validation", "testing")],
)
def test_that_given_splits_are_taken_whatever_their_spelling(tmp_path, train, val, test):
    for split, count in ((train, 4), (val, 2), (test, 1)):
        fill(tmp_path / "pets" / split, cat=count, dog=count)
    fill(tmp_path / "pets", Unlabeled=3)
    dataset, _ = opened(tmp_path / "pets", test_fraction=0.4)
    assert dataset.counts() == {"train": 8, "val": 4, "test": 2, "unlabeled": 3}
    assert f"{val}/cat/{val}-cat-1.png" in dataset.splits["val"].ids
    assert dataset.splits["unlabeled"].targets.tolist() == [-1, -1, -1]
    assert dataset.evaluation_split() == "test"


def test_that_val_is_split_off_where_only_train_and_test_are_given(tmp_path):
    for split in ("train", "test"):
        fill(tmp_path / "pets" / split, cat=5, dog=5)
    dataset, _ = opened(tmp_path / "pets", val_fraction=0.2, test_fraction=0.5)
    assert dataset.counts() == {"train": 8, "val": 2, "test": 10}


def test_that_train_can_be_a_class_of_vehicles(tmp_path):
    fill(tmp_path / "ways" / "train", steam=3, electric=3)
    fill(tmp_path / "ways", bus=4, car=4)
    assert opened(tmp_path / "ways")[0].class_names == ("bus", "car", "train")
    fill(tmp_path / "more", bus=4, train=4)
    assert opened(tmp_path / "more")[0].class_names == ("bus", "train")


def test_that_a_test_folder_without_classes_is_no_class(tmp_path):
    pets = fill(tmp_path / "pets", cat=4, dog=4, test=4)
    dataset = opened(pets)[0]
    assert dataset.class_names == ("cat", "dog")
    assert "“test” contains no class folders and is not used. If it is a class, rename it." in dataset.notes
    shutil.rmtree(pets / "cat")
    assert opened(pets)[0].class_names == ("dog", "test")


def test_that_folders_beside_train_are_noted(pets, tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    pets.rename(root / "train")
    fill(root / "test", cat=2, dog=2)
    (root / "papers").mkdir()
    (root / "Val").mkdir()
    fill(root / "valid", cat=2, dog=2)
    dataset, _ = opened(root)
    assert dataset.counts() == {"train": 16, "val": 4, "test": 4}
    assert set(dataset.notes) == {f"The folder “{name}” beside “train” is not used." for name in ("Val", "papers")}


def test_that_the_second_of_two_validation_folders_is_noted(pets):
    for name in ("val", "valid"):
        fill(pets / name, cat=2, dog=2)
    dataset, _ = opened(pets)
    assert dataset.counts() == {"train": 16, "val": 4}
    assert "The folder “valid” is not used because “val” exists too." in dataset.notes


def test_that_an_empty_test_folder_counts_as_none(tmp_path):
    root = tmp_path / "pets"
    fill(root / "train", cat=4, dog=4)
    fill(root / "test", cat=0, dog=0)
    dataset, _ = opened(root)
    assert list(dataset.splits) == ["train", "val"]
    assert any("The folder for test pictures is empty" in note for note in dataset.notes)


def test_that_pictures_deeper_in_a_class_folder_are_found(pets):
    draw(pets / "cat" / "2024" / "may" / "tom.png")
    assert "cat/2024/may/tom.png" in ids(opened(pets)[0])


def test_that_hidden_and_other_files_are_passed_over(pets):
    expected = ids(opened(pets)[0])
    for name in (".DS_Store", "Thumbs.db", "notes.txt", "labels.csv"):
        (pets / "cat" / name).write_text("x")
        (pets / name).write_text("x")
    for folder in (".ipynb_checkpoints", "cat/.hidden", "__MACOSX", "cat/@eaDir"):
        draw(pets / folder / "a.png")
    draw(pets / "cat" / "._a.png")
    dataset, _ = opened(pets)
    assert ids(dataset) == expected
    assert dataset.class_names == ("cat", "dog")
    assert dataset.notes == ()


def test_that_classes_are_in_the_order_in_which_people_count(tmp_path):
    names = ["class10", "class2", "Zebra", "ape", "class1", "100", "20", "Bear"]
    expected = ("20", "100", "ape", "Bear", "class1", "class2", "class10", "Zebra")
    assert tuple(sorted(names, key=natural_order)) == expected
    assert opened(fill(tmp_path / "x", **dict.fromkeys(names, 2)))[0].class_names == expected


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="these file systems know no letter case")
def test_that_classes_that_differ_in_case_only_are_two_and_noted(tmp_path):
    dataset, _ = opened(fill(tmp_path / "x", cat=2, Cat=2))
    assert dataset.class_names == ("Cat", "cat")
    assert dataset.notes == ("The classes “Cat” and “cat” differ only in upper and lower case.",)


def test_that_class_names_of_test_are_matched_letter_case_aside(tmp_path):
    fill(tmp_path / "x" / "train", cat=3, dog=3)
    fill(tmp_path / "x" / "test", Cat=1, DOG=2)
    dataset, _ = opened(tmp_path / "x")
    assert dataset.class_counts("test").tolist() == [1, 2]


def test_that_an_empty_class_folder_is_left_out_and_noted(pets):
    (pets / "eel").mkdir()
    dataset, _ = opened(pets)
    assert dataset.class_names == ("cat", "dog")
    assert dataset.notes == ("The class folder “eel” has no pictures and is left out.",)


def test_that_loose_pictures_are_noted(pets):
    draw(pets / "stray.png")
    dataset, _ = opened(pets)
    assert len(ids(dataset)) == 16
    assert dataset.notes == ("Pictures outside class folders are not used: 1 of them, such as “stray.png”.",)


def test_that_unreadable_files_are_listed_left_out_and_never_fatal(pets):
    (pets / "cat" / "empty.jpg").touch()
    (pets / "dog" / "letter.png").write_text("Dear reader,")
    (pets / "dog" / "phone.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
    content = (pets / "dog" / "pets-dog-0.png").read_bytes()
    (pets / "dog" / "pets-dog-0.png").write_bytes(content[:-60])
    dataset, _ = opened(pets)
    assert {entry.id: entry.reason for entry in dataset.unreadable} == {
        "cat/empty.jpg": "is empty",
        "dog/letter.png": "is not a picture",
        "dog/pets-dog-0.png": "is cut off or damaged",
        "dog/phone.HEIC": "is cut off or damaged" if "HEIF" in FORMATS else HEIC_NEEDS,
    }
    assert len(ids(dataset)) == 15
    assert "4 pictures cannot be read and are left out." in dataset.notes


def test_that_copies_on_both_sides_are_noted(tmp_path):
    fill(tmp_path / "x" / "train", cat=3, dog=3)
    fill(tmp_path / "x" / "test", cat=2, dog=2)
    (tmp_path / "x" / "test" / "cat" / "copy.png").write_bytes(
        (tmp_path / "x" / "train" / "cat" / "train-cat-1.png").read_bytes()
    )
    draw(tmp_path / "x" / "val" / "cat" / "a.png")
    draw(tmp_path / "x" / "val" / "dog" / "b.png")
    notes = opened(tmp_path / "x")[0].notes
    assert len(notes) == 1
    assert notes[0].startswith("1 of the 5 test pictures are exact copies of training pictures")


def test_that_a_class_without_test_pictures_is_noted(tmp_path):
    fill(tmp_path / "x" / "train", cat=3, dog=3)
    fill(tmp_path / "x" / "test", cat=2, dog=0)
    draw(tmp_path / "x" / "test" / "dog" / "sub" / "x.txt.png")
    (tmp_path / "x" / "test" / "dog" / "sub" / "x.txt.png").write_bytes(b"")
    assert "No test pictures of “dog”." in opened(tmp_path / "x")[0].notes


@pytest.mark.parametrize(
    "name", ["two words.png", "猫 🐈.png", "café.png", "line\nbreak.png", "a,b;'c'.png", "%41#?.PNG"]
)
def test_that_odd_file_names_open_and_are_their_ids(pets, name):
    try:
        draw(pets / "cat" / name)
    except OSError:
        pytest.skip("this file system has no such name")
    images = next(images for images in opened(pets)[0].splits.values() if f"cat/{name}" in images.ids)
    assert images.read(images.ids.index(f"cat/{name}")).size == (8, 8)


@linux
def test_that_names_that_are_no_text_have_ids_that_are(pets):
    draw(pets / "cat" / os.fsdecode(b"caf\xe9.png"))
    (pets / "cat").rename(pets / os.fsdecode(b"ch\xe2t"))
    dataset, _ = opened(pets)
    assert "ch\\udce2t/caf\\udce9.png" in ids(dataset)
    json.dumps(sorted(ids(dataset))).encode()
    assert dataset.class_names == ("ch\\udce2t", "dog")
    assert len(opened(pets)[1]) == len(opened(pets)[1])
    refused(pets / os.fsdecode(b"ch\xe2t"), FolderMissing, "contains invalid characters")


@linux
def test_that_accents_written_apart_give_the_same_ids(tmp_path):
    for root, name in (("composed", "caf\u00e9"), ("apart", "cafe\u0301")):
        fill(tmp_path / root, **{name: 2, "dog": 2})
        for file in (tmp_path / root).rglob("*.png"):
            file.rename(file.with_name(file.name.replace(root, "x")))
    composed, apart = opened(tmp_path / "composed")[0], opened(tmp_path / "apart")[0]
    assert composed.class_names == apart.class_names
    assert ids(composed) == ids(apart)


@linux
def test_that_two_files_whose_names_look_the_same_keep_apart(pets):
    draw(pets / "cat" / "caf\u00e9.png")
    draw(pets / "cat" / "cafe\u0301.png")
    assert len(ids(opened(pets)[0])) == 18


@links
def test_that_linked_files_and_folders_are_followed(pets, tmp_path):
    fill(tmp_path / "elsewhere", lynx=3)
    draw(tmp_path / "elsewhere" / "tom.png")
    (pets / "lynx").symlink_to(tmp_path / "elsewhere" / "lynx", target_is_directory=True)
    (pets / "cat" / "tom.png").symlink_to(tmp_path / "elsewhere" / "tom.png")
    dataset, _ = opened(pets)
    assert dataset.class_names == ("cat", "dog", "lynx")
    assert {"cat/tom.png", "lynx/elsewhere-lynx-0.png"} <= ids(dataset)


@links
def test_that_links_in_a_circle_end(pets):
    expected = ids(opened(pets)[0])
    (pets / "cat" / "self").symlink_to(pets / "cat", target_is_directory=True)
    (pets / "cat" / "all").symlink_to(pets, target_is_directory=True)
    (pets / "cat" / "sub").mkdir()
    (pets / "cat" / "sub" / "up").symlink_to(pets / "cat", target_is_directory=True)
    assert ids(opened(pets)[0]) == expected


@links
def test_that_a_broken_link_is_listed(pets):
    (pets / "cat" / "gone.png").symlink_to(pets / "nowhere.png")
    assert [(entry.id, entry.reason) for entry in opened(pets)[0].unreadable] == [
        ("cat/gone.png", "cannot be read: No such file or directory")
    ]


def closed(monkeypatch, folder):
    """Let the system refuse to look into a folder (as root, permissions would not do)."""
    scandir = os.scandir

    def refusing(path):
        if Path(path) == folder:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(picture_files.os, "scandir", refusing)


def test_that_a_closed_subfolder_is_noted(pets, monkeypatch):
    draw(pets / "cat" / "private" / "a.png")
    closed(monkeypatch, pets / "cat" / "private")
    dataset, _ = opened(pets)
    assert len(ids(dataset)) == 16
    assert dataset.notes == ("The folder “cat/private” cannot be read: Permission denied.",)


def test_that_a_closed_folder_is_an_error(pets, monkeypatch):
    closed(monkeypatch, pets)
    refused(pets, FolderMissing, "cannot be read: Permission denied")


def test_that_a_picture_without_permission_is_listed_and_taken_once_it_is_open(pets, monkeypatch):
    real = picture_checks.decode_with_origin

    def denied(path, at_least=None):
        if path.name == "pets-cat-3.png":
            raise UnreadableImage("“pets-cat-3.png”", "cannot be read: permission denied")
        return real(path, at_least)

    monkeypatch.setattr(picture_checks, "decode_with_origin", denied)
    assert [entry.id for entry in opened(pets)[0].unreadable] == ["cat/pets-cat-3.png"]
    monkeypatch.setattr(picture_checks, "decode_with_origin", real)
    assert opened(pets)[0].unreadable == ()


@pytest.mark.parametrize("location", ["nowhere", "~nobody-of-this-name/x", "bad\0name"])
def test_that_a_folder_that_is_not_there_is_an_error(tmp_path, monkeypatch, location):
    monkeypatch.chdir(tmp_path)
    refused(location, FolderMissing, "does not exist")


def test_that_a_file_in_place_of_a_folder_is_an_error(tmp_path):
    for name in ("x.txt", "x.zip"):
        (tmp_path / name).touch()
    refused(tmp_path / "x.txt", FolderMissing, r"x.txt” is neither a folder")
    refused(tmp_path / "x.zip", FolderMissing, r"x.zip” is an archive. Drop it on the window")


def test_that_home_and_relative_paths_open(pets, monkeypatch):
    monkeypatch.setenv("HOME", str(pets.parent))
    monkeypatch.setenv("USERPROFILE", str(pets.parent))
    monkeypatch.chdir(pets)
    locations = {opened(location)[0].location for location in ("~/pets", ".", "../pets", "cat/..")}
    assert {Path(location).resolve() for location in locations} == {pets.resolve()}
    assert all(Path(location).is_absolute() for location in locations)
    assert not any(".." in location for location in locations)


def test_that_empty_folders_say_what_is_expected(tmp_path):
    (tmp_path / "x").mkdir()
    refused(tmp_path / "x", NoImages, "it is empty. Put pictures into one subfolder per class")
    (tmp_path / "x" / "notes.txt").touch()
    refused(tmp_path / "x", NoImages, "only other files, such as “notes.txt”")
    fill(tmp_path / "x", cat=0, dog=0)
    refused(tmp_path / "x", NoImages, "No pictures in the subfolders")


def test_that_a_folder_of_unreadable_pictures_says_why(tmp_path):
    fill(tmp_path / "x", cat=0, dog=0)
    for name in ("cat/a.jpg", "dog/b.jpg"):
        (tmp_path / "x" / name).touch()
    refused(tmp_path / "x", NoImages, "None of the 2 pictures in .* can be read: “cat/a.jpg” is empty")


def test_that_splits_without_class_folders_are_explained(tmp_path):
    for split in ("train", "test"):
        draw(tmp_path / "x" / split / "a.png")
    refused(tmp_path / "x", NoClassFolders, "“test” in .* has no subfolders. Put pictures .* inside “test”")


def test_that_a_test_folder_alone_is_explained(tmp_path):
    fill(tmp_path / "x" / "test", cat=2, dog=2)
    refused(tmp_path / "x", NoClassFolders, "has “test”, but no “train” folder")


def test_that_one_class_is_an_error(tmp_path):
    refused(fill(tmp_path / "x", cat=3), OneClass, "pictures of only one class, “cat”")
    refused(fill(tmp_path / "x", dog=0), OneClass, "These class folders are empty: “dog”")


def test_that_a_folder_opened_one_level_too_high_gets_a_hint(pets, tmp_path):
    (tmp_path / "download").mkdir()
    pets.rename(tmp_path / "download" / "pets")
    refused(tmp_path / "download", OneClass, "Did you mean to open “.*pets”")
    fill(tmp_path / "download" / "birds" / "train", owl=2, tit=2)
    assert "Did you mean to open" in opened(tmp_path / "download")[0].notes[0]


def test_that_a_class_of_one_picture_does_not_refuse_the_folder(tmp_path):
    root = tmp_path / "x"
    fill(root / "train", cat=3, lynx=1)
    alone = opened(root)[0]
    assert alone.class_counts("train").tolist()[1] == 1
    assert any("“lynx” has one picture, which is used for training only" in note for note in alone.notes)
    fill(root / "val", cat=1, lynx=1)
    assert opened(root)[0].class_counts("train").tolist() == [3, 1]
    dataset, _ = opened(root, test_fraction=0.2)
    assert dataset.class_counts("test").tolist() == [1, 0]
    assert "No test pictures of “lynx”." in dataset.notes


@pytest.mark.parametrize("split", ["val", "test"])
def test_that_classes_unknown_in_training_are_named(tmp_path, split):
    fill(tmp_path / "x" / "train", cat=3, dog=3)
    fill(tmp_path / "x" / split, cat=1, eel=1)
    refused(tmp_path / "x", UnknownClasses, "of the class “eel”, but no training pictures")
    fill(tmp_path / "x" / split, fox=1)
    refused(tmp_path / "x", UnknownClasses, "of the classes “eel”, “fox”")


def test_that_the_second_opening_decodes_nothing_and_gives_the_same(pets, monkeypatch):
    first, _ = opened(pets)
    monkeypatch.setattr(picture_checks, "decode_with_origin", None)
    second, _ = opened(pets)
    assert ids(first) == ids(second)
    assert first.fingerprint == second.fingerprint
    assert all(first.splits[name].ids == second.splits[name].ids for name in first.splits)


def test_that_only_new_and_changed_pictures_are_looked_at_again(pets, monkeypatch):
    opened(pets)
    looked_at = []
    real = picture_checks.decode_with_origin
    monkeypatch.setattr(
        picture_checks, "decode_with_origin", lambda path, at_least: looked_at.append(path.name) or real(path, at_least)
    )
    draw(pets / "cat" / "new.png")
    os.utime(pets / "dog" / "pets-dog-2.png", ns=(0, 0))
    (pets / "dog" / "pets-dog-3.png").unlink()
    dataset, _ = opened(pets)
    assert sorted(looked_at) == ["new.png", "pets-dog-2.png"]
    assert len(ids(dataset)) == 16
    opened(pets)
    assert len(looked_at) == 2


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": "0", "pictures": {}}', '{"pictures": 3}'])
def test_that_a_damaged_index_only_costs_time(pets, home, content):
    expected, _ = opened(pets)
    [index] = (home / "cache" / "folders").iterdir()
    index.write_text(content)
    assert opened(pets)[0].fingerprint == expected.fingerprint


def test_that_an_unwritable_home_only_costs_time(pets, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("STL_TL_GUI_HOME", str(tmp_path / "file"))
    assert opened(pets)[0].counts() == {"train": 14, "val": 2}


def test_that_the_fingerprint_follows_content_and_not_place_or_time(pets, tmp_path):
    first = opened(pets)[0].fingerprint
    assert opened(pets, seed=3, val_fraction=0.4)[0].fingerprint == first
    pets = pets.rename(tmp_path / "moved")
    for file in pets.rglob("*.png"):
        os.utime(file, ns=(0, 0))
    assert opened(pets)[0].fingerprint == first
    seen = {first}
    changes = [
        lambda: (pets / "cat" / "pets-cat-0.png").rename(pets / "cat" / "other.png"),
        lambda: (pets / "cat" / "other.png").rename(pets / "dog" / "other.png"),
        lambda: Image.new("RGB", (99, 99)).save(pets / "dog" / "other.png"),
        lambda: Image.new("L", (99, 99), 1).save(pets / "dog" / "other.bmp"),
        lambda: Image.new("L", (99, 99), 2).save(pets / "dog" / "other.bmp"),  # as many bytes
        lambda: (pets / "dog").rename(pets / "wolf"),
        lambda: (pets / "wolf" / "other.png").unlink(),
    ]
    for change in changes:
        change()
        seen.add(opened(pets)[0].fingerprint)
    assert len(seen) == 1 + len(changes)


def test_that_progress_counts_to_the_end(pets):
    events = opened(pets)[1]
    assert {event.stage for event in events} >= {"Finding pictures in cat", "Checking pictures"}
    assert (events[-1].done, events[-1].total) == (16, 16)


def test_that_stopping_is_quick_even_while_a_picture_takes_long(pets, monkeypatch):
    slow = threading.Event()
    monkeypatch.setattr(picture_checks, "decode_with_origin", lambda path, at_least: slow.wait(20))
    started = time.monotonic()
    try:
        with pytest.raises(Cancelled):
            opened(pets, should_stop=lambda: time.monotonic() > started + 0.1)
        assert time.monotonic() - started < 2
    finally:
        slow.set()


def test_that_stopping_is_asked_for_while_files_are_listed(pets):
    with pytest.raises(Cancelled):
        opened(pets, should_stop=lambda: True)


def test_that_what_was_checked_before_a_stop_is_not_checked_again(tmp_path, home):
    fill(tmp_path / "x", cat=40, dog=40)
    asked = iter(range(10_000))
    with pytest.raises(Cancelled):
        opened(tmp_path / "x", should_stop=lambda: next(asked) > 90)
    [index] = (home / "cache" / "folders").iterdir()
    assert 0 < len(json.loads(index.read_text())["pictures"]) < 80


def test_that_a_split_survives_the_way_to_a_worker_process(pets):
    images = pickle.loads(pickle.dumps(opened(pets)[0].splits["val"]))
    assert images.read(0).size == (8, 8)

"""Labels leave the app as a table or as folders, and come back the same."""

from pathlib import Path

import pytest
from PIL import Image

from stl_tl_gui.__main__ import main
from stl_tl_gui.engine.data import open_dataset
from stl_tl_gui.engine.data.additions import BadClassName
from stl_tl_gui.engine.data.dataset import Dataset
from stl_tl_gui.engine.data.labels import (
    FolderNotEmpty,
    LabelsNotWritten,
    NoSuchPictures,
    copy_into_folders,
    files_of,
    labeled_pictures,
    labels_in,
    plan_folders,
    write_labels,
)
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import result_of

ROWS = {"a.png": "cat", "b, c.png": "cat", "deep/a.png": "Hund 🐕", "deep/é.png": "Hund 🐕"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in [*ROWS, "rest.png"]:
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (20, 20), (len(name) * 9, 0, 0)).save(path)
    (tmp_path / "labels.csv").write_text(
        "path,class\n" + "".join(f'"photos/{name}",{label}\n' for name, label in ROWS.items()), "utf-8"
    )
    (tmp_path / "photos" / "deep").mkdir(exist_ok=True)
    return tmp_path / "photos"


def opened(folder: Path) -> Dataset:
    return result_of(open_dataset(str(folder)))


@pytest.fixture
def flat(folder: Path) -> Path:
    """Without subfolders."""
    for path in (folder / "deep").iterdir():
        path.rename(folder / f"deep {path.name}")
    (folder / "deep").rmdir()
    table = folder.parent / "labels.csv"
    table.write_text(table.read_text("utf-8").replace("deep/", "deep "), "utf-8")
    return folder


def test_that_labels_of_a_table_are_found_written_and_found_again(flat: Path, tmp_path: Path, capsys) -> None:
    assert main(["labels", str(flat), "--read", str(tmp_path / "labels.csv"), "--table", str(flat / "out.csv")]) == 0
    assert "Unlabeled: 1." in capsys.readouterr().out
    pictures = dict(labeled_pictures(opened(flat)))
    assert pictures == {name.replace("deep/", "deep "): label for name, label in ROWS.items()}
    table = result_of(open_dataset(str(flat / "out.csv")))
    assert dict(labeled_pictures(table)) == pictures


def test_that_a_table_of_other_pictures_or_bad_classes_changes_nothing(flat: Path, tmp_path: Path) -> None:
    data = opened(flat)
    (tmp_path / "other.csv").write_text("path,class\nnone.png,cat\n")
    with pytest.raises(NoSuchPictures, match="names no picture"):
        labels_in(tmp_path / "other.csv", data)
    (tmp_path / "bad.csv").write_text("path,class\nphotos/a.png,cat/dog\n")
    with pytest.raises(BadClassName):
        labels_in(tmp_path / "bad.csv", data)


def test_that_a_dry_run_says_all_and_copies_nothing(flat: Path, tmp_path: Path, capsys) -> None:
    main(["labels", str(flat), "--read", str(tmp_path / "labels.csv")])
    capsys.readouterr()
    assert main(["labels", str(flat), "--folders", str(tmp_path / "new"), "--dry-run"]) == 0
    said = capsys.readouterr().err
    assert "Would copy 4 files" in said
    assert "cat: 2" in said
    assert not (tmp_path / "new").exists()
    assert main(["labels", str(flat), "--folders", str(tmp_path / "new")]) == 0
    assert sorted(path.relative_to(tmp_path / "new").as_posix() for path in (tmp_path / "new").rglob("*.png")) == [
        "Hund 🐕/deep a.png",
        "Hund 🐕/deep é.png",
        "cat/a.png",
        "cat/b, c.png",
    ]
    assert opened(tmp_path / "new").class_names == ("cat", "Hund 🐕")
    assert (flat / "a.png").exists()


def test_that_equal_names_get_a_number_and_nothing_is_overwritten(tmp_path: Path) -> None:
    files = []
    for number, place in enumerate(("one", "two", "three")):
        (tmp_path / place).mkdir()
        (tmp_path / place / "x.png").write_bytes(b"x" * number)
        files.append((tmp_path / place / ("X.png" if number == 9 else "x.png"), "cat"))
    plan = plan_folders(files)
    assert [place for _, place in plan.copies] == ["cat/x.png", "cat/x (2).png", "cat/x (3).png"]
    assert plan.size == 3
    target = tmp_path / "target"
    result_of(copy_into_folders(plan, target, lambda: False))
    assert len(list(target.rglob("*.png"))) == 3
    with pytest.raises(FolderNotEmpty, match="is not empty"):
        result_of(copy_into_folders(plan, target, lambda: False))


def test_that_cancel_and_errors_leave_no_half_made_folder(flat: Path, tmp_path: Path) -> None:
    main(["labels", str(flat), "--read", str(tmp_path / "labels.csv")])
    plan = plan_folders(files_of(opened(flat)))
    before = sorted(tmp_path.iterdir())
    asked = iter([False, False, True])
    with pytest.raises(Cancelled):
        result_of(copy_into_folders(plan, tmp_path / "new", lambda: next(asked)))
    (flat / "a.png").unlink()
    with pytest.raises(LabelsNotWritten):
        result_of(copy_into_folders(plan, tmp_path / "new", lambda: False))
    assert sorted(tmp_path.iterdir()) == before


def test_that_a_table_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LabelsNotWritten, match="cannot be written"):
        write_labels(tmp_path / "no" / "such" / "folder.csv", [("a.png", "cat")])

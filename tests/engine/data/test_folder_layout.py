"""What the folders of a data set mean."""

from pathlib import Path

import pytest

from stl_tl_gui.engine.data.folder_layout import find_layout, split_called


def folders(root: Path, *paths: str) -> Path:
    """Folders with one picture each."""
    for path in paths:
        (root / path).mkdir(parents=True)
        (root / path / "1.png").touch()
    return root


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train", "train"),
        ("Training_Set", "train"),
        ("trainset", "train"),
        ("seg_train", "train"),
        ("train-images", "train"),
        ("dev", "val"),
        ("valid 2", "val"),
        ("test1", "test"),
        ("eval", "test"),
        ("test_set", "test"),
        ("seg_pred", "unlabeled"),
        ("cat", None),
        ("train station", None),
        ("testa", None),
        ("data", None),
        ("set", None),
    ],
)
def test_that_usual_names_of_splits_are_known(name: str, split: str | None) -> None:
    assert split_called(name) == split


@pytest.mark.parametrize(
    ("paths", "splits"),
    [
        (("training_set/cat", "training_set/dog", "test_set/cat", "test_set/dog"), {"train", "test"}),
        (("train/cat", "train/dog", "dev/cat", "dev/dog", "eval/cat", "eval/dog"), {"train", "val", "test"}),
        (
            ("seg_train/seg_train/sea", "seg_train/seg_train/ice", "seg_test/seg_test/sea", "seg_pred/seg_pred"),
            {"train", "test"},
        ),
    ],
)
def test_that_splits_are_found_under_their_usual_names(tmp_path: Path, paths: tuple[str, ...], splits: set) -> None:
    found = find_layout(folders(tmp_path, *paths))
    assert set(found.class_folders) == splits
    assert len(found.class_folders["train"]) == 2


def test_that_a_test_folder_without_classes_is_for_prediction(tmp_path: Path) -> None:
    found = find_layout(folders(tmp_path, "train/cat", "train/dog", "test"))
    assert {folder.name for folder in found.class_folders["train"]} == {"cat", "dog"}
    assert found.unlabeled == tmp_path / "test"
    assert "for prediction" in found.notes[0]


def test_that_a_class_called_train_stays_a_class(tmp_path: Path) -> None:
    found = find_layout(folders(tmp_path, "train/red", "bus", "car"))
    assert {folder.name for folder in found.class_folders["train"]} == {"train", "bus", "car"}


def test_that_versions_of_the_same_classes_are_doubted(tmp_path: Path) -> None:
    paths = [f"{version}/{name}" for version in ("color", "grayscale") for name in ("scab", "healthy")]
    found = find_layout(folders(tmp_path, *paths))
    assert (
        "“color” and “grayscale” are used as classes, but each has the folders “healthy” and “scab”" in found.notes[0]
    )

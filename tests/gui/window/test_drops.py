"""What a dropped path is taken for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stl_tl_gui.gui.window.drops import Kind, kind_of, kind_of_all


def tree(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("cat.jpg", "pictures"),
        ("Katze grün.PNG", "pictures"),
        ("best.pt", "checkpoint"),
        ("resnet18.pth", "checkpoint"),
        ("weights.safetensors", "checkpoint"),
        ("resnet18-f37072fd.pth", "weights"),
        ("list.csv", "data"),
        ("list.TSV", "data"),
        ("stl10_binary.tar.gz", "archive"),
        ("pets.zip", "picture_archive"),
        ("pets.tar.gz", "picture_archive"),
        ("notes.txt", "unknown"),
        ("no_suffix", "unknown"),
    ],
)
def test_that_a_file_is_told_by_its_suffix(tmp_path: Path, name: str, kind: Kind) -> None:
    assert kind_of(tree(tmp_path, name) / name) == kind


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["settings.json", "best.pt", "events.jsonl"], "run"),
        (["stl10_binary/train_X.bin"], "data"),
        (["train_X.bin", "train_y.bin"], "data"),
        (["cat/1.jpg", "dog/1.jpg"], "data"),
        (["train/cat/1.jpg", "train/dog/1.jpg", "test/cat/2.jpg"], "data"),
        (["Train/cat/1.jpg", "Train/dog/1.jpg"], "data"),
        (["cat/1.jpg", "empty/readme.txt"], "data"),
        (["1.jpg", "2.png", "readme.txt"], "pictures"),
        (["1.jpg", "more/2.jpg", "others/3.jpg"], "pictures"),
        (["holiday/1.jpg"], "pictures"),
        (["a/notes.txt"], "unknown"),
        (["resnet18-f37072fd.pth", "readme.txt"], "weights"),
        ([".thumbnail.jpg", "notes.txt"], "unknown"),
        ([], "unknown"),
    ],
)
def test_that_a_folder_is_told_by_what_it_holds(tmp_path: Path, names: list[str], kind: Kind) -> None:
    (tmp_path / "dropped").mkdir()
    assert kind_of(tree(tmp_path / "dropped", *names)) == kind


def test_that_one_odd_file_among_pictures_spoils_nothing(tmp_path: Path) -> None:
    tree(tmp_path, "a.jpg", "b.txt", "c.txt")
    assert kind_of_all([tmp_path / "b.txt", tmp_path / "a.jpg"]) == "pictures"
    assert kind_of_all([tmp_path / "b.txt", tmp_path / "c.txt"]) == "unknown"
    assert kind_of_all([tmp_path / "b.txt", tmp_path / "resnet18-f37072fd.pth"]) == "weights"


def test_that_a_path_that_does_not_exist_is_no_error(tmp_path: Path) -> None:
    assert kind_of(tmp_path / "gone") == "unknown"


def test_that_an_unreadable_folder_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(path: Path) -> Iterator[Path]:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", closed)
    assert kind_of(tmp_path) == "unknown"

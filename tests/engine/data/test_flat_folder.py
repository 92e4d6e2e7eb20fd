"""A folder of pictures without class folders: unlabeled, until the list beside it says what they are."""

from pathlib import Path

import numpy as np
import pytest
from builders import QUICK
from PIL import Image

from stl_tl_gui.engine.data import open_dataset
from stl_tl_gui.engine.data.corrections import (
    Correction,
    Corrections,
    change_corrections,
    leave_out,
    move,
    new_classes,
    read_corrections,
    relabel,
    unsure,
    write_corrections,
)
from stl_tl_gui.engine.data.dataset import Dataset
from stl_tl_gui.engine.data.splits import Splitting
from stl_tl_gui.engine.events import result_of
from stl_tl_gui.engine.runs.run_data import open_run_data
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.engine.training.preparation import NotLabeled
from stl_tl_gui.engine.training.train import resume, train

NAMES = [f"{number:02}.png" for number in range(24)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Half of the pictures are red, the others blue."""
    for number, name in enumerate(NAMES):
        color = (200 - number, 20, 20) if number % 2 else (20, 20, 200 - number)
        place = tmp_path / "photos"
        place.mkdir(exist_ok=True)
        Image.new("RGB", (40, 40), color).save(place / name)
    return tmp_path / "photos"


def opened(folder: Path, **division: float) -> Dataset:
    return result_of(open_dataset(str(folder), Splitting(**{"test_fraction": 0, **division})))


def label(folder: Path, *corrections: Correction) -> None:
    change_corrections(str(folder), lambda known: known.with_step("Label", corrections))


def colors(names: list[str]) -> list[Correction]:
    red, blue = ([name for name in names if int(name[:2]) % 2 == odd] for odd in (1, 0))
    return [*relabel(red, "red"), *relabel(blue, "blue")]


def test_that_a_flat_folder_opens_with_all_pictures_unlabeled(folder: Path) -> None:
    data = opened(folder)
    assert data.counts() == {"train": 0, "val": 0, "unlabeled": 24}
    assert data.class_names == ()
    assert "Label pictures first" in data.unready
    assert "0 of 24 pictures are labeled." in data.notes
    assert data.splits["unlabeled"].ids == NAMES


def test_that_labels_make_it_data_and_the_rest_stays_unlabeled(folder: Path) -> None:
    label(folder, *colors(NAMES[:16]))
    data = opened(folder, val_fraction=0.25)
    assert data.unready == ""
    assert data.class_names == ("blue", "red")
    assert data.counts() == {"train": 12, "val": 4, "unlabeled": 8}
    images = data.splits["train"]
    assert all((int(id[:2]) % 2 == 1) == (label == 1) for id, label in zip(images.ids, images.targets, strict=True))
    assert not any("no effect" in note or "Corrected" in note for note in data.notes)


def test_that_classes_are_kept_before_they_have_pictures_and_one_is_not_enough(folder: Path) -> None:
    label(folder, *new_classes(["red", "blue"]))
    label(folder, *relabel(NAMES[:5], "red"))
    data = opened(folder)
    assert data.class_names == ("red", "blue")
    assert data.counts() == {"train": 5, "val": 0, "unlabeled": 19}
    assert data.unready


def test_that_unsure_is_remembered_and_a_later_label_counts(folder: Path) -> None:
    label(folder, *relabel(NAMES[:1], "red"), *unsure(NAMES[:2]))
    effects = read_corrections(str(folder)).effects()
    assert [(effects[name].class_name, effects[name].unsure) for name in NAMES[:2]] == [(None, True)] * 2
    label(folder, *relabel(NAMES[:1], "blue"))
    effect = read_corrections(str(folder)).effects()[NAMES[0]]
    assert (effect.class_name, effect.unsure) == ("blue", False)
    assert opened(folder).counts()["unlabeled"] == 23


def test_that_left_out_and_moved_pictures_are_so_here_too(folder: Path) -> None:
    label(folder, *colors(NAMES), *leave_out(NAMES[:2]), *move(NAMES[2:4], "test"))
    data = opened(folder)
    assert sum(data.counts().values()) == 22
    assert sorted(data.splits["test"].ids) == NAMES[2:4]


def test_that_the_fingerprint_follows_labels_but_not_doubts(folder: Path) -> None:
    label(folder, *colors(NAMES))
    before = opened(folder).fingerprint
    label(folder, *unsure([]), *new_classes(["green"]))
    assert opened(folder).fingerprint == before
    label(folder, *relabel(NAMES[:1], "red"))
    assert opened(folder).fingerprint != before


def test_that_it_trains_is_evaluated_and_resumes_as_any_data(folder: Path, tmp_path: Path) -> None:
    settings = make_settings({**QUICK, "data": str(folder), "epochs": 2, "test_fraction": 0.2})
    with pytest.raises(NotLabeled, match="Label pictures first"):
        result_of(train(settings, tmp_path / "too early"))
    assert not (tmp_path / "too early").exists()
    label(folder, *colors(NAMES))
    whole = result_of(train(settings, tmp_path / "whole"))
    assert whole.history().test_accuracy is not None
    label(folder, *relabel(NAMES[:1], "red"))  # later labels do not change what a run was trained on
    data = result_of(open_run_data(whole))
    assert data.fingerprint == whole.facts()["data_fingerprint"]
    result_of(resume(whole, 3))
    assert whole.history().epoch.epoch == 3


def test_that_a_folder_with_nothing_but_unlabeled_is_flat_too(folder: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    folder.rename(outer / "unlabeled")
    data = opened(outer)
    assert data.counts() == {"train": 0, "val": 0, "unlabeled": 24}
    assert data.splits["unlabeled"].ids[0] == "unlabeled/00.png"


def test_that_lists_of_the_version_before_are_read(folder: Path) -> None:
    write_corrections(str(folder), Corrections().with_step("Label", colors(NAMES)))
    path = next(folder.glob("*.json"))
    path.write_text(path.read_text().replace('"format": 2', '"format": 1'))
    assert np.array_equal(np.unique(opened(folder).splits["train"].targets), [0, 1])

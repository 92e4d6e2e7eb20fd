import csv
import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import builders
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from stl_tl_gui.cli.main import main
from stl_tl_gui.engine.data import open_dataset
from stl_tl_gui.engine.data.corrections import (
    FILE_NAME,
    Corrections,
    CorrectionStep,
    CorrectionsUnusable,
    change_corrections,
    export_corrections,
    leave_out,
    move,
    read_corrections,
    relabel,
    undo_change,
    write_corrections,
)
from stl_tl_gui.engine.data.division import NothingLeft
from stl_tl_gui.engine.data.splits import Splitting
from stl_tl_gui.engine.errors import Cancelled  # noqa: F401 - what `drain` may raise
from stl_tl_gui.engine.evaluation.evaluate import evaluate
from stl_tl_gui.engine.events import RunEnd
from stl_tl_gui.engine.runs.run_data import DataChanged, DataMoved, open_run_data, relink
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.engine.storage.places import moved_data_file
from stl_tl_gui.engine.training.train import train

QUICK = {**builders.QUICK, **builders.PLAIN, "epochs": 1}


def opened(drain, location, **splitting):
    return drain(open_dataset(str(location), Splitting(**splitting)))[1]


def class_of(data, id):
    for images in data.splits.values():
        if id in images.ids:
            return data.class_names[images.targets[list(images.ids).index(id)]]
    return None


def correct(location, *corrections, title="Corrected"):
    write_corrections(str(location), read_corrections(str(location)).with_step(title, corrections))


def test_that_a_picture_that_is_left_out_is_in_no_split(colours, drain):
    before = opened(drain, colours)
    gone = [before.splits["train"].ids[0], before.splits["test"].ids[0]]
    correct(colours, *leave_out(gone))
    after = opened(drain, colours)
    assert not any(set(gone) & set(images.ids) for images in after.splits.values())
    assert sum(after.counts().values()) == sum(before.counts().values()) - 2
    assert "Corrected: 2 left out." in after.notes


def test_that_a_picture_is_learnt_under_its_new_class(colours, drain):
    before = opened(drain, colours)
    id, old = before.splits["train"].ids[0], before.class_names[before.splits["train"].targets[0]]
    new = next(name for name in before.class_names if name != old)
    correct(colours, *relabel([id], new))
    assert class_of(opened(drain, colours), id) == new
    assert "1 relabeled" in " ".join(opened(drain, colours).notes)


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_that_a_moved_picture_is_where_it_was_moved_to(colours, drain, split):
    before = opened(drain, colours)
    ids = [images.ids[0] for images in before.splits.values()]
    correct(colours, *move(ids, split))
    after = opened(drain, colours)
    assert set(ids) <= set(after.splits[split].ids)
    assert len({id for images in after.splits.values() for id in images.ids}) == sum(before.counts().values())


def test_that_joined_splits_read_the_right_pictures(colours, drain):
    before = opened(drain, colours)
    id = before.splits["test"].ids[3]
    correct(colours, *move([id], "train"))
    train = opened(drain, colours).splits["train"]
    place = list(train.ids).index(id)
    assert train.path(place) == before.splits["test"].path(3)
    assert np.array_equal(train.read(place), before.splits["test"].read(3))
    assert train.subset(np.array([place])).ids == [id]


def test_that_an_unlabelled_picture_that_is_given_a_class_is_learnt(sample, drain):
    data = opened(drain, "sample")
    correct("sample", *relabel([data.splits["unlabeled"].ids[5]], data.class_names[3]))
    after = opened(drain, "sample")
    train = after.splits["train"]
    place = list(train.ids).index("unlabeled/000005")
    assert train.targets[place] == 3
    assert len(after.splits["unlabeled"]) == len(data.splits["unlabeled"]) - 1
    squares = train.squares(np.arange(len(train)), 96)
    assert np.array_equal(squares[place].transpose(1, 2, 0), np.asarray(data.splits["unlabeled"].read(5)))


def test_that_the_fingerprint_and_the_revision_tell_corrections_and_undoing_them(colours, drain):
    before = opened(drain, colours)
    correct(colours, *leave_out([before.splits["train"].ids[0]]))
    after = opened(drain, colours)
    assert before.corrections.revision == ""
    assert after.fingerprint != before.fingerprint
    write_corrections(str(colours), read_corrections(str(colours)).without(read_corrections(str(colours)).steps))
    assert opened(drain, colours).fingerprint == before.fingerprint


def test_that_windows_that_correct_the_same_data_at_once_lose_nothing(colours):
    def change(n):
        change_corrections(str(colours), lambda known: known.with_step(f"step {n}", leave_out([f"red/{n}.png"])))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(change, range(40)))
    assert {step.title for step in read_corrections(str(colours)).steps} == {f"step {n}" for n in range(40)}


def test_that_a_change_is_taken_back_unless_there_was_another(colours):
    def add(title):
        return change_corrections(str(colours), lambda known: known.with_step(title, leave_out([title])))

    first = add("first")
    undo_change(str(colours), *first)
    assert not read_corrections(str(colours))
    second = add("second")
    add("third")
    undo_change(str(colours), *second)
    assert [step.title for step in read_corrections(str(colours)).steps] == ["second", "third"]


def test_that_corrections_that_find_nothing_say_so(colours, drain):
    correct(colours, *leave_out(["red/gone.png"]), *relabel([opened(drain, colours).splits["train"].ids[0]], "violet"))
    notes = " ".join(opened(drain, colours).notes)
    assert "no longer exist are ignored: 1" in notes
    assert "unknown classes are ignored: violet" in notes


def test_that_leaving_out_all_but_one_class_is_refused_with_the_way_back(colours, drain):
    data = opened(drain, colours)
    every = [id for split in ("train", "val") for id in data.splits[split].ids if class_of(data, id) != "red"]
    correct(colours, *leave_out(every))
    with pytest.raises(NothingLeft, match="Undo some") as refused:
        opened(drain, colours)
    assert refused.value.corrections == read_corrections(str(colours))


texts = st.text(st.characters(codec="utf-8"), max_size=15)
any_corrections = st.lists(
    st.tuples(texts, st.lists(texts, max_size=4), st.sampled_from(["out", "class", "split"])), max_size=6
).map(
    lambda steps: Corrections(
        steps=tuple(
            CorrectionStep(
                title=title,
                corrections=tuple(
                    {"out": leave_out, "class": lambda i: relabel(i, "owl"), "split": lambda i: move(i, "val")}[what](
                        ids
                    )
                ),
            )
            for title, ids, what in steps
        )
    )
)


@given(any_corrections)
def test_that_what_is_written_is_read_again(tmp_path_factory, corrections):
    folder = tmp_path_factory.mktemp("data")
    assert write_corrections(str(folder), corrections) == folder / FILE_NAME
    assert read_corrections(str(folder)) == corrections
    assert read_corrections(str(folder)).revision == corrections.revision


def test_that_a_folder_that_cannot_be_written_keeps_its_corrections_with_the_app(colours, home, monkeypatch):
    def refuse(path, *args, **more):
        if path.is_relative_to(colours):
            raise PermissionError(13, "Permission denied", str(path))
        real(path, *args, **more)

    from stl_tl_gui.engine.data import corrections as room

    real = room.write_atomically
    monkeypatch.setattr(room, "write_atomically", refuse)
    wanted = Corrections().with_step("x", leave_out(["a"]))
    assert write_corrections(str(colours), wanted).is_relative_to(home)
    assert read_corrections(str(colours)) == wanted
    monkeypatch.setattr(room, "write_atomically", real)
    write_corrections(str(colours), Corrections())
    assert read_corrections(str(colours)) == Corrections()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 1}', b'{"format": 1, "steps": [{"what": 1}]}'])
def test_that_a_damaged_file_is_named_and_stays(colours, drain, content):
    (colours / FILE_NAME).write_bytes(content)
    with pytest.raises(CorrectionsUnusable, match=FILE_NAME):
        opened(drain, colours)
    assert (colours / FILE_NAME).read_bytes() == content


def test_that_a_file_of_a_newer_version_is_not_misread(colours, drain):
    (colours / FILE_NAME).write_text(json.dumps({"format": 9, "steps": []}))
    with pytest.raises(CorrectionsUnusable, match="newer version"):
        opened(drain, colours)


def test_that_corrections_can_be_taken_along_as_a_table(tmp_path):
    corrections = (
        Corrections().with_step("Wrong, “really”", relabel(["a,b.png"], "owl")).with_step("x", leave_out(["c"]))
    )
    export_corrections(tmp_path / "table.csv", corrections)
    with (tmp_path / "table.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert [row[1:] for row in rows] == [
        ["step", "picture", "what", "value"],
        ["Wrong, “really”", "a,b.png", "class", "owl"],
        ["x", "c", "leave_out", ""],
    ]


@pytest.fixture
def run(colours, drain):
    events, run = drain(train(make_settings({**QUICK, "data": str(colours)})))
    assert isinstance(events[-1], RunEnd)
    assert events[-1].reason == "completed", events[-1].message
    return run


def test_that_a_run_is_judged_by_the_pictures_that_it_saw_whatever_is_corrected_later(run, colours, drain):
    before = drain(open_run_data(run))[1]
    correct(colours, *leave_out(before.splits["test"].ids[:3]))
    assert drain(open_run_data(run))[1].fingerprint == before.fingerprint
    assert len(drain(evaluate(run))[1]) == len(before.splits["test"])


def test_that_a_run_notes_the_revision_that_it_saw(colours, drain):
    correct(colours, *leave_out([opened(drain, colours).splits["train"].ids[0]]))
    _, run = drain(train(make_settings({**QUICK, "data": str(colours)})))
    assert run.facts()["data_revision"] == read_corrections(str(colours)).revision != ""
    seen = drain(open_run_data(run))[1]
    write_corrections(str(colours), Corrections())
    again = drain(open_run_data(run))[1]
    assert again.fingerprint == seen.fingerprint
    assert again.splits["train"].ids == seen.splits["train"].ids


def test_that_moved_pictures_are_asked_for_and_found_from_then_on(run, colours, drain, tmp_path):
    moved = tmp_path / "elsewhere" / "colours"
    shutil.move(colours, moved)
    with pytest.raises(DataMoved, match="Choose the folder where they are now"):
        drain(evaluate(run))
    assert drain(relink(run, str(moved)))[1].location == str(moved)
    assert len(drain(evaluate(run))[1])


def test_that_other_pictures_are_never_taken_for_those_of_a_run(run, colours, drain, tmp_path):
    moved = tmp_path / "elsewhere" / "colours"
    shutil.copytree(colours, moved)
    next((moved / "train").rglob("*.png")).unlink()
    shutil.rmtree(colours)
    with pytest.raises(DataChanged, match="are not the ones"):
        drain(relink(run, str(moved)))
    with pytest.raises(DataMoved):
        drain(open_run_data(run))


def test_that_pictures_of_the_same_names_and_sizes_are_not_taken_for_those_of_a_run(drain, tmp_path):
    def bitmaps(place, seed):
        random = np.random.default_rng(seed)
        for number in range(40):
            path = tmp_path / place / "pets" / ("cat", "dog")[number % 2] / f"{number}.bmp"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(random.integers(0, 256, (32, 32, 3), np.uint8)).save(path)
        return tmp_path / place / "pets"

    first, second = bitmaps("first", 1), bitmaps("second", 2)
    _, run = drain(train(make_settings({**QUICK, "data": str(first)})))
    shutil.rmtree(first)
    with pytest.raises(DataChanged, match="are not the ones"):
        drain(relink(run, str(second)))


@pytest.mark.parametrize("others", [[], ["notes", "more/notes"]])
def test_that_something_else_at_the_old_place_does_not_hide_the_new_one(run, colours, drain, tmp_path, others):
    moved = tmp_path / "elsewhere" / "colours"
    shutil.move(colours, moved)
    drain(relink(run, str(moved)))
    colours.mkdir()
    for name in others:
        (colours / name).mkdir(parents=True)
    assert drain(open_run_data(run))[1].location == str(moved)
    moved_data_file().unlink()
    with pytest.raises(DataMoved):
        drain(open_run_data(run))


def test_that_what_lay_beside_moved_pictures_is_found_without_asking(run, colours, drain, tmp_path):
    other = colours.parent / "more"
    shutil.copytree(colours, other)
    for number in range(2):
        Image.effect_noise((32, 32), 30 + number).convert("RGB").save(other / "train" / "red" / f"new{number}.png")
    _, second = drain(train(make_settings({**QUICK, "data": str(other)})))
    disk = tmp_path / "disk"
    for folder in (colours, other):
        shutil.move(folder, disk / folder.name)
    drain(relink(run, str(disk / colours.name)))
    assert drain(open_run_data(second))[1].location == str(disk / "more")


def test_that_runs_and_pictures_that_move_together_find_each_other(colours, drain, tmp_path):
    stick = tmp_path / "stick"
    shutil.copytree(colours, stick / "pictures")
    _, run = drain(train(make_settings({**QUICK, "data": str(stick / "pictures")}), stick / "runs" / "first"))
    shutil.move(stick, tmp_path / "other port")
    moved = type(run)(tmp_path / "other port" / "runs" / "first")
    assert drain(open_run_data(moved))[1].location == str(tmp_path / "other port" / "pictures")


def test_that_the_command_relinks(run, colours, tmp_path, capsys):
    shutil.move(colours, tmp_path / "there")
    assert main(["evaluate", str(run.folder)]) == 1
    assert "Choose the folder where they are now" in capsys.readouterr().err
    assert main(["relink", str(run.folder), str(tmp_path / "there")]) == 0
    assert main(["evaluate", str(run.folder)]) == 0

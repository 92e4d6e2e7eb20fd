"""Weights on a lab machine: found in shared folders, brought from a stick, taken to other machines, always checked."""

import hashlib
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import Notice, Progress
from stl_tl_gui.engine.models import weight_store
from stl_tl_gui.engine.models.weight_store import (
    UnknownBackbone,
    WeightsNotCopied,
    WeightsNotHere,
    export_weights,
    import_weights,
    is_intact,
    stored_weights,
)
from stl_tl_gui.engine.settings.backbones import BACKBONES, Backbone
from stl_tl_gui.engine.storage.places import find_weights, weights_folder


def contents(name: str) -> bytes:
    return f"weights of {name}".encode() * 1000


@pytest.fixture(autouse=True)
def rows(monkeypatch: pytest.MonkeyPatch) -> dict[str, Backbone]:
    """Three backbones whose weights are small files."""
    found = {}
    for name in ("resnet18", "resnet34", "mobilenet_v2"):
        digest = hashlib.sha256(contents(name)).hexdigest()[:8]
        weights = replace(BACKBONES[name].weights, url=f"http://example.org/{name}-{digest}.pth")
        found[name] = replace(BACKBONES[name], weights=weights)
    monkeypatch.setattr(weight_store, "BACKBONES", found)
    return found


def put(row: Backbone, folder: Path, content: bytes | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / row.weights.file_name
    path.write_bytes(contents(row.name) if content is None else content)
    return path


def notices(events: list) -> list[str]:
    return [event.message for event in events if isinstance(event, Notice)]


def test_that_weights_are_listed_with_where_they_are(rows, tmp_path, monkeypatch):
    own = put(rows["resnet18"], weights_folder())
    shared = put(rows["resnet34"], tmp_path / "lab")
    monkeypatch.setenv("STL_TL_GUI_WEIGHTS", os.pathsep.join([str(tmp_path / "gone"), str(tmp_path / "lab")]))
    found = {each.row.name: each.path for each in stored_weights()}
    assert found == {"resnet18": own, "resnet34": shared, "mobilenet_v2": None}
    assert [each.place for each in stored_weights()] == ["own", "shared", "nowhere"]


def test_that_a_stick_with_folders_is_imported_and_damaged_files_are_told(rows, tmp_path, drain):
    stick = tmp_path / "stick"
    put(rows["resnet18"], stick / "deep" / "down")
    put(rows["resnet34"], stick, b"cut off")
    (stick / "holiday.jpg").write_bytes(b"x")
    events, copied = drain(import_weights([stick]))
    assert copied == [weights_folder() / rows["resnet18"].weights.file_name]
    assert copied[0].read_bytes() == contents("resnet18")
    (said,) = notices(events)
    assert rows["resnet34"].weights.file_name in said
    assert "damaged" in said
    assert [path.name for path in weights_folder().iterdir()] == [copied[0].name]
    assert all(event.done <= event.total for event in events if isinstance(event, Progress))


def test_that_a_file_of_a_folder_that_was_renamed_is_known_by_its_sum(rows, tmp_path, drain):
    stick = tmp_path / "stick"
    put(rows["resnet18"], stick).rename(stick / "my resnet.pth")
    (stick / "somebody's.pth").write_bytes(b"something else")
    events, copied = drain(import_weights([stick]))
    assert copied == [weights_folder() / rows["resnet18"].weights.file_name]
    assert notices(events) == []


def test_that_what_is_here_already_is_left_alone_and_a_damaged_one_is_replaced(rows, tmp_path, drain):
    here = put(rows["resnet18"], weights_folder(), b"half")
    source = put(rows["resnet18"], tmp_path / "stick")
    drain(import_weights([source]))
    assert here.read_bytes() == contents("resnet18")
    before = here.stat().st_mtime_ns
    drain(import_weights([source]))
    assert here.stat().st_mtime_ns == before


def test_that_a_folder_without_weights_and_one_that_is_not_there_are_told(tmp_path, drain):
    (tmp_path / "empty").mkdir()
    events, copied = drain(import_weights([tmp_path / "empty"]))
    assert copied == []
    assert "No published weights in" in notices(events)[0]
    with pytest.raises(WeightsNotCopied, match="does not exist"):
        drain(import_weights([tmp_path / "gone"]))


def test_that_a_file_under_another_name_is_known_by_its_sum(rows, tmp_path, drain):
    (tmp_path / "mine.pth").write_bytes(contents("resnet34"))
    (tmp_path / "other.pth").write_bytes(b"something else")
    events, copied = drain(import_weights([tmp_path / "mine.pth", tmp_path / "other.pth"]))
    assert copied == [weights_folder() / rows["resnet34"].weights.file_name]
    (said,) = notices(events)
    assert "other.pth" in said


def test_that_exported_weights_are_found_on_another_machine(rows, tmp_path, drain, monkeypatch):
    for name in ("resnet18", "mobilenet_v2"):
        put(rows[name], weights_folder())
    _, copied = drain(export_weights([], tmp_path / "for the lab"))
    assert {path.name for path in copied} == {rows[name].weights.file_name for name in ("resnet18", "mobilenet_v2")}
    monkeypatch.setenv("STL_TL_GUI_HOME", str(tmp_path / "another machine"))
    assert find_weights(copied[0].name) is None
    drain(import_weights([tmp_path / "for the lab"]))
    assert find_weights(copied[0].name) is not None


def test_that_only_the_named_ones_are_exported_and_missing_ones_are_named(rows, tmp_path, drain):
    with pytest.raises(WeightsNotHere, match="No weights here yet"):
        drain(export_weights([], tmp_path / "x"))
    put(rows["resnet18"], weights_folder())
    _, copied = drain(export_weights(["resnet18"], tmp_path / "x"))
    assert len(copied) == 1
    with pytest.raises(WeightsNotHere, match="ResNet-34"):
        drain(export_weights(["resnet18", "resnet34"], tmp_path / "x"))
    with pytest.raises(UnknownBackbone, match="alexnet"):
        drain(export_weights(["alexnet"], tmp_path / "x"))


def test_that_damaged_weights_are_not_passed_on(rows, tmp_path, drain):
    put(rows["resnet18"], weights_folder(), b"half")
    with pytest.raises(WeightsNotHere, match="damaged"):
        drain(export_weights(["resnet18"], tmp_path / "x"))
    assert not (tmp_path / "x").exists()


def test_that_a_place_that_cannot_be_written_is_named_and_nothing_half_is_left(rows, tmp_path, drain):
    put(rows["resnet18"], weights_folder())
    (tmp_path / "file").write_text("")
    with pytest.raises(WeightsNotCopied, match="file"):
        drain(export_weights([], tmp_path / "file"))


def test_that_checking_can_be_stopped(rows, tmp_path):
    path = put(rows["resnet18"], tmp_path)
    with pytest.raises(Cancelled):
        is_intact(path, lambda: True)


@pytest.mark.parametrize("name", ["model.pth", "model-xyz.pth"])
def test_that_a_name_without_a_sum_is_not_taken_for_checked(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    assert not is_intact(tmp_path / name)


def test_that_the_packaged_app_finds_the_weights_beside_it(rows, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "app" / "stl-tl-gui"))
    beside = put(rows["resnet18"], tmp_path / "app" / "weights")
    beside_mac = put(rows["resnet34"], tmp_path / "weights")
    assert find_weights(beside.name) == beside
    monkeypatch.setattr(sys, "executable", str(tmp_path / "Lab.app" / "Contents" / "MacOS" / "stl-tl-gui"))
    assert find_weights(beside_mac.name) == beside_mac

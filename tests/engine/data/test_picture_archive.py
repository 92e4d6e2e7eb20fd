import bz2
import gzip
import io
import lzma
import shutil
import tarfile
import zipfile
from collections import namedtuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from stl_tl_gui.cli.main import main
from stl_tl_gui.engine.data import open_dataset, picture_archive
from stl_tl_gui.engine.data.picture_archive import (
    LockedArchive,
    UnsafeArchive,
    import_picture_archive,
    is_archive,
)
from stl_tl_gui.engine.data.stl10_archive import NoRoomForData, NotTheArchive
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.storage.places import data_folder


def picture(seed=0):
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (16, 16, 3), np.uint8)).save(stream, "PNG")
    return stream.getvalue()


PETS = {f"pets/{name}/{n}.png": picture(10 * n + len(name)) for name in ("cat", "horse") for n in range(4)}


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path, files, mode):
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def unpack(path, folder=None, should_stop=lambda: False):
    job = import_picture_archive(path, should_stop, folder)
    while True:
        try:
            next(job)
        except StopIteration as stop:
            return stop.value


def below(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("ending", [".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"])
def test_that_archives_of_class_folders_are_unpacked_and_open(tmp_path, drain, ending):
    path = tmp_path / f"my pets{ending}"
    modes = {".tar": "w", ".bz2": "w:bz2", ".tar.xz": "w:xz"}
    if ending == ".zip":
        zipped(path, PETS)
    else:
        tarred(path, PETS, next((mode for end, mode in modes.items() if ending.endswith(end)), "w:gz"))
    folder = unpack(path)
    assert folder == data_folder() / "my pets"
    _, data = drain(open_dataset(str(folder)))
    assert data.class_names == ("cat", "horse")
    assert sum(data.counts().values()) == 8


def test_that_the_same_archive_is_unpacked_once_and_another_gets_a_number(tmp_path, monkeypatch):
    path = zipped(tmp_path / "pets.zip", PETS)
    first = unpack(path)
    with monkeypatch.context() as patch:
        patch.setattr(picture_archive, "_unpack", None)
        assert unpack(path) == first
    zipped(tmp_path / "pets.zip", {**PETS, "pets/cat/9.png": picture(99)})
    assert unpack(path) == first.with_name("pets 2")


def test_that_only_pictures_and_tables_are_taken(tmp_path):
    more = {
        "pets/readme.md": b"x",
        "pets/run.exe": b"x",
        "pets/.hidden/1.png": b"x",
        "__MACOSX/pets/cat/1.png": b"x",
        "pets/list.csv": b"path,label\n",
    }
    folder = unpack(zipped(tmp_path / "a.zip", {**PETS, **more}))
    assert [name for name in below(folder) if not name.endswith(".png")] == [picture_archive.MARKER, "list.csv"]
    assert len(below(folder)) == 8 + 2


@pytest.mark.parametrize(
    "name", ["../evil.png", "/tmp/evil.png", "a/../../evil.png", "C:\\evil.png", "..\\evil.png", "a/..\\..\\evil.png"]
)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_that_members_that_lead_outside_are_refused_and_nothing_stays(tmp_path, name, kind):
    files = {**PETS, name: picture()}
    path = zipped(tmp_path / "a.zip", files) if kind == "zip" else tarred(tmp_path / "a.tar", files, "w")
    with pytest.raises(UnsafeArchive, match="outside its folder"):
        unpack(path, tmp_path / "in" / "here")
    assert list((tmp_path / "in").iterdir()) == []
    assert not list(tmp_path.rglob("evil.png"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.text(st.sampled_from("ab./\\: \n\0*CON~é"), max_size=12).map(lambda s: s + ".png"), max_size=5)
)
def test_that_whatever_the_names_nothing_is_written_outside(tmp_path_factory, names):
    root = tmp_path_factory.mktemp("names")
    path = tarred(root / "a.tar", {name: picture() for name in dict.fromkeys(["ok/x.png", *names])}, "w")
    before = below(root)
    try:
        folder = unpack(path, root / "inside" / "folder")
    except (UnsafeArchive, NoRoomForData, NotTheArchive):
        assert below(root) == before
    else:
        assert folder.is_relative_to(root / "inside")
    assert {path.name for path in root.iterdir()} <= {"a.tar", "inside"}


def test_that_links_and_devices_are_left_out(tmp_path):
    path = tmp_path / "a.tar"
    tarred(path, PETS, "w")
    with tarfile.open(path, "a") as archive:
        for name, kind, target in (
            ("pets/cat/link.png", tarfile.SYMTYPE, "/etc/passwd"),
            ("pets/cat/hard.png", tarfile.LNKTYPE, "../../../etc/passwd"),
            ("pets/cat/pipe.png", tarfile.FIFOTYPE, ""),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
    folder = unpack(path)
    assert len(below(folder)) == 8 + 1
    assert not any(path.is_symlink() for path in folder.rglob("*"))


def test_that_names_that_differ_in_case_only_are_both_kept(tmp_path):
    folder = unpack(zipped(tmp_path / "a.zip", {**PETS, "pets/cat/0.PNG": picture(7)}))
    assert len([name for name in below(folder) if name.startswith("cat/")]) == 5


def test_that_names_that_windows_cannot_have_are_changed(tmp_path):
    more = {"pets/what?/con.png": picture(7), "pets/cat/Screenshot 12:00:05.png": picture(8)}
    folder = unpack(zipped(tmp_path / "a.zip", {**PETS, **more}))
    assert {"what_/_con.png", "cat/Screenshot 12_00_05.png"} < set(below(folder))


def test_that_a_bomb_is_refused_before_it_fills_the_disk(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 0, 60 * 10**6))
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/zeros.png", bytes(20 * 10**6))
    with pytest.raises(NoRoomForData, match="Not enough disk space"):
        unpack(path)
    assert not list(data_folder().glob("bomb*"))


@pytest.mark.parametrize("cut", [10, 200, 1000])
@pytest.mark.parametrize("kind", [".zip", ".tar.gz"])
def test_that_a_damaged_archive_leaves_nothing(tmp_path, kind, cut):
    path = tmp_path / f"a{kind}"
    _ = zipped(path, PETS) if kind == ".zip" else tarred(path, PETS, "w:gz")
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(NotTheArchive):
        unpack(path, tmp_path / "x" / "y")
    assert list((tmp_path / "x").iterdir()) == []


@pytest.mark.parametrize("ending", ["tar", "tar.gz"])
@pytest.mark.parametrize("place", range(8))
def test_that_a_tar_with_a_damaged_or_missing_header_is_not_taken_for_a_shorter_one(tmp_path, ending, place):
    whole = tarred(tmp_path / "whole.tar", PETS, "w").read_bytes()
    with tarfile.open(tmp_path / "whole.tar") as archive:
        start = archive.getmembers()[place].offset
    damaged = whole[: start + 10] + b"\xff" + whole[start + 11 :]
    for content in (damaged, whole[:start], whole[: start + 100]):
        path = tmp_path / f"a.{ending}"
        path.write_bytes(gzip.compress(content) if ending == "tar.gz" else content)
        with pytest.raises(NotTheArchive):
            unpack(path, tmp_path / "x" / "y")
        assert list((tmp_path / "x").iterdir()) == []


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_that_a_compressed_tar_is_checked_to_its_end(tmp_path, compress):
    content = bytearray(compress(tarred(tmp_path / "whole.tar", PETS, "w").read_bytes()))
    for place in range(len(content) // 8, len(content), len(content) // 8):
        damaged = content.copy()
        damaged[place] ^= 0x55
        (tmp_path / "a.tar").write_bytes(damaged)
        with pytest.raises(NotTheArchive):
            unpack(tmp_path / "a.tar", tmp_path / "x" / "y")


def test_that_a_zip_at_the_end_of_a_tar_is_not_taken_for_the_archive(tmp_path):
    inner = zipped(tmp_path / "inner.zip", {"secret/x.png": picture()}).read_bytes()
    folder = unpack(tarred(tmp_path / "a.tar", {**PETS, "pets/inner.zip": inner}, "w"))
    assert {name for name in below(folder) if name.endswith(".png")} == {name.removeprefix("pets/") for name in PETS}


def test_that_a_tar_whose_first_file_begins_like_a_zip_is_one_and_a_program_may_come_before_a_zip(tmp_path):
    files = {f"PK{name.removeprefix('pets')}": content for name, content in PETS.items()}
    assert len(below(unpack(tarred(tmp_path / "PKLot.tar", files, "w")))) == 8 + 1
    whole = zipped(tmp_path / "a.zip", PETS).read_bytes()
    (tmp_path / "b.zip").write_bytes(b"#!/bin/sh\necho unpack me\n" + whole)
    assert len(below(unpack(tmp_path / "b.zip"))) == 8 + 1


def test_that_an_archive_with_a_password_says_so(tmp_path):
    path = zipped(tmp_path / "a.zip", PETS)
    content = bytearray(path.read_bytes())
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + place] |= 1
            at = content.find(signature, at + 1)
    path.write_bytes(bytes(content))
    with pytest.raises(LockedArchive, match="has a password"):
        unpack(path)


def test_that_an_archive_without_pictures_says_so(tmp_path):
    with pytest.raises(NotTheArchive, match="contains no pictures"):
        unpack(zipped(tmp_path / "a.zip", {"readme.txt": b"x"}))


def test_that_cancelling_leaves_nothing(tmp_path):
    asked = []
    with pytest.raises(Cancelled):
        unpack(zipped(tmp_path / "a.zip", PETS), tmp_path / "x" / "y", lambda: len(asked) > 3 or asked.append(1))
    assert list((tmp_path / "x").iterdir()) == []


def test_that_archives_are_known_by_their_names():
    assert all(map(is_archive, ("a.zip", "A.TAR.GZ", "b.tgz", "c.tar.xz")))
    assert not any(map(is_archive, ("a.gz", "zip", "a.png", "a.7z")))


def test_that_the_command_unpacks_and_prints_the_folder(tmp_path, capsys):
    path = zipped(tmp_path / "pets.zip", PETS)
    assert main(["import-pictures", str(path), "--to", str(tmp_path / "there")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "there")
    assert main(["import-pictures", str(tmp_path / "none.zip")]) == 1

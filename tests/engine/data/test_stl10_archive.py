"""The STL-10 archive: unpacked whole after its checksum was right, or not at all."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from stl_tl_gui.engine.data.stl10_archive import Archive, NoRoomForData, NotTheArchive, import_archive
from stl_tl_gui.engine.errors import Cancelled

FILES = {
    "train_X.bin": b"\x01" * 3 * 96 * 96,
    "train_y.bin": b"\x01",
    "test_X.bin": b"\x02" * 3 * 96 * 96,
    "test_y.bin": b"\x01",
    "unlabeled_X.bin": b"\x03" * 300_000,
    "class_names.txt": b"airplane\n",
    "fold_indices.txt": b"0\n",
}


def make_archive(path: Path, files: dict[str, bytes], folder: str = "stl10_binary/") -> str:
    """Its MD5."""
    with tarfile.open(path, "w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(folder + name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return hashlib.md5(path.read_bytes()).hexdigest()


def never() -> bool:
    return False


def run(archive: Path, folder: Path, md5: str, should_stop=never, **more) -> list:
    official = Archive("", 0, md5, more.pop("files", {}), 0)
    return list(import_archive(archive, folder, should_stop, official=official, **more))


def nothing_left(tmp_path: Path, archive: Path) -> bool:
    return list(tmp_path.iterdir()) == [archive]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "stl10_binary.tar.gz"


def test_that_the_archive_becomes_a_folder_with_its_files(tmp_path, archive):
    md5 = make_archive(archive, FILES)
    events = run(archive, tmp_path / "data" / "stl10_binary", md5)
    folder = tmp_path / "data" / "stl10_binary"
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == FILES
    assert events
    assert all(event.done <= event.total and archive.name in event.stage for event in events)
    assert list((tmp_path / "data").iterdir()) == [folder]


def test_that_the_unlabelled_pictures_can_be_left_out_and_come_later(tmp_path, archive):
    md5, folder = make_archive(archive, FILES), tmp_path / "stl10_binary"
    run(archive, folder, md5, unlabeled=False)
    assert {file.name for file in folder.iterdir()} == FILES.keys() - {"unlabeled_X.bin"}
    assert run(archive, folder, md5, unlabeled=False) == []  # it is there
    run(archive, folder, md5)
    assert {file.name for file in folder.iterdir()} == FILES.keys()


def test_that_a_wrong_checksum_imports_nothing(tmp_path, archive):
    make_archive(archive, FILES)
    with pytest.raises(NotTheArchive, match=r"checksum .* Nothing was imported"):
        run(archive, tmp_path / "x", "0" * 32)
    assert nothing_left(tmp_path, archive)


@pytest.mark.parametrize("keep", [0, 20, 0.5, 0.98])
def test_that_a_download_that_was_cut_off_is_told_and_leaves_nothing(tmp_path, archive, keep):
    md5 = make_archive(archive, FILES)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: keep if isinstance(keep, int) else int(keep * len(whole))])
    with pytest.raises(NotTheArchive, match=r"stl10_binary\.tar\.gz"):
        run(archive, tmp_path / "x", md5)
    assert nothing_left(tmp_path, archive)


def test_that_a_file_that_is_no_archive_is_told(tmp_path, archive):
    archive.write_bytes(b"not an archive" * 1000)
    with pytest.raises(NotTheArchive, match="damaged or incomplete"):
        run(archive, tmp_path / "x", "0" * 32)
    assert nothing_left(tmp_path, archive)


def test_that_nothing_is_written_outside_the_folder_and_no_link_is_followed(tmp_path, archive):
    with tarfile.open(archive, "w:gz") as tar:
        for name in ("../../evil.txt", "/tmp/evil.bin", "stl10_binary/evil.sh"):
            info = tarfile.TarInfo(name)
            info.size = 4
            tar.addfile(info, io.BytesIO(b"evil"))
        link = tarfile.TarInfo("stl10_binary/test_X.bin")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
        for name in ("train_X.bin", "train_y.bin"):
            info = tarfile.TarInfo("../" + name)
            info.size = len(FILES[name])
            tar.addfile(info, io.BytesIO(FILES[name]))
    md5 = hashlib.md5(archive.read_bytes()).hexdigest()
    run(archive, tmp_path / "a" / "b" / "x", md5)
    assert {file.name for file in (tmp_path / "a" / "b" / "x").iterdir()} == {"train_X.bin", "train_y.bin"}
    assert not list(tmp_path.rglob("evil*"))


def test_that_stopping_leaves_nothing(tmp_path, archive):
    md5, asked = make_archive(archive, {**FILES, "unlabeled_X.bin": bytes(range(256)) * 40_000}), []

    def soon() -> bool:
        asked.append(1)
        return len(asked) > 3

    with pytest.raises(Cancelled):
        run(archive, tmp_path / "x", md5, soon)
    assert nothing_left(tmp_path, archive)


def test_that_a_full_disk_is_told_before_a_file_is_begun(tmp_path, archive, monkeypatch):
    md5 = make_archive(archive, FILES)
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(NoRoomForData, match="Not enough disk space"):
        run(archive, tmp_path / "x", md5)
    assert nothing_left(tmp_path, archive)


def test_that_a_place_that_cannot_be_written_is_named(tmp_path, archive):
    md5 = make_archive(archive, FILES)
    (tmp_path / "file").write_text("")
    with pytest.raises(NoRoomForData, match="file"):
        run(archive, tmp_path / "file" / "x", md5)


def test_that_an_archive_without_training_pictures_is_refused(tmp_path, archive):
    md5 = make_archive(archive, {"test_X.bin": b"x"})
    with pytest.raises(NotTheArchive, match=r"does not contain train_X.bin, train_y.bin"):
        run(archive, tmp_path / "x", md5)
    assert nothing_left(tmp_path, archive)


def test_that_a_file_in_the_archive_that_is_not_the_official_one_is_refused(tmp_path: Path) -> None:
    md5 = make_archive(tmp_path / "a.tar.gz", FILES)
    with pytest.raises(NotTheArchive, match=r"“test_X\.bin” in the archive is not the official file"):
        run(tmp_path / "a.tar.gz", tmp_path / "stl10", md5, files={"test_X.bin": "0" * 32})
    assert not (tmp_path / "stl10").exists()
    sums = {name: hashlib.md5(content).hexdigest() for name, content in FILES.items()}
    run(tmp_path / "a.tar.gz", tmp_path / "stl10", md5, files=sums)
    assert (tmp_path / "stl10" / "test_X.bin").read_bytes() == FILES["test_X.bin"]

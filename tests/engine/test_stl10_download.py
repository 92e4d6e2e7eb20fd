"""STL-10 from its address, here a server on this computer: downloaded, unpacked, and nothing left beside it."""

import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from misbehaving_site import Site, cut_after, status

from stl_tl_gui.download_command import download_commands
from stl_tl_gui.engine import downloading
from stl_tl_gui.engine.data.stl10_archive import ArchiveSums, NotTheArchive
from stl_tl_gui.engine.data.stl10_download import (
    STANFORD,
    ArchiveSource,
    archive_beside,
    archive_bytes_here,
    download_stl10,
    throw_archive_away,
)
from stl_tl_gui.engine.downloading import DownloadFailed, NoRoomForDownload, Patience
from stl_tl_gui.engine.errors import Cancelled

FILES = {"train_X.bin": bytes(range(256)) * 108, "train_y.bin": b"\x01", "unlabeled_X.bin": b"\x02" * 30_000}
QUICK = Patience(silence=0.3, tries=2, first_wait=0.001)


@pytest.fixture
def source(site: Site) -> ArchiveSource:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in FILES.items():
            info = tarfile.TarInfo(f"stl10_binary/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    site.content = buffer.getvalue()
    md5 = hashlib.md5(site.content).hexdigest()
    sums = ArchiveSums(md5, {name: hashlib.md5(content).hexdigest() for name, content in FILES.items()})
    return ArchiveSource(site.url, len(site.content), sums, unpacked=27_000, unlabeled=30_000)


def never() -> bool:
    return False


def fetch(source: ArchiveSource, folder: Path, should_stop: Callable[[], bool] = never, **more: bool) -> list:
    return list(download_stl10(folder, should_stop, source=source, patience=QUICK, **more))


def test_that_the_data_is_downloaded_and_unpacked_and_the_archive_removed(source, site, tmp_path):
    folder = tmp_path / "data" / "stl10_binary"
    events = fetch(source, folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == FILES
    assert list(folder.parent.iterdir()) == [folder]
    assert {event.stage.split()[0] for event in events} == {"Downloading", "Checking", "Importing"}
    assert fetch(source, folder) == []
    assert len(site.asked) == 1


def test_that_a_cut_is_mended_later_and_what_is_here_can_be_thrown_away(source, site, tmp_path):
    folder = tmp_path / "stl10_binary"
    site.answers = [cut_after(50)] + [status(503)] * 2
    with pytest.raises(DownloadFailed, match="busy"):
        fetch(source, folder)
    assert archive_bytes_here(folder) == 50
    fetch(source, folder, unlabeled=False)
    assert {file.name for file in folder.iterdir()} == FILES.keys() - {"unlabeled_X.bin"}
    assert site.asked[-1] == "bytes=50-"
    site.answers = [cut_after(50)] + [status(503)] * 2
    with pytest.raises(DownloadFailed):
        fetch(source, tmp_path / "other")
    throw_archive_away(tmp_path / "other")
    assert archive_bytes_here(tmp_path / "other") == 0


def test_that_stopping_while_it_is_unpacked_keeps_the_archive(source, site, tmp_path):
    folder = tmp_path / "stl10_binary"
    with pytest.raises(Cancelled):
        fetch(source, folder, lambda: archive_beside(folder).is_file())
    assert archive_bytes_here(folder) == source.size
    assert not folder.exists()
    fetch(source, folder)
    assert len(site.asked) == 1


def test_that_room_for_the_archive_and_what_is_in_it_is_looked_for_first(source, site, tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": source.size + 27_000})
    monkeypatch.setattr(downloading.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(NoRoomForDownload, match="not enough room"):
        fetch(source, tmp_path / "x")
    assert site.asked == []


def test_that_an_archive_with_a_wrong_file_imports_nothing(source, tmp_path):
    wrong = ArchiveSource(source.url, source.size, ArchiveSums(source.sums.archive, {"train_y.bin": "0" * 32}))
    with pytest.raises(NotTheArchive, match=r"train_y\.bin"):
        fetch(wrong, tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_that_the_official_address_size_and_sum_are_asked_for():
    assert STANFORD.url.endswith("/stl10_binary.tar.gz")
    assert (STANFORD.size, STANFORD.sums.archive) == (2_640_397_119, "91f7769df0f17e558f3565bffb0c7dfb")
    assert len(STANFORD.sums.files) == 5


def run(source: ArchiveSource, arguments: list[str], should_stop: Callable[[], bool] = never) -> int:
    app = download_commands(lambda job: list(job(should_stop)), source)
    return app(arguments, standalone_mode=False)


def test_that_the_command_prints_the_folder_and_goes_on_when_given_again(source, site, tmp_path, capsys):
    folder = tmp_path / "stl10"
    site.answers = [cut_after(50)]
    with pytest.raises(Cancelled):
        run(source, ["stl10", "--folder", str(folder)], lambda: archive_bytes_here(folder) >= 50)
    assert "the same command goes on" in capsys.readouterr().err
    assert run(source, ["stl10", "--folder", str(folder), "--without-unlabeled"]) == 0
    out = capsys.readouterr()
    assert out.out == f"{folder}\n"
    assert site.url in out.err
    assert not (folder / "unlabeled_X.bin").exists()

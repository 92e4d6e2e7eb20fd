"""STL-10 from a server of our own: downloaded, checked, unpacked, opened, and gone on with after a cut."""

import hashlib
import io
import tarfile

import numpy as np
import pytest

from stl_tl_gui.cli.main import main
from stl_tl_gui.engine.data import open_dataset
from stl_tl_gui.engine.data.stl10_archive import Archive, NotTheArchive
from stl_tl_gui.engine.data.stl10_download import archive_file, arrived_of_stl10, discard_download, download_stl10
from stl_tl_gui.engine.downloading import DownloadFailed, Patience
from stl_tl_gui.engine.errors import Cancelled

HASTY = Patience(timeout=0.5, tries=3, first_wait=0.01)


@pytest.fixture
def official(server):
    """An archive of the same layout, of 40 pictures to learn from and 20 to test with, as the server offers it."""
    random, stream = np.random.default_rng(0), io.BytesIO()
    files = {"class_names.txt": b"cat\ndog\n", "fold_indices.txt": b"0 1 2\n"}
    for split, n in (("train", 40), ("test", 20)):
        files[f"{split}_X.bin"] = random.integers(0, 256, n * 3 * 96 * 96, np.uint8).tobytes()
        files[f"{split}_y.bin"] = bytes([1 + i % 2 for i in range(n)])
    files["unlabeled_X.bin"] = random.integers(0, 256, 10 * 3 * 96 * 96, np.uint8).tobytes()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(f"stl10_binary/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    server.content = stream.getvalue()
    sums = {name: hashlib.md5(content).hexdigest() for name, content in files.items() if name.endswith(".bin")}
    return Archive(server.url, len(server.content), hashlib.md5(server.content).hexdigest(), sums, 70 * 3 * 96 * 96)


def test_that_stl10_arrives_and_opens_and_the_archive_is_gone(official, tmp_path, drain):
    events, folder = drain(download_stl10(tmp_path / "stl10", lambda: False, official=official, patience=HASTY))
    _, data = drain(open_dataset(str(folder)))
    assert data.counts() == {"train": 36, "val": 4, "test": 20, "unlabeled": 10}
    assert [path.name for path in tmp_path.iterdir() if "stl10" in path.name] == ["stl10"]
    stages = list(dict.fromkeys(event.stage.split()[0] for event in events))
    assert stages == ["Connecting", "Downloading", "Checking", "Importing"]


def test_that_a_cut_download_is_told_and_gone_on_from(official, server, tmp_path, drain):
    server.moods, server.ranges = [{"cut": 1_000_000}] * 9, False
    with pytest.raises(DownloadFailed, match="download again to resume"):
        drain(download_stl10(tmp_path / "stl10", lambda: False, official=official, patience=HASTY))
    assert arrived_of_stl10(tmp_path / "stl10", official) == 1_000_000
    assert not (tmp_path / "stl10").exists()
    server.moods, server.ranges, server.asked = [], True, []
    drain(download_stl10(tmp_path / "stl10", lambda: False, official=official, patience=HASTY))
    assert server.asked[0]["Range"] == "bytes=1000000-"
    assert (tmp_path / "stl10" / "unlabeled_X.bin").exists()


def test_that_cancelling_while_it_is_unpacked_keeps_the_archive(official, server, tmp_path, drain):
    unpacking = []
    job = download_stl10(tmp_path / "stl10", lambda: bool(unpacking), official=official, patience=HASTY)

    def go_on():
        for event in job:
            unpacking.extend([event] if event.stage.startswith("Importing") else [])

    with pytest.raises(Cancelled):
        go_on()
    assert arrived_of_stl10(tmp_path / "stl10", official) == len(server.content)
    asked = len(server.asked)
    drain(download_stl10(tmp_path / "stl10", lambda: False, official=official, patience=HASTY))
    assert len(server.asked) == asked


def test_that_what_has_arrived_can_be_thrown_away(official, server, tmp_path, drain):
    server.moods, server.ranges = [{"cut": 1_000_000}] * 9, False
    with pytest.raises(DownloadFailed):
        drain(download_stl10(tmp_path / "stl10", lambda: False, official=official, patience=HASTY))
    discard_download(tmp_path / "stl10", official)
    assert arrived_of_stl10(tmp_path / "stl10", official) == 0


def test_that_another_file_under_that_address_is_never_unpacked(official, server, tmp_path, drain):
    server.content = server.content[:-100] + bytes(100)
    with pytest.raises(DownloadFailed, match="not the expected one"):
        drain(download_stl10(tmp_path / "stl10", lambda: False, official=official, patience=HASTY))
    assert not (tmp_path / "stl10").exists()


def test_that_an_archive_that_spoilt_on_the_disk_is_found_out_and_fetched_again(official, server, tmp_path, drain):
    archive_file(tmp_path / "stl10").write_bytes(server.content[:-100])
    with pytest.raises(NotTheArchive):
        drain(download_stl10(tmp_path / "stl10", lambda: False, official=official, patience=HASTY))
    drain(download_stl10(tmp_path / "stl10", lambda: False, official=official, patience=HASTY))
    assert (tmp_path / "stl10" / "train_X.bin").exists()


def test_that_the_command_downloads_and_prints_the_folder(official, tmp_path, monkeypatch, capsys):
    def ours(folder, should_stop, **more):
        return download_stl10(folder, should_stop, official=official, patience=HASTY, **more)

    monkeypatch.setattr("stl_tl_gui.engine.data.stl10_download.download_stl10", ours)
    assert main(["download", "stl10", "--to", str(tmp_path / "there"), "--no-unlabeled"]) == 0
    out, err = capsys.readouterr()
    assert out.strip() == str(tmp_path / "there")
    assert "ai.stanford.edu" in err
    assert not (tmp_path / "there" / "unlabeled_X.bin").exists()

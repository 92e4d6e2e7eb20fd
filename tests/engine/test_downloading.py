"""Downloads from a real server that does what servers do on bad days."""

import hashlib
import json
import shutil
import threading
import time
from collections import namedtuple
from email.utils import formatdate

import pytest
from file_server import CONTENT
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stl_tl_gui.engine.downloading import USUAL_PATIENCE, DownloadFailed, Patience, arrived, discard, download
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.words.progress import amount_in_words

SUM = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
HASTY = Patience(timeout=0.5, tries=3, first_wait=0.01)


@pytest.fixture
def target(tmp_path):
    return tmp_path / "files" / "file.bin"


def fetch(server, target, should_stop=lambda: False, checksum=SUM, patience=HASTY, **more):
    return list(download(server.url, target, should_stop, checksum=checksum, patience=patience, **more))


def left(target):
    return sorted(path.name for path in target.parent.iterdir())


def test_that_a_file_arrives_whole_with_progress_and_leaves_nothing_else(server, target):
    server.moods = [{"slow": 0.02}]
    events = fetch(server, target)
    assert target.read_bytes() == CONTENT
    assert left(target) == ["file.bin"]
    loading = [event for event in events if event.stage.startswith("Downloading")]
    assert [event.total for event in loading] == [len(CONTENT)] * len(loading)
    assert loading[-1].rate > 0
    assert "MB/s" in amount_in_words(loading[-1])
    assert events[-1].stage == "Checking file.bin"


@pytest.mark.parametrize(
    "mood",
    [
        {"cut": 300_000},
        {"cut": 0},
        {"stall": 5.0, "cut": 200_000},
        {"lie": 1000},
        {"status": 503},
        {"status": 429, "headers": {"Retry-After": "0"}},
        {"status": 500},
        {"garbage": b"<html>sign in</html>\r\n\r\n"},
        {"garbage": b""},
    ],
)
def test_that_a_fault_that_passes_is_got_over(server, target, mood):
    server.moods = [mood]
    fetch(server, target)
    assert target.read_bytes() == CONTENT
    assert left(target) == ["file.bin"]


def test_that_a_cut_download_goes_on_where_it_was_cut(server, target):
    server.moods = [{"cut": 300_000}]
    fetch(server, target)
    assert "Range" not in server.asked[0]
    assert server.asked[1]["Range"] == "bytes=300000-"
    assert server.asked[1]["If-Range"] == '"v1"'


def test_that_it_goes_on_the_next_day_in_another_process(server, target):
    server.moods = [{"cut": 300_000}] * 9
    server.ranges = False
    with pytest.raises(DownloadFailed, match=r"cut.*0 MB of it are kept"):
        fetch(server, target)
    assert not target.exists()
    assert arrived(target, server.url) == (300_000, len(CONTENT))
    server.moods, server.ranges, server.asked = [], True, []
    fetch(server, target)
    assert server.asked[0]["Range"] == "bytes=300000-"
    assert target.read_bytes() == CONTENT


def test_that_what_has_arrived_can_be_thrown_away(server, target):
    server.moods = [{"cut": 300_000}] * 9
    server.ranges = False
    with pytest.raises(DownloadFailed):
        fetch(server, target)
    discard(target, server.url)
    assert left(target) == []
    assert arrived(target, server.url) == (0, 0)


def test_that_a_file_that_changed_between_tries_is_begun_anew(server, target):
    other = CONTENT[::-1]

    def change(server):
        server.content, server.tag = other, '"v2"'

    server.moods = [{"cut": 300_000}, {"before": change, "cut": 10**9}]
    fetch(server, target, checksum="sha256:" + hashlib.sha256(other).hexdigest())
    assert target.read_bytes() == other


def test_that_a_file_that_changed_behind_the_same_tag_is_found_out_by_its_sum(server, target):
    def change(server):
        server.content = CONTENT[::-1]

    server.moods = [{"cut": 300_000}, {"before": change, "cut": 10**9}]
    with pytest.raises(DownloadFailed, match="not the file that was asked for, by its SHA256 sum"):
        fetch(server, target)
    assert left(target) == []


def test_that_a_server_that_refuses_ranges_is_asked_for_the_whole(server, target):
    server.ranges = False
    server.moods = [{"cut": 300_000}]
    fetch(server, target)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("tag", ["", 'W/"v1"'])
def test_that_without_a_strong_identity_nothing_is_patched_together(server, target, tag):
    server.tag = tag
    server.moods = [{"cut": 300_000}]
    fetch(server, target)
    assert "Range" not in server.asked[1]
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "range_", ["bytes 0-9/10", "bytes 299999-699999/700000", "nonsense", "bytes 300000-699999/800000"]
)
def test_that_a_wrong_part_is_not_taken(server, target, range_):
    server.moods = [{"cut": 300_000}, {"range": range_}]
    fetch(server, target)
    assert target.read_bytes() == CONTENT


def test_that_a_part_that_nobody_asked_for_is_not_taken(server, target):
    server.moods = [{"status": 206, "headers": {"Content-Range": "bytes 5-9/700000"}}]
    fetch(server, target)
    assert target.read_bytes() == CONTENT


def test_that_a_length_that_is_too_short_is_found_out(server, target):
    server.moods = [{"lie": -1000}] * 9
    with pytest.raises(DownloadFailed, match="not the file"):
        fetch(server, target)
    assert left(target) == []


def test_that_wrong_bytes_are_found_out_and_removed(server, target):
    server.moods = [{"bytes": bytes(len(CONTENT))}]
    with pytest.raises(DownloadFailed, match="not the file"):
        fetch(server, target)
    assert left(target) == []


@pytest.mark.parametrize("status", [403, 404, 410])
def test_that_a_refusal_is_told_at_once(server, target, status):
    server.moods = [{"status": status}] * 9
    with pytest.raises(DownloadFailed, match=f"the server answered {status}"):
        fetch(server, target)
    assert len(server.asked) == 1
    assert left(target) == []


def test_that_a_server_that_stays_down_is_given_up(server, target):
    server.moods = [{"status": 503}] * 9
    with pytest.raises(DownloadFailed, match="answered 503"):
        fetch(server, target)
    assert len(server.asked) == HASTY.tries


def test_that_the_servers_wish_to_wait_is_heard(server, target):
    server.moods = [{"status": 503, "headers": {"Retry-After": "1"}}]
    began = time.monotonic()
    events = fetch(server, target)
    assert time.monotonic() - began >= 1
    assert any("Trying again in" in event.stage and "answered 503" in event.stage for event in events)


def test_that_redirects_are_followed(server, target):
    server.moods = [{"status": 302, "headers": {"Location": "/elsewhere.bin"}}]
    fetch(server, target)
    assert target.read_bytes() == CONTENT


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # urllib leaves the refused socket open
def test_that_without_a_network_one_hears_soon(target):
    with pytest.raises(DownloadFailed, match="no connection to the network"):
        list(download("http://127.0.0.1:9/x", target, lambda: False, patience=Patience(0.5, 99, 0.01)))


@pytest.mark.parametrize(
    "moods",
    [[{"stall": 5.0, "cut": 100_000}], [{"status": 503, "headers": {"Retry-After": "60"}}], [{"slow": 1.0}]],
)
def test_that_cancelling_takes_effect_within_half_a_second_and_keeps_what_came(server, target, moods):
    server.moods = moods
    stop = threading.Event()
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        fetch(server, target, stop.is_set, patience=Patience(30, 3, 30))
    assert time.monotonic() - began < 0.3 + 0.5
    assert not target.exists()
    fetch(server, target)
    assert target.read_bytes() == CONTENT


def test_that_a_pause_is_no_failure(server, target):
    server.moods = [{"slow": 0.02}]
    job = download(server.url, target, lambda: False, checksum=SUM, patience=HASTY)
    for event in job:
        if event.done:
            time.sleep(2 * HASTY.timeout)
            break
    for event in job:
        assert isinstance(event, Progress)
    assert target.read_bytes() == CONTENT


def test_that_a_disk_that_is_too_full_is_told_before_anything_is_written(server, target, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 0, 60 * 10**6))
    with pytest.raises(DownloadFailed, match=r"not enough room .* 0\.2 GB are needed, 0.1 GB are free"):
        fetch(server, target, room=100 * 10**6)
    assert not target.exists()
    fetch(server, target)
    assert target.exists()


def test_that_two_at_once_do_not_spoil_each_other(server, target):
    target.parent.mkdir()
    held = FileLock(target.with_name(f".{target.name}.lock"))
    with held, pytest.raises(DownloadFailed, match="another window or command"):
        fetch(server, target)
    fetch(server, target)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"url": 1}', b"\xff"])
def test_that_damaged_notes_on_a_part_mean_beginning_anew(server, target, content):
    target.parent.mkdir()
    target.with_name(f".{target.name}.part").write_bytes(b"something else")
    target.with_name(f".{target.name}.part.json").write_bytes(content)
    fetch(server, target)
    assert target.read_bytes() == CONTENT


def test_that_the_part_of_another_address_is_not_gone_on_from(server, target):
    target.parent.mkdir()
    target.with_name(f".{target.name}.part").write_bytes(b"something else")
    facts = {"url": "http://elsewhere/file.bin", "validator": '"v1"', "size": len(CONTENT)}
    target.with_name(f".{target.name}.part.json").write_text(json.dumps(facts))
    fetch(server, target)
    assert target.read_bytes() == CONTENT


def test_that_proxies_of_the_environment_are_used(server, target, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_port}")
    list(download("http://stl10.example/file.bin", target, lambda: False, checksum=SUM, patience=HASTY))
    assert server.asked[0]["Host"] == "stl10.example"
    assert target.read_bytes() == CONTENT


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, len(CONTENT)), max_size=5), ranges=st.booleans(), changed=st.booleans())
def test_that_whatever_is_cut_the_file_is_whole_or_not_there(server, tmp_path_factory, cuts, ranges, changed):
    target = tmp_path_factory.mktemp("cut") / "file.bin"
    server.content, server.tag, server.ranges = CONTENT, '"v1"', ranges
    server.moods = [{"cut": cut} for cut in cuts]
    if changed and cuts:
        server.moods[-1]["before"] = lambda server: setattr(server, "tag", '"v2"')
    try:
        fetch(server, target, patience=Patience(0.5, 2, 0.001))
    except DownloadFailed:
        assert not target.exists()
    else:
        assert target.read_bytes() == CONTENT


def test_that_speed_and_time_left_are_told():
    event = Progress(stage="x", done=1_200_000_000, total=2_600_000_000, unit="bytes", rate=10e6)
    assert amount_in_words(event) == "1.2 of 2.6 GB, 10.0 MB/s"
    assert event.seconds_left == pytest.approx(140)
    assert amount_in_words(Progress(stage="x", done=5, total=9)) == "5 of 9 pictures"
    assert Progress(stage="x", done=0, total=0).seconds_left is None
    assert USUAL_PATIENCE.timeout >= 10


def test_that_an_old_time_of_change_is_proof_of_the_same_file_and_a_fresh_one_is_not(server, target):
    server.tag = ""
    for changed, goes_on in (
        ("Tue, 01 Jan 2019 00:00:00 GMT", True),
        (formatdate(usegmt=True), False),
        ("yesterday", False),
    ):
        server.changed, server.moods = changed, [{"cut": 300_000}]
        server.asked.clear()
        target.unlink(missing_ok=True)
        fetch(server, target)
        assert ("Range" in server.asked[1]) == goes_on
        assert target.read_bytes() == CONTENT


def test_that_little_that_came_before_a_silence_is_kept(server, target):
    server.moods = [{"cut": 1000, "stall": 5.0}]
    fetch(server, target)
    assert server.asked[1]["Range"] == "bytes=1000-"
    assert target.read_bytes() == CONTENT


def test_that_a_page_in_place_of_the_file_does_not_spoil_what_is_here(server, target):
    server.moods = [{"cut": 300_000}] + [{"status": 503}] * 3
    with pytest.raises(DownloadFailed):
        fetch(server, target)
    server.tag, server.content = "", b"<html>sign in</html>"
    with pytest.raises(DownloadFailed, match="20 bytes, not 700,000"):
        fetch(server, target, size=len(CONTENT))
    assert arrived(target, server.url)[0] == 300_000
    server.tag, server.content = '"v1"', CONTENT
    fetch(server, target, size=len(CONTENT))
    assert server.asked[-1]["Range"] == "bytes=300000-"
    assert target.read_bytes() == CONTENT

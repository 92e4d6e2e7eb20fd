"""The downloader against a real server that cuts, lies, changes its file, refuses ranges, stalls and is busy."""

import hashlib
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from misbehaving_site import CONTENT, Handler, Site, cut_after, status

from stl_tl_gui.engine import downloading
from stl_tl_gui.engine.downloading import (
    Checksum,
    DownloadFailed,
    NoRoomForDownload,
    NotThatFile,
    Patience,
    bytes_here,
    download,
    throw_away,
)
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.partial_file import PartialFile

OTHER = bytes(reversed(range(256))) * 2000
QUICK = Patience(silence=0.3, tries=3, first_wait=0.001, longest_wait=2)


def sha256(content: bytes) -> Checksum:
    return Checksum("sha256", hashlib.sha256(content).hexdigest()[:8])


def never() -> bool:
    return False


def fetch(site: Site, target: Path, should_stop: Callable[[], bool] = never, **more: Any) -> list:
    return list(download(site.url, target, should_stop, **{"patience": QUICK, **more}))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "file.bin"


def test_that_a_file_arrives_with_progress_and_a_right_one_is_not_fetched_again(site: Site, target: Path) -> None:
    events = fetch(site, target, checksum=sha256(CONTENT), size=len(CONTENT))
    assert target.read_bytes() == CONTENT
    assert {event.unit for event in events} == {"bytes"}
    assert all(event.done <= event.total == len(CONTENT) for event in events)
    assert {path.name for path in target.parent.iterdir()} <= {"file.bin", ".file.bin.lock"}
    fetch(site, target, checksum=sha256(CONTENT))
    assert site.asked == [None]
    target.write_bytes(b"damaged")
    fetch(site, target, checksum=sha256(CONTENT))
    assert target.read_bytes() == CONTENT


def test_that_cuts_are_mended_where_they_happened(site: Site, target: Path) -> None:
    site.answers = [cut_after(100_000), cut_after(200_000), cut_after(0), cut_after(1)]
    fetch(site, target, checksum=sha256(CONTENT))
    assert target.read_bytes() == CONTENT
    assert site.asked == [None, "bytes=100000-", "bytes=300000-", "bytes=300000-", "bytes=300001-"]


def test_that_a_later_start_goes_on_where_the_last_was_stopped(site: Site, target: Path) -> None:
    site.answers = [cut_after(100_000)] + [status(503)] * 3
    with pytest.raises(DownloadFailed, match="busy"):
        fetch(site, target)
    assert not target.exists()
    assert bytes_here(target) == 100_000
    site.asked.clear()
    fetch(site, target)
    assert site.asked == ["bytes=100000-"]
    assert target.read_bytes() == CONTENT
    assert bytes_here(target) == len(CONTENT)


def test_that_what_was_complete_but_not_yet_renamed_is_not_fetched_again(site: Site, target: Path) -> None:
    site.answers = [cut_after(len(CONTENT) - 1)] + [status(503)] * 3
    with pytest.raises(DownloadFailed):
        fetch(site, target)
    with PartialFile(target).open() as file:
        file.write(CONTENT[-1:])
    site.asked.clear()
    fetch(site, target, checksum=sha256(CONTENT))
    assert site.asked == []
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "headers",
    [
        {"ETag": 'W/"weak"'},
        {},
        {"Last-Modified": "Tue, 01 Jan 2030 00:00:00 GMT", "Date": "Tue, 01 Jan 2030 00:00:30 GMT"},
        {"Last-Modified": "yesterday"},
    ],
)
def test_that_without_proof_of_the_same_file_all_of_it_is_fetched(site: Site, target: Path, headers: dict) -> None:
    site.headers = headers
    site.answers = [cut_after(100_000)]
    fetch(site, target)
    assert site.asked == [None, None]
    assert target.read_bytes() == CONTENT


def test_that_an_old_time_of_change_is_proof_enough(site: Site, target: Path) -> None:
    site.headers = {"Last-Modified": "Tue, 01 Jan 2019 00:00:00 GMT"}
    site.answers = [cut_after(100_000)]
    fetch(site, target)
    assert site.asked == [None, "bytes=100000-"]
    assert target.read_bytes() == CONTENT


def test_that_a_file_that_changed_between_the_tries_is_fetched_anew(site: Site, target: Path) -> None:
    def change(handler: Handler) -> None:
        handler.behave(cut=100_000)
        site.content, site.headers = OTHER, {"ETag": '"two"'}

    site.answers = [change]
    fetch(site, target)
    assert target.read_bytes() == OTHER


def test_that_a_file_that_changed_behind_the_same_identity_is_found_by_its_sum(site: Site, target: Path) -> None:
    def change(handler: Handler) -> None:
        handler.behave(cut=100_000)
        site.content = OTHER

    site.answers = [change]
    fetch(site, target, checksum=sha256(OTHER))
    assert target.read_bytes() == OTHER


def test_that_a_server_that_refuses_ranges_sends_all_of_it(site: Site, target: Path) -> None:
    def refuse(handler: Handler) -> None:
        handler.begin(200, len(CONTENT))
        handler.wfile.write(CONTENT)

    site.answers = [cut_after(100_000), refuse]
    fetch(site, target)
    assert target.read_bytes() == CONTENT


def test_that_a_range_that_is_not_satisfied_begins_anew(site: Site, target: Path) -> None:
    site.answers = [cut_after(100_000), status(416)]
    fetch(site, target)
    assert site.asked == [None, "bytes=100000-", None]
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "part", ["bytes 0-511999/512000", "bytes 100000-511999/999", "bytes 100001-511999/512000", "rubbish", None]
)
def test_that_a_wrong_part_is_not_pasted_in(site: Site, target: Path, part: str | None) -> None:
    def wrong(handler: Handler) -> None:
        handler.begin(206, 5, **({"Content_Range": part} if part else {}))
        handler.wfile.write(b"wrong")

    site.answers = [cut_after(100_000), wrong]
    fetch(site, target)
    assert target.read_bytes() == CONTENT
    assert site.asked == [None, "bytes=100000-", None]


def test_that_a_part_longer_than_the_file_is_not_pasted_in(site: Site, target: Path) -> None:
    def long(handler: Handler) -> None:
        handler.begin(206, len(CONTENT), Content_Range=f"bytes 100000-{len(CONTENT) - 1}/{len(CONTENT)}")
        handler.wfile.write(CONTENT)

    site.answers = [cut_after(100_000), long]
    fetch(site, target)
    assert target.read_bytes() == CONTENT


def test_that_a_part_of_another_version_is_not_pasted_in(site: Site, target: Path) -> None:
    def other(handler: Handler) -> None:
        handler.begin(206, 412_000, Content_Range="bytes 100000-511999/512000", ETag='"two"')
        handler.wfile.write(OTHER[100_000:])

    site.answers = [cut_after(100_000), other]
    fetch(site, target)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("length", [100, len(CONTENT) + 100])
def test_that_a_lie_about_the_length_is_never_taken_for_the_file(site: Site, target: Path, length: int) -> None:
    def lie(handler: Handler) -> None:
        handler.begin(200, length)
        handler.wfile.write(CONTENT)

    site.answers = [lie] * 20
    with pytest.raises(NotThatFile, match=f"{length:,} bytes, not 512,000"):
        fetch(site, target, size=len(CONTENT))
    with pytest.raises(DownloadFailed):
        fetch(site, target, checksum=sha256(CONTENT))
    assert not target.exists()


def test_that_a_page_in_place_of_the_file_does_not_destroy_what_arrived(site: Site, target: Path) -> None:
    def log_in_first(handler: Handler) -> None:
        handler.begin(200, 20, Content_Type="text/html")
        handler.wfile.write(b"<html>log in</html>\n")

    site.answers = [cut_after(100_000), log_in_first]
    with pytest.raises(NotThatFile):
        fetch(site, target, size=len(CONTENT))
    assert bytes_here(target) == 100_000
    fetch(site, target, size=len(CONTENT))
    assert target.read_bytes() == CONTENT


def test_that_an_answer_without_length_is_checked_or_refused(site: Site, target: Path) -> None:
    def endless(handler: Handler) -> None:
        handler.begin(200, None, Connection="close")
        handler.wfile.write(CONTENT[:1000])

    site.answers = [endless]
    with pytest.raises(DownloadFailed, match="how long"):
        fetch(site, target)
    site.answers = [endless]
    fetch(site, target, size=len(CONTENT))  # it was cut, and mended
    assert target.read_bytes() == CONTENT
    target.unlink()
    site.answers = [endless]
    with pytest.raises(NotThatFile, match="not the file"):
        fetch(site, target, checksum=sha256(CONTENT))


def test_that_wrong_bytes_are_refused_and_leave_nothing(site: Site, target: Path) -> None:
    site.content = OTHER
    with pytest.raises(NotThatFile, match="not the file that was asked for"):
        fetch(site, target, checksum=sha256(CONTENT))
    assert not target.exists()
    assert bytes_here(target) == 0


def test_that_a_silent_server_is_given_up_and_asked_again(site: Site, target: Path) -> None:
    silent = threading.Event()

    def stall(handler: Handler) -> None:
        handler.behave(cut=100_000)
        handler.wfile.flush()
        silent.wait(5)

    site.answers = [stall]
    fetch(site, target)
    silent.set()
    assert target.read_bytes() == CONTENT
    assert site.asked == [None, "bytes=100000-"]


@pytest.mark.parametrize("answer", [status(503), status(429, Retry_After="0"), status(500), status(408)])
def test_that_a_busy_server_is_asked_again(site: Site, target: Path, answer: Callable) -> None:
    site.answers = [answer, answer]
    fetch(site, target)
    assert target.read_bytes() == CONTENT
    assert len(site.asked) == 3


def test_that_the_server_says_when_to_come_back(site: Site, target: Path) -> None:
    site.answers = [status(429, Retry_After="1")]
    began = time.monotonic()
    fetch(site, target)
    assert time.monotonic() - began > 0.9
    for when in ("3600", "Tue, 01 Jan 2999 00:00:00 GMT"):
        site.answers = [status(503, Retry_After=when)]
        with pytest.raises(DownloadFailed, match="come back in"):
            fetch(site, target.with_name(when[:4]))


@pytest.mark.parametrize(("code", "words"), [(404, "no such file"), (403, "refuses"), (418, "did not send")])
def test_that_a_refusal_is_said_at_once(site: Site, target: Path, code: int, words: str) -> None:
    site.answers = [status(code)]
    with pytest.raises(DownloadFailed, match=rf"{words}.*\({code}\)"):
        fetch(site, target)
    assert len(site.asked) == 1
    assert bytes_here(target) == 0


def test_that_redirections_are_followed_also_for_the_rest(site: Site, target: Path) -> None:
    site.answers = [
        status(302, Location="/elsewhere"),
        cut_after(100_000),
        status(307, Location="/elsewhere"),
    ]
    fetch(site, target)
    assert site.asked == [None, None, "bytes=100000-", "bytes=100000-"]
    assert target.read_bytes() == CONTENT


def test_that_a_server_that_never_ends_its_sentence_is_given_up(site: Site, target: Path) -> None:
    site.headers = {}  # no proof: each try begins anew
    site.answers = [cut_after(100_000)] * 20
    with pytest.raises(DownloadFailed, match="cut"):
        fetch(site, target)
    assert len(site.asked) <= 5


def test_that_rubbish_in_place_of_http_is_named(site: Site, target: Path) -> None:
    site.answers = [lambda handler: handler.wfile.write(b"hello\r\n\r\n")] * 9
    with pytest.raises(DownloadFailed, match="made no sense"):
        fetch(site, target)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # urllib leaves the refused socket open
def test_that_without_a_network_it_is_said_at_once(target: Path) -> None:
    with pytest.raises(DownloadFailed, match="no connection"):
        list(download("http://127.0.0.1:9/file.bin", target, never))


@pytest.mark.parametrize("answers", [[status(503)] * 9, [lambda handler: time.sleep(1)]], ids=["back-off", "silence"])
def test_that_stopping_acts_within_half_a_second(site: Site, target: Path, answers: list) -> None:
    site.answers, asked = answers, []

    def soon() -> bool:
        asked.append(time.monotonic())
        return asked[-1] - asked[0] > 0.3

    with pytest.raises(Cancelled):
        fetch(site, target, soon, patience=Patience(silence=3, first_wait=60))
    gaps = [later - sooner for sooner, later in pairwise([*asked, time.monotonic()])]
    assert max(gaps) < 0.5
    assert len(site.asked) == 1
    assert not target.exists()


def test_that_stopping_keeps_what_arrived(site: Site, target: Path) -> None:
    site.answers = [cut_after(100_000)] + [status(503)] * 9
    with pytest.raises(Cancelled):
        fetch(site, target, lambda: bytes_here(target) == 100_000, patience=Patience(first_wait=60))
    assert bytes_here(target) == 100_000
    throw_away(target)
    assert bytes_here(target) == 0


def test_that_a_full_disk_is_told_before_anything_is_fetched(
    site: Site, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": len(CONTENT) + 10})
    monkeypatch.setattr(downloading.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(NoRoomForDownload, match="not enough room"):
        fetch(site, target, size=len(CONTENT), reserve=11)
    assert site.asked == []
    fetch(site, target, size=len(CONTENT), reserve=10)
    assert target.read_bytes() == CONTENT


def test_that_a_place_that_cannot_be_written_is_named(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DownloadFailed, match=r"“.*file.*” cannot be written"):
        fetch(site, tmp_path / "file" / "x.bin")


def test_that_two_at_once_do_not_spoil_each_other(site: Site, target: Path) -> None:
    first = download(site.url, target, never, checksum=sha256(CONTENT), patience=QUICK)
    next(first)
    done: list[list] = []
    second = threading.Thread(target=lambda: done.append(fetch(site, target, checksum=sha256(CONTENT))))
    second.start()
    for _ in first:
        pass
    second.join()
    assert target.read_bytes() == CONTENT
    assert len(site.asked) == 1
    assert len(done) == 1


def test_that_a_damaged_note_means_a_new_start(site: Site, target: Path) -> None:
    site.answers = [cut_after(100_000)] + [status(503)] * 3
    with pytest.raises(DownloadFailed):
        fetch(site, target)
    target.with_name("file.bin.partial.json").write_text('{"url": 3}')
    site.asked.clear()
    fetch(site, target)
    assert site.asked == [None]
    assert target.read_bytes() == CONTENT


FAULTS = st.one_of(
    st.integers(0, 600).map(cut_after),
    st.sampled_from([status(503), status(416), status(429, Retry_After="0")]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(faults=st.lists(FAULTS, max_size=6), proof=st.sampled_from(['"one"', 'W/"one"']), stop=st.integers(0, 8))
def test_that_whatever_happens_the_file_is_exact_or_not_there(
    site: Site, target: Path, faults: list, proof: str, stop: int
) -> None:
    throw_away(target)
    site.content, site.headers, site.answers = CONTENT[:512], {"ETag": proof}, list(faults)
    for should_stop in (lambda: len(site.answers) + stop < len(faults), *[never] * 7):
        with suppress(DownloadFailed, Cancelled):
            fetch(site, target, should_stop, checksum=sha256(CONTENT[:512]))
        assert not target.exists() or target.read_bytes() == CONTENT[:512]
    assert target.exists()

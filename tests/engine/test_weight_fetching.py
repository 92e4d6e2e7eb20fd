"""ImageNet weights fetched from where they are published, here from a server on this computer."""

import hashlib
import http.client
import ssl
import urllib.error
from dataclasses import replace
from typing import Any

import pytest
from misbehaving_site import CONTENT, Site, cut_after, status

from stl_tl_gui.engine.backbones import BACKBONES, Backbone
from stl_tl_gui.engine.downloading import Patience
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.places import find_weights, torch_hub_folder, weights_folder
from stl_tl_gui.engine.torchvision_import import make_torchvision_importable
from stl_tl_gui.engine.weight_fetching import WeightsMissing, fetch_all, fetch_imagenet_weights

ROW = BACKBONES["squeezenet1_1"]
QUICK = Patience(silence=0.3, tries=2, first_wait=0.001)


def row_at(site: Site, digits: str = "") -> Backbone:
    """A backbone whose weights this server has, under a name with their sum or other digits."""
    digits = digits or hashlib.sha256(site.content).hexdigest()[:8]
    return replace(ROW, weights=replace(ROW.weights, url=site.url.replace("file.bin", f"net-{digits}.pth")))


def final_names() -> list[str]:
    return [path.name for path in weights_folder().iterdir() if path.suffix == ".pth"]


def test_that_missing_weights_are_downloaded_with_progress(site: Site, drain: Any) -> None:
    row = row_at(site)
    events, path = drain(fetch_imagenet_weights(row, lambda: False))
    assert path == weights_folder() / row.weights.file_name
    assert path.read_bytes() == CONTENT
    assert events[-1].done == events[-1].total == len(CONTENT)
    assert drain(fetch_all([row], lambda: False)) == ([], [path])


def test_that_a_cut_download_goes_on_the_next_time(site: Site, drain: Any) -> None:
    row = row_at(site)
    site.answers = [cut_after(100_000), status(404)]
    with pytest.raises(WeightsMissing, match="no such file"):
        drain(fetch_imagenet_weights(row, lambda: False, patience=QUICK))
    assert final_names() == []
    site.asked.clear()
    _, path = drain(fetch_imagenet_weights(row, lambda: False))
    assert site.asked == ["bytes=100000-"]
    assert path.read_bytes() == CONTENT


def test_that_damaged_weights_are_fetched_anew_where_that_is_asked_for(site: Site, drain: Any) -> None:
    row = row_at(site)
    weights_folder().mkdir(parents=True)
    here = weights_folder() / row.weights.file_name
    here.write_bytes(b"damaged")
    assert drain(fetch_imagenet_weights(row, lambda: False)) == ([], here)
    drain(fetch_imagenet_weights(row, lambda: False, anew=True))
    assert here.read_bytes() == CONTENT


@pytest.mark.parametrize("answer", [cut_after(50), status(404), status(500)])
@pytest.mark.parametrize("digits", ["", "00000000"])
def test_that_a_bad_download_leaves_no_weights_and_says_where_to_put_the_file(
    site: Site, drain: Any, answer: Any, digits: str
) -> None:
    site.headers, site.answers = {}, [answer] * 9
    row = row_at(site, digits)
    with pytest.raises(WeightsMissing, match="train from scratch") as caught:
        drain(fetch_imagenet_weights(row, lambda: False, patience=QUICK))
    assert str(caught.value.folder) in str(caught.value)
    assert caught.value.file_name in str(caught.value)
    assert final_names() == []


def test_that_wrong_bytes_are_refused(site: Site, drain: Any) -> None:
    with pytest.raises(WeightsMissing, match="not the file that was asked for"):
        drain(fetch_imagenet_weights(row_at(site, "00000000"), lambda: False))
    assert final_names() == []


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (http.client.BadStatusLine("<html>"), "made no sense"),
        (urllib.error.URLError(ssl.SSLCertVerificationError("self-signed")), "certificate"),
    ],
)
def test_that_an_odd_network_is_explained(
    drain: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def answer(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("urllib.request.OpenerDirector.open", answer)
    with pytest.raises(WeightsMissing, match=words):
        drain(fetch_imagenet_weights(ROW, lambda: False, patience=QUICK))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # urllib leaves the refused socket open
def test_that_without_a_network_the_missing_file_is_named(drain: Any) -> None:
    row = replace(ROW, weights=replace(ROW.weights, url="http://127.0.0.1:9/net-00000000.pth"))
    with pytest.raises(WeightsMissing, match="no connection"):
        drain(fetch_imagenet_weights(row, lambda: False))


def test_that_a_cancelled_download_leaves_no_weights(site: Site, drain: Any) -> None:
    with pytest.raises(Cancelled):
        drain(fetch_imagenet_weights(row_at(site), lambda: True))
    assert final_names() == []


def test_that_the_weights_folder_comes_before_torch_hubs_cache() -> None:
    assert find_weights(ROW.weights.file_name) is None
    for folder in (torch_hub_folder(), weights_folder()):
        folder.mkdir(parents=True)
        (folder / ROW.weights.file_name).write_text("")
        assert find_weights(ROW.weights.file_name) == folder / ROW.weights.file_name


@pytest.mark.parametrize("name", [name for name in BACKBONES if name != "efficientnet_pytorch_b0"])
def test_that_the_table_says_what_torchvision_says_of_its_weights(name: str) -> None:
    make_torchvision_importable()
    from torchvision.models import get_model_weights

    weights = BACKBONES[name].weights
    published = next(each for each in get_model_weights(name) if each.url == weights.url)
    assert weights.top1 == pytest.approx(published.meta["_metrics"]["ImageNet-1K"]["acc@1"] / 100, abs=5e-5)
    assert weights.megabytes == pytest.approx(published.meta["_file_size"] * 2**20 / 1e6, rel=0.06)

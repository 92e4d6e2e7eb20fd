import hashlib
import http.client
import io
import os
import pickle
import ssl
import tempfile
import threading
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save, save_file

from stl_tl_gui.engine.downloading import Patience
from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.models.model import build_model
from stl_tl_gui.engine.models.weight_store import WeightsMissing, fetch_imagenet_weights
from stl_tl_gui.engine.models.weights import (
    NotAWeightsFile,
    UnsafeFile,
    WrongWeights,
    apply_weights,
    load_weights,
    matching_backbones,
)
from stl_tl_gui.engine.settings.backbones import BACKBONES, Backbone
from stl_tl_gui.engine.storage.places import find_weights, torch_hub_folder, weights_folder

ROW = BACKBONES["squeezenet1_1"]
HASTY = Patience(timeout=2, tries=2, first_wait=0.01)


class _Dangerous:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("was-executed",)


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".safetensors"])
def test_that_weights_of_each_kind_load_and_the_head_of_other_classes_is_left(tmp_path: Path, suffix: str) -> None:
    weights = build_model("squeezenet1_1", 7).state_dict()
    path = tmp_path / f"weights{suffix}"
    if suffix == ".safetensors":
        save_file(weights, path)
    else:
        torch.save({"state_dict": {f"module.{key}": value for key, value in weights.items()}}, path)
    model = build_model("squeezenet1_1", 3)
    assert not apply_weights(model, ROW, load_weights(path), path.name)
    assert torch.equal(model.state_dict()["features.0.weight"], weights["features.0.weight"])
    assert apply_weights(build_model("squeezenet1_1", 7), ROW, load_weights(path), path.name)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_that_a_damaged_file_is_weights_or_none_and_never_a_fault(written: dict[str, bytes], data: Any) -> None:
    suffix = data.draw(st.sampled_from(sorted(written)))
    content = bytearray(written[suffix])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"damaged{suffix.removeprefix('legacy')}"
        path.write_bytes(content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content)
        with suppress(UserError):
            load_weights(path)


@pytest.fixture(scope="module")
def written() -> dict[str, bytes]:
    """The same weights in each kind of file."""
    weights = {"a.weight": torch.ones(4, 4), "b": torch.ones(3, dtype=torch.int64), "c": torch.ones(2).bfloat16()}
    zipped, legacy = io.BytesIO(), io.BytesIO()
    torch.save(weights, zipped)
    torch.save(weights, legacy, _use_new_zipfile_serialization=False)
    return {".pt": zipped.getvalue(), "legacy.pth": legacy.getvalue(), ".safetensors": save(weights)}


@pytest.mark.parametrize(
    "change",
    [
        lambda weight: weight.to_sparse(),
        lambda weight: weight.to(torch.complex64),
        lambda weight: weight.to(torch.int8),
        lambda weight: weight.to("meta"),
        lambda weight: weight * float("nan"),
    ],
)
def test_that_weights_that_cannot_be_learnt_on_are_refused(tmp_path: Path, change: Any) -> None:
    weights = dict(build_model("squeezenet1_1", 3).state_dict())
    weights["features.0.weight"] = change(weights["features.0.weight"])
    torch.save(weights, tmp_path / "odd.pt")
    with pytest.raises(NotAWeightsFile, match=r"cannot be trained|NaN or infinite"):
        load_weights(tmp_path / "odd.pt")


def test_that_weights_of_another_backbone_are_named() -> None:
    weights = build_model("resnet34", 10).state_dict()
    with pytest.raises(WrongWeights, match="weights of ResNet-34, not of ResNet-18"):
        apply_weights(build_model("resnet18", 10), BACKBONES["resnet18"], weights, "file.pth")
    assert matching_backbones(weights) == ["resnet34"]


def test_that_a_pickle_that_would_run_code_is_refused_and_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bare, zipped = tmp_path / "bare.pth", tmp_path / "zipped.pth"
    bare.write_bytes(pickle.dumps(_Dangerous()))
    torch.save({"model_state_dict": _Dangerous()}, zipped)
    for path in (bare, zipped):
        with pytest.raises(UnsafeFile, match="could run code"):
            load_weights(path)
    assert not (tmp_path / "was-executed").exists()


@pytest.mark.parametrize("content", [b"", b"hello\n", b"PK\x03\x04rubbish", b"\x80\x02."])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_that_a_file_that_is_no_weights_is_named(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"notes{suffix}"
    path.write_bytes(content)
    with pytest.raises(NotAWeightsFile, match="notes"):
        load_weights(path)


def test_that_a_truncated_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cut.pth"
    torch.save(build_model("squeezenet1_1", 2).state_dict(), path)
    whole = path.read_bytes()
    for share in range(10):
        path.write_bytes(whole[: len(whole) * share // 10])
        with pytest.raises(NotAWeightsFile, match="cut"):
            load_weights(path)


def test_that_the_weights_folder_comes_before_torch_hubs_cache() -> None:
    assert find_weights(ROW.weights.file_name) is None
    for folder in (torch_hub_folder(), weights_folder()):
        folder.mkdir(parents=True)
        (folder / ROW.weights.file_name).write_text("")
        assert find_weights(ROW.weights.file_name) == folder / ROW.weights.file_name


@pytest.fixture
def server() -> Iterator[Callable[[bytes, int], Backbone]]:
    """Serves bytes at a backbone's address; the content length may lie."""
    served: dict[str, Any] = {}

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(served["status"])
            self.send_header("Content-Length", str(served["length"]))
            self.end_headers()
            self.wfile.write(served["content"])

        def log_message(self, *_: object) -> None:
            pass

    http = HTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()

    def serve(content: bytes, *, length: int | None = None, status: int = 200, name: str | None = None) -> Backbone:
        served.update(content=content, length=len(content) if length is None else length, status=status)
        digest = name or hashlib.sha256(content).hexdigest()[:8]
        url = f"http://127.0.0.1:{http.server_port}/net-{digest}.pth"
        return replace(ROW, weights=replace(ROW.weights, url=url))

    yield serve
    http.shutdown()
    http.server_close()
    thread.join()


def test_that_missing_weights_are_downloaded_with_progress(server: Any, drain: Any) -> None:
    row = server(b"x" * 1_000_000)
    events, path = drain(fetch_imagenet_weights(row, lambda: False, HASTY))
    assert path == weights_folder() / row.weights.file_name
    assert path.read_bytes() == b"x" * 1_000_000
    assert events[-1].done == events[-1].total == 1_000_000


@pytest.mark.parametrize(
    "answer",
    [
        {"content": b"short", "length": 5000},
        {"content": b"wrong bytes", "name": "00000000"},
        {"content": b"no", "status": 404},
    ],
)
def test_that_a_bad_download_leaves_nothing_and_says_where_to_put_the_file(
    server: Any, drain: Any, answer: dict[str, Any]
) -> None:
    row = server(**answer)
    with pytest.raises(WeightsMissing, match="train from scratch") as caught:
        drain(fetch_imagenet_weights(row, lambda: False, HASTY))
    assert str(caught.value.folder) in str(caught.value)
    assert caught.value.file_name in str(caught.value)
    assert list(weights_folder().iterdir()) == []


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (http.client.BadStatusLine("<html>"), "cannot be understood"),
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
        drain(fetch_imagenet_weights(ROW, lambda: False, HASTY))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # urllib leaves the refused socket open
def test_that_without_a_network_the_missing_file_is_named(drain: Any) -> None:
    row = replace(ROW, weights=replace(ROW.weights, url="http://127.0.0.1:9/net-00000000.pth"))
    with pytest.raises(WeightsMissing, match="no internet connection"):
        drain(fetch_imagenet_weights(row, lambda: False, HASTY))


def test_that_a_cancelled_download_leaves_nothing(server: Any, drain: Any) -> None:
    with pytest.raises(Cancelled):
        drain(fetch_imagenet_weights(server(b"x" * 1_000_000), lambda: True))
    assert list(weights_folder().iterdir()) == []

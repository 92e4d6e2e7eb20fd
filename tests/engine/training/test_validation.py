import pytest
import torch

from stl_tl_gui.engine.machine.randomness import Randomness
from stl_tl_gui.engine.training.mixing import mix
from stl_tl_gui.engine.training.steps import Batch
from stl_tl_gui.engine.training.validation import Validation


def validation(sure: float, n: int = 2000) -> Validation:
    """Logits that are right about their own uncertainty, multiplied by a factor."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(n, 3, generator=generator)
    targets = torch.multinomial(logits.softmax(1), 1, generator=generator)[:, 0]
    return Validation(sure * logits, targets)


@pytest.mark.parametrize("sure", [0.2, 1.0, 5.0])
def test_that_calibration_finds_by_how_much_a_model_is_too_sure(sure: float) -> None:
    found = validation(sure)
    assert found.calibration() == pytest.approx(1 / sure, rel=0.15)
    scaled = found.scaled(found.calibration())
    assert scaled.loss <= found.loss + 1e-4
    assert scaled.accuracy == found.accuracy


def test_that_figures_are_those_of_the_pictures() -> None:
    found = Validation(torch.tensor([[2.0, 0.0], [0.0, 2.0], [2.0, 0.0]]), torch.tensor([0, 1, 1]))
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.loss == pytest.approx(found.losses.mean().item())
    assert found.losses.argmax() == 2


def batch(n: int) -> Batch:
    return Batch(0, torch.empty(0), torch.arange(n) % 3, Randomness(1, 2, 3))


def test_that_a_mixed_batch_counts_both_labels_by_their_share() -> None:
    pictures = torch.arange(12.0).reshape(6, 2)
    mixed = mix(pictures, batch(6), alpha=1.0)
    assert mixed.second is not None
    assert 0 < mixed.share < 1
    assert not torch.equal(mixed.images, pictures)
    assert mixed.images.mean() == pytest.approx(pictures.mean().item())
    assert mixed.loss(lambda targets: targets.double().mean()) == pytest.approx(1.0)  # of the same labels in all


def test_that_without_mixing_a_batch_stays_as_it_is() -> None:
    pictures = torch.rand(6, 2)
    mixed = mix(pictures, batch(6), alpha=0.0)
    assert mixed.images is pictures
    assert mixed.second is None


def test_that_the_same_place_in_a_run_mixes_the_same() -> None:
    pictures = torch.rand(6, 2)
    assert torch.equal(mix(pictures, batch(6), 0.4).images, mix(pictures, batch(6), 0.4).images)


def test_that_each_class_has_its_accuracy_and_one_without_pictures_has_none() -> None:
    logits = torch.tensor([[2.0, 0, 0], [0, 2, 0], [2, 0, 0], [0, 2, 0]])
    assert Validation(logits, torch.tensor([0, 1, 1, 1])).class_accuracies(3) == (1.0, 0.6667, None)

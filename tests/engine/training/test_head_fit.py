import numpy as np
import torch
from torch.nn.functional import cross_entropy

from stl_tl_gui.engine.training.head_fit import HeadFit, fit_head


def clouds(n: int, apart: float, classes: int = 3, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Features (n, 20) around a center for each class, and their classes."""
    generator = torch.Generator().manual_seed(seed)
    centers = torch.randn(classes, 20, generator=torch.Generator().manual_seed(7))
    targets = torch.arange(n) % classes
    return apart * centers[targets] + torch.randn(n, 20, generator=generator), targets


def accuracy(fit: HeadFit, features: torch.Tensor, targets: torch.Tensor) -> float:
    return ((features @ fit.weight.T + fit.bias).argmax(1) == targets).double().mean().item()


def test_that_the_head_separates_what_can_be_separated() -> None:
    features, targets = clouds(90, 3.0)
    fit = fit_head(features, targets, 3, seed=0)
    assert accuracy(fit, *clouds(300, 3.0, seed=1)) > 0.98
    assert fit.accuracy > 0.95


def test_that_the_scale_of_features_does_not_matter() -> None:
    features, targets = clouds(90, 1.0)
    one, other = fit_head(features, targets, 3, 0), fit_head(1000 * features, targets, 3, 0)
    torch.testing.assert_close(features @ one.weight.T, 1000 * features @ other.weight.T, rtol=0.02, atol=0.02)


def test_that_cross_validation_is_honest_where_the_training_loss_is_not() -> None:
    features, targets = clouds(60, 0.0)  # nothing to learn
    fit = fit_head(features, targets, 3, 0)
    trained = cross_entropy(features @ fit.weight.T + fit.bias, targets)
    assert fit.losses.mean() > trained
    assert fit.losses.mean() > np.log(3) - 0.05
    assert fit.decay == 0.1  # the strongest


def test_that_every_picture_is_judged_once_and_again_the_same() -> None:
    features, targets = clouds(31, 1.0)
    one, again = (fit_head(features, targets, 3, seed=5) for _ in range(2))
    assert one.losses.shape == (31,)
    assert (one.losses > 0).all()
    assert torch.equal(one.losses, again.losses)
    assert torch.equal(one.weight, again.weight)


def test_that_weights_of_classes_count() -> None:
    features, targets = clouds(90, 0.3)
    few = torch.cat([torch.nonzero(targets == 0)[:3, 0], torch.nonzero(targets != 0)[:, 0]])
    plain = fit_head(features[few], targets[few], 3, 0)
    weighted = fit_head(features[few], targets[few], 3, 0, class_weights=torch.tensor([10.0, 0.5, 0.5]))
    new, wanted = clouds(300, 0.3, seed=2)
    share = [((new @ fit.weight.T + fit.bias).argmax(1) == 0).double().mean() for fit in (plain, weighted)]
    assert share[0] < share[1]
    assert len(wanted) == 300


def test_that_fewer_pictures_than_folds_are_enough() -> None:
    features, targets = clouds(3, 3.0)
    fit = fit_head(features, targets, 3, 0)
    assert torch.isfinite(fit.weight).all()
    assert accuracy(fit, features, targets) == 1

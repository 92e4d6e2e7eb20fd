"""The result of a run: what stands out is said, the worst news first, and only where the numbers bear it."""

import numpy as np
import pytest
from builders import epoch_end, run_start

from stl_tl_gui.engine.evaluation.metrics import Confusion
from stl_tl_gui.engine.evaluation.result import (
    ByHeart,
    FewPictures,
    Missed,
    MixedUp,
    NoBetterThanGuessing,
    NoMistake,
    NothingStandsOut,
    StillRising,
    result_of,
    verdict_of,
)
from stl_tl_gui.engine.events import RunEnd
from stl_tl_gui.engine.runs.history import History, history
from stl_tl_gui.engine.runs.predictions import Predictions, write_predictions
from stl_tl_gui.engine.runs.run import create_run
from stl_tl_gui.engine.settings.settings import make_settings

NAMES = ("cat", "deer", "horse")


def figures(*rows: tuple[int, int, int]) -> Confusion:
    return Confusion(np.array(rows), NAMES)


def log(*validation: float, training: float = 0.9, pictures: int = 100, reason: str = "completed") -> History:
    """A run of planned epochs with these validation accuracies, whose best model is kept."""
    best = 0.0
    events = [run_start(epochs=len(validation), counts={"train": 900, "val": pictures})]
    for number, accuracy in enumerate(validation, 1):
        kept = accuracy > best
        best = max(best, accuracy)
        events.append(epoch_end(number, val_accuracy=accuracy, train_accuracy=training, best=kept))
    return history([*events, RunEnd(reason=reason, message="")])


GOOD = figures((95, 3, 2), (2, 95, 3), (3, 2, 95))
STEADY = log(0.94, 0.95, 0.95, training=0.96)


def test_that_a_good_result_without_a_weak_spot_says_so() -> None:
    assert verdict_of(STEADY, GOOD) == NothingStandsOut()
    assert verdict_of(STEADY, figures((50, 0, 0), (0, 50, 0), (0, 0, 50))) == NoMistake(150)


def test_that_guessing_is_called_guessing_first_of_all() -> None:
    cats = figures((60, 0, 0), (20, 0, 0), (20, 0, 0))
    assert verdict_of(log(0.6, 0.6, 0.6, training=0.99), cats) == NoBetterThanGuessing("cat", 0.6)


@pytest.mark.parametrize(("pictures", "certain"), [(100, True), (8, False)])
def test_that_learning_by_heart_is_said_only_where_chance_does_not_explain_it(pictures: int, certain: bool) -> None:
    overfitted = log(0.8, 0.8, 0.8, training=0.95, pictures=pictures)
    found = verdict_of(overfitted, GOOD)
    assert found == (ByHeart(0.95, 0.8) if certain else NothingStandsOut())


def test_that_a_run_that_still_rose_asks_for_more_epochs_unless_it_was_stopped() -> None:
    rising = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9)
    assert verdict_of(log(*rising), GOOD) == StillRising()
    assert verdict_of(log(*rising, reason="stopped"), GOOD) == NothingStandsOut()


def test_that_two_classes_that_share_most_mistakes_are_named() -> None:
    mixed = figures((98, 1, 1), (1, 80, 19), (1, 12, 87))
    assert verdict_of(STEADY, mixed) == MixedUp(("deer", "horse"), 31, 35)


def test_that_a_class_that_is_rarely_found_is_named() -> None:
    missed = figures((98, 1, 1), (1, 98, 1), (4, 4, 2))
    assert verdict_of(STEADY, missed) == Missed("horse", 2, 10)


def test_that_few_pictures_are_called_few() -> None:
    assert verdict_of(STEADY, figures((10, 0, 0), (0, 9, 1), (0, 0, 10))) == FewPictures(30)


def test_that_two_classes_are_not_said_to_be_mixed_up_where_there_are_no_others() -> None:
    two = Confusion(np.array([[90, 10], [10, 90]]), ("cat", "dog"))
    assert verdict_of(STEADY, two) == NothingStandsOut()


def test_that_the_test_pictures_count_where_there_are_any(tmp_path) -> None:
    run = create_run(make_settings({"data": "sample"}), tmp_path / "run")
    assert result_of(run) is None
    for split, n in (("val", 60), ("test", 90)):
        targets = np.arange(n) % 3
        probabilities = np.eye(3, dtype=np.float32)[targets]
        ids = [f"{split}{i}" for i in range(n)]
        write_predictions(run.predictions(split), Predictions(ids, targets, probabilities, np.zeros(n, "f4"), NAMES))
        found = result_of(run)
        assert found is not None
        assert (found.split, found.figures.count, found.verdict) == (split, n, NoMistake(n))
        assert found.guessing == ("cat", pytest.approx(1 / 3))

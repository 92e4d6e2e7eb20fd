"""What transfer gave, in words."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from stl_tl_gui.engine.runs.run import Run, RunSummary
from stl_tl_gui.engine.runs.transfer import Transfer
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.words.transfer import transfer_times, transfer_words


def ended(weights: str, test: float, seconds: float = 20.0, **chosen: str) -> RunSummary:
    settings = make_settings({"weights": weights, **chosen})
    day = datetime(2030, 1, 1)
    return RunSummary(Run(Path(weights)), settings, day, 10, 10, 0.5, test, seconds, 1, "completed")


@pytest.mark.parametrize(
    ("pretrained", "scratch", "words"),
    [
        (0.996, 0.62, "Transfer gave 37.6 points: 99.6 % with pretrained weights, 62.0 % from scratch."),
        (0.60, 0.635, "Transfer cost 3.5 points: 60.0 % with pretrained weights, 63.5 % from scratch."),
        (0.60, 0.6001, "Transfer gave nothing: 60.0 % with pretrained weights, 60.0 % from scratch."),
        (0.70551, 0.6964, "Transfer gave 1.0 points: 70.6 % with pretrained weights, 69.6 % from scratch."),
    ],
)
def test_that_the_points_are_the_difference_of_the_figures_shown(pretrained: float, scratch: float, words: str) -> None:
    assert transfer_words(Transfer(ended("imagenet", pretrained), ended("none", scratch))) == words


def test_that_figures_of_the_validation_pictures_are_called_so() -> None:
    pretrained, scratch = (replace(ended(weights, 0.9), test_accuracy=None) for weights in ("imagenet", "none"))
    assert transfer_words(Transfer(pretrained, scratch)).endswith(" from scratch (validation pictures).")


def test_that_both_times_are_said_with_what_took_them() -> None:
    found = transfer_times(Transfer(ended("imagenet", 0.9, 22), ended("none", 0.6, 90)))
    assert found == "Training took 22 s (EfficientNet-Lite0) and 1 min 30 s (ResNet-18)."
    same = Transfer(ended("imagenet", 0.9, 22, backbone="resnet18"), ended("none", 0.6, 90))
    assert transfer_times(same) == "Training took 22 s and 1 min 30 s."

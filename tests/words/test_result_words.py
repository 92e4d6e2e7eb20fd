import numpy as np
import pytest

from stl_tl_gui.engine.evaluation.metrics import Confusion
from stl_tl_gui.engine.evaluation.result import (
    ByHeart,
    FewPictures,
    Missed,
    MixedUp,
    NoBetterThanGuessing,
    NoMistake,
    NothingStandsOut,
    Result,
    StillRising,
    Verdict,
)
from stl_tl_gui.words.result import guessing_words, interval_words, verdict_words


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (ByHeart(0.99, 0.71), "Learns by heart: training 99 %, validation 71 %. More pictures or stronger"),
        (MixedUp(("deer", "horse"), 12, 40), "Two classes are mixed up: deer and horse (12 of 40 mistakes)."),
        (Missed("ship", 1, 1), "“ship” is often missed: 1 of 1 picture found."),
        (NoBetterThanGuessing("cat", 0.6), "always answering “cat” (60.0 %)"),
        (FewPictures(30), "Only 30 pictures"),
        (NoMistake(500), "No mistake on 500 pictures."),
        (StillRising(), "Train longer."),
        (NothingStandsOut(), "Mistakes are spread"),
    ],
)
def test_that_each_verdict_is_a_plain_sentence(verdict: Verdict, words: str) -> None:
    text = verdict_words(verdict)
    assert words in text.replace("\N{NO-BREAK SPACE}", " ")
    assert text.endswith(".") or words.endswith("stronger")


def test_that_the_figure_comes_with_its_interval_and_with_what_guessing_gives() -> None:
    even = Result("test", Confusion(np.diag([50, 50]), ("cat", "dog")), NothingStandsOut())
    assert interval_words(even) == "96.3–100.0 % (95% interval), 100 pictures"
    assert guessing_words(even) == "Guessing: 50.0 %"
    uneven = Result("test", Confusion(np.diag([90, 10]), ("cat", "dog")), NothingStandsOut())
    assert guessing_words(uneven) == "Always “cat”: 90.0 %"

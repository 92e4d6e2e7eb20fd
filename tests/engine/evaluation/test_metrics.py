import json

import numpy as np
import pytest

from stl_tl_gui.engine.evaluation.metrics import Confusion, wilson_interval
from stl_tl_gui.words.prediction import answer_in_words

FIGURES = Confusion(np.array([[3, 1, 0], [2, 4, 0], [0, 0, 0]]), ("cat", "dog", "ship"))


def test_that_the_accuracy_comes_with_its_interval() -> None:
    assert FIGURES.accuracy == 0.7
    assert FIGURES.interval == wilson_interval(0.7, 10)
    assert Confusion(np.zeros((2, 2), np.int64), ("cat", "dog")).interval == (0.0, 1.0)


def test_that_a_class_that_never_occurs_has_figures_of_zero() -> None:
    assert FIGURES.support.tolist() == [4, 6, 0]
    assert FIGURES.precision.tolist() == pytest.approx([3 / 5, 4 / 5, 0])
    assert FIGURES.recall.tolist() == pytest.approx([3 / 4, 4 / 6, 0])
    assert FIGURES.f1.tolist() == pytest.approx([6 / 9, 8 / 11, 0])


def test_that_all_figures_are_plain_values_for_json() -> None:
    document = json.loads(json.dumps(FIGURES.to_dict()))
    assert set(document) == {"accuracy", "interval", "count", "classes", "confusion"}
    assert document["classes"]["dog"]["support"] == 6
    assert document["confusion"][1] == [2, 4, 0]


def test_that_the_predicted_class_is_named_first() -> None:
    assert answer_in_words("deer", "dog") == "Said deer · really dog"
    assert answer_in_words("dog", "dog") == "Said dog · right"

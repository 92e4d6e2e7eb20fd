from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stl_tl_gui.engine.evaluation.metrics import confusion, wilson_interval
from stl_tl_gui.engine.runs.predictions import DamagedPredictions, Predictions, read_predictions, write_predictions


def table(n: int, classes: int, seed: int, names: tuple[str, ...] | None = None) -> Predictions:
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(classes), n).astype(np.float32).reshape(n, classes)
    targets = rng.integers(0, classes, n)
    return Predictions(
        ids=[f"test/{index:06}" for index in range(n)],
        targets=targets,
        probabilities=probabilities,
        loss=-np.log(probabilities[np.arange(n), targets]),
        class_names=names or tuple(f"class {index}" for index in range(classes)),
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 40), st.integers(2, 12), st.integers(0, 99))
def test_that_a_table_reads_back_exactly(tmp_path_factory: pytest.TempPathFactory, n: int, c: int, seed: int) -> None:
    path = tmp_path_factory.mktemp("table") / "predictions.csv"
    written = table(n, c, seed)
    write_predictions(path, written)
    read = read_predictions(path)
    assert read.ids == written.ids
    assert read.class_names == written.class_names
    for column in ("targets", "predicted", "confidence", "loss", "probabilities"):
        assert np.array_equal(getattr(read, column), getattr(written, column)), column


def test_that_odd_names_survive_the_table(tmp_path: Path) -> None:
    names = ('with "quotes"', "comma, inside", "zwei\nZeilen", "p_猫")
    written = table(9, 4, 0, names)
    write_predictions(tmp_path / "t.csv", written)
    assert read_predictions(tmp_path / "t.csv").class_names == names


@pytest.mark.parametrize(
    "content", ["", "image,target\n", "hello", "image,target,predicted,confidence,loss,p_a\nx,b,a,1,0,1"]
)
def test_that_a_damaged_table_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "predictions.csv"
    path.write_text(content)
    with pytest.raises(DamagedPredictions, match=r"predictions\.csv"):
        confusion(read_predictions(path))


def test_that_per_class_figures_follow_from_the_confusion_matrix() -> None:
    predictions = table(200, 5, 1)
    figures = confusion(predictions)
    hits = np.diag(figures.counts)
    assert np.allclose(figures.precision, hits / figures.counts.sum(axis=0))
    assert np.allclose(figures.recall, hits / figures.counts.sum(axis=1))
    assert np.allclose(figures.f1, 2 * figures.precision * figures.recall / (figures.precision + figures.recall))
    assert figures.accuracy == pytest.approx(hits.sum() / 200)
    rows = np.array([[(predictions.targets == t) & (predictions.predicted == p) for p in range(5)] for t in range(5)])
    assert np.array_equal(figures.counts, rows.sum(axis=2))


def test_that_the_interval_is_wilsons() -> None:
    low, high = wilson_interval(0.8, 100)  # Newcombe 1998 and every calculator
    assert (round(low, 4), round(high, 4)) == (0.7112, 0.8666)
    assert wilson_interval(1.0, 5)[1] == 1.0
    assert wilson_interval(0.0, 5)[0] == 0.0

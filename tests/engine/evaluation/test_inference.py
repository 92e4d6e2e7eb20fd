from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from stl_tl_gui.engine.data import open_dataset
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.evaluation.evaluate import evaluate
from stl_tl_gui.engine.evaluation.inference import Classified, Classifier, NoPictures, open_classifier
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.engine.models.checkpoints import load_checkpoint
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.engine.training.train import train


@pytest.fixture
def run(colours: Path, tmp_path: Path, drain: Any) -> Run:
    settings = make_settings(
        {"data": str(colours), "backbone": "squeezenet1_1", "weights": "none", "epochs": 4, "input_size": 32,
         "batch_size": 16}
    )  # fmt: skip
    finished: Run = drain(train(settings, tmp_path / "run"))[1]
    return finished


@pytest.fixture
def classifier(run: Run) -> Classifier:
    return open_classifier(run.folder)


def test_that_files_folders_and_pictures_in_memory_are_classified_in_order(
    classifier: Classifier, colours: Path, drain: Any
) -> None:
    red = Image.new("RGB", (50, 20), (200, 50, 40))
    file = colours / "test" / "blue" / "00.png"
    events, results = drain(classifier.classify([file, colours / "test", red]))
    assert [event for event in events if isinstance(event, Classified)] == results
    assert [event.done for event in events if isinstance(event, Progress)][-1] == 20
    assert [result.path for result in results][:3] == [file, file, colours / "test" / "blue" / "01.png"]
    assert results[-1].path is None
    for result in results:
        assert sum(result.probabilities.values()) == pytest.approx(1)
        assert next(iter(result.probabilities)) == result.predicted
        assert result.confidence == max(result.probabilities.values())


def test_that_prediction_says_what_evaluation_says(run: Run, classifier: Classifier, colours: Path, drain: Any) -> None:
    """The window, the table and the command line must see the same picture in the same way."""
    _, table = drain(evaluate(run))
    _, dataset = drain(open_dataset(str(colours)))
    images = dataset.splits["test"]
    _, results = drain(classifier.classify([images.path(index) for index in range(len(images))]))
    for row, result in enumerate(results):
        expected = dict(zip(table.class_names, table.probabilities[row].tolist(), strict=True))
        assert result.probabilities == pytest.approx(expected, abs=1e-4)


def test_that_the_first_of_many_pictures_is_there_before_the_others_are_read(
    classifier: Classifier, colours: Path, drain: Any
) -> None:
    events, _ = drain(classifier.classify([colours / "train"]))
    counts = [event.done for event in events if isinstance(event, Progress) and event.stage == "Classifying"]
    assert counts == [1, 5, 21, 60]


@pytest.mark.parametrize(
    "arithmetic",
    [
        None,
        {"training": {}, "inference": {"digits": 3}},
        {"training": {}, "inference": {"precision": "float16"}, "device": "cuda"},
    ],
)
def test_that_a_checkpoint_from_elsewhere_is_classified_with_in_float32(run: Run, arithmetic: Any) -> None:
    classifier = Classifier(replace(load_checkpoint(run.best), arithmetic=arithmetic), "cpu")
    assert classifier.arithmetic.inference.precision == "float32"


def test_that_a_checkpoint_is_classified_with_as_it_was_trained(run: Run) -> None:
    chosen = {"training": {}, "inference": {"channels_last": False}, "device": "cpu"}
    classifier = Classifier(replace(load_checkpoint(run.best), arithmetic=chosen), "cpu")
    assert not classifier.arithmetic.inference.channels_last


def test_that_a_file_that_cannot_be_read_is_a_result_that_says_why(
    classifier: Classifier, tmp_path: Path, drain: Any
) -> None:
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.png").write_text("hello")
    Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(tmp_path / "grüße 猫.png")
    paths = [tmp_path / name for name in ("empty.jpg", "text.png", "grüße 猫.png", "missing.png")]
    _, results = drain(classifier.classify(paths))
    assert [result.error is None for result in results] == [False, False, True, False]
    assert results[0].error is not None
    assert "empty" in results[0].error
    assert results[1].predicted is None


def test_that_a_folder_without_pictures_is_said(classifier: Classifier, tmp_path: Path, drain: Any) -> None:
    (tmp_path / "nothing").mkdir()
    with pytest.raises(NoPictures, match="nothing"):
        drain(classifier.classify([tmp_path / "nothing"]))
    (tmp_path / "bare").mkdir()
    with pytest.raises(NoPictures, match=r"bare.* and .*nothing"):
        drain(classifier.classify([tmp_path / "bare", tmp_path / "nothing"]))


def test_that_of_a_folder_hidden_files_are_passed_over_and_foreign_pictures_are_rows(
    classifier: Classifier, tmp_path: Path, drain: Any
) -> None:
    folder = tmp_path / "from a phone"
    folder.mkdir()
    for name in ("._1.png", "1.heic", "1.png", "notes.txt"):
        (folder / name).write_bytes(b"\0\0\0\x18ftypheic")
    _, results = drain(classifier.classify([folder]))
    assert [result.name for result in results] == ["1.heic", "1.png"]
    assert "1.heic" in str(results[0].error)


def test_that_classifying_can_be_cancelled(classifier: Classifier, colours: Path, drain: Any) -> None:
    with pytest.raises(Cancelled):
        drain(classifier.classify([colours], lambda: True))

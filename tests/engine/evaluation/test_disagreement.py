import numpy as np
from builders import predictions

from stl_tl_gui.engine.evaluation.disagreement import disagreement
from stl_tl_gui.engine.runs.predictions import Predictions

NAMES = ("cat", "dog")


def table(ids: str, targets: str, predicted: str, names: tuple[str, ...] = NAMES) -> Predictions:
    """By the first letters of the classes."""
    index = {name[0]: number for number, name in enumerate(names)}
    said = np.array([index[letter] for letter in predicted])
    probabilities = np.full((len(ids), len(names)), 0.1, np.float32)
    probabilities[np.arange(len(ids)), said] = 0.9
    true = np.array([index[letter] for letter in targets])
    return Predictions(list(ids), true, probabilities, -np.log(probabilities[np.arange(len(ids)), true]), names)


def test_that_each_picture_is_in_one_group() -> None:
    found = disagreement(table("abcd", "ccdd", "cdcd"), table("abcd", "ccdd", "dccd"))
    assert [found.group(*right)[:, 0].tolist() for right in ((True, True), (True, False), (False, True))] == [
        [3],
        [0],
        [1],
    ]
    assert found.group(False, False)[:, 0].tolist() == [2]
    assert found.left_out == 0


def test_that_pictures_are_matched_by_id_and_true_class_in_any_order() -> None:
    first = table("abc", "cdd", "cdd")
    second = table("cbax", "ddcc", "dccc", names=("dog", "cat"))
    found = disagreement(first, second)
    assert found.rows.tolist() == [[0, 2], [1, 1], [2, 0]]
    assert found.left_out == 1
    assert found.group(True, False).tolist() == [[1, 1]]
    relabeled = disagreement(first, table("abc", "ccd", "ccd"))
    assert (len(relabeled.rows), relabeled.left_out) == (2, 1)


def test_that_the_groups_add_up_and_the_surest_mistakes_come_first() -> None:
    ids = [str(number) for number in range(300)]
    first, second = predictions(ids, NAMES, 1.0, seed=1), predictions(ids, NAMES, 1.0, seed=1)
    second = Predictions(ids, second.targets, first.probabilities[::-1].copy(), first.loss, NAMES)
    found = disagreement(first, second)
    groups = [found.group(a, b) for a in (True, False) for b in (True, False)]
    assert sum(map(len, groups)) == 300
    losses = first.loss[found.group(False, True)[:, 0]]
    assert len(losses) > 1
    assert np.all(np.diff(np.maximum(losses, second.loss[found.group(False, True)[:, 1]])) <= 0)


def test_that_tables_without_a_common_picture_have_nothing_to_show() -> None:
    found = disagreement(table("ab", "cd", "cd"), table("xy", "cd", "cd"))
    assert len(found.rows) == 0
    assert found.left_out == 4
    assert len(found.group(True, False)) == 0

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stl_tl_gui.engine.data.dataset import ImageSet
from stl_tl_gui.engine.data.splits import ClassTooSmall, add_missing_splits, split_indices

label_lists = st.lists(st.integers(0, 6), max_size=120).map(lambda labels: np.array(labels, np.int64))
fractions = st.floats(0.01, 0.99)


class Numbers(ImageSet):
    """Pictures that are only ids."""

    def read(self, index, at_least=None):
        raise NotImplementedError

    def path(self, index):
        return None

    def subset(self, indices):
        return Numbers([self.ids[index] for index in indices], self.targets[indices])


def numbers(counts, prefix="train"):
    targets = np.repeat(np.arange(len(counts)), counts)
    return Numbers([f"{prefix}/{number}" for number in range(len(targets))], targets)


@given(label_lists, fractions, st.integers(0, 2**31 - 1))
def test_that_a_split_is_disjoint_complete_and_ascending(targets, fraction, seed):
    kept, held_out = split_indices(targets, fraction, seed)
    assert sorted([*kept, *held_out]) == list(range(len(targets)))
    assert (np.diff(kept) > 0).all()
    assert (np.diff(held_out) > 0).all()


@given(label_lists, fractions, st.integers(0, 2**31 - 1))
def test_that_the_same_seed_gives_the_same_split(targets, fraction, seed):
    first, second = split_indices(targets, fraction, seed), split_indices(targets.copy(), fraction, seed)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@given(label_lists, fractions, st.integers(0, 100))
def test_that_each_class_is_on_both_sides_and_singles_are_kept(targets, fraction, seed):
    kept, held_out = split_indices(targets, fraction, seed)
    for label, count in zip(*np.unique(targets, return_counts=True), strict=True):
        assert (targets[kept] == label).any()
        assert (targets[held_out] == label).any() == (count >= 2)


@given(label_lists, fractions, st.integers(0, 100))
def test_that_the_number_held_out_is_exact_where_classes_allow_it(targets, fraction, seed):
    _, held_out = split_indices(targets, fraction, seed)
    counts = np.bincount(targets)
    wanted = int(np.floor(fraction * counts.sum() + 0.5))
    assert len(held_out) == min(max(wanted, int((counts >= 2).sum())), int(np.maximum(counts - 1, 0).sum()))


@given(st.lists(st.integers(20, 60), min_size=2, max_size=6), st.floats(0.1, 0.9))
def test_that_each_class_gives_about_its_share(counts, fraction):
    targets = np.repeat(np.arange(len(counts)), counts)
    _, held_out = split_indices(targets, fraction, 0)
    shares = np.bincount(targets[held_out], minlength=len(counts))
    assert np.abs(shares - fraction * np.array(counts)).max() < 1


def test_that_the_split_is_the_one_that_earlier_runs_made():
    _, held_out = split_indices(np.repeat([0, 1, 2], [5, 10, 6]), 0.3, 7)
    assert np.bincount(np.repeat([0, 1, 2], [5, 10, 6])[held_out]).tolist() == [1, 3, 2]
    assert held_out.tolist() == [2, 5, 13, 14, 17, 18]


def test_that_more_pictures_of_one_class_leave_the_others_as_they_are():
    few, many = np.repeat([0, 1], [20, 30]), np.repeat([0, 1], [20, 50])
    assert split_indices(few, 0.5, 3)[1][:10].tolist() == split_indices(many, 0.5, 3)[1][:10].tolist()


def test_that_different_seeds_give_different_splits():
    targets = np.repeat([0, 1], 50)
    assert split_indices(targets, 0.2, 0)[1].tolist() != split_indices(targets, 0.2, 1)[1].tolist()


def test_that_val_and_test_are_taken_from_train_where_they_are_missing():
    splits = add_missing_splits({"train": numbers([20, 20])}, ("a", "b"), val_fraction=0.25, test_fraction=0.2, seed=0)
    assert [(name, len(images)) for name, images in splits.items()] == [("train", 24), ("val", 8), ("test", 8)]
    ids = [id for images in splits.values() for id in images.ids]
    assert len(set(ids)) == 40


def test_that_given_splits_stay_as_they_are():
    given_splits = {name: numbers([2, 1], name) for name in ("train", "val", "test")}
    splits = add_missing_splits(given_splits, ("a", "b"), val_fraction=0.5, test_fraction=0.5, seed=0)
    assert {name: images.ids for name, images in splits.items()} == {k: v.ids for k, v in given_splits.items()}


def test_that_all_pictures_can_be_for_the_test_even_one_per_class():
    made = add_missing_splits({"train": numbers([1, 1])}, ("a", "b"), val_fraction=0.1, test_fraction=1, seed=0)
    assert {name: len(images) for name, images in made.items()} == {"train": 0, "val": 0, "test": 2}


def test_that_no_test_split_is_made_unless_asked():
    splits = add_missing_splits({"train": numbers([5, 5])}, ("a", "b"), val_fraction=0.2, test_fraction=0, seed=0)
    assert list(splits) == ["train", "val"]


@pytest.mark.parametrize(
    ("count", "test_fraction", "message"), [(1, 0, "one picture; at least two"), (2, 0.3, "three")]
)
def test_that_a_class_with_too_few_pictures_is_named(count, test_fraction, message):
    with pytest.raises(ClassTooSmall, match=f"Class “lynx” has .*{message}"):
        add_missing_splits(
            {"train": numbers([9, count])}, ("cat", "lynx"), val_fraction=0.1, test_fraction=test_fraction, seed=0
        )

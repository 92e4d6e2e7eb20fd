from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stl_tl_gui.engine.data.dataset import ImageSet
from stl_tl_gui.engine.data.splits import (
    ClassTooSmall,
    NoFolds,
    Splitting,
    TooFewGroups,
    add_missing_splits,
    fold_numbers,
    hold_out,
    split_indices,
)

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
    splits = add_missing_splits(
        {"train": numbers([20, 20])}, ("a", "b"), Splitting(val_fraction=0.25, test_fraction=0.2)
    )
    assert [(name, len(images)) for name, images in splits.items()] == [("train", 24), ("val", 8), ("test", 8)]
    ids = [id for images in splits.values() for id in images.ids]
    assert len(set(ids)) == 40


def test_that_given_splits_stay_as_they_are():
    given_splits = {name: numbers([2, 1], name) for name in ("train", "val", "test")}
    splits = add_missing_splits(given_splits, ("a", "b"), Splitting(val_fraction=0.5, test_fraction=0.5))
    assert {name: images.ids for name, images in splits.items()} == {k: v.ids for k, v in given_splits.items()}


def test_that_all_pictures_can_be_for_the_test_even_one_per_class():
    made = add_missing_splits({"train": numbers([1, 1])}, ("a", "b"), Splitting(val_fraction=0.1, test_fraction=1))
    assert {name: len(images) for name, images in made.items()} == {"train": 0, "val": 0, "test": 2}


def test_that_no_test_split_is_made_unless_asked():
    splits = add_missing_splits({"train": numbers([5, 5])}, ("a", "b"), Splitting(val_fraction=0.2, test_fraction=0))
    assert list(splits) == ["train", "val"]


@pytest.mark.parametrize("test_fraction", [0, 0.3])
def test_that_a_class_of_one_picture_is_for_training_only(test_fraction):
    made = add_missing_splits({"train": numbers([9, 1])}, ("cat", "lynx"), Splitting(test_fraction=test_fraction))
    assert {name: np.bincount(images.targets, minlength=2)[1] for name, images in made.items()} == (
        {"train": 1, "val": 0} | ({"test": 0} if test_fraction else {})
    )


def test_that_classes_of_one_picture_each_leave_nothing_to_judge_by():
    with pytest.raises(ClassTooSmall, match="Each class has one picture, such as “cat”"):
        add_missing_splits({"train": numbers([1, 1])}, ("cat", "lynx"), Splitting(test_fraction=0))


def test_that_a_class_too_small_for_a_test_is_not_tested():
    splits = add_missing_splits({"train": numbers([9, 2])}, ("cat", "lynx"), Splitting(test_fraction=0.3))
    assert np.bincount(splits["test"].targets).tolist() == [3]
    assert np.bincount(splits["train"].targets)[1] == np.bincount(splits["val"].targets)[1] == 1


def test_that_classes_too_small_for_a_test_leave_none():
    splits = add_missing_splits({"train": numbers([2, 2])}, ("a", "b"), Splitting(test_fraction=0.15))
    assert list(splits) == ["train", "val"]


def test_that_too_few_groups_for_a_test_say_that_it_can_be_turned_off():
    pictures, groups = numbers([6, 6]), np.repeat([0, 1, 0, 1], 3)
    assert list(add_missing_splits({"train": pictures}, ("a", "b"), Splitting(0.3), groups)) == ["train", "val"]
    with pytest.raises(TooFewGroups, match="Or set the test share to 0"):
        add_missing_splits({"train": pictures}, ("a", "b"), Splitting(0.3, 0.3), groups)


def test_that_a_division_of_earlier_versions_stays_the_same():
    splits = add_missing_splits({"train": numbers([12, 8])}, ("a", "b"), Splitting(0.2, 0.2, seed=3))
    found = {name: [int(id.rpartition("/")[2]) for id in images.ids] for name, images in splits.items()}
    assert found["val"] == [6, 10, 15]
    assert found["test"] == [7, 11, 13, 14]


grouped = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 14)), min_size=1, max_size=150).map(
    lambda rows: (np.array([row[0] for row in rows], np.int64), np.array([row[1] for row in rows], np.int64))
)


@given(grouped, st.floats(0.05, 0.6), st.integers(0, 1000))
def test_that_no_group_is_on_both_sides_and_both_have_something(data, fraction, seed):
    targets, groups = data
    if len(np.unique(groups)) < 2:
        with pytest.raises(TooFewGroups, match="one group"):
            hold_out(targets, groups, fraction, seed)
        return
    try:
        kept, held_out = hold_out(targets, groups, fraction, seed)
    except TooFewGroups:
        for one in np.unique(groups):  # and it is so: without any one group, some class is gone
            assert set(targets[groups != one]) != set(targets)
        return
    assert sorted([*kept, *held_out]) == list(range(len(targets)))
    assert not set(groups[kept]) & set(groups[held_out])
    assert len(kept)
    assert len(held_out)
    again = hold_out(targets, groups, fraction, seed)
    assert all(np.array_equal(a, b) for a, b in zip((kept, held_out), again, strict=True))


@given(grouped, st.floats(0.05, 0.6), st.integers(0, 1000))
def test_that_each_class_is_learnt_whatever_the_groups(data, fraction, seed):
    targets, groups = data
    if len(np.unique(groups)) < 2:
        return
    with suppress(TooFewGroups):
        kept, _ = hold_out(targets, groups, fraction, seed)
        assert set(targets[kept]) == set(targets)


def test_that_groups_are_held_out_to_about_the_share_of_each_class():
    random = np.random.default_rng(0)
    targets = np.repeat([0, 1, 2], [300, 600, 100])
    groups = np.concatenate(
        [1000 * label + np.sort(random.integers(0, 40, n)) for label, n in enumerate((300, 600, 100))]
    )
    _, held_out = hold_out(targets, groups, 0.2, 0)
    assert np.abs(np.bincount(targets[held_out]) - [60, 120, 20]).max() <= 5


@given(label_lists.filter(lambda targets: len(targets) >= 2), st.integers(2, 10), st.integers(0, 100))
def test_that_folds_are_of_equal_size_and_share_each_class_equally(targets, folds, seed):
    if len(targets) < folds:
        with pytest.raises(NoFolds, match="Choose fewer"):
            fold_numbers(targets, None, folds, seed)
        return
    numbers = fold_numbers(targets, None, folds, seed)
    sizes = np.bincount(numbers, minlength=folds)
    assert sizes.max() - sizes.min() <= 1
    for label in np.unique(targets):
        of_class = np.bincount(numbers[targets == label], minlength=folds)
        assert of_class.max() - of_class.min() <= 1
    assert np.array_equal(numbers, fold_numbers(targets.copy(), None, folds, seed))


@given(grouped, st.integers(2, 5), st.integers(0, 100))
def test_that_folds_keep_groups_whole_and_none_is_empty(data, folds, seed):
    targets, groups = data
    if len(np.unique(groups)) < folds:
        with pytest.raises(NoFolds):
            fold_numbers(targets, groups, folds, seed)
        return
    numbers = fold_numbers(targets, groups, folds, seed)
    assert set(numbers) == set(range(folds))
    assert all(len(set(numbers[groups == group])) == 1 for group in np.unique(groups))


def test_that_each_picture_is_in_the_validation_split_of_one_fold():
    pictures = numbers([11, 9])
    seen = []
    for fold in range(1, 4):
        splits = add_missing_splits({"train": pictures}, ("a", "b"), Splitting(protocol="kfold", folds=3, fold=fold))
        assert not set(splits["train"].ids) & set(splits["val"].ids)
        seen += splits["val"].ids
    assert sorted(seen) == sorted(pictures.ids)


def test_that_data_with_its_own_validation_pictures_is_not_cross_validated():
    given_splits = {name: numbers([4, 4], name) for name in ("train", "val")}
    with pytest.raises(NoFolds, match="already has validation pictures"):
        add_missing_splits(given_splits, ("a", "b"), Splitting(protocol="kfold"))


def test_that_groups_stay_whole_through_test_and_validation():
    pictures, groups = numbers([40, 40]), np.tile(np.arange(20), 4)
    splits = add_missing_splits({"train": pictures}, ("a", "b"), Splitting(0.2, 0.2), groups)
    group_of = dict(zip(pictures.ids, groups, strict=True))
    found = [{group_of[id] for id in images.ids} for images in splits.values()]
    assert [len(images) for images in splits.values()] == [52, 12, 16]
    assert not found[0] & found[1]
    assert not found[0] & found[2]
    assert not found[1] & found[2]

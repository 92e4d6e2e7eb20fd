"""The model of classified pictures keeps Qt's rules while rows arrive, are sorted and filtered."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.evaluation.inference import Classified
from stl_tl_gui.gui.classify.classified_model import ClassifiedModel, ResultColumn

RISING, FALLING = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal


def row(number: int, confidence: float | None = None) -> Classified:
    name = f"{number:03}.png"
    if confidence is None:
        return Classified(name, Path(name), None, 0.0, {}, "is damaged")
    return Classified(name, Path(name), "cat", confidence, {"cat": confidence})


def shown(model: ClassifiedModel) -> list[str]:
    return [model.index(number, ResultColumn.FILE).data() for number in range(model.rowCount())]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=4)),
        st.tuples(st.just("sort"), st.tuples(st.sampled_from(list(ResultColumn)), st.sampled_from([RISING, FALLING]))),
        st.tuples(st.just("filter"), st.sampled_from([None, 0.0, 0.5, 0.9])),
        st.tuples(st.just("clear"), st.none()),
    ),
    max_size=12,
)


@given(STEPS)
def test_that_whatever_is_done_the_rows_are_those_that_fit_in_the_order_asked_for(steps) -> None:
    model = ClassifiedModel()
    tester = QAbstractItemModelTester(model, FATAL)
    below, number = None, 0
    for step, value in steps:
        if step == "append":
            model.append([row(number + offset, sure) for offset, sure in enumerate(value)])
            number += len(value)
        elif step == "sort":
            model.sort(*value)
        elif step == "filter":
            below = value
            model.show_below(value)
        else:
            model.clear()
        fitting = [each.name for each in model.rows if below is None or each.error or each.confidence < below]
        assert sorted(shown(model)) == sorted(fitting)
    model.sort(ResultColumn.FILE, RISING)
    assert shown(model) == sorted(shown(model))
    model.sort(ResultColumn.PICTURE, RISING)
    assert shown(model) == [each.name for each in model.rows if each.name in set(shown(model))]
    del tester


def test_that_a_selected_row_stays_selected_while_others_arrive_and_are_sorted(qtbot: QtBot) -> None:
    model = ClassifiedModel()
    model.sort(ResultColumn.CONFIDENCE, FALLING)
    model.append([row(0, 0.2), row(1, 0.9)])
    selection = QItemSelectionModel(model)
    selection.select(model.index(1, 0), QItemSelectionModel.SelectionFlag.Select)
    assert model.row(1).name == "000.png"
    random = np.random.default_rng(0)
    for start in range(2, 22, 5):
        model.append([row(start + offset, float(random.random())) for offset in range(5)])
    (index,) = selection.selectedIndexes()
    assert model.row(index.row()).name == "000.png"
    model.sort(ResultColumn.FILE, RISING)
    assert [each.row() for each in selection.selectedIndexes()] == [0]


@pytest.mark.parametrize("rows", [100_000])
def test_that_a_hundred_thousand_rows_can_be_sorted_and_filtered(qtbot: QtBot, rows: int) -> None:
    model = ClassifiedModel()
    model.append([row(number, number / rows) for number in range(rows)])
    model.sort(ResultColumn.CONFIDENCE, FALLING)
    assert model.row(0).name == f"{rows - 1}.png"
    model.show_below(0.5)
    assert model.rowCount() == rows // 2

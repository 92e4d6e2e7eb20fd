import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stl_tl_gui.engine.events import BatchEnd, EpochEnd, Event, Notice, PhaseStart, Progress, RunEnd, from_json

numbers = st.floats(allow_nan=False)
events = st.one_of(
    st.builds(BatchEnd, loss=numbers, learning_rate=numbers, images_per_second=numbers),
    st.builds(
        EpochEnd,
        train_loss=numbers,
        val_loss=numbers,
        train_accuracy=numbers,
        val_accuracy=numbers,
        learning_rate=numbers,
        images_per_second=numbers,
        seconds=numbers,
    ),
    st.builds(RunEnd, best_val_accuracy=st.none() | numbers, test_accuracy=st.none() | numbers, seconds=numbers),
    st.builds(Progress),
    st.builds(Notice),
    st.builds(PhaseStart),
)


@given(events)
def test_that_an_event_survives_its_json_line(event: Event) -> None:
    line = event.model_dump_json()
    assert "\n" not in line
    assert from_json(line) == event


def test_that_a_loss_that_is_no_number_survives_as_valid_json() -> None:
    line = BatchEnd(
        epoch=1, batch=1, batches=1, step=1, loss=math.nan, learning_rate=1, images_per_second=1
    ).model_dump_json()
    assert '"NaN"' in line
    event = from_json(line)
    assert isinstance(event, BatchEnd)
    assert math.isnan(event.loss)


@pytest.mark.parametrize("line", ["", "{}", '{"event": "unheard_of"}', '{"event": "batch_end", "epoch": 1'])
def test_that_anything_else_is_refused(line: str) -> None:
    with pytest.raises(ValidationError):
        from_json(line)

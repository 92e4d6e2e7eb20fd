"""The live curves: what they hold after events, that drawing is rare and quick, that no NaN is ever drawn."""

import math
import time
from collections.abc import Iterator

import numpy as np
import pytest
from builders import batch_end, epoch_end, run_start
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from stl_tl_gui.engine.events import BatchEnd, EpochEnd, Event, PhaseStart, RunEnd, RunStart
from stl_tl_gui.engine.runs.so_far import Smoothed
from stl_tl_gui.gui.plots.plot_panel import Curve
from stl_tl_gui.gui.train.curves import Curves
from stl_tl_gui.gui.train.run_points import finite
from stl_tl_gui.gui.widgets.theme import Theme

BATCHES = 10
CURVES = ("batch_loss", "loss", "val_loss", "train_accuracy", "val_accuracy", "learning_rate")


@pytest.fixture
def curves(qtbot) -> Curves:
    curves = Curves()
    qtbot.addWidget(curves)
    return curves


def start(epochs: int = 5, **more) -> RunStart:
    counts = {"train": 640, "val": 64}
    return run_start(epochs=epochs, settings={"batch_size": 64}, counts=counts, batches_per_epoch=BATCHES, **more)


def batch(step: int, loss: float = 1.0) -> BatchEnd:
    return batch_end(step, BATCHES, loss)


def epoch(number: int, accuracy: float = 0.5, **more) -> EpochEnd:
    return epoch_end(number, accuracy, **{"train_accuracy": 0.6, "val_loss": 1.1, "seconds": 5.0, **more})


def drawn_as(curves: Curves, name: str) -> Curve:
    return next(panel.curves[name] for panel in curves.stack.panels if name in panel.curves)


def a_run(epochs: int) -> Iterator[Event]:
    yield start(epochs)
    for number in range(1, epochs + 1):
        for step in range((number - 1) * BATCHES + 1, number * BATCHES + 1):
            yield batch(step, 3 / number)
        yield epoch(number, number / (epochs + 1))


def test_that_events_become_points_over_the_epochs(curves):
    for event in a_run(3):
        curves.on_event(event)
    assert np.allclose(curves.points("batch_loss").x, np.arange(1, 31) / BATCHES)
    assert curves.points("val_accuracy").x.tolist() == [1, 2, 3]
    assert np.allclose(curves.points("val_accuracy").y, [25, 50, 75])
    assert curves._data.best_point() == (3, 75)


def test_that_drawing_waits_for_the_timer_and_happens_once(curves, qtbot, monkeypatch):
    drawn = []
    monkeypatch.setattr(curves.loss, "set_points", lambda name, *_: drawn.append(name))
    for event in a_run(4):
        curves.on_event(event)
    assert not drawn
    qtbot.waitUntil(lambda: bool(drawn))
    qtbot.wait(250)
    assert sorted(drawn) == ["batch_loss", "loss", "val_loss"]


def test_that_what_is_drawn_is_what_came(curves):
    for event in a_run(3):
        curves.on_event(event)
    curves.redraw()
    for name in CURVES:
        x, y = drawn_as(curves, name).item.getOriginalDataset()
        assert np.array_equal(x, curves.points(name).x)
        assert np.array_equal(y, curves.points(name).y)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=30))
def test_that_points_that_are_no_numbers_are_left_out(values):
    points = finite(range(len(values)), values)
    assert points.y.tolist() == [value for value in values if math.isfinite(value)]


def test_that_a_diverged_run_draws_no_nan(curves, qtbot):
    curves.resize(600, 500)
    curves.show()
    qtbot.waitExposed(curves)
    for event in (start(), batch(1, 2.0), batch(2, math.nan), batch(3, math.inf), batch(4, 1.0)):
        curves.on_event(event)
    curves.on_event(epoch(1, math.nan, val_loss=math.nan, train_loss=math.nan))
    curves.on_event(RunEnd(reason="failed", message="The loss became nan."))
    curves.redraw()
    curves.grab()
    assert curves.points("batch_loss").y.tolist() == [2.0, 1.0]
    assert np.isfinite(curves.points("loss").y).all()
    assert curves._data.best_point() is None


@given(st.floats(-1e6, 1e6), st.integers(1, 50))
def test_that_smoothing_a_constant_gives_the_constant_from_the_first_value_on(value, times):
    smoothed = Smoothed(20)
    for _ in range(times):
        assert smoothed.add(value) == pytest.approx(value)


def test_that_smoothed_loss_follows_but_jumps_less(curves):
    rng = np.random.default_rng(0)
    curves.on_event(start(epochs=50))
    for step in range(1, 401):
        curves.on_event(batch(step, 1 + rng.normal(0, 0.3)))
    raw, smooth = curves.points("batch_loss").y, curves.points("loss").y
    assert smooth[50:].std() < raw.std() / 2
    assert smooth[50:].mean() == pytest.approx(raw.mean(), abs=0.05)


def test_that_a_new_run_starts_clean_and_a_resumed_one_keeps_what_it_had(curves):
    for event in a_run(4):
        curves.on_event(event)
    curves.on_event(batch(41))  # of an epoch that was not finished
    curves.on_event(start(6, epochs_done=4))
    assert len(curves.points("batch_loss")) == 40
    assert len(curves.points("val_accuracy")) == 4
    curves.on_event(batch(41))
    assert (np.diff(curves.points("batch_loss").x) > 0).all()

    curves.on_event(start(6))
    assert len(curves.points("batch_loss")) == 0
    assert curves._data.best_point() is None


def test_that_a_run_resumed_within_an_epoch_goes_on_at_that_batch(curves):
    curves.on_event(start())
    for step in range(1, 18):
        curves.on_event(batch(step))
    curves.on_event(start(epochs_done=1, batches_done=5))
    assert len(curves.points("batch_loss")) == 15


def test_that_the_end_of_the_warm_up_is_a_labelled_line(curves):
    curves.on_event(start())
    curves.on_event(PhaseStart(epoch=1, phase="head", trainable_parameters=10))
    curves.on_event(PhaseStart(epoch=3, phase="all", trainable_parameters=100))
    curves.redraw()
    for panel in curves.stack.panels:
        assert [x for key, x in panel.marks().items() if key.startswith("phase")] == [2.0]
    texts = [item.label.format for item in curves.loss.plot.items if getattr(item, "label", None) is not None]
    assert texts == ["all layers learn"]
    curves.on_event(start())
    curves.redraw()
    assert all(panel.marks() == {} for panel in curves.stack.panels)


def test_that_the_curves_are_told_in_words(curves):
    assert "No epoch" in curves.stack.accessibleDescription()
    for number, accuracy in ((1, 0.4), (2, 0.712), (3, 0.7)):
        curves.on_event(epoch(number, accuracy))
    curves.redraw()
    text = curves.stack.accessibleDescription()
    assert "Validation accuracy 70.0 % at epoch 3" in text
    assert "Best validation accuracy 71.2 % at epoch 2" in text


def test_that_lines_differ_by_more_than_colour(curves):
    pens = {name: drawn_as(curves, name).item.opts for name in CURVES}
    assert pens["val_loss"]["pen"].style() != pens["loss"]["pen"].style()
    assert pens["val_accuracy"]["symbol"] != pens["train_accuracy"]["symbol"]
    assert pens["batch_loss"]["pen"].width() < pens["loss"]["pen"].width()


def test_that_the_plots_follow_light_and_dark(curves, qapp):
    before = qapp.palette(), qapp.styleSheet(), qapp.style().name()
    theme = Theme(qapp, "light")
    curves.ensurePolished()
    light = curves.loss.view.backgroundBrush().color().lightness()
    theme.choose("dark")
    QApplication.processEvents()
    dark = curves.loss.view.backgroundBrush().color().lightness()
    theme.choose("system")
    qapp.setPalette(before[0])
    qapp.setStyleSheet(before[1])
    qapp.setStyle(before[2])
    theme.deleteLater()
    assert light > 200
    assert dark < 60


def test_that_twenty_thousand_events_are_shown_at_once(curves, qtbot):
    curves.resize(900, 600)
    curves.show()
    events = list(a_run(2000))
    assert len(events) > 20_000
    began = time.perf_counter()
    for event in events:
        curves.on_event(event)
    curves.redraw()
    curves.grab()
    assert time.perf_counter() - began < 3  # about 0.4 s on two cores
    assert len(curves.points("loss")) == 20_000


def turn_wheel(curves, modifier) -> QWheelEvent:
    view = curves.loss.view
    place = QPointF(200, 40)
    event = QWheelEvent(
        place,
        view.mapToGlobal(place),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    view.wheelEvent(event)
    return event


def test_that_scrolling_past_the_plots_does_not_zoom_them(curves):
    curves.resize(600, 500)
    for event in (start(), batch(1), batch(2)):
        curves.on_event(event)
    curves.redraw()
    before = curves.loss.plot.viewRange()
    assert not turn_wheel(curves, Qt.KeyboardModifier.NoModifier).isAccepted()
    assert curves.loss.plot.viewRange() == before


@pytest.mark.parametrize("accuracy", [0.0, 0.1, 0.3, 1.0])
def test_that_the_number_of_the_best_epoch_stays_inside_the_plot(curves, qtbot, accuracy):
    curves.resize(600, 500)
    curves.show()
    qtbot.waitExposed(curves)
    for event in (start(), epoch(1, accuracy)):
        curves.on_event(event)
    curves.redraw()
    label = curves.accuracy.best_label
    curves.grab()  # it is placed when it is painted
    inside = curves.accuracy.plot.vb.sceneBoundingRect()
    assert inside.top() <= label.sceneBoundingRect().top()
    assert label.sceneBoundingRect().bottom() <= inside.bottom()


def test_that_the_accuracy_of_chosen_classes_is_followed_and_the_oldest_gives_way(qtbot, curves):
    names = ["cat", "dog", "ship", "deer", "R&D"]
    curves.on_event(run_start(class_names=names, epochs=3))
    for epoch in (1, 2):
        curves.on_event(epoch_end(epoch, class_accuracies=(0.1 * epoch, 0.2, 0.3, None, 0.5)))
    curves.redraw()
    actions = {action.text(): action for action in curves.menu.classes.actions()}
    assert list(actions) == ["cat", "dog", "ship", "deer", "R&&D"]
    actions["cat"].trigger()
    curves.redraw()
    assert curves.accuracy.curves["class 0"].y.tolist() == [10, 20]
    assert curves.accuracy.curves["class 0"].button.text() == "cat"
    actions["deer"].trigger()
    curves.redraw()
    assert len(curves.accuracy.curves["class 1"].y) == 0  # it has no validation picture
    for name in ("dog", "ship", "R&&D"):
        actions[name].trigger()
    curves.redraw()
    assert not actions["cat"].isChecked()
    shown = [curves.accuracy.curves[f"class {place}"].button.text() for place in range(4)]
    assert shown == ["deer", "dog", "ship", "R&D"]
    curves.clear()
    curves.redraw()
    assert curves.accuracy.curves["class 0"].button.isHidden()
    assert not curves.menu.classes.isEnabled()

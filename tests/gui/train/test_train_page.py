"""The train page: what can be pressed when, what is shown of a run, live and from its folder."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from builders import batch_end, epoch_end, run_start
from PIL import Image
from PySide6.QtCore import Qt

from stl_tl_gui.engine.data.dataset import Dataset, ImageSet
from stl_tl_gui.engine.events import (
    BatchEnd,
    Computation,
    EpochEnd,
    EvaluationEnd,
    Event,
    Notice,
    PhaseStart,
    Progress,
    RunEnd,
    RunStart,
)
from stl_tl_gui.engine.runs.predictions import Predictions, write_predictions
from stl_tl_gui.engine.runs.run import Run, create_run
from stl_tl_gui.engine.runs.so_far import Pace
from stl_tl_gui.engine.runs.transfer import from_scratch
from stl_tl_gui.engine.settings.settings import InvalidSettings, TrainSettings, make_settings
from stl_tl_gui.gui.background.worker import Worker
from stl_tl_gui.gui.train.train_page import State, TrainPage
from stl_tl_gui.words.progress import progress_in_words, time_left
from stl_tl_gui.words.quantities import duration

BATCHES = 4
CLASSES = ("a", "b", "c")


class Squares(ImageSet):
    """Pictures that nobody looks at here."""

    def read(self, index: int, at_least: int | None = None) -> Image.Image:
        return Image.new("RGB", (8, 8))

    def path(self, index: int) -> None:
        return None

    def subset(self, indices) -> "Squares":
        return Squares([self.ids[i] for i in indices], self.targets[indices])


def dataset(n_train: int = 200) -> Dataset:
    def squares(n: int) -> Squares:
        return Squares([str(i) for i in range(n)], np.arange(n) % 3)

    splits = {"train": squares(n_train), "val": squares(20)}
    return Dataset("Squares", "folder", "/pictures/squares", CLASSES, splits, "0")


@pytest.fixture
def page(qtbot) -> TrainPage:
    page = TrainPage()
    qtbot.addWidget(page)
    return page


@pytest.fixture
def ready(page) -> TrainPage:
    page.set_dataset(dataset())
    return page


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return create_run(TrainSettings(), tmp_path / "a run")


def start(run: Run, **more) -> RunStart:
    facts = {"counts": {"train": 200, "val": 20}, "trainable_parameters": 100, "precision": "bfloat16", "epochs": 3}
    settings = {"batch_size": 50}
    return run_start(
        run, settings=settings, class_names=["a", "b", "c"], batches_per_epoch=BATCHES, **{**facts, **more}
    )


def batch(step: int, loss: float = 0.5) -> BatchEnd:
    return batch_end(step, BATCHES, loss)


def epoch(number: int, accuracy: float) -> EpochEnd:
    return epoch_end(number, accuracy, train_loss=0.5, train_accuracy=0.8, val_loss=0.6, seconds=3.0)


def end(reason: str = "completed", message: str = "All 3 epochs are done.", **more) -> RunEnd:
    return RunEnd(reason=reason, message=message, seconds=75, **more)


def epochs_of(numbers: range, accuracies: tuple[float, ...] = (0.5, 0.7, 0.6)) -> Iterator[Event]:
    for number in numbers:
        for step in range((number - 1) * BATCHES + 1, number * BATCHES + 1):
            yield batch(step)
        yield epoch(number, accuracies[number - 1])


def feed(page: TrainPage, *events: Event) -> None:
    for event in events:
        page.on_event(event)
    page.view.refresh()


def pressable(page: TrainPage) -> set[str]:
    names = ("train", "pause", "stop", "resume", "save")
    return {name for name in names if getattr(page.buttons, name).isEnabled()}


def test_that_without_data_the_page_says_to_choose_some(page):
    assert pressable(page) == set()
    assert "Choose data first" in page.buttons.train.toolTip()
    assert page.view.currentIndex() == 0
    with pytest.raises(InvalidSettings, match="Choose data first"):
        page.settings()


def test_that_with_data_a_run_can_be_asked_for(ready, qtbot):
    assert pressable(ready) == {"train"}
    with qtbot.waitSignal(ready.train_requested) as asked:
        ready.buttons.train.click()
    assert asked.args == [ready.settings()]
    assert ready.settings().data == "/pictures/squares"


def test_that_settings_that_cannot_be_used_are_not_sent_but_explained(page, qtbot):
    page.set_dataset(dataset(n_train=30))
    page.form.set_values({"batch_size": 31})
    assert pressable(page) == set()
    assert "30 training pictures" in page.buttons.train.toolTip()
    with qtbot.assertNotEmitted(page.train_requested):
        page.train()
    assert "30 training pictures" in page.view.banner.text()


def test_that_preparation_is_shown_with_its_counts(ready, run):
    ready.set_running(True)
    assert ready.state == State.PREPARING
    assert pressable(ready) == {"stop"}
    feed(ready, Progress(stage="Reading training pictures", done=120, total=200))
    assert ready.view.readout.status.text() == "Reading training pictures: 120 of 200 pictures"
    assert (ready.view.readout.bar.value(), ready.view.readout.bar.maximum()) == (120, 200)
    feed(ready, Progress(stage="Downloading", done=0, total=0))
    assert ready.view.readout.bar.maximum() == 0


def test_that_a_running_run_is_read_in_large_numbers(ready, run):
    ready.set_running(True)
    feed(ready, start(run), *epochs_of(range(1, 3)), batch(9), batch(10))
    readout = ready.view.readout
    assert ready.state == State.RUNNING
    assert pressable(ready) >= {"pause", "stop"}
    assert readout.epoch.number.text() == "3 / 3"
    assert readout.accuracy.number.text() == "70.0 %"
    assert readout.best.number.accessibleName() == "Best (epoch 2): 70.0 %"
    assert readout.loss.number.text() == "0.500"
    assert (readout.bar.value(), readout.bar.maximum()) == (10, 12)
    for part in ("Batch 2 of 4", "100 pictures per second", "left", "CPU, bfloat16"):
        assert part in readout.status.text()


def test_that_labels_are_refreshed_by_a_timer_and_not_by_each_event(ready, run, qtbot):
    ready.set_running(True)
    ready.on_event(start(run))
    ready.on_event(batch(1))
    before = ready.view.readout.epoch.number.text()
    ready.on_event(batch(5))
    assert ready.view.readout.epoch.number.text() == before
    qtbot.waitUntil(lambda: ready.view.readout.epoch.number.text() == "2 / 3")


def test_that_pause_and_continue_are_one_button(ready, run, qtbot):
    ready.set_running(True)
    feed(ready, start(run), batch(1))
    with qtbot.waitSignal(ready.pause_toggled) as paused:
        ready.buttons.pause.click()
    assert paused.args == [True]
    assert ready.state == State.PAUSED
    assert ready.buttons.pause.text() == "Continue"
    assert ready.view.readout.status.text() == "Paused"
    feed(ready, batch(2))  # the batch that was under way
    assert ready.state == State.PAUSED
    with qtbot.waitSignal(ready.pause_toggled) as paused:
        ready.buttons.pause.click()
    assert paused.args == [False]
    assert ready.buttons.pause.text() == "Pause"


def test_that_stop_asks_once_and_says_so_until_the_run_has_ended(ready, run, qtbot):
    ready.set_running(True)
    feed(ready, start(run), batch(1))
    with qtbot.waitSignal(ready.stop_requested):
        ready.buttons.stop.click()
    assert ready.state == State.STOPPING
    assert pressable(ready) == set()
    assert "Stopping" in ready.view.readout.status.text()
    feed(ready, batch(2))
    assert ready.state == State.STOPPING

    run.last.touch()
    feed(ready, end("stopped", "Stopped as asked."))
    assert "Stopped as asked." in ready.view.banner.text()
    assert "train" not in pressable(ready)  # the job is not over yet
    ready.set_running(False)
    assert pressable(ready) == {"train", "resume", "save"}
    with qtbot.waitSignal(ready.resume_requested) as resumed:
        ready.buttons.resume.click()
    assert resumed.args == [run]


def test_that_a_complete_run_shows_its_test_accuracy_and_needs_no_resume(ready, run):
    ready.set_running(True)
    run.last.touch()
    run.best.touch()
    assert ready.view.readout.test.isHidden()
    tested = EvaluationEnd(split="test", accuracy=0.65, count=20, loss=1, predictions="predictions.csv")
    feed(ready, start(run), *epochs_of(range(1, 4)), tested, end(test_accuracy=0.65))
    ready.set_running(False)
    assert ready.state == State.ENDED
    assert pressable(ready) == {"train", "save"}
    assert ready.view.readout.test.number.text() == "65.0 %"
    assert "Training complete" in ready.view.banner.text()
    assert "1 min 15 s" in ready.view.readout.status.text()
    assert ready.view.readout.bar.value() == ready.view.readout.bar.maximum()


def test_that_a_failed_run_says_why_and_what_to_try(ready, run):
    ready.set_running(True)
    feed(ready, start(run), batch(1, float("nan")), end("failed", "The loss became nan: training has diverged."))
    ready.set_running(False)
    assert "The loss became nan: training has diverged." in ready.view.banner.text()
    assert "Change the settings" in ready.view.banner.text()
    assert pressable(ready) == {"train"}  # no checkpoint: nothing to resume
    assert "Resume" not in ready.view.banner.text()


def test_that_notices_are_listed_until_the_next_run(ready, run):
    ready.set_running(True)
    feed(ready, start(run), Notice(message="Left out: a.jpg"), Notice(message="Left out: b.jpg"), end())
    assert [ready.view.notices.item(i).text() for i in range(2)] == ["Left out: a.jpg", "Left out: b.jpg"]
    assert not ready.view.notices.isHidden()
    ready.set_running(False)
    ready.set_running(True)
    assert ready.view.notices.isHidden()


def test_that_a_job_that_ends_before_its_run_leaves_the_page_ready(ready):
    ready.set_running(True)
    feed(ready, Progress(stage="Getting ready", done=0, total=0))
    ready.set_running(False)
    assert ready.state == State.IDLE
    assert pressable(ready) == {"train"}
    assert ready.view.currentIndex() == 0


def test_that_the_run_before_stays_when_the_next_one_cannot_start(ready, run):
    ready.set_running(True)
    run.last.touch()
    feed(ready, start(run), *epochs_of(range(1, 2)), end("stopped", "Stopped as asked."))
    ready.set_running(False)
    ready.set_running(True)
    ready.set_running(False)
    assert pressable(ready) == {"train", "resume", "save"}
    assert ready.view.readout.accuracy.number.text() == "50.0 %"


def show(qtbot, page: TrainPage, run: Run) -> None:
    page.show_run(run)
    qtbot.waitUntil(lambda: page.state == State.VIEWING)


def log(run: Run, *events: Event) -> None:
    for event in events:
        run.log(event)


def test_that_a_run_is_shown_from_its_folder_without_pause_or_stop(page, run, qtbot):
    log(run, start(run), *epochs_of(range(1, 3)), end("stopped", "Stopped as asked."))
    run.last.touch()
    show(qtbot, page, run)
    assert page.state == State.VIEWING
    assert pressable(page) == {"resume", "save"}
    assert page.view.readout.epoch.number.text() == "2 / 3"
    assert len(page.view.curves.points("loss")) == 2 * BATCHES
    assert "Stopped as asked." in page.view.banner.text()
    assert page.view.currentIndex() == 1


def test_that_a_run_is_read_from_its_folder_without_holding_up_the_window(page, run, qtbot, monkeypatch):
    log(run, start(run), *epochs_of(range(1, 3)), end("stopped", "Stopped as asked."))
    run.last.touch()
    threads = []
    events = Run.events

    def read(self: Run, **how) -> Iterator[Event]:
        threads.append(threading.current_thread())
        yield from events(self, **how)

    monkeypatch.setattr(Run, "events", read)
    page.show_run(run)
    assert pressable(page) == {"save"}
    assert page.view.readout.status.text() == "Opening the run…"
    qtbot.waitUntil(lambda: page.state == State.VIEWING)
    assert threads
    assert threading.main_thread() not in threads


def test_that_a_run_that_was_cut_off_says_so(page, run, qtbot):
    log(run, start(run), *epochs_of(range(1, 2)))
    run.last.touch()
    show(qtbot, page, run)
    assert "is not finished" in page.view.banner.text()
    assert pressable(page) == {"resume", "save"}


def test_that_showing_another_run_leaves_nothing_of_the_one_before(page, run, tmp_path, qtbot):
    other = create_run(TrainSettings(), tmp_path / "other")
    log(run, start(run), Notice(message="Left out: a.jpg"), *epochs_of(range(1, 4)), end(test_accuracy=0.6))
    log(other, start(other))
    page.show_run(run)
    show(qtbot, page, other)
    assert page.run == other
    assert page.view.readout.accuracy.number.text() == "–"
    assert page.view.readout.test.isHidden()
    assert page.view.notices.isHidden()
    assert len(page.view.curves.points("loss")) == 0


def test_that_a_run_under_way_is_not_disturbed_by_opening_another(ready, run, tmp_path):
    other = create_run(TrainSettings(), tmp_path / "other")
    ready.set_running(True)
    feed(ready, start(run), batch(1))
    ready.show_run(other)
    assert ready.run == run
    assert ready.state == State.RUNNING


def test_that_a_resumed_run_shows_what_went_before(ready, run, qtbot):
    log(run, start(run), *epochs_of(range(1, 3)), end("stopped", "Stopped as asked."))
    again = run.log(start(run, epochs_done=2))
    log(run, batch(9))  # written already, and about to arrive as an event
    ready.set_running(True)
    feed(ready, again, batch(9))
    qtbot.waitUntil(lambda: not ready.view.reading)
    assert ready.view.readout.best.number.text() == "70.0 %"
    assert len(ready.view.curves.points("loss")) == 2 * BATCHES + 1
    assert ready.view.banner.isHidden()


def test_that_a_resumed_run_goes_on_in_the_curves_it_had(ready, run):
    ready.set_running(True)
    feed(ready, start(run), *epochs_of(range(1, 2)), batch(5), PhaseStart(epoch=2, phase="all", trainable_parameters=9))
    feed(ready, end("stopped", "Stopped as asked."))
    ready.set_running(False)
    ready.set_running(True)
    feed(ready, start(run, epochs_done=1, batches_done=1), batch(6))
    assert len(ready.view.curves.points("loss")) == 6
    assert ready.state == State.RUNNING


def test_that_the_time_left_counts_batches_and_validations(run):
    pace = Pace(start(run))
    assert pace.seconds_left(0) is None
    for step in range(1, 5):
        pace.take(batch(step))
    assert pace.seconds_left(4) == pytest.approx(8 * 0.5)
    pace.take(epoch(1, 0.5))  # 3 s, of which 2 s were batches
    assert pace.seconds_left(4) == pytest.approx(8 * 0.5 + 2 * 1.0)
    assert pace.seconds_left(12) == 0


def warming_up(run: Run) -> RunStart:
    settings = {"batch_size": 50, "freeze": "head_then_all", "head_epochs": 1, "blend": 0.5}
    return start(run).model_copy(update={"settings": settings})


def test_that_the_time_left_is_not_told_from_the_fast_epochs_of_the_head(run):
    pace = Pace(warming_up(run))
    for step in range(1, 5):
        pace.take(batch(step).model_copy(update={"images_per_second": 50_000.0}))
    pace.take(epoch(1, 0.5))
    assert pace.seconds_left(4) is None
    pace.take(batch(5))
    assert pace.seconds_left(5) == pytest.approx(7 * 0.5)


def test_that_the_training_loss_starts_anew_when_other_layers_learn(ready, run):
    ready.set_running(True)
    feed(ready, warming_up(run), *(batch(step, 0.1) for step in range(1, 5)), epoch(1, 0.5))
    feed(ready, PhaseStart(epoch=2, phase="all", trainable_parameters=1000), batch(5, 1.2))
    assert ready.view.readout.loss.number.text() == "1.20"
    assert ready.view.curves.points("loss").y[-1] == pytest.approx(1.2)


def test_that_the_arithmetic_is_shown_short_and_in_full_on_demand(ready, run):
    ready.set_running(True)
    training, inference = (Computation(precision="bfloat16", channels_last=True, speedup=gain) for gain in (3.3, 5.5))
    whole = "bfloat16, channels last, 3.3x faster here; prediction bfloat16, channels last, 5.5x faster here"
    fast = batch(1).model_copy(update={"images_per_second": 71_658.3})
    feed(ready, start(run, training=training, inference=inference), fast)
    status = ready.view.readout.status
    assert status.text().endswith(
        "71,700 pictures per second  ·  a few seconds left  ·  CPU, bfloat16, 3.3x faster here"
    )
    assert whole in status.toolTip()


def test_that_the_accuracy_of_averaged_weights_is_the_best_where_they_are_kept(ready, run):
    ready.set_running(True)
    feed(ready, warming_up(run), *epochs_of(range(1, 4)), end().model_copy(update={"best_val_accuracy": 0.79}))
    assert ready.view.readout.best.number.accessibleName() == "Best (averaged): 79.0 %"

    best = max(event.val_accuracy for event in epochs_of(range(1, 4)) if isinstance(event, EpochEnd))
    feed(ready, warming_up(run), *epochs_of(range(1, 4)), end().model_copy(update={"best_val_accuracy": best}))
    assert "epoch" in ready.view.readout.best.number.accessibleName()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "a few seconds left"),
        (38, "about 40 s left"),
        (57, "about 1 min left"),
        (130, "about 2 min left"),
        (4810, "about 1 h 20 min left"),
    ],
)
def test_that_the_time_left_is_no_more_exact_than_the_estimate(seconds, words):
    assert time_left(seconds) == words


def test_that_durations_are_short():
    assert [duration(s) for s in (0.4, 45, 60, 200, 3600, 3900)] == [
        "0 s",
        "45 s",
        "1 min",
        "3 min 20 s",
        "1 h",
        "1 h 5 min",
    ]


def test_that_a_stage_without_a_total_is_just_named():
    assert progress_in_words(Progress(stage="Getting ready", done=0, total=0)) == "Getting ready…"


def test_that_the_page_is_made_without_torch_and_without_the_plots():
    code = (
        "import sys; from PySide6.QtWidgets import QApplication; app = QApplication([]);"
        "from stl_tl_gui.gui.train.train_page import TrainPage; page = TrainPage();"
        "print([name for name in ('torch', 'pyqtgraph') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_that_pause_and_stop_reach_a_worker_that_runs(ready, run, qtbot):
    def job(should_stop):
        yield start(run)
        step = 0
        while not should_stop():
            step += 1
            yield batch(step)
            time.sleep(0.001)
        yield end("stopped", f"Stopped after {step} batches.")

    worker = Worker(job)
    worker.happened.connect(ready.on_event)
    worker.finished.connect(lambda: ready.set_running(False))
    ready.pause_toggled.connect(lambda paused: worker.pause() if paused else worker.unpause())
    ready.stop_requested.connect(worker.stop)
    ready.set_running(True)
    worker.start()
    qtbot.waitUntil(ready.buttons.pause.isEnabled)
    ready.buttons.pause.click()
    assert worker.paused
    with qtbot.waitSignal(worker.finished):
        ready.buttons.stop.click()
    qtbot.waitUntil(ready.buttons.train.isEnabled)
    assert ready.state == State.ENDED
    assert "Stopped after" in ready.view.banner.text()


def test_that_the_next_run_can_be_set_up_and_lined_up_while_one_is_under_way(ready, run, qtbot):
    ready.set_running(True)
    feed(ready, start(run), batch(1))
    ready.form.row("epochs").editor.set_value(3)
    with qtbot.waitSignal(ready.queue_requested) as asked:
        qtbot.mouseClick(ready.buttons.queue, Qt.MouseButton.LeftButton)
    assert asked.args[0].epochs == 3


def test_that_what_cannot_be_pressed_says_why(ready, run):
    buttons = ready.buttons
    assert "no run is training" in buttons.stop.toolTip()
    assert "stopped before its last epoch" in buttons.resume.toolTip()
    assert "first epoch" in buttons.save.toolTip()
    ready.set_running(True)
    feed(ready, start(run), batch(1))
    assert "is training" in buttons.train.toolTip()
    assert "to the next run" in ready._data_line.text()
    assert buttons.pause.toolTip() == "Pause the run. Nothing is lost."


def test_that_a_single_notice_takes_a_single_line(ready, run):
    ready.set_running(True)
    feed(ready, start(run), Notice(message="These pictures are drawn."))
    one = ready.view.notices.height()
    assert one < 2 * ready.view.notices.sizeHintForRow(0)
    feed(ready, *[Notice(message=f"Left out: {number}.jpg") for number in range(20)])
    assert one < ready.view.notices.height() <= 60


def test_that_a_long_notice_is_whole_at_any_width(ready, run, qtbot):
    ready.resize(1200, 800)
    ready.show()
    ready.set_running(True)
    feed(ready, start(run), Notice(message="The weights are averaged. " * 10))
    notices = ready.view.notices

    def whole() -> bool:
        return 20 < notices.visualItemRect(notices.item(0)).bottom() < notices.viewport().height()

    qtbot.waitUntil(whole)
    before = notices.height()
    ready.resize(2400, 800)
    qtbot.waitUntil(lambda: notices.height() < before)


# What transfer gave


def finished(test: float, **chosen) -> Run:
    made = create_run(make_settings({"data": "/pictures/squares", **chosen}))
    made.update(facts={"data_fingerprint": "0"})
    made.log(start(made))
    made.log(EvaluationEnd(split="test", accuracy=test, count=10, loss=1.0, predictions="predictions.csv"))
    made.log(end(test_accuracy=test))
    return made


def test_that_a_pretrained_run_alone_offers_the_run_from_scratch_once_nothing_trains(ready, qtbot):
    run = finished(0.9)
    transfer = ready.view.banner.transfer
    ready.set_running(True)
    feed(ready, start(run), batch(1), end(test_accuracy=0.9))
    qtbot.waitUntil(lambda: not transfer.compare.isHidden())
    assert not transfer.compare.isEnabled()
    ready.set_running(False)
    assert transfer.compare.isEnabled()
    with qtbot.waitSignal(ready.train_requested) as asked:
        transfer.compare.click()
    assert asked.args == [from_scratch(run.settings())]
    ready.set_running(True)
    assert ready.view.banner.isHidden()
    with qtbot.assertNotEmitted(ready.train_requested):
        ready.train_with(from_scratch(run.settings()))


@pytest.mark.parametrize("shown", [0, 1])
def test_that_both_runs_say_what_transfer_gave(ready, qtbot, shown):
    runs = (finished(0.996), finished(0.62, weights="none"))
    ready.show_run(runs[shown])
    qtbot.waitUntil(lambda: "Transfer gave 37.6 points" in ready.view.banner.text())
    assert ready.view.banner.transfer.compare.isHidden()


def test_that_another_run_takes_the_sentence_away(ready, qtbot):
    ready.show_run(finished(0.996))
    qtbot.waitUntil(lambda: not ready.view.banner.transfer.compare.isHidden())
    with qtbot.waitSignal(ready.view.opened):
        ready.show_run(finished(0.62, weights="none", seed=1))
    assert "Transfer" not in ready.view.banner.text()
    assert ready.view.banner.transfer.compare.isHidden()


def with_table(run: Run, wrong: int, n: int = 60) -> Run:
    """A run with a table of test predictions, some of them mistakes."""
    targets = np.arange(n) % 3
    predicted = np.where(np.arange(n) < wrong, (targets + 1) % 3, targets)
    table = Predictions(
        [str(i) for i in range(n)], targets, np.eye(3, dtype="f4")[predicted], np.ones(n, "f4"), CLASSES
    )
    write_predictions(run.predictions("test"), table)
    return run


def test_that_the_result_is_shown_large_with_its_verdict_and_what_to_do_next(ready, qtbot):
    run = with_table(finished(0.95), wrong=3)
    ready.show_run(run)
    banner = ready.view.banner
    with qtbot.waitSignal(banner.figure.found):
        pass
    assert "95.0 %" in banner.figure.text()
    assert "Guessing: 33.3 %" in banner.figure.text()
    assert "Mistakes are spread" in banner.text()
    assert ready.view.readout.test.isHidden()  # the figure stands once
    with qtbot.waitSignal(ready.mistakes_requested) as asked:
        banner.mistakes.click()
    assert asked.args == [run]
    with qtbot.waitSignal(ready.trial_requested) as asked:
        banner.trial.click()
    assert asked.args == [run]
    ready.set_running(True)
    assert banner.figure.text() == ""
    assert not ready.view.readout.test.isHidden()


@pytest.mark.parametrize("typing", [False, True])
def test_that_after_a_training_the_keyboard_is_at_what_comes_next(ready, qtbot, typing):
    ready.show()
    run = with_table(finished(0.95), wrong=3)
    (ready.form.row("epochs").editor if typing else ready.buttons.train).setFocus()
    ready.set_running(True)
    feed(ready, start(run), RunEnd(reason="completed", message="Done."))
    with qtbot.waitSignal(ready.view.banner.figure.found):
        ready.set_running(False)
    expected = ready.form.row("epochs").editor if typing else ready.view.banner.mistakes
    assert ready.focusWidget() is expected


def test_that_a_result_without_mistakes_offers_the_pictures(ready, qtbot):
    ready.show_run(with_table(finished(1.0), wrong=0))
    with qtbot.waitSignal(ready.view.banner.figure.found):
        pass
    assert "No mistake on 60 pictures." in ready.view.banner.text()
    assert ready.view.banner.mistakes.text() == "See the pictures"


def test_that_a_run_without_a_table_keeps_its_tile(ready, qtbot):
    ready.show_run(finished(0.9))
    qtbot.waitUntil(lambda: ready.state == State.VIEWING)
    assert ready.view.readout.test.number.text() == "90.0 %"
    assert ready.view.banner.mistakes.isHidden()
    assert not ready.view.readout.test.isHidden()


def test_that_there_is_one_best_for_tile_and_curve(ready, run):
    """STL-10's protocol keeps the last model, not the one that happened to be best on a few pictures."""
    ready.set_running(True)
    kept = [epoch_end(1, val_accuracy=0.9), epoch_end(2, val_accuracy=0.89, best=True)]
    feed(ready, start(run), *kept)
    ready.view.refresh()
    assert ready.view.readout.best.number.accessibleName() == "Best (epoch 2): 89.0 %"
    assert ready.view.curves._data.best_point() == (2, 89.0)


@pytest.fixture
def elsewhere(run):
    """A run that another process trains: it holds the lock and writes the log."""
    with run.locked():
        run.log(start(run))
        run.log(batch(1))
        yield run


def test_that_a_run_of_another_process_is_shown_live_and_can_be_stopped(ready, qtbot, elsewhere):
    with qtbot.waitSignal(ready.watching.begun):
        ready.show_run(elsewhere)
    assert "In training elsewhere" in ready.view.banner.text()
    assert "stop" in pressable(ready)
    assert "resume" not in pressable(ready)
    with qtbot.waitSignal(ready.watching.happened):
        elsewhere.log(epoch_end(1, val_accuracy=0.7, best=True))
    ready.view.refresh()
    assert ready.view.readout.accuracy.number.text() == "70.0 %"
    assert len(ready.view.curves._data.steps) == 1  # what was read is not shown twice
    ready.buttons.stop.click()
    qtbot.waitUntil(elsewhere.stop_request.exists)
    with qtbot.waitSignal(ready.watching.ended):
        elsewhere.log(end("stopped", "Stopped as asked."))
    assert "Stopped as asked." in ready.view.banner.text()
    assert ready.state == State.VIEWING


def test_that_looking_at_another_run_leaves_the_one_in_training_alone(ready, qtbot, elsewhere):
    with qtbot.waitSignal(ready.watching.begun):
        ready.show_run(elsewhere)
    other = finished(0.9)
    with qtbot.waitSignal(ready.view.opened):
        ready.show_run(other)
    with qtbot.assertNotEmitted(ready.watching.happened, wait=400):
        elsewhere.log(epoch_end(1, val_accuracy=0.7))
    assert ready.run == other
    assert not elsewhere.stop_request.exists()


def test_that_an_interrupted_run_is_not_watched(ready, qtbot, run):
    run.log(start(run))
    with qtbot.assertNotEmitted(ready.watching.begun, wait=300):
        ready.show_run(run)
        qtbot.waitUntil(lambda: ready.state == State.VIEWING)
    assert "not finished" in ready.view.banner.text()

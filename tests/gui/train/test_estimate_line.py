"""The estimate on the train page: it really measures, on tiny pictures."""

from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.training.estimate import Estimate, PhaseEstimate
from stl_tl_gui.gui.background.worker import workers_at_work
from stl_tl_gui.gui.train.estimate_line import in_words
from stl_tl_gui.gui.train.train_page import TrainPage

LONG = 60_000


def wait_for_figures(qtbot: QtBot, page: TrainPage) -> str:
    qtbot.waitUntil(lambda: "measured on this CPU" in page.estimate.text(), timeout=LONG)
    return page.estimate.text()


def test_that_the_page_says_how_long_a_run_will_take(qtbot: QtBot, page: TrainPage) -> None:
    page.show()
    assert "Estimating" in page.estimate.text()
    text = wait_for_figures(qtbot, page)
    assert text.startswith("About ")
    assert " per epoch, " in text
    assert " in all" in text
    qtbot.waitUntil(lambda: not page.estimate.measuring)


def test_that_what_was_measured_is_kept_and_other_settings_are_measured_anew(qtbot: QtBot, page: TrainPage) -> None:
    page.show()
    text = wait_for_figures(qtbot, page)
    page.form.set_values({"learning_rate": 0.02})
    assert page.estimate.text() == text
    page.form.set_values({"batch_size": 8})
    assert page.estimate.measuring
    page.form.set_values({"batch_size": 16})
    assert not page.estimate.measuring
    assert page.estimate.text() == text


def test_that_a_run_is_not_disturbed(qtbot: QtBot, page: TrainPage) -> None:
    page.show()
    qtbot.waitUntil(lambda: bool(workers_at_work()), timeout=LONG)
    page.set_running(True)
    assert page.estimate.text() == ""
    assert not page.estimate.measuring
    qtbot.waitUntil(lambda: not workers_at_work(), timeout=LONG)
    page.set_running(False)
    wait_for_figures(qtbot, page)


def test_that_the_finder_and_the_estimate_take_turns(qtbot: QtBot, page: TrainPage) -> None:
    page.show()
    qtbot.mouseClick(page.find_rate, Qt.MouseButton.LeftButton)
    assert not page.estimate.measuring
    assert page.find_rate.dialog is not None
    page.find_rate.dialog.reject()
    assert page.estimate.measuring


def test_that_a_page_that_is_not_seen_measures_nothing(page: TrainPage) -> None:
    assert not page.estimate.measuring
    page.show()
    assert page.estimate.measuring
    page.hide()
    assert not page.estimate.measuring


def test_that_what_cannot_be_measured_is_said(qtbot: QtBot, page: TrainPage, colours: Path) -> None:
    colours.rename(colours.with_name("elsewhere"))
    page.show()
    qtbot.waitUntil(lambda: "No time estimate. The folder" in page.estimate.text(), timeout=LONG)


def test_that_settings_that_cannot_be_used_have_no_estimate(page: TrainPage) -> None:
    page.show()
    page.form.set_values({"batch_size": 500})
    assert page.form.problem()
    assert page.estimate.text() == ""
    assert not page.estimate.measuring


def test_that_an_estimate_is_said_in_words() -> None:
    plain = Estimate(0.0, (PhaseEstimate(10, 0.0, 42.3),), 3.0, 1_130_000_000, "CPU", False)
    assert in_words(plain) == "About 42 s per epoch, 7 min 10 s in all, 1.1 GB of memory (measured on this CPU)"
    frozen = Estimate(0.0, (PhaseEstimate(10, 75.0, 0.2),), 3.0, None, "CPU", False)
    expected = "About 1 min 20 s to prepare, 0.2 s per epoch, 1 min 20 s in all"
    assert in_words(frozen) == f"{expected} (measured on this CPU)"
    warmed = Estimate(
        0.0, (PhaseEstimate(2, 20.0, 0.2), PhaseEstimate(18, 0.0, 300.0)), 3.0, 2 * 10**9, "NVIDIA H100", True
    )
    assert "5 min per epoch of all layers, 1 h 30 min in all, 2.0 GB of GPU memory" in in_words(warmed)


def test_that_an_estimate_warns_where_memory_is_tight() -> None:
    roomy = Estimate(0.0, (PhaseEstimate(10, 0.0, 42.3, 3 * 10**9),), 3.0, 10**9, "CPU", False, free=10**10)
    assert "free" not in in_words(roomy)
    cut = Estimate(
        0.0, (PhaseEstimate(10, 0.0, 42.3, 3 * 10**9, 4),), 3.0, 10**9, "CPU", False, pictures=10**8, free=24 * 10**8
    )
    expected = "About 42 s per epoch, 7 min 10 s in all (measured on this CPU)."
    assert in_words(cut) == f"{expected} Needs about 3.1 GB; 2.4 GB are free. Batches will be computed in parts."
    close = Estimate(
        0.0, (PhaseEstimate(10, 0.0, 42.3, 10**9),), 3.0, 10**9, "CPU", False, pictures=10**9, free=24 * 10**8
    )
    assert in_words(close).endswith("free. Close other programs, or choose a smaller input size.")
    phases = (PhaseEstimate(0, 2.0, 0.0), PhaseEstimate(0, 60.0, 0.0, 3 * 10**9, 4))
    automatic = Estimate(0.0, phases, 0.0, None, "CPU", False, first_result=2.0, free=24 * 10**8)
    expected = "First model after about 2 s; at most about 1 min in all (measured on this CPU)."
    assert in_words(automatic).startswith(f"{expected} Needs about 3.0 GB; 2.4 GB are free.")

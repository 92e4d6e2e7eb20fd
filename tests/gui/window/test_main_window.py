"""The window: navigation, the one training, what is dropped on it, closing. Trainings here are hand-made."""

import gc
import shutil
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from builders import batch_end, epoch_end, run_start
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QListWidget, QMessageBox, QPushButton, QSplitter
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.data import stl10_archive
from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.events import Event, Progress, RunEnd
from stl_tl_gui.engine.runs.run import NotARun, Run, create_run
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings
from stl_tl_gui.engine.storage.places import weights_folder
from stl_tl_gui.gui.app import make_window
from stl_tl_gui.gui.background import training
from stl_tl_gui.gui.background.worker import workers_at_work
from stl_tl_gui.gui.classify.classify_page import ClassifyPage
from stl_tl_gui.gui.weights import missing_weights
from stl_tl_gui.gui.widgets.drop_target import DropTarget
from stl_tl_gui.gui.widgets.theme import DARK, LIGHT
from stl_tl_gui.gui.window import loading, main_window
from stl_tl_gui.gui.window.commands import save_checkpoint
from stl_tl_gui.gui.window.main_window import MainWindow
from stl_tl_gui.gui.window.shortcuts_dialog import Shortcut, ShortcutsDialog

Job = Generator[Event, None, Run]
SETTINGS = make_settings({"weights": "none", "epochs": 2})


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Each release lets the hand-made training make one step."""
    steps = threading.Semaphore(0)

    def job(settings: TrainSettings) -> Callable[[Callable[[], bool]], Job]:
        return lambda should_stop: hand_made_training(create_run(settings), steps, should_stop)

    monkeypatch.setattr(training, "train_job", job)
    return steps


def hand_made_training(run: Run, steps: threading.Semaphore, should_stop: Callable[[], bool]) -> Job:
    yield run.log(run_start(run))
    reason = "completed"
    for step in range(1, 5):
        while not (should_stop() or steps.acquire(timeout=0.005)):
            pass
        if should_stop():
            reason = "stopped"
            break
        yield run.log(batch_end(step, 2, 1 / step))
        if step % 2 == 0:
            yield run.log(epoch_end(step // 2))
    yield run.log(RunEnd(reason=reason, message=f"The run was {reason}.", best_val_accuracy=0.5, seconds=1.0))  # type: ignore[arg-type]
    return run


def begin(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.training.happened):
        window.launcher.train(SETTINGS)


def dialogs(window: MainWindow) -> list[QMessageBox]:
    return [box for box in window.findChildren(QMessageBox) if box.isVisible()]


def press(box: QMessageBox, text: str, qtbot: QtBot) -> None:
    found = next(each for each in box.findChildren(QPushButton) if each.text().replace("&", "") == text)
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


def files(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def drop(window: MainWindow, *paths: Path) -> None:
    mime, where = files(*paths), QPointF(300, 300)
    action, buttons, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(where.toPoint(), action, mime, buttons, none))
    QApplication.sendEvent(window, QDropEvent(where, action, mime, buttons, none))


class Calls(list[tuple[str, Any]]):
    """Stands in for methods of pages and notes what they are called with."""

    def watch(self, monkeypatch: pytest.MonkeyPatch, owner: object, *names: str) -> None:
        for name in names:
            monkeypatch.setattr(owner, name, lambda value, name=name: self.append((name, value)))


@pytest.fixture
def calls(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> Calls:
    calls = Calls()
    calls.watch(monkeypatch, window.pages.classify, "classify", "set_model")
    calls.watch(monkeypatch, window.pages.data.opening, "open")
    calls.watch(monkeypatch, window.pages.evaluate, "show_run")
    calls.watch(monkeypatch, window.pages.train, "show_run")
    return calls


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8)).save(path)
    return path


def test_that_every_page_is_reached_by_its_name_and_by_its_number(window: MainWindow, qtbot: QtBot) -> None:
    names = window.navigation.findChild(QListWidget, "navigation")
    assert [names.item(row).text() for row in range(names.count())] == [
        "Home",
        "Data",
        "Train",
        "Evaluate",
        "Classify",
        "Runs",
        "Compare",
        "Weights",
    ]
    for row in range(names.count()):
        names.setCurrentRow(row)
        assert window.navigation.number == row
        assert window.navigation.current.isVisible()
    window.menus.actions["page 3"].trigger()
    assert window.navigation.current is window.pages.train


def test_that_the_window_fits_a_small_screen_at_150_percent(window: MainWindow) -> None:
    least = window.minimumSizeHint()
    assert least.width() <= 911
    assert least.height() <= 480


def test_that_the_events_of_a_training_reach_the_pages(
    window: MainWindow, qtbot: QtBot, steps: threading.Semaphore, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    for page in (window.pages.train, window.pages.evaluate, window.pages.runs):
        monkeypatch.setattr(page, "on_event", lambda event: seen.append(event.event))
    steps.release(4)
    with qtbot.waitSignal(window.training.ended):
        window.launcher.train(SETTINGS)
    assert window.navigation.current is window.pages.train
    expected = ["run_start", "batch_end", "batch_end", "epoch_end", "batch_end", "batch_end", "epoch_end", "run_end"]
    assert seen[::3] == seen[1::3] == seen[2::3] == expected
    assert window.status.currentMessage() == "The run was completed."


def test_that_only_one_training_runs_at_a_time(window: MainWindow, qtbot: QtBot, steps: threading.Semaphore) -> None:
    begin(window, qtbot)
    window.launcher.train(SETTINGS)
    (box,) = dialogs(window)
    assert "already training" in box.text()
    with qtbot.waitSignal(window.training.ended):
        window.training.stop()


def test_that_a_paused_training_makes_no_step_until_it_goes_on(
    window: MainWindow, qtbot: QtBot, steps: threading.Semaphore
) -> None:
    begin(window, qtbot)
    steps.release()
    qtbot.waitUntil(lambda: window.pages.train.buttons.pause.isEnabled())
    window.menus.actions["pause"].trigger()
    assert window.training.paused
    steps.release(3)
    qtbot.wait(30)
    with qtbot.assertNotEmitted(window.training.ended, wait=60):
        pass
    with qtbot.waitSignal(window.training.ended):
        window.menus.actions["pause"].trigger()


def test_that_stopping_ends_the_run_in_good_order(window: MainWindow, qtbot: QtBot, steps: threading.Semaphore) -> None:
    begin(window, qtbot)
    with qtbot.waitSignal(window.training.ended) as ended:
        window.menus.actions["stop"].trigger()
    assert ended.args is not None
    assert ended.args[0].state() == "stopped"
    qtbot.waitUntil(lambda: not window.training.running)


def test_that_the_model_of_an_ended_run_is_ready_to_evaluate_and_classify(
    window: MainWindow, qtbot: QtBot, steps: threading.Semaphore, calls: Calls
) -> None:
    begin(window, qtbot)
    assert window.pages.train.run is not None
    window.pages.train.run.best.write_bytes(b"weights")
    steps.release(4)
    with qtbot.waitSignal(window.training.ended):
        pass
    run = window.pages.train.run
    assert calls == [("show_run", run), ("set_model", run.folder), ("show_run", run)]


def train_to_the_end(window: MainWindow, qtbot: QtBot, steps: threading.Semaphore) -> Run:
    """A training that leaves a checkpoint."""
    begin(window, qtbot)
    run = window.pages.train.run
    assert run is not None
    run.best.write_bytes(b"weights")
    steps.release(4)
    with qtbot.waitSignal(window.training.ended):
        pass
    qtbot.waitUntil(lambda: not window.training.running)
    return run


def test_that_a_run_that_ends_takes_the_place_of_another_and_offers_the_way_back(
    window: MainWindow, qtbot: QtBot, steps: threading.Semaphore, calls: Calls, tmp_path: Path
) -> None:
    other = create_run(SETTINGS, tmp_path / "other")
    window.current.choose(other)
    calls.clear()
    with qtbot.waitSignal(window.current.replaced) as replaced:
        run = train_to_the_end(window, qtbot, steps)
    assert calls == [("show_run", run), ("set_model", run.folder), ("show_run", run)]
    assert "Now showing" in replaced.args[0]
    calls.clear()
    press_back(window)
    assert calls == [("show_run", other), ("show_run", other)]
    assert window.current.run == other


def press_back(window: MainWindow) -> None:
    [back] = [button for button in window.status.findChildren(QPushButton) if button.text() == "Back"]
    back.click()


def test_that_the_settings_of_the_last_run_are_there_the_next_time(
    window: MainWindow, qtbot: QtBot, steps: threading.Semaphore, qapp: QApplication
) -> None:
    window.pages.train.form.set_values({"backbone": "mobilenet_v2", "epochs": 7})
    # what is only recommended for the data, such as learning from scratch, is not chosen for good
    window.launcher.train(make_settings({"data": "sample", "weights": "none", "backbone": "mobilenet_v2", "epochs": 7}))
    with qtbot.waitSignal(window.training.ended):
        window.training.stop()
    again = make_window(qapp)
    qtbot.addWidget(again)
    values = again.pages.train.form.values()
    assert (values["backbone"], values["weights"], values["epochs"]) == ("mobilenet_v2", "imagenet", 7)


def test_that_missing_weights_offer_ways_on(
    window: MainWindow, qtbot: QtBot, steps: threading.Semaphore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stl_tl_gui.engine.models.weight_store import WeightsMissing
    from stl_tl_gui.engine.settings.backbones import BACKBONES

    hand_made = training.train_job
    asked: list[TrainSettings] = []

    def job(settings: TrainSettings) -> Callable[[Callable[[], bool]], Job]:
        asked.append(settings)
        return without_weights if settings.weights == "imagenet" else hand_made(settings)

    def without_weights(should_stop: Callable[[], bool]) -> Job:
        yield Progress(stage="Looking for weights", done=0, total=0)
        raise WeightsMissing(BACKBONES["resnet18"], "no network")

    monkeypatch.setattr(training, "train_job", job)
    window.launcher.train(make_settings({"backbone": "resnet18"}))
    (box,) = dialogs(window)
    assert "45 MB from download.pytorch.org" in box.informativeText()
    assert asked == []  # nothing goes over the network unasked
    with qtbot.waitSignal(window.training.failed):
        press(box, "Download", qtbot)
    (box,) = [each for each in dialogs(window) if each.isVisible()]
    assert "resnet18-f37072fd.pth" in box.informativeText()
    qtbot.waitUntil(lambda: not window.training.running)
    with qtbot.waitSignal(window.training.happened):
        press(box, "Train from scratch", qtbot)
    assert (asked[-1].weights, asked[-1].freeze) == ("none", "none")
    assert window.pages.train.form.values() == asked[-1].model_dump(exclude={"data"})
    with qtbot.waitSignal(window.training.ended):
        window.training.stop()


def test_that_a_chosen_weights_file_takes_the_place_of_missing_ones(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qtbot: QtBot
) -> None:
    wanted: list[TrainSettings] = []
    monkeypatch.setattr(missing_weights, "choose_file", lambda *_: tmp_path / "mine.pth")
    settings = make_settings({"freeze": "head", "learning_rate": 0.02})
    box = missing_weights.ask_for_weights(window, UserError("They are missing."), settings, wanted.append)
    press(box, "Choose file…", qtbot)
    assert wanted == [settings.model_copy(update={"weights": str(tmp_path / "mine.pth")})]


def test_that_a_run_is_resumed_from_the_runs_page(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[Run, int | None]] = []

    def job(run: Run, epochs: int | None) -> Callable[[Callable[[], bool]], Job]:
        asked.append((run, epochs))
        return lambda should_stop: hand_made_training(run, threading.Semaphore(4), should_stop)

    monkeypatch.setattr(training, "resume_job", job)
    run = create_run(SETTINGS, tmp_path / "run")
    with qtbot.waitSignal(window.training.ended):
        window.pages.runs.resume_requested.emit(run, 7)
    assert asked == [(run, 7)]
    assert window.navigation.current is window.pages.train


def test_that_a_training_that_fails_before_its_run_says_why(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def job(should_stop: Callable[[], bool]) -> Job:
        yield Progress(stage="Reading pictures", done=0, total=0)
        raise UserError("There are no pictures.")

    monkeypatch.setattr(training, "train_job", lambda settings: job)
    with qtbot.waitSignal(window.training.failed):
        window.launcher.train(SETTINGS)
    (box,) = dialogs(window)
    assert box.text() == "There are no pictures."
    qtbot.waitUntil(lambda: window.status.currentMessage() == "")  # no longer “Reading pictures…”


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is one to classify with."""
    monkeypatch.setattr(ClassifyPage, "has_model", True)


@pytest.mark.usefixtures("model")
def test_that_dropped_pictures_are_classified(window: MainWindow, calls: Calls, tmp_path: Path) -> None:
    one, other = picture(tmp_path / "Bäume.png"), picture(tmp_path / "b.jpg")
    drop(window, one, other)
    assert calls == [("classify", [one, other])]
    assert window.navigation.current is window.pages.classify


def test_that_a_dropped_folder_of_classes_is_opened_as_data(window: MainWindow, calls: Calls, tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        picture(tmp_path / "pets" / name / "1.png")
    drop(window, tmp_path / "pets")
    assert calls == [("open", str(tmp_path / "pets"))]
    assert window.navigation.current is window.pages.data


def test_that_pictures_without_a_model_are_offered_as_data(
    window: MainWindow, calls: Calls, tmp_path: Path, qtbot: QtBot
) -> None:
    for name in ("cat", "dog"):
        picture(tmp_path / "pets" / name / "1.png")
    drop(window, tmp_path / "pets" / "cat" / "1.png")
    (box,) = dialogs(window)
    assert "No model yet" in box.text()
    assert calls == []
    press(box, "Train on “pets”", qtbot)
    assert calls == [("open", str(tmp_path / "pets"))]
    assert window.navigation.current is window.pages.data


def test_that_pictures_without_a_model_or_a_data_set_can_wait_for_a_model(
    window: MainWindow, calls: Calls, tmp_path: Path, qtbot: QtBot
) -> None:
    one = picture(tmp_path / "holidays" / "here" / "1.png")
    drop(window, one)
    (box,) = dialogs(window)
    assert "one folder per class" in box.informativeText()
    press(box, "Choose a model", qtbot)
    assert calls == [("classify", [one])]


def test_that_a_dropped_archive_is_imported_and_opened(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "stl10_binary.tar.gz"
    archive.write_bytes(b"")
    asked: list[tuple[Path, Path, bool]] = []

    def import_archive(path: Path, folder: Path, should_stop: Callable[[], bool], *, unlabeled: bool) -> Job:
        yield Progress(stage="Importing", done=0, total=1)
        asked.append((path, folder, unlabeled))
        raise UserError("The archive is damaged.")

    monkeypatch.setattr(stl10_archive, "import_archive", import_archive)
    drop(window, archive)
    assert window.navigation.current is window.pages.data
    (box,) = dialogs(window)
    check = box.checkBox()
    assert check is not None
    check.setChecked(False)
    press(box, "Import", qtbot)
    qtbot.waitUntil(lambda: bool(asked))
    assert asked == [(archive, stl10_archive.default_folder(), False)]
    problem = window.pages.data.findChild(QLabel, "problem")
    qtbot.waitUntil(lambda: problem is not None and problem.text() == "The archive is damaged.")


@pytest.mark.usefixtures("model")
def test_that_any_folder_dropped_on_the_data_page_is_meant_as_data(
    window: MainWindow, calls: Calls, tmp_path: Path
) -> None:
    picture(tmp_path / "holiday" / "1.png")
    window.navigation.show_page(window.pages.data)
    drop(window, tmp_path / "holiday")
    window.navigation.show_page(window.pages.runs)
    drop(window, tmp_path / "holiday")
    assert calls == [("open", str(tmp_path / "holiday")), ("classify", [tmp_path / "holiday"])]


def test_that_a_dropped_run_is_shown_everywhere(window: MainWindow, calls: Calls, tmp_path: Path) -> None:
    run = create_run(SETTINGS, tmp_path / "run")
    run.best.write_bytes(b"weights")
    drop(window, run.folder)
    assert calls == [("show_run", run), ("set_model", run.folder), ("show_run", run)]
    assert window.navigation.current is window.pages.train
    run.predictions("test").touch()
    window.navigation.show_page(window.pages.runs)
    drop(window, run.folder)
    assert window.navigation.current is window.pages.evaluate


def test_that_a_damaged_run_is_explained(window: MainWindow, calls: Calls, tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{")
    drop(window, tmp_path)
    (box,) = dialogs(window)
    assert "is not a run folder" in box.text()


def test_that_a_dropped_checkpoint_becomes_the_model(window: MainWindow, calls: Calls, tmp_path: Path) -> None:
    (tmp_path / "best.pt").touch()
    drop(window, tmp_path / "best.pt")
    assert calls == [("set_model", tmp_path / "best.pt")]
    assert window.navigation.current is window.pages.classify


def test_that_dropped_weights_go_to_their_page_and_are_checked(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "resnet18-f37072fd.pth").write_bytes(b"not these")
    drop(window, tmp_path / "stick")
    page = window.pages.weights
    assert window.navigation.current is page
    qtbot.waitUntil(lambda: not page.job.busy, timeout=5000)
    assert any("damaged" in label.text() for label in page.findChildren(QLabel))
    assert not list(weights_folder().glob("*.pth"))


def test_that_a_wrong_drop_says_what_was_expected(window: MainWindow, calls: Calls, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    drop(window, tmp_path / "notes.txt")
    (box,) = dialogs(window)
    assert "notes.txt" in box.text()
    assert "Drop pictures" in box.informativeText()
    assert not calls


def test_that_an_empty_drop_asks_to_drop_again(window: MainWindow, calls: Calls) -> None:
    window.findChild(DropTarget).dropped.emit([])
    (box,) = dialogs(window)
    assert box.text() == "Nothing was received. Please drop again."
    assert not calls


def test_that_the_window_says_what_a_drop_would_do(window: MainWindow, tmp_path: Path) -> None:
    mime = files(picture(tmp_path / "cat.png"))
    action, buttons, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPointF(9, 9).toPoint(), action, mime, buttons, none)
    QApplication.sendEvent(window, enter)
    sign = window.findChild(QLabel, "drop")
    assert enter.isAccepted()
    assert sign.isVisible()
    assert sign.text() == "Drop to classify “cat.png”"
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not sign.isVisible()


def test_that_a_dragged_text_is_not_taken(window: MainWindow) -> None:
    mime = QMimeData()
    mime.setText("hello")
    action, buttons, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPointF(9, 9).toPoint(), action, mime, buttons, none)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    assert not enter.isAccepted()


def test_that_pasting_goes_to_the_classify_page(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    pasted: list[bool] = []
    monkeypatch.setattr(window.pages.classify, "paste", lambda: pasted.append(True))
    window.menus.actions["paste"].trigger()
    assert pasted == [True]
    assert window.navigation.current is window.pages.classify


def test_that_closing_while_training_asks_and_can_be_called_off(
    window: MainWindow, qtbot: QtBot, steps: threading.Semaphore
) -> None:
    begin(window, qtbot)
    assert not window.close()
    assert not window.close()  # asks once
    (box,) = dialogs(window)
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert window.isVisible()
    assert not window.isMinimized()
    assert window.training.running


def test_that_a_training_can_go_on_in_the_background_where_there_is_no_tray(
    window: MainWindow, qtbot: QtBot, steps: threading.Semaphore
) -> None:
    begin(window, qtbot)
    window.close()
    (box,) = dialogs(window)
    assert box.defaultButton().text() == "Keep training in the background"
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert window.isMinimized()
    assert window.training.running
    window.background.show_window()
    assert not window.isMinimized()


def test_that_a_paused_training_goes_on_in_the_background(
    window: MainWindow, qtbot: QtBot, steps: threading.Semaphore
) -> None:
    begin(window, qtbot)
    steps.release()
    qtbot.waitUntil(window.pages.train.buttons.pause.isEnabled)
    window.pages.train.toggle_pause()
    assert window.training.paused
    window.close()
    press(dialogs(window)[0], "Keep training in the background", qtbot)
    assert not window.training.paused


def test_that_the_question_goes_and_the_window_closes_when_the_run_ends_meanwhile(
    window: MainWindow, qtbot: QtBot, steps: threading.Semaphore
) -> None:
    begin(window, qtbot)
    window.close()
    assert dialogs(window)
    window.training.stop()  # as if it had come to its end
    qtbot.waitUntil(lambda: not window.isVisible() and workers_at_work() == ())
    assert dialogs(window) == []


def test_that_the_question_stays_while_more_of_the_queue_follows(
    window: MainWindow, qtbot: QtBot, steps: threading.Semaphore
) -> None:
    begin(window, qtbot)
    window.closing.more_to_come = lambda: True
    window.close()
    window.training.stop()
    qtbot.waitUntil(lambda: not window.training.running)
    assert window.isVisible()
    assert dialogs(window)
    window.closing.more_to_come = lambda: False
    window.closing.withdraw(running=False)
    qtbot.waitUntil(lambda: not window.isVisible() and workers_at_work() == ())


def test_that_a_run_that_is_gone_is_said_to_be_and_not_made_anew(window: MainWindow, tmp_path: Path) -> None:
    run = create_run(SETTINGS, tmp_path / "run")
    shutil.rmtree(run.folder)
    window.current.open(run)
    assert "does not exist" in dialogs(window)[0].text()
    with pytest.raises(NotARun), run.locked():
        pass
    assert not run.folder.exists()


def test_that_another_run_opened_during_a_training_is_shown_where_it_can_be(
    window: MainWindow, qtbot: QtBot, steps: threading.Semaphore, tmp_path: Path
) -> None:
    begin(window, qtbot)
    other = create_run(SETTINGS, tmp_path / "other")
    window.current.open(other)
    assert window.navigation.current is window.pages.evaluate
    assert window.pages.train.run != other
    assert "Opened “other”" in window.status.currentMessage()


def test_that_stop_and_save_closes_the_window_when_the_run_has_ended(
    window: MainWindow, qtbot: QtBot, steps: threading.Semaphore
) -> None:
    begin(window, qtbot)
    assert window.pages.train.run is not None
    window.close()
    (box,) = dialogs(window)
    press(box, "Stop and save", qtbot)
    qtbot.waitUntil(lambda: not window.isVisible() and workers_at_work() == ())
    assert window.pages.train.run.state() == "stopped"


def test_that_a_paused_training_can_be_closed_too(window: MainWindow, qtbot: QtBot, steps: threading.Semaphore) -> None:
    begin(window, qtbot)
    window.training.pause()
    window.closing.at_once()
    qtbot.waitUntil(lambda: not window.isVisible() and workers_at_work() == ())


def test_that_the_checkpoint_of_the_run_shown_can_be_saved(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    run = create_run(SETTINGS, tmp_path / "run")
    run.last.write_bytes(b"last")
    window.pages.train.show_run(run)
    save_checkpoint(window, run, tmp_path / "kept.pt", window.status.say)
    qtbot.waitUntil(lambda: "kept.pt" in window.status.currentMessage())
    assert (tmp_path / "kept.pt").read_bytes() == b"last"


def test_that_saving_without_a_checkpoint_says_what_is_missing(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    save_checkpoint(window, None, tmp_path / "kept.pt", window.status.say)
    qtbot.waitUntil(lambda: bool(dialogs(window)))
    assert "No checkpoint yet" in dialogs(window)[0].text()


def test_that_a_place_that_takes_no_checkpoint_is_named(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    run = create_run(SETTINGS, tmp_path / "run")
    run.last.write_bytes(b"last")
    window.pages.train.show_run(run)
    save_checkpoint(window, run, tmp_path / "gone" / "kept.pt", window.status.say)
    qtbot.waitUntil(lambda: bool(dialogs(window)))
    assert f"“{tmp_path / 'gone' / 'kept.pt'}” could not be saved" in dialogs(window)[0].text()


def test_that_the_theme_switches_while_the_window_is_open(window: MainWindow, qapp: QApplication) -> None:
    for choice, colors in (("dark", DARK), ("light", LIGHT)):
        window.menus.actions[choice].trigger()
        assert qapp.palette().color(QPalette.ColorRole.Window).name() == colors.window.lower()
        assert window.pages.train.palette().color(QPalette.ColorRole.Text).name() == colors.text.lower()
    window.menus.actions["system"].trigger()


def test_that_page_and_theme_are_remembered(window: MainWindow, qapp: QApplication, qtbot: QtBot, home: Path) -> None:
    from stl_tl_gui.gui.widgets.remembered import theme_choice

    window.navigation.show_page(window.pages.runs)
    window.menus.actions["dark"].trigger()
    window.closing.at_once()
    qtbot.waitUntil(lambda: workers_at_work() == ())
    assert (home / "window.ini").exists()
    assert theme_choice() == "dark"
    again = make_window(qapp)
    qtbot.addWidget(again)
    assert again.navigation.current is again.pages.runs
    window.menus.actions["system"].trigger()


def test_that_pages_are_divided_as_they_were(window: MainWindow, qapp: QApplication, qtbot: QtBot, home: Path) -> None:
    splitters = ("train", "evaluate", "classify")
    while window.navigation.make_next():
        pass
    for name in splitters:
        splitter = window.findChild(QSplitter, name)
        splitter.setSizes([500, 420])
    wanted = {name: window.findChild(QSplitter, name).sizes() for name in splitters}
    window.closing.at_once()
    qtbot.waitUntil(lambda: workers_at_work() == ())
    again = make_window(qapp)
    qtbot.addWidget(again)
    again.resize(window.size())
    again.show()
    while again.navigation.make_next():
        pass
    for number, name in ((2, "train"), (3, "evaluate"), (4, "classify")):
        again.navigation.show_number(number)
        left, right = again.findChild(QSplitter, name).sizes()
        assert left / (left + right) == pytest.approx(wanted[name][0] / sum(wanted[name]), abs=0.03)


def test_that_shortcuts_are_unique_and_listed(window: MainWindow, qtbot: QtBot) -> None:
    shortcuts = [each.shortcut().toString() for each in window.menus.actions.values() if not each.shortcut().isEmpty()]
    assert len(shortcuts) == len(set(shortcuts))
    while window.navigation.make_next():
        pass
    window.menus.actions["shortcuts"].trigger()
    dialog = window.findChild(ShortcutsDialog)
    assert dialog is not None
    assert Shortcut("Everywhere", "Open run or checkpoint", "Ctrl+O") in dialog.matching()
    assert any(row.place == "Evaluate" and row.what == "Go to another cell" for row in dialog.matching())
    assert len(dialog.matching()) == len(set(dialog.matching()))
    qtbot.keyClicks(dialog.search, "open CHECKPOINT")
    assert [row.keys for row in dialog.matching()] == ["Ctrl+O"]
    dialog.copy()
    assert "Open run or checkpoint\tCtrl+O" in QApplication.clipboard().text()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.findChild(ShortcutsDialog) is None)


def test_that_every_main_action_has_a_shortcut(window: MainWindow) -> None:
    choices = {"about", "self_test", "system", "light", "dark"}
    without = {name for name, action in window.menus.actions.items() if action.shortcut().isEmpty()}
    assert without == choices


def test_that_starting_opens_the_data_and_says_which_device_there_is(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loaded(should_stop: Callable[[], bool]) -> Generator[Progress, None, loading.Devices]:
        yield Progress(stage="Getting ready", done=0, total=0)
        return loading.Devices("CPU", {"cpu": "CPU", "cuda:0": "GPU 0: NVIDIA A2"})

    opened: list[bool] = []
    monkeypatch.setattr(main_window, "load_engine", loaded)
    monkeypatch.setattr(window.pages.data.opening, "open_last", lambda: opened.append(True))
    window.start()
    assert window.status.currentMessage() == "Getting ready…"
    qtbot.waitUntil(lambda: window.status.currentMessage() == "")
    assert any(label.text() == "Device: CPU" for label in window.status.findChildren(QLabel))
    assert opened == [True]
    device = window.pages.train.form.row("device").editor
    assert [device.itemText(index) for index in range(device.count())] == ["Automatic", "CPU", "GPU 0: NVIDIA A2"]


def test_that_the_pages_not_yet_seen_are_made_after_the_start(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loaded(should_stop: Callable[[], bool]) -> Generator[Progress, None, loading.Devices]:
        yield Progress(stage="Getting ready", done=0, total=0)
        return loading.Devices("CPU", {"cpu": "CPU", "cuda:0": "GPU 0: NVIDIA A2"})

    assert window.navigation.pages == [window.pages.home]
    monkeypatch.setattr(main_window, "load_engine", loaded)
    monkeypatch.setattr(window.pages.data.opening, "open_last", lambda: None)
    window.start()
    qtbot.waitUntil(lambda: len(window.navigation.pages) == 8)
    qtbot.waitUntil(lambda: window.status.currentMessage() == "")


def test_that_a_page_made_during_a_training_knows_of_it(
    window: MainWindow, qtbot: QtBot, steps: threading.Semaphore
) -> None:
    with qtbot.waitSignal(window.training.happened):
        window.training.train(SETTINGS)
    assert window.pages.train.buttons.stop.isEnabled()
    with qtbot.waitSignal(window.training.ended):
        window.training.stop()


def test_that_what_is_loaded_is_not_looked_through_again(window: MainWindow) -> None:
    gc.unfreeze()
    job = loading.load_engine(lambda: False)
    assert isinstance(next(job), Progress)
    with pytest.raises(StopIteration):
        next(job)
    assert gc.get_freeze_count() > 10_000
    gc.unfreeze()

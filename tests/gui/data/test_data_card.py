import csv
import shutil
import threading
import time

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QPushButton

from stl_tl_gui.engine.data.corrections import FILE_NAME, change_corrections, leave_out, read_corrections
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.gui.background.worker import workers_at_work
from stl_tl_gui.gui.data import data_jobs
from stl_tl_gui.gui.data.corrections_dialog import CorrectionsDialog
from stl_tl_gui.gui.data.data_page import DataPage
from stl_tl_gui.gui.data.data_tabs import CORRECTIONS, PROBLEMS

LONG = 20_000


@pytest.fixture
def page(qtbot):
    page = DataPage()
    page.resize(1000, 700)
    qtbot.addWidget(page)
    page.show()
    return page


@pytest.fixture
def tabs(qtbot, page, colours):
    """The tabs of data with one picture that is under two classes, looked at to the end."""
    scene = Image.effect_noise((64, 64), 90).resize((16, 16)).resize((64, 64)).convert("RGB")
    for name in ("red", "green"):
        scene.save(colours / "train" / name / "twice.png")
    page.opening.open(str(colours))
    return looked_at(qtbot, page)


def looked_at(qtbot, page):
    qtbot.waitUntil(lambda: page.dataset is not None and not page.opening.busy, timeout=LONG)
    tabs = page.summary.tabs
    qtbot.waitUntil(lambda: tabs.problems.card is not None and not tabs.problems.looking.busy, timeout=LONG)
    return tabs


def reopened(qtbot, page, act):
    with qtbot.waitSignal(page.dataset_opened, timeout=LONG):
        act()
    return looked_at(qtbot, page)


def kinds(tabs):
    return {problem.kind: problem for problem in tabs.problems.card.problems}


def button(widget, kind, text):
    card = widget.findChild(object, kind)
    return next(each for each in card.findChildren(QPushButton) if text in each.text())


def test_that_problems_are_counted_on_their_tab_and_say_what_they_do(tabs):
    assert tabs.tabText(PROBLEMS) == f"Problems ({len(tabs.problems.card.problems)})"
    assert "conflict" in kinds(tabs)
    texts = [
        label.text() for label in tabs.problems.findChild(object, "conflict").findChildren(type(tabs.problems._facts))
    ]
    assert any(text.startswith("Makes results wrong: 2 pictures") for text in texts)


def test_that_a_remedy_corrects_the_data_and_is_undone(qtbot, page, tabs, colours):
    before = page.dataset.counts()
    tabs.setCurrentIndex(PROBLEMS)
    tabs = reopened(
        qtbot,
        page,
        lambda: qtbot.mouseClick(button(tabs.problems, "conflict", "Leave out 2"), Qt.MouseButton.LeftButton),
    )
    assert "conflict" not in kinds(tabs)
    assert sum(page.dataset.counts().values()) == sum(before.values()) - 2
    assert tabs.tabText(CORRECTIONS) == "Corrections (1)"
    assert (colours / "train" / "red" / "twice.png").exists()
    tabs.setCurrentIndex(CORRECTIONS)
    steps = tabs.corrections.steps
    steps.setCurrentItem(steps.topLevelItem(0))
    tabs = reopened(qtbot, page, lambda: qtbot.mouseClick(tabs.corrections.undo, Qt.MouseButton.LeftButton))
    assert page.dataset.counts() == before
    assert "conflict" in kinds(tabs)
    assert read_corrections(str(colours)).steps == ()


def test_that_pictures_are_relabelled_left_out_and_moved_together(qtbot, page, tabs, colours):
    qtbot.mouseClick(button(tabs.problems, "conflict", "Show pictures"), Qt.MouseButton.LeftButton)
    (dialog,) = tabs.findChildren(CorrectionsDialog)
    ids = dialog.pictures.ids
    assert sorted(ids) == ["train/green/twice.png", "train/red/twice.png"]
    assert not dialog.leave_out.isEnabled()
    dialog.list.setCurrentIndex(dialog.pictures.index(ids.index("train/green/twice.png")))
    dialog.activateWindow()
    dialog.list.setFocus()
    qtbot.waitUntil(dialog.list.hasFocus)
    qtbot.keyClick(dialog.list, Qt.Key.Key_Delete)
    dialog.list.setCurrentIndex(dialog.pictures.index(ids.index("train/red/twice.png")))
    action = next(each for each in dialog.relabel.menu().actions() if each.text() == "blue")
    action.trigger()
    assert dialog.apply.text() == "Apply 2 corrections"
    reopened(qtbot, page, lambda: qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton))
    (step,) = page.dataset.corrections.steps
    assert step.title == "Leave out 1, change the class of 1"
    everything = {
        id: images.targets[row] for images in page.dataset.splits.values() for row, id in enumerate(images.ids)
    }
    assert "train/green/twice.png" not in everything
    assert page.dataset.class_names[everything["train/red/twice.png"]] == "blue"


def test_that_a_mark_can_be_taken_back_and_cancel_changes_nothing(qtbot, tabs, colours):
    dialog = tabs.show_pictures(["train/red/twice.png", "no/such.png"], "Look")
    assert dialog.pictures.ids == ["train/red/twice.png"]
    dialog.list.selectAll()
    dialog.move_to.menu().actions()[2].trigger()
    assert "→ test" in dialog.pictures.index(0).data(Qt.ItemDataRole.ToolTipRole)
    dialog.keep.trigger()
    assert not dialog.apply.isEnabled()
    dialog.leave_out.trigger()
    dialog.reject()
    assert not (colours / FILE_NAME).exists()


def test_that_a_class_is_looked_at_by_a_double_click(qtbot, tabs, page):
    tabs._show_class(tabs.classes.model().index(0, 0))
    (dialog,) = tabs.findChildren(CorrectionsDialog)
    name = page.dataset.class_names[0]
    assert len(dialog.pictures.ids) == page.dataset.class_counts("train")[0]
    assert all(f"/{name}/" in id for id in dialog.pictures.ids)


def test_that_corrections_are_saved_as_a_table(qtbot, page, tabs, tmp_path, monkeypatch):
    tabs = reopened(qtbot, page, lambda: button(tabs.problems, "conflict", "Leave out 2").click())
    target = tmp_path / "table.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    tabs.corrections.export.click()
    with target.open(newline="") as file:
        assert len(list(csv.reader(file))) == 3


def test_that_corrections_that_leave_nothing_to_learn_are_refused_and_not_kept(qtbot, page, tabs, colours):
    data = page.dataset
    every = [
        id
        for split in ("train", "val")
        for row, id in enumerate(data.splits[split].ids)
        if data.class_names[data.splits[split].targets[row]] != "red"
    ]
    page.opening.correct("too much", leave_out(every))
    qtbot.waitUntil(lambda: not page.opening.busy, timeout=LONG)
    assert "Undo some" in page._problem._sentence.text()
    assert read_corrections(str(colours)).steps == ()
    assert page.dataset is data


def steps(colours):
    return [step.title for step in read_corrections(str(colours)).steps]


def held_up(monkeypatch):
    """Opening data waits until the returned event is set, or it is stopped."""
    go_on = threading.Event()
    really = data_jobs._open

    def wait(location, splitting, should_stop):
        while not go_on.is_set():
            if should_stop():
                raise Cancelled
            yield Progress(stage="Held up", done=0, total=0)
            time.sleep(0.01)
        return (yield from really(location, splitting, should_stop))

    monkeypatch.setattr(data_jobs, "_open", wait)
    return go_on


def test_that_a_correction_stays_when_another_follows_or_other_data_is_opened(
    qtbot, page, tabs, colours, sample, monkeypatch
):
    go_on = held_up(monkeypatch)
    for title, number in (("first", 0), ("second", 1)):
        page.opening.correct(title, leave_out([page.dataset.splits["train"].ids[number]]))
        qtbot.waitUntil(lambda title=title: title in steps(colours), timeout=LONG)
    page.opening.open("sample")
    go_on.set()
    qtbot.waitUntil(lambda: not workers_at_work(), timeout=LONG)
    assert steps(colours) == ["first", "second"]


def test_that_a_cancelled_correction_is_not_kept(qtbot, page, tabs, colours, monkeypatch):
    held_up(monkeypatch)
    page.opening.correct("first", leave_out([page.dataset.splits["train"].ids[0]]))
    qtbot.waitUntil(lambda: steps(colours) == ["first"], timeout=LONG)
    page.opening.cancel()
    qtbot.waitUntil(lambda: not workers_at_work(), timeout=LONG)
    assert steps(colours) == []


def test_that_data_that_its_corrections_keep_from_opening_offers_to_undo_them(qtbot, page, colours):
    reds = [f"train/red/{path.name}" for path in sorted((colours / "train" / "red").iterdir())]
    change_corrections(str(colours), lambda known: known.with_step("first", leave_out(reds[:1])))
    change_corrections(str(colours), lambda known: known.with_step("rest", leave_out(reds[1:-2])))
    for id in reds[-2:]:
        (colours / id).unlink()
    shutil.rmtree(colours / "train" / "blue")
    shutil.rmtree(colours / "test")
    page.opening.open(str(colours))
    qtbot.waitUntil(lambda: not page.opening.busy, timeout=LONG)
    assert page._problem.undo.isVisible()
    assert page._problem.undo.text() == "Undo “rest”"
    with qtbot.waitSignal(page.dataset_opened, timeout=LONG):
        page._problem.undo.click()
    assert steps(colours) == ["first"]
    assert not page._problem.isVisible()


def test_that_as_many_corrections_are_undone_as_it_takes(qtbot, page, colours):
    shutil.rmtree(colours / "train" / "blue")
    shutil.rmtree(colours / "test")
    reds = [f"train/red/{path.name}" for path in sorted((colours / "train" / "red").iterdir())]
    for number in range(5):  # the last two steps leave nothing each
        id = reds[min(number, 3)]
        change_corrections(str(colours), lambda known, n=number, id=id: known.with_step(f"step {n}", leave_out([id])))
    for id in reds[4:]:
        (colours / id).unlink()
    page.opening.open(str(colours))
    for left in (4, 3):
        qtbot.waitUntil(lambda: not page.opening.busy, timeout=LONG)
        assert page._problem.undo.isVisible()
        page._problem.undo.click()
        qtbot.waitUntil(lambda left=left: len(steps(colours)) == left and not page.opening.busy, timeout=LONG)
    assert page.dataset is not None
    assert page.dataset.class_names == ("green", "red")


def test_that_a_remedy_by_settings_asks_for_them(qtbot, page, tabs, colours):
    for number in range(40):
        shutil.copy(next((colours / "train" / "red").glob("*.png")), colours / "train" / "blue" / f"more{number}.png")
    for path in sorted((colours / "train" / "red").glob("*.png"))[3:]:
        path.unlink()
    tabs = reopened(qtbot, page, page.opening.open_again)
    with qtbot.waitSignal(page.settings_wanted) as wanted:
        button(tabs.problems, "imbalance", "Weight").click()
    assert wanted.args == [{"class_weighting": "balanced"}]


def test_that_looking_can_be_cancelled_and_begun_again(qtbot, page, tabs):
    tabs.problems.look()
    tabs.problems.line.cancel.click()
    qtbot.waitUntil(lambda: not tabs.problems.looking.busy, timeout=LONG)
    if tabs.problems.card is None:
        tabs.setCurrentIndex(PROBLEMS)
        assert tabs.problems.again.isVisible()
        tabs.problems.again.click()
    qtbot.waitUntil(lambda: tabs.problems.card is not None, timeout=LONG)


def test_that_a_zip_and_a_table_are_opened_from_a_file_dialog(qtbot, page, colours, tmp_path, monkeypatch):
    archive = shutil.make_archive(str(tmp_path / "pictures"), "zip", colours.parent, colours.name)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (archive, ""))
    with qtbot.waitSignal(page.dataset_opened, timeout=LONG):
        assert page.choose_file()
    assert page.dataset.name == "pictures"
    assert page.dataset.class_names == ("blue", "green", "red")
    table = colours / "list.csv"
    rows = [f"{path.relative_to(colours)},{path.parent.name}" for path in sorted((colours / "train").rglob("*.png"))]
    table.write_text("path,label\n" + "\n".join(rows))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(table), ""))
    with qtbot.waitSignal(page.dataset_opened, timeout=LONG):
        assert page.choose_file()
    assert page.dataset.kind == "table"
    looked_at(qtbot, page)
    assert str(table) in [action.text() for action in page._recent.menu().actions()]

"""Taking pictures with a stand-in camera, pasting and dropping them, and putting them into classes."""

from pathlib import Path
from time import sleep
from types import SimpleNamespace

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.data import open_dataset
from stl_tl_gui.engine.data.decoding import decode
from stl_tl_gui.engine.events import result_of
from stl_tl_gui.engine.storage.places import data_folder
from stl_tl_gui.gui.capture import cameras, collect_buttons, taken
from stl_tl_gui.gui.capture.cameras import NoFrames
from stl_tl_gui.gui.capture.collect_buttons import CollectButtons
from stl_tl_gui.gui.capture.collect_dialog import CollectDialog
from stl_tl_gui.gui.capture.frame_source import FrameSource
from stl_tl_gui.gui.capture.shutter import Shutter

BEAT = 10


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path, source: FrameSource) -> CollectDialog:
    dialog = CollectDialog(tmp_path / "data", source, shutter=Shutter(beat=BEAT))
    return shown(qtbot, dialog)


@pytest.fixture
def plain(qtbot: QtBot, tmp_path: Path) -> CollectDialog:
    """Without a camera."""
    return shown(qtbot, CollectDialog(tmp_path / "data", None))


def shown(qtbot: QtBot, dialog: CollectDialog) -> CollectDialog:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    qtbot.waitUntil(lambda: not dialog.intake.busy)
    return dialog


def names(dialog: CollectDialog) -> list[str]:
    """What waits to be added, without date and time."""
    return [taken.addition.name for taken in dialog.strip.taken()]


def wait_for(qtbot: QtBot, dialog: CollectDialog, count: int) -> None:
    qtbot.waitUntil(lambda: dialog.strip.count() == count and not dialog.intake.busy)


def add(qtbot: QtBot, dialog: CollectDialog, name: str) -> None:
    dialog.classes.edit.clear()
    qtbot.keyClicks(dialog.classes.edit, name)
    qtbot.mouseClick(dialog.add, Qt.MouseButton.LeftButton)
    wait_for(qtbot, dialog, 0)


def files(dialog: CollectDialog) -> list[str]:
    return sorted(path.relative_to(dialog.folder).as_posix() for path in dialog.folder.rglob("*.*"))


def answer(text: str) -> None:
    box = next(each for each in QApplication.topLevelWidgets() if isinstance(each, QMessageBox) and each.isVisible())
    next(each for each in box.findChildren(QPushButton) if each.text().replace("&", "") == text).click()


def of_files(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (30, 20), "green").save(path)
    return path


def test_that_nothing_can_be_taken_before_the_first_frame(qtbot, dialog, source):
    assert source.on
    assert not dialog.panel.take.isEnabled()
    assert not dialog.panel.burst.isEnabled()
    source.send()
    assert dialog.panel.take.isEnabled()


def test_that_space_and_the_button_take_pictures_that_are_saved_as_others_see_them(qtbot, dialog, source):
    source.send("red", "blue")
    qtbot.keyClick(dialog, Qt.Key.Key_Space)
    qtbot.mouseClick(dialog.panel.take, Qt.MouseButton.LeftButton)
    qtbot.keyClick(dialog.panel.take, Qt.Key.Key_Space)
    wait_for(qtbot, dialog, 3)
    assert dialog.panel.view.preview.mirrored
    seen = dialog.panel.view.preview.grab().toImage()
    assert seen.pixelColor(seen.width() - 40, seen.height() // 2).red() > 200  # the left is at the right
    assert [name[-12:] for name in names(dialog)] == ["-b01-001.jpg", "-b02-001.jpg", "-b03-001.jpg"]
    assert not dialog.folder.exists()
    add(qtbot, dialog, "cat")
    saved = Image.open(next((dialog.folder / "cat").glob("*-b01-001.jpg")))
    assert saved.size == (64, 48)
    assert saved.getpixel((2, 20))[0] > 200


def test_that_holding_the_button_down_is_one_burst(qtbot, dialog, source):
    source.send()
    qtbot.mousePress(dialog.panel.take, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.strip.count() >= 3)
    qtbot.mouseRelease(dialog.panel.take, Qt.MouseButton.LeftButton)
    assert not dialog.panel._held.isActive()
    assert {name.split("-")[3] for name in names(dialog)} == {"b01"}


def test_that_a_burst_counts_down_in_large_and_takes_so_many(qtbot, dialog, source):
    source.send()
    counted: list[int] = []
    dialog.panel.shutter.counted.connect(counted.append)
    dialog.panel.count.setValue(4)
    dialog.panel.every.setValue(0.1)
    qtbot.mouseClick(dialog.panel.burst, Qt.MouseButton.LeftButton)
    assert dialog.panel.view.preview.number == 3
    assert dialog.panel.burst.text() == "Stop burst"
    wait_for(qtbot, dialog, 4)
    qtbot.waitUntil(lambda: dialog.panel.burst.text() == "Start burst")
    assert counted == [3, 2, 1, 0]
    assert [name[-12:-4] for name in names(dialog)] == [f"-b01-{number:03}" for number in range(1, 5)]


def test_that_a_burst_can_be_stopped_while_it_counts(qtbot, dialog, source):
    source.send()
    qtbot.mouseClick(dialog.panel.burst, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(dialog.panel.shutter.ended):
        qtbot.mouseClick(dialog.panel.burst, Qt.MouseButton.LeftButton)
    assert dialog.panel.view.preview.number == 0
    assert dialog.strip.count() == 0
    assert dialog.panel.take.isEnabled()


def test_that_a_picture_can_be_removed_before_it_is_added(qtbot, dialog, source):
    source.send()
    for _ in range(3):
        qtbot.keyClick(dialog, Qt.Key.Key_Space)
    wait_for(qtbot, dialog, 3)
    dialog.strip.setCurrentRow(1)
    dialog.strip.setFocus()
    qtbot.keyClick(dialog.strip, Qt.Key.Key_Delete)
    assert [name[-12:-8] for name in names(dialog)] == ["-b01", "-b03"]
    assert "2 pictures" in dialog.add.text()


def test_that_closing_without_adding_asks_and_leaves_nothing(qtbot, dialog, source):
    source.send()
    qtbot.keyClick(dialog, Qt.Key.Key_Space)
    wait_for(qtbot, dialog, 1)
    collected: list[str] = []
    dialog.collected.connect(collected.append)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    answer("Go back")
    assert dialog.isVisible()
    qtbot.mouseClick(dialog.close_button, Qt.MouseButton.LeftButton)
    answer("Discard")
    assert not dialog.isVisible()
    assert not source.on
    assert not dialog.folder.exists()
    assert collected == []


def test_that_the_data_is_opened_again_when_pictures_were_added(qtbot, dialog, source):
    source.send()
    for name in ("cat", "dog"):
        qtbot.keyClick(dialog, Qt.Key.Key_Space)
        wait_for(qtbot, dialog, 1)
        add(qtbot, dialog, name)
    assert dialog.classes._tally.text() == "Added: cat 1, dog 1."
    with qtbot.waitSignal(dialog.collected) as heard:
        qtbot.mouseClick(dialog.close_button, Qt.MouseButton.LeftButton)
    assert heard.args == [str(dialog.folder)]


def test_that_a_name_that_no_folder_can_have_is_said(qtbot, dialog, source):
    source.send()
    qtbot.keyClick(dialog, Qt.Key.Key_Space)
    wait_for(qtbot, dialog, 1)
    qtbot.keyClicks(dialog.classes.edit, "a/b")
    qtbot.mouseClick(dialog.add, Qt.MouseButton.LeftButton)
    answer("Close")
    assert dialog.strip.count() == 1


def test_that_adding_can_be_taken_back_into_the_trash(qtbot, dialog, source, monkeypatch):
    trashed: list[str] = []
    monkeypatch.setattr("send2trash.send2trash", lambda path: (trashed.append(path), Path(path).unlink()))
    source.send()
    qtbot.keyClick(dialog, Qt.Key.Key_Space)
    wait_for(qtbot, dialog, 1)
    add(qtbot, dialog, "cat")
    assert len(files(dialog)) == 1
    qtbot.mouseClick(dialog.undo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.undo.isHidden() and not dialog.intake.busy)
    assert len(trashed) == 1
    assert list(dialog.folder.iterdir()) == []


def test_that_pictures_go_where_the_button_said_whatever_is_typed_meanwhile(qtbot, plain, tmp_path, monkeypatch):
    monkeypatch.setattr(taken, "decode", lambda *of: (sleep(0.1), decode(*of))[1])
    plain.intake.read([picture(tmp_path / f"{n}.png") for n in range(3)])
    qtbot.waitUntil(lambda: plain.strip.count() == 1)
    plain.classes.edit.setText("cat")
    plain.add_all()
    plain.classes.edit.setText("")
    wait_for(qtbot, plain, 0)
    assert files(plain) == ["cat/0.png", "cat/1.png", "cat/2.png"]


def test_that_undo_goes_past_files_that_are_gone_or_stay(qtbot, plain, tmp_path, monkeypatch):
    stays = ["2.png"]

    def trash(path: str) -> None:
        if Path(path).name in stays:
            raise PermissionError(13, "in use")
        Path(path).unlink()

    monkeypatch.setattr("send2trash.send2trash", trash)
    plain.intake.read([picture(tmp_path / f"{n}.png") for n in range(4)])
    wait_for(qtbot, plain, 4)
    add(qtbot, plain, "cat")
    (plain.folder / "cat" / "1.png").unlink()
    plain.take_back()
    qtbot.waitUntil(lambda: not plain.intake.busy)
    answer("Close")
    assert files(plain) == ["cat/2.png"]
    stays.clear()
    plain.take_back()
    qtbot.waitUntil(lambda: plain.undo.isHidden() and not plain.intake.busy)
    assert files(plain) == []


def test_that_a_picture_files_and_folders_are_pasted(qtbot, plain, tmp_path):
    image = QImage(20, 10, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    QGuiApplication.clipboard().setImage(image)
    plain.strip.setFocus()
    qtbot.keyClick(plain.classes.edit, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)  # although it is a text field
    wait_for(qtbot, plain, 1)
    picture(tmp_path / "there" / "one.png")
    QGuiApplication.clipboard().setMimeData(of_files(picture(tmp_path / "two.jpg"), tmp_path / "there"))
    qtbot.mouseClick(
        next(each for each in plain.findChildren(QPushButton) if each.text() == "Paste"), Qt.MouseButton.LeftButton
    )
    wait_for(qtbot, plain, 3)
    assert plain.panel is None
    add(qtbot, plain, "cat")
    found = files(plain)
    assert found[:1] + found[2:] == ["cat/one.png", "cat/two.jpg"]
    assert found[1].startswith("cat/pasted-")
    assert Image.open(plain.folder / found[1]).getpixel((0, 0)) == (255, 0, 0)
    assert (tmp_path / "two.jpg").exists()


def test_that_pasting_nothing_is_said(qtbot, plain):
    QGuiApplication.clipboard().setText("words")
    plain.take_clipboard()
    answer("Close")
    assert plain.strip.count() == 0


def test_that_dropped_files_are_taken_and_those_that_are_no_pictures_named(qtbot, plain, tmp_path):
    (tmp_path / "words.txt").write_text("words")
    mime = of_files(picture(tmp_path / "one.png"), tmp_path / "words.txt")
    where, buttons, keys = QPointF(20, 20), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where.toPoint(), Qt.DropAction.CopyAction, mime, buttons, keys)
    QApplication.sendEvent(plain, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(plain, QDropEvent(where, Qt.DropAction.CopyAction, mime, buttons, keys))
    wait_for(qtbot, plain, 1)
    box = next(each for each in QApplication.topLevelWidgets() if isinstance(each, QMessageBox) and each.isVisible())
    assert box.text() == "One file cannot be added."
    assert "words.txt" in box.informativeText()
    answer("Close")


def test_that_a_failure_is_said_and_can_be_tried_again(qtbot, dialog, source):
    source.send()
    source.failed.emit("No camera was found.")
    assert dialog.panel.view.preview.message == "No camera was found."
    assert not dialog.panel.take.isEnabled()
    source.on = False
    qtbot.mouseClick(dialog.panel.view.again, Qt.MouseButton.LeftButton)
    assert source.on
    assert dialog.panel.view.again.isHidden()


def test_that_another_camera_can_be_chosen(qtbot, dialog, source):
    assert dialog.panel.view.devices.isHidden()
    source.names = {"a": "Camera A", "b": "Camera B"}
    source.devices_changed.emit()
    assert dialog.panel.view.devices.isVisible()
    qtbot.keyClick(dialog.panel.view.devices, Qt.Key.Key_Down)
    assert source.chosen == "b"
    assert source.on


def test_that_the_camera_is_let_go_while_the_dialog_is_not_seen(qtbot, dialog, source):
    dialog.showMinimized()
    qtbot.waitUntil(lambda: not source.on)
    dialog.showNormal()
    qtbot.waitUntil(lambda: source.on)
    dialog.hide()
    assert not source.on


def test_that_the_dialog_fits_a_small_screen(dialog, source):
    dialog.resize(911, 480)
    assert dialog.size().width() == 911
    assert dialog.size().height() == 480


def test_that_a_new_data_set_begins_in_the_apps_own_folder(qtbot, monkeypatch):
    monkeypatch.setattr(collect_buttons, "camera_installed", lambda: False)
    buttons = CollectButtons()
    qtbot.addWidget(buttons)
    buttons.show()
    qtbot.mouseClick(buttons.new, Qt.MouseButton.LeftButton)
    dialog = buttons.findChild(CollectDialog) or buttons.window().findChild(CollectDialog)
    assert dialog.folder == data_folder() / "my pictures"
    assert dialog.panel is None
    dialog.close()


def test_that_pictures_are_added_only_to_class_folders_of_ones_own(qtbot, colours):
    buttons = CollectButtons()
    qtbot.addWidget(buttons)
    buttons.set_dataset(SimpleNamespace(kind="sample", location="sample"))
    assert not buttons.more.isEnabled()
    buttons.set_dataset(result_of(open_dataset(str(colours / "train" / "red"))))
    assert not buttons.more.isEnabled()  # nobody could tell the class
    buttons.set_dataset(result_of(open_dataset(str(colours))))
    assert buttons.more.isEnabled()
    dialog = buttons.add()
    qtbot.waitUntil(lambda: dialog.classes.field.count() == 3)
    dialog.close()


def test_that_a_part_of_qt_that_does_not_load_is_said_in_words(qtbot):
    error = ImportError("libpulse.so.0: cannot open shared object file: No such file or directory")
    assert cameras._reason(error) == "libpulse.so.0 is missing"
    source = NoFrames("The camera cannot be used.")
    with qtbot.waitSignal(source.failed) as heard:
        source.start()
    assert heard.args == ["The camera cannot be used."]

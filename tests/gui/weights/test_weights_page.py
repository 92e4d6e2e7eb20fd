import hashlib
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox

from stl_tl_gui.engine.downloading import Patience
from stl_tl_gui.engine.models import weight_store
from stl_tl_gui.engine.settings.backbones import BACKBONES
from stl_tl_gui.engine.storage.places import find_weights, named_weights_folders, weights_folder
from stl_tl_gui.gui.weights import weights_page
from stl_tl_gui.gui.weights.shared_folders import SharedFoldersDialog
from stl_tl_gui.gui.weights.weights_model import ACCURACY, FILE, HERE, LICENSE, NAME, SIZE
from stl_tl_gui.gui.weights.weights_page import WeightsPage

LONG = 10_000


@pytest.fixture
def rows(monkeypatch, server):
    """Two backbones whose weights the local server has."""
    digest = hashlib.sha256(server.content).hexdigest()[:8]
    made = {}
    for name in ("resnet18", "squeezenet1_1"):
        row = BACKBONES[name]
        url = f"http://127.0.0.1:{server.server_port}/{name}-{digest}.pth"
        made[name] = replace(row, weights=replace(row.weights, url=url))
    monkeypatch.setattr(weight_store, "BACKBONES", made)
    hasty = Patience(timeout=1, tries=2, first_wait=0.01)
    real = weight_store.fetch_all
    monkeypatch.setattr(weights_page, "fetch_all", lambda names, should_stop: real(names, should_stop, hasty))
    return made


@pytest.fixture
def page(qtbot, rows):
    page = WeightsPage()
    page.resize(1000, 600)
    qtbot.addWidget(page)
    page.show()
    return page


def click(qtbot, widget):
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def boxes(page):
    return [box for box in page.findChildren(QMessageBox) if box.isVisible()]


def text(page, row, column):
    return page.table.weights.index(row, column).data()


def idle(qtbot, page):
    qtbot.waitUntil(lambda: not page.job.busy, timeout=LONG)


def test_that_each_backbone_is_listed_with_what_is_to_be_known(page):
    assert page.table.weights.rowCount() == 2
    assert text(page, 0, NAME) == "ResNet-18"
    assert text(page, 0, HERE) == "No"
    assert text(page, 0, SIZE) == "45 MB"
    assert text(page, 0, ACCURACY) == "69.8 %"
    assert text(page, 0, LICENSE) == "BSD-3-Clause"
    assert text(page, 0, FILE).startswith("resnet18-")
    assert not page.buttons.fetch.isEnabled()
    assert not page.buttons.export.isEnabled()


def test_that_included_weights_are_shown_as_included(qtbot, monkeypatch):
    monkeypatch.setattr(weight_store, "BACKBONES", {"efficientnet_lite0": BACKBONES["efficientnet_lite0"]})
    page = WeightsPage()
    qtbot.addWidget(page)
    assert text(page, 0, HERE) == "Yes, included"
    assert not page.buttons.fetch_missing.isEnabled()
    assert not page.buttons.export.isEnabled()
    page.table.selectRow(0)
    assert page.buttons.export.isEnabled()


def test_that_the_selected_weights_are_fetched(qtbot, page, rows):
    page.table.selectRow(1)
    with qtbot.waitSignal(page.changed, timeout=LONG):
        click(qtbot, page.buttons.fetch)
    idle(qtbot, page)
    assert text(page, 1, HERE) == "Yes"
    assert text(page, 0, HERE) == "No"
    assert find_weights(rows["squeezenet1_1"].weights.file_name).parent == weights_folder()
    assert page.line.text.text() == "Downloaded 1 file."


def test_that_all_missing_weights_are_fetched_after_asking(qtbot, page):
    click(qtbot, page.buttons.fetch_missing)
    (box,) = boxes(page)
    assert "Download 2 files, 49 MB in all?" in box.text()
    assert "127.0.0.1" in box.informativeText()
    with qtbot.waitSignal(page.changed, timeout=LONG):
        click(qtbot, next(button for button in box.buttons() if button.text() == "Download"))
    idle(qtbot, page)
    assert [text(page, row, HERE) for row in (0, 1)] == ["Yes", "Yes"]
    assert not page.buttons.fetch_missing.isEnabled()


def test_that_a_failure_is_a_sentence(qtbot, page, server):
    server.moods = [{"status": 404}]
    page.table.selectRow(0)
    click(qtbot, page.buttons.fetch)
    qtbot.waitUntil(lambda: bool(boxes(page)), timeout=LONG)
    assert "the server answered 404" in boxes(page)[0].text()
    boxes(page)[0].close()
    idle(qtbot, page)
    assert page.buttons.fetch.isEnabled()


def test_that_fetching_can_be_cancelled(qtbot, page, server):
    server.moods = [{"slow": 0.5}]
    page.table.selectRow(0)
    click(qtbot, page.buttons.fetch)
    qtbot.waitUntil(page.line.cancel.isVisible, timeout=LONG)
    click(qtbot, page.line.cancel)
    idle(qtbot, page)
    assert text(page, 0, HERE) == "No"


def test_that_weights_go_from_one_computer_to_another_by_a_folder(qtbot, page, tmp_path, monkeypatch):
    page.table.selectRow(0)
    with qtbot.waitSignal(page.changed, timeout=LONG):
        click(qtbot, page.buttons.fetch)
    idle(qtbot, page)
    stick = tmp_path / "stick"
    stick.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(stick))
    with qtbot.waitSignal(page.changed, timeout=LONG):
        click(qtbot, page.buttons.export)
    idle(qtbot, page)
    monkeypatch.setenv("STL_TL_GUI_HOME", str(tmp_path / "other computer"))
    page.refresh()
    assert text(page, 0, HERE) == "No"
    with qtbot.waitSignal(page.changed, timeout=LONG):
        click(qtbot, page.buttons.import_folder)
    idle(qtbot, page)
    assert text(page, 0, HERE) == "Yes"


def test_that_a_check_sets_damaged_files_aside_and_they_are_fetched_again(qtbot, page, rows):
    weights_folder().mkdir(parents=True, exist_ok=True)
    name = rows["resnet18"].weights.file_name
    (weights_folder() / name).write_bytes(b"damaged")
    page.refresh()
    with qtbot.waitSignal(page.changed, timeout=LONG):
        click(qtbot, page.buttons.check)
    (box,) = boxes(page)
    assert f"renamed to “{name}.damaged”" in box.informativeText()
    box.close()
    idle(qtbot, page)
    assert text(page, 0, HERE) == "No"
    page.table.selectRow(0)
    with qtbot.waitSignal(page.changed, timeout=LONG):
        click(qtbot, page.buttons.fetch)
    idle(qtbot, page)
    with qtbot.waitSignal(page.changed, timeout=LONG):
        click(qtbot, page.buttons.check)
    idle(qtbot, page)
    assert text(page, 0, HERE) == "Yes · checked"


def test_that_a_damaged_file_of_others_is_told_and_left_alone(qtbot, page, rows, tmp_path, monkeypatch):
    monkeypatch.setenv("STL_TL_GUI_WEIGHTS", str(tmp_path / "lab"))
    (tmp_path / "lab").mkdir()
    theirs = tmp_path / "lab" / rows["resnet18"].weights.file_name
    theirs.write_bytes(b"damaged")
    page.refresh()
    with qtbot.waitSignal(page.changed, timeout=LONG):
        click(qtbot, page.buttons.check)
    boxes(page)[0].close()
    idle(qtbot, page)
    assert text(page, 0, HERE) == "Damaged"
    assert theirs.read_bytes() == b"damaged"
    theirs.write_bytes(b"another file")
    page.refresh()
    assert text(page, 0, HERE) == "Yes, in a shared folder"  # nobody has looked at that one yet


def test_that_what_is_not_here_cannot_be_exported_and_others_are_not_in_its_place(page, rows, server):
    weights_folder().mkdir(parents=True, exist_ok=True)
    (weights_folder() / rows["resnet18"].weights.file_name).write_bytes(server.content)
    page.refresh()
    assert page.buttons.export.isEnabled()
    page.table.selectRow(1)
    assert not page.buttons.export.isEnabled()
    page.table.selectRow(0)
    assert page.buttons.export.isEnabled()


def test_that_a_damaged_import_is_told(qtbot, page, rows, tmp_path, monkeypatch):
    name = rows["resnet18"].weights.file_name
    (tmp_path / name).write_bytes(b"damaged")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(tmp_path / name)], ""))
    click(qtbot, page.buttons.import_files)
    qtbot.waitUntil(lambda: bool(boxes(page)), timeout=LONG)
    assert "is damaged" in boxes(page)[0].informativeText()
    boxes(page)[0].close()


def test_that_a_shared_folder_is_searched_by_all_and_can_be_taken_away(
    qtbot, page, rows, server, tmp_path, monkeypatch
):
    lab = tmp_path / "lab"
    lab.mkdir()
    (lab / rows["resnet18"].weights.file_name).write_bytes(server.content)
    click(qtbot, page.buttons.shared)
    dialog = page.findChild(SharedFoldersDialog)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(lab))
    click(qtbot, dialog.add)
    click(qtbot, dialog.keep)
    assert named_weights_folders() == [lab]
    assert text(page, 0, HERE) == "Yes, in a shared folder"
    assert find_weights(rows["resnet18"].weights.file_name) == lab / rows["resnet18"].weights.file_name
    again = SharedFoldersDialog(page)
    again.list.setCurrentRow(0)
    click(qtbot, again.remove)
    again.keep.click()
    page.refresh()
    assert text(page, 0, HERE) == "No"


def test_that_the_facts_of_the_table_are_those_that_torchvision_gives():
    from stl_tl_gui.engine.machine.torchvision_import import make_torchvision_importable

    make_torchvision_importable()
    from torchvision.models import get_weight, list_models

    names = {"resnet18", "resnet34", "resnet50", "mobilenet_v2", "mobilenet_v3_small", "squeezenet1_1", "convnext_tiny",
             "efficientnet_b0"}  # fmt: skip
    assert names <= set(list_models())
    enums = {"resnet18": "ResNet18_Weights", "resnet34": "ResNet34_Weights", "convnext_tiny": "ConvNeXt_Tiny_Weights",
             "squeezenet1_1": "SqueezeNet1_1_Weights", "efficientnet_b0": "EfficientNet_B0_Weights"}  # fmt: skip
    for name, enum in enums.items():
        weights = get_weight(f"{enum}.IMAGENET1K_V1")
        row = BACKBONES[name].weights
        assert row.url == weights.url
        assert row.top1 == pytest.approx(weights.meta["_metrics"]["ImageNet-1K"]["acc@1"] / 100, abs=0.0006)
        assert row.megabytes == pytest.approx(weights.meta["_file_size"], rel=0.08)

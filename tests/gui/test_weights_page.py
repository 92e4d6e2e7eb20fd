"""The page of weights, with small files and a server on this computer."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from misbehaving_site import CONTENT, Site, cut_after, status
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine import weight_fetching, weight_store
from stl_tl_gui.engine.backbones import BACKBONES, Backbone
from stl_tl_gui.engine.downloading import Patience
from stl_tl_gui.engine.drops import weights_among
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.engine.places import chosen_weights_folders, torch_hub_folder, weights_folder
from stl_tl_gui.gui.progress_words import size_in_words, stage_in_words
from stl_tl_gui.gui.weights import shared_folders, weights_page
from stl_tl_gui.gui.weights.weights_page import WeightsPage

NAMES = ("resnet18", "resnet34", "mobilenet_v2")
STATE = 4


@pytest.fixture
def rows(site: Site, monkeypatch: pytest.MonkeyPatch) -> dict[str, Backbone]:
    """Three backbones whose weights are what the server has, under three names."""
    digest = hashlib.sha256(CONTENT).hexdigest()[:8]
    found = {}
    for name in NAMES:
        url = site.url.replace("file.bin", f"{name}-{digest}.pth")
        found[name] = replace(BACKBONES[name], weights=replace(BACKBONES[name].weights, url=url, megabytes=0.5))
    monkeypatch.setattr(weight_store, "BACKBONES", found)
    quick = Patience(silence=0.3, tries=2, first_wait=0.001)
    monkeypatch.setattr(weight_fetching.fetch_imagenet_weights, "__kwdefaults__", {"anew": False, "patience": quick})
    return found


@pytest.fixture
def page(rows: dict[str, Backbone], qtbot: QtBot) -> WeightsPage:
    page = WeightsPage()
    qtbot.addWidget(page)
    page.resize(1100, 650)
    page.show()
    qtbot.waitUntil(lambda: len(page.table.all()) == 3 and not page.jobs.busy)
    return page


def put(row: Backbone, folder: Path, content: bytes = CONTENT) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / row.weights.file_name
    path.write_bytes(content)
    return path


def click(page: WeightsPage, text: str, qtbot: QtBot) -> None:
    button = next(each for each in page.findChildren(QPushButton) if each.text() == text)
    assert button.isEnabled(), button.toolTip()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def press(page: WeightsPage, text: str, qtbot: QtBot) -> None:
    box = page.findChild(QMessageBox)
    assert box is not None
    qtbot.mouseClick(next(each for each in box.buttons() if each.text() == text), Qt.MouseButton.LeftButton)


def states(page: WeightsPage) -> list[str]:
    return [page.table.model().index(row, STATE).data() for row in range(3)]


def settled(page: WeightsPage, qtbot: QtBot) -> list[str]:
    qtbot.waitUntil(lambda: not page.jobs.busy)
    return states(page)


def test_that_the_table_says_where_weights_are(
    rows: dict, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(rows["resnet18"], weights_folder())
    put(rows["resnet34"], tmp_path / "lab")
    put(rows["mobilenet_v2"], torch_hub_folder())
    monkeypatch.setenv("STL_TL_GUI_WEIGHTS", str(tmp_path / "lab"))
    page = WeightsPage()
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: len(page.table.all()) == 3 and not page.jobs.busy)
    assert states(page) == ["Here", "In a shared folder", "In torch hub's cache"]
    assert str(tmp_path / "lab") in page.shared.text.text()
    model = page.table.model()
    first = [model.index(0, column).data() for column in range(model.columnCount())]
    assert first[:4] == ["ResNet-18", "11.7 M", "69.8%", "512 kB"]
    assert first[-2:] == ["torchvision", "BSD-3-Clause"]
    page.table.selectRow(0)
    assert "may have terms of their own" in page.details.text()
    assert "3 of 3 are here, 2 MB" in page.line.text.text()


def test_that_the_selected_weights_are_fetched(page: WeightsPage, site: Site, qtbot: QtBot) -> None:
    assert "None are here yet" in page.line.text.text()
    assert not page.actions_row.fetch.isEnabled()
    assert "Select" in page.actions_row.fetch.toolTip()
    page.table.selectRow(1)
    click(page, "Fetch", qtbot)
    assert not page.actions_row.import_files.isEnabled()
    assert settled(page, qtbot) == ["Not here", "Here, checked", "Not here"]
    assert len(site.asked) == 1
    assert "here already" in page.actions_row.fetch.toolTip()


def test_that_all_missing_ones_are_fetched_after_a_question(
    page: WeightsPage, rows: dict, qtbot: QtBot, site: Site
) -> None:
    put(rows["resnet18"], weights_folder())
    page.refresh()
    settled(page, qtbot)
    click(page, "Fetch all missing…", qtbot)
    box = page.findChild(QMessageBox)
    assert "2 backbones, 1 MB" in box.text()
    assert "127.0.0.1" in box.informativeText()
    press(page, "Fetch", qtbot)
    assert settled(page, qtbot) == ["Here", "Here, checked", "Here, checked"]
    assert len(site.asked) == 2
    assert not page.actions_row.fetch_missing.isEnabled()


def test_that_a_fetch_that_fails_is_told_and_what_arrived_is_shown(page: WeightsPage, site: Site, qtbot: QtBot) -> None:
    site.content = CONTENT * 4
    site.answers = [cut_after(1_500_000), status(404)]
    page.table.selectRow(0)
    click(page, "Fetch", qtbot)
    qtbot.waitUntil(lambda: page.findChild(QMessageBox) is not None)
    assert "no such file" in page.findChild(QMessageBox).text()
    assert settled(page, qtbot)[0].endswith("MB are here")


def test_that_fetching_can_be_cancelled(page: WeightsPage, site: Site, qtbot: QtBot) -> None:
    site.answers = [status(503, Retry_After="50")]
    weight_fetching.fetch_imagenet_weights.__kwdefaults__["patience"] = Patience(longest_wait=60)
    page.table.selectRow(0)
    click(page, "Fetch", qtbot)
    qtbot.waitUntil(lambda: "busy" in page.line.text.text())
    qtbot.mouseClick(page.line.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.jobs.busy, timeout=1000)
    assert states(page)[0] == "Not here"
    assert page.findChild(QMessageBox) is None
    assert page.actions_row.fetch.isEnabled()


def test_that_damaged_files_are_found_and_fetched_again(
    page: WeightsPage, rows: dict, qtbot: QtBot, tmp_path: Path
) -> None:
    put(rows["resnet18"], weights_folder(), b"half")
    put(rows["resnet34"], weights_folder())
    page.refresh()
    settled(page, qtbot)
    click(page, "Check", qtbot)
    assert settled(page, qtbot) == ["Damaged", "Here, checked", "Not here"]
    assert "ResNet-18" in page.findChild(QMessageBox).text()
    page.findChild(QMessageBox).close()
    page.table.selectRow(0)
    click(page, "Fetch", qtbot)
    assert settled(page, qtbot)[0] == "Here, checked"


def test_that_weights_go_by_stick_to_another_machine(
    page: WeightsPage, rows: dict, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(rows["resnet18"], weights_folder())
    page.refresh()
    settled(page, qtbot)
    stick = tmp_path / "stick"
    monkeypatch.setattr(weights_page, "choose_folder", lambda *_: stick)
    assert not page.actions_row.export.isEnabled()
    page.table.selectRow(0)
    page.table.selectionModel().select(
        page.table.model().index(1, 0),
        QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows,
    )
    click(page, "Export chosen…", qtbot)
    settled(page, qtbot)
    assert [path.name for path in stick.iterdir()] == [rows["resnet18"].weights.file_name]
    (weights_folder() / rows["resnet18"].weights.file_name).unlink()
    put(rows["resnet34"], stick, b"cut off")
    click(page, "Import folder…", qtbot)
    assert settled(page, qtbot) == ["Here, checked", "Not here", "Not here"]
    box = page.findChild(QMessageBox)
    assert box.text() == "1 file was taken."
    assert "damaged" in box.informativeText()


def test_that_files_are_imported(
    page: WeightsPage, rows: dict, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(rows["mobilenet_v2"], tmp_path / "downloads")
    monkeypatch.setattr(weights_page, "choose_files", lambda *_: [path])
    click(page, "Import files…", qtbot)
    assert settled(page, qtbot)[2] == "Here, checked"
    assert weights_among([path, path.parent])
    assert not weights_among([path, tmp_path / "gone.jpg"])


def test_that_a_shared_folder_is_named_remembered_and_forgotten(
    page: WeightsPage, rows: dict, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = put(rows["resnet34"], tmp_path / "läb").parent
    monkeypatch.setattr(shared_folders, "choose_folder", lambda *_: lab)
    page.shared.button.menu().actions()[0].trigger()
    assert settled(page, qtbot)[1] == "In a shared folder"
    assert chosen_weights_folders() == [lab]
    assert str(lab) in page.shared.text.text()
    page.shared.button.menu().actions()[1].trigger()
    assert settled(page, qtbot)[1] == "Not here"
    assert chosen_weights_folders() == []


def test_that_the_folder_is_shown(page: WeightsPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", shown.append)
    click(page, "Open folder", qtbot)
    assert Path(shown[0].toLocalFile()) == weights_folder()
    assert weights_folder().is_dir()


def test_that_the_columns_sort_by_what_is_behind_the_texts(page: WeightsPage) -> None:
    page.table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert [each.row.name for each in page.table.all()] == ["mobilenet_v2", "resnet18", "resnet34"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"done": 1_200_000_000, "total": 2_600_000_000}, "Fetching: 1.2 of 2.6 GB"),
        (
            {"done": 10_000_000, "total": 45_000_000, "per_second": 2e6},
            "Fetching: 10 of 45 MB, 2.0 MB/s, about 20 s left",
        ),
        ({"done": 10_000_000, "total": 0, "per_second": 2e6}, "Fetching: 10 MB, 2.0 MB/s"),
        ({"done": 0, "total": 0}, "Fetching…"),
    ],
)
def test_that_bytes_are_told_with_speed_and_time_left(values: dict, words: str) -> None:
    assert stage_in_words(Progress(stage="Fetching", unit="bytes", **values)) == words


@pytest.mark.parametrize(("count", "words"), [(512, "1 kB"), (44_700_000, "45 MB"), (2_640_397_119, "2.6 GB")])
def test_that_sizes_are_told_in_the_unit_that_suits(count: int, words: str) -> None:
    assert size_in_words(count) == words

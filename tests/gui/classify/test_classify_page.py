import csv
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QMessageBox
from tiff_files import write_tiff

from stl_tl_gui.engine.data.decoding import WHOLE, Part
from stl_tl_gui.engine.data.preprocessing import Preprocessing
from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.evaluation.inference import Classified
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.engine.models.checkpoints import ClassNamesNeeded
from stl_tl_gui.gui.background.worker import workers_at_work
from stl_tl_gui.gui.classify.class_names_dialog import ClassNamesDialog
from stl_tl_gui.gui.classify.classified_model import CLASSIFIED_ROLE, ResultColumn
from stl_tl_gui.gui.classify.classify_page import ClassifyPage
from stl_tl_gui.gui.widgets.pasted import Pasted, to_pil

CLASSES = ("cat", "dog", "ship")


class Model:
    """Stands in for a Classifier: names pictures by their file names. `gate` holds it up before each picture."""

    def __init__(self, title="ResNet-18, 3 classes", sure=0.9):
        self.title = title
        self.class_names = CLASSES
        self.sure = sure
        self.preprocessing = Preprocessing(32, "pad", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
        self.part = WHOLE
        self.seen = []
        self.gate = threading.Event()
        self.gate.set()

    def classify(self, sources, should_stop):
        for done, source in enumerate(sources, 1):
            while not self.gate.wait(0.01):
                if should_stop():
                    raise Cancelled
            self.seen.append(source)
            yield self._say(source)
            yield Progress(stage="Classifying", done=done, total=len(sources))

    def _say(self, source):
        path = source if isinstance(source, Path) else None
        name = path.name if path else "Picture 1"
        if path and path.suffix == ".txt":
            return Classified(name, path, None, 0.0, {}, f"“{name}” is not a picture.")
        predicted = next((label for label in CLASSES if label in name), "ship")
        rest = (1 - self.sure) / 2
        probabilities = {predicted: self.sure, **{label: rest for label in CLASSES if label != predicted}}
        return Classified(name, path, predicted, self.sure, probabilities)


class Models:
    """Stands in for open_classifier."""

    def __init__(self):
        self.answers = {}
        self.asked = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, path, *, class_names=None, backbone=None):
        self.asked.append((path, class_names, backbone))
        self.gate.wait(5)
        answer = self.answers[path.name]
        if isinstance(answer, ClassNamesNeeded) and class_names is not None:
            return Model()
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def models():
    return Models()


@pytest.fixture
def page(qtbot, models):
    page = ClassifyPage(opener=models)
    qtbot.addWidget(page)
    page.resize(1150, 650)
    return page


@pytest.fixture
def model(qtbot, page, models):
    models.answers["a run"] = Model()
    with qtbot.waitSignal(page.work.idle):
        page.set_model(Path("a run"))
    return models.answers["a run"]


def _classify(qtbot, page, paths):
    with qtbot.waitSignal(page.work.idle):
        page.classify(paths)


def _text(page, row, column):
    return page.results.table.classified.index(row, column).data()


def _names(page):
    table = page.results.table.classified
    return [table.index(row, ResultColumn.FILE).data() for row in range(table.rowCount())]


def _picture(path, color="red", **save):
    Image.new("RGB", (40, 30), color).save(path, **save)
    return path


def test_that_each_picture_becomes_a_row(qtbot, page, model):
    _classify(qtbot, page, [Path("cat.png"), Path("dog.png")])
    assert _names(page) == ["cat.png", "dog.png"]
    assert [_text(page, row, ResultColumn.CLASS) for row in (0, 1)] == ["cat", "dog"]
    assert _text(page, 0, ResultColumn.CONFIDENCE) == "90.0 %"
    assert page.line.text.text() == "2 pictures"


def test_that_a_file_that_cannot_be_read_is_a_row_that_says_why(qtbot, page, model):
    _classify(qtbot, page, [Path("notes.txt"), Path("cat.png")])
    row = page.results.table.classified.index(0, ResultColumn.CLASS)
    assert row.data() == "Not readable"
    assert not row.data(Qt.ItemDataRole.DecorationRole).isNull()
    assert _text(page, 0, ResultColumn.BARS) == "“notes.txt” is not a picture."
    assert page.line.text.text() == "2 pictures, 1 not readable"


def test_that_the_head_says_which_model_classifies(qtbot, page, model):
    assert page.bar.title.text() == "ResNet-18, 3 classes"
    assert page.bar.selector.words == "“a run”"


def test_that_pictures_wait_for_a_model(qtbot, page, models):
    page.classify([Path("cat.png")])
    assert _names(page) == []
    models.answers["later"] = Model()
    with qtbot.waitSignal(page.work.idle), qtbot.waitSignal(page.model_changed) as changed:
        page.set_model(Path("later"))
    assert changed.args == [models.answers["later"]]
    assert _names(page) == ["cat.png"]


def test_that_pictures_wait_while_another_model_is_opened(qtbot, page, model, models):
    models.answers["new"] = new = Model("EfficientNet-B0, 3 classes")
    models.gate.clear()
    page.set_model(Path("new"))
    page.classify([Path("cat.png")])
    with qtbot.waitSignal(page.work.idle):
        models.gate.set()
    assert model.seen == []
    assert new.seen == [Path("cat.png")]


def test_that_pictures_dropped_during_a_job_come_after_it(qtbot, page, model):
    model.gate.clear()
    page.classify([Path("cat.png")])
    page.classify([Path("dog.png")])
    with qtbot.waitSignal(page.work.idle):
        model.gate.set()
    assert _names(page) == ["cat.png", "dog.png"]


def test_that_another_model_classifies_the_same_pictures_anew(qtbot, page, model, models):
    _classify(qtbot, page, [Path("cat.png"), Path("notes.txt")])
    models.answers["surer"] = Model(sure=0.99)
    with qtbot.waitSignal(page.work.idle):
        page.set_model(Path("surer"))
    assert _names(page) == ["cat.png", "notes.txt"]
    assert _text(page, 0, ResultColumn.CONFIDENCE) == "99.0 %"


def test_that_a_model_that_cannot_be_opened_leaves_the_one_before(qtbot, page, model, models):
    models.answers["broken.pt"] = UserError("“broken.pt” is no checkpoint.")
    with qtbot.waitSignal(page.work.idle):
        page.set_model(Path("broken.pt"))
    assert page.findChild(QMessageBox).text() == "“broken.pt” is no checkpoint."
    assert page.bar.title.text() == "ResNet-18, 3 classes"
    assert page.bar.selector.words == "“a run”"
    _classify(qtbot, page, [Path("cat.png")])
    assert model.seen == [Path("cat.png")]


def test_that_missing_class_names_are_asked_for_and_counted_live(qtbot, page, models):
    path = Path("course.pth")
    models.answers["course.pth"] = ClassNamesNeeded(path, 3)
    with qtbot.waitSignal(page.work.not_opened):
        page.set_model(path)
    dialog = page.findChild(ClassNamesDialog)
    dialog.edit.setPlainText("cat\ndog\n")
    assert dialog.verdict.text() == "2 of 3 names: 1 missing"
    assert not dialog.use.isEnabled()
    dialog.edit.setPlainText("cat\ndog\ndog")
    assert dialog.verdict.text() == "“dog” appears twice"
    assert not dialog.use.isEnabled()
    dialog.edit.setPlainText("cat\n\n dog \nship\n")
    dialog.backbone.setCurrentIndex(dialog.backbone.findData("resnet34"))
    with qtbot.waitSignal(page.model_changed):
        dialog.use.click()
    assert models.asked[-1] == (path, CLASSES, "resnet34")


def test_that_class_names_come_from_a_file(qtbot, page, tmp_path):
    dialog = ClassNamesDialog(Path("x.pt"), 2)
    qtbot.addWidget(dialog)
    (tmp_path / "names.txt").write_text("Käfer\r\nBiene\r\n", "utf-8-sig")
    dialog.load(tmp_path / "names.txt")
    assert dialog.names() == ["Käfer", "Biene"]
    assert dialog.use.isEnabled()
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff\xfe")
    dialog.load(tmp_path / "picture.png")
    assert "not a text file" in dialog.findChild(QMessageBox).text()
    assert dialog.names() == ["Käfer", "Biene"]


def test_that_cancelling_keeps_what_is_done_and_forgets_the_rest(qtbot, page, model):
    _classify(qtbot, page, [Path("cat.png")])
    model.gate.clear()
    page.classify([Path("dog.png"), Path("ship.png")])
    qtbot.waitUntil(lambda: not page.line.cancel.isHidden())
    with qtbot.waitSignal(page.work.idle):
        page.line.cancel.click()
    assert _names(page) == ["cat.png"]
    model.gate.set()
    _classify(qtbot, page, [Path("ship.png")])
    assert _names(page) == ["cat.png", "ship.png"]


def test_that_the_model_that_was_chosen_is_opened_whatever_is_cancelled(qtbot, page, model, models):
    models.answers.update({"second": Model(), "third": Model()})
    model.gate.clear()
    page.classify([Path("cat.png")])
    page.set_model(Path("second"))
    page.set_model(Path("third"))
    with qtbot.waitSignal(page.work.idle):
        page.line.cancel.click()
    assert page.model_path == Path("third")
    assert not page.work.opening
    _classify(qtbot, page, [Path("dog.png")])
    assert _names(page) == ["dog.png"]


def test_that_what_another_model_was_about_to_classify_can_be_brought_back(qtbot, page, model, models):
    _classify(qtbot, page, [Path("cat.png"), Path("dog.png")])
    models.answers["second"] = other = Model()
    other.gate.clear()
    page.set_model(Path("second"))
    qtbot.waitUntil(lambda: page.model_path == Path("second") and page.work.busy)
    with qtbot.waitSignal(page.work.idle):
        page.line.cancel.click()
    other.gate.set()
    with qtbot.waitSignal(page.work.idle):
        page.bring_back()
    assert sorted(_names(page)) == ["cat.png", "dog.png"]


def test_that_clearing_can_be_undone(qtbot, page, model):
    pasted = Pasted("Picture 1", Image.new("RGB", (4, 4), "red"))
    _classify(qtbot, page, [Path("cat.png"), pasted])
    with qtbot.waitExposed(page):
        page.show()
    assert not page.undo.isVisible()
    page.clear()
    assert page.results.rows == []
    with qtbot.waitSignal(page.work.idle):
        qtbot.mouseClick(page.undo, Qt.MouseButton.LeftButton)
    assert sorted(_names(page)) == ["Picture 1", "cat.png"]
    assert not page.undo.isVisible()


def test_that_clearing_empties_the_table_for_good(qtbot, page, model):
    _classify(qtbot, page, [Path("cat.png")])
    model.gate.clear()
    page.classify([Path("dog.png")])
    page.clear()
    model.gate.set()
    qtbot.waitUntil(lambda: not page.work.busy)
    assert _names(page) == []
    assert page.results.isHidden()


def test_that_a_pasted_picture_is_classified_without_a_file(qtbot, page, model):
    image = QImage(7, 5, QImage.Format.Format_ARGB32)
    image.fill(QColor(0, 0, 0, 0))
    image.setPixelColor(6, 4, QColor(10, 20, 30))
    QGuiApplication.clipboard().setImage(image)
    with qtbot.waitSignal(page.work.idle):
        page.paste()
    with qtbot.waitSignal(page.work.idle):
        page.paste()
    assert _names(page) == ["Pasted picture 1", "Pasted picture 2"]
    picture = model.seen[0]
    assert (picture.size, picture.mode) == ((7, 5), "RGB")
    assert picture.getpixel((0, 0)) == (255, 255, 255)  # transparent: over white
    assert picture.getpixel((6, 4)) == (10, 20, 30)


@pytest.mark.parametrize("shape", [QImage.Format.Format_Grayscale8, QImage.Format.Format_RGB888])
def test_that_rows_of_any_width_are_converted(qtbot, shape):
    image = QImage(5, 3, shape)
    image.fill(QColor("white"))
    assert to_pil(image).getcolors() == [(15, (255, 255, 255))]


def test_that_pasted_files_are_classified(qtbot, page, model, tmp_path):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "cat.png"))])
    QGuiApplication.clipboard().setMimeData(mime)
    with qtbot.waitSignal(page.work.idle):
        page.paste()
    assert model.seen == [tmp_path / "cat.png"]


def test_that_pasting_something_else_is_answered_with_a_sentence(qtbot, page, model):
    QGuiApplication.clipboard().setText("a cat")
    page.paste()
    assert page.findChild(QMessageBox).text() == "No picture on the clipboard."


def test_that_a_picture_dragged_from_a_browser_is_taken(qtbot, page, model):
    mime = QMimeData()
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    mime.setImageData(image)
    mime.setUrls([QUrl("https://example.org/cat.png")])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, left, none)
    page.dragEnterEvent(enter)
    assert enter.isAccepted()
    with qtbot.waitSignal(page.work.idle):
        page.dropEvent(QDropEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, left, none))
    assert model.seen[0].getpixel((0, 0)) == (255, 0, 0)


def test_that_the_selected_picture_is_shown_larger_and_upright(qtbot, page, model, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    path = _picture(tmp_path / "cat.jpg", exif=exif)
    _classify(qtbot, page, [path])
    with qtbot.waitExposed(page):
        page.show()
    details = page.results.details
    qtbot.waitUntil(lambda: 0 < details.picture.pixmap().width() < details.picture.pixmap().height())
    assert details.answer.text() == "cat, 90.0\N{NO-BREAK SPACE}%"
    assert details.bars.bars()[0].name == "cat"


def test_that_the_selected_picture_is_also_shown_as_the_model_gets_it(qtbot, page, model, tmp_path):
    path = tmp_path / "cat.png"
    Image.new("RGB", (80, 20), "red").save(path)
    _classify(qtbot, page, [path, Path("notes.txt")])
    with qtbot.waitExposed(page):
        page.show()
    seen = page.results.details.models_picture
    assert "32 × 32 pixels, padded to a square" in seen.text.text()

    def corner() -> tuple[int, ...]:
        return seen.picture.pixmap().toImage().pixelColor(1, 1).getRgb()[:3]

    qtbot.waitUntil(lambda: corner() == (124, 116, 104))  # the padding
    page.results.table.selectRow(1)
    assert seen.isHidden()


def test_that_a_row_of_an_unreadable_file_is_explained_beside_the_table(qtbot, page, model):
    _classify(qtbot, page, [Path("notes.txt")])
    assert page.results.details.answer.text() == "“notes.txt” is not a picture."
    assert page.results.details.bars.isHidden()


def test_that_columns_sort_by_value_with_unreadable_files_last(qtbot, page, model):
    _classify(qtbot, page, [Path("b dog.png"), Path("notes.txt"), Path("a ship.png"), Path("C cat.png")])
    table = page.results.table
    table.sortByColumn(ResultColumn.FILE, Qt.SortOrder.AscendingOrder)
    assert _names(page) == ["a ship.png", "b dog.png", "C cat.png", "notes.txt"]
    table.sortByColumn(ResultColumn.CLASS, Qt.SortOrder.AscendingOrder)
    assert _names(page) == ["C cat.png", "b dog.png", "a ship.png", "notes.txt"]
    table.sortByColumn(ResultColumn.PICTURE, Qt.SortOrder.AscendingOrder)
    assert _names(page) == ["b dog.png", "notes.txt", "a ship.png", "C cat.png"]


def test_that_the_doubtful_and_the_unreadable_can_be_singled_out(qtbot, page, model):
    _classify(qtbot, page, [Path("cat.png"), Path("notes.txt")])
    model.sure = 0.6
    _classify(qtbot, page, [Path("dog.png")])
    choice = page.actions_row.filter
    choice.setCurrentIndex(choice.findData(0.8))
    assert _names(page) == ["notes.txt", "dog.png"]
    choice.setCurrentIndex(choice.findData(0.0))
    assert _names(page) == ["notes.txt"]
    assert page.line.text.text() == "3 pictures, 1 not readable, 1 shown"
    choice.setCurrentIndex(0)
    assert len(_names(page)) == 3


def test_that_the_table_is_saved_with_all_digits(qtbot, page, model, tmp_path):
    model.sure = 1 / 3
    _classify(qtbot, page, [Path("/ö, x/cat.png"), Path("notes.txt")])
    with qtbot.waitSignal(page.said) as said:
        page.actions_row.save_table(tmp_path / "out.csv")
    assert str(tmp_path / "out.csv") in said.args[0]
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        good, bad = csv.DictReader(file)
    assert list(good) == ["path", "predicted", "confidence", "p_cat", "p_dog", "p_ship", "error"]
    assert (good["path"], good["predicted"], good["error"]) == (str(Path("/ö, x/cat.png")), "cat", "")
    assert float(good["p_cat"]) == 1 / 3
    assert (bad["predicted"], bad["confidence"], bad["p_cat"]) == ("", "", "")
    assert bad["error"] == "“notes.txt” is not a picture."


def test_that_selected_rows_are_copied_for_a_spreadsheet(qtbot, page, model):
    _classify(qtbot, page, [Path("cat.png"), Path("dog.png")])
    page.results.table.selectRow(1)
    page.actions_row.copy.trigger()
    header, line = QGuiApplication.clipboard().text().splitlines()
    assert header.split("\t")[:3] == ["path", "predicted", "confidence"]
    assert line.split("\t")[:3] == ["dog.png", "dog", "0.9"]


def test_that_a_thousand_pictures_do_not_hold_up_the_window(qtbot, page, model):
    added = []
    page.results.table.classified.rowsInserted.connect(lambda _, first, last: added.append(last - first + 1))
    with qtbot.waitSignal(page.work.idle, timeout=20_000):
        page.classify([Path(f"{number} cat.png") for number in range(1000)])
    assert sum(added) == 1000
    assert len(added) < 200  # in batches, not one by one


def test_that_thumbnails_show_the_channels_that_the_model_sees(qtbot, page, model, tmp_path):
    pixels = np.zeros((8, 8, 5), np.uint8)
    pixels[..., 4] = 255
    path = write_tiff(tmp_path / "cells.tif", pixels)
    model.part = Part(channels=(5, 1, 2))
    page.results.set_model(model)
    thumbnails = page.results._thumbnails
    with qtbot.waitSignal(thumbnails.ready):
        thumbnails.pixmap(path)
    assert thumbnails.pixmap(path).toImage().pixelColor(4, 4).name() == "#ff0000"


def test_that_rows_paint_themselves(qtbot, page, model, tmp_path):
    path = _picture(tmp_path / "cat.png")
    _classify(qtbot, page, [path, tmp_path / "notes.txt"])
    with qtbot.waitExposed(page):
        page.show()
    thumbnails = page.results._thumbnails
    qtbot.waitUntil(lambda: thumbnails.cached_bytes() > 0 and thumbnails.failure(tmp_path / "notes.txt") is not None)
    assert not page.grab().isNull()
    assert page.results.table.classified.index(0, 0).data(CLASSIFIED_ROLE).path == path


def test_that_closing_leaves_no_thread_behind(qtbot, page, model):
    model.gate.clear()
    page.classify([Path("cat.png")])
    page.close()
    qtbot.waitUntil(lambda: not workers_at_work())


def classified(path: Path, predicted: str | None) -> Classified:
    probabilities = {predicted: 0.9} if predicted else {}
    return Classified(path.name, path, predicted, 0.9, probabilities, error=None if predicted else "is empty")


@pytest.fixture
def results(page, tmp_path):
    """Three classified files, and one that cannot be read."""
    rows = []
    for name, said in (("a.png", "cat"), ("b.png", "dog"), ("c.png", "cat"), ("bad.png", None)):
        Image.new("RGB", (8, 8)).save(tmp_path / name)
        rows.append(classified(tmp_path / name, said))
    page.results.append(rows)
    return [row.path for row in rows]


def test_that_selected_pictures_are_kept_as_predicted_or_as_another_class(qtbot, page, model, results, tmp_path):
    actions = page.actions_row
    page.results.table.selectRow(0)
    with qtbot.waitSignal(page.keep_requested) as asked:
        actions.right.trigger()
    assert asked.args == [[(results[0], "cat")]]
    actions.other.trigger()
    with qtbot.waitSignal(page.keep_requested) as asked:
        qtbot.keyClicks(actions.picker.edit, page.results.table.class_names[1])
        if actions.picker is not None and actions.picker.isVisible():
            qtbot.keyClick(actions.picker.edit, Qt.Key.Key_Return)
    assert asked.args == [[(results[0], page.results.table.class_names[1])]]
    data = tmp_path / "data"
    for name in ("cat", "dog"):
        (data / name).mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(data / name / "a.png")
    with qtbot.waitSignals([page.said, page.kept]):
        page.keeping.keep([(results[0], "cat"), (results[1], "dog")], data)
    assert sorted(path.name for path in (data / "cat").iterdir()) == ["a (2).png", "a.png"]
    assert (data / "dog" / "b.png").exists()
    assert results[0].exists()


def test_that_a_class_that_cannot_be_a_folder_changes_nothing(qtbot, page, results, tmp_path):
    with qtbot.waitSignal(page.keeping.failed):
        page.keeping.keep([(results[0], "cat/dog")], tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_that_all_readable_files_can_be_sorted_into_class_folders(qtbot, page, results, tmp_path):
    page.results.table.clearSelection()
    with qtbot.waitSignal(page.actions_row.folders_wanted) as asked:
        page.copying.choose = lambda files: None
        page.actions_row.sort.trigger()
    assert [(path.name, name) for path, name in asked.args[0]] == [("a.png", "cat"), ("b.png", "dog"), ("c.png", "cat")]
    with qtbot.waitSignal(page.copying.ended):
        page.copying.plan(asked.args[0], tmp_path / "sorted")
    assert "cat: 2" in page.copying.question.informativeText()
    with qtbot.waitSignal(page.said):
        page.copying.question.buttons()[0].click()
    assert len(list((tmp_path / "sorted" / "cat").iterdir())) == 2

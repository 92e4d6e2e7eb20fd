"""Every page in both themes on a small screen: no text is cut off, nothing lies upon something else, and everything
that can be used has a name for screen readers and a place in the order of the Tab key."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from builders import QUICK, write_colours
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QTableView,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.runs.run import list_runs
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.engine.training.train import train
from stl_tl_gui.gui.app import make_window
from stl_tl_gui.gui.background.worker import workers_at_work
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.eliding_combo import ElidingCombo
from stl_tl_gui.gui.widgets.theme import Theme
from stl_tl_gui.gui.window.main_window import MainWindow

SMALL = (1366, 768), (911, 512)
"""As it is, and magnified to 150 percent."""
LONG = 60_000
USABLE = (QAbstractButton, QComboBox, QLineEdit, QAbstractSpinBox, QSlider, QAbstractItemView, QTabBar)


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One for all tests, as the window is."""
    folder = tmp_path_factory.mktemp("every") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STL_TL_GUI_HOME", str(folder))
        patch.setenv("TORCH_HOME", str(folder / "torch"))
        patch.setenv("XDG_DATA_DIRS", str(folder / "machine"))
        yield folder


@pytest.fixture(scope="module")
def window(request: pytest.FixtureRequest, qapp: QApplication, home: Path) -> Iterator[MainWindow]:
    """The window with something on every page."""
    qtbot, colours = QtBot(request), write_colours(home.parent / "colours")
    for epochs in (1, 2):  # runs of real pictures
        list(train(make_settings({**QUICK, "data": str(colours), "epochs": epochs})))
    runs = [summary.run for summary in list_runs()]
    before = qapp.palette(), qapp.styleSheet(), qapp.style().name()
    window = make_window(qapp)
    window.resize(*SMALL[0])
    window.show()
    qtbot.waitExposed(window)
    while window.navigation.make_next():
        pass
    with qtbot.waitSignal(window.pages.data.dataset_opened, timeout=LONG):
        window.pages.data.opening.open(str(colours))
    window.current.open(runs[0])
    qtbot.waitUntil(lambda: window.pages.classify.work.model is not None, timeout=LONG)
    window.pages.classify.classify([colours / "test" / "red"])
    qtbot.waitUntil(lambda: len(window.pages.classify.results.rows) == 6, timeout=LONG)
    window.launcher.add_to_queue(make_settings({**QUICK, "data": str(colours)}))
    window.pages.compare.compare(runs)
    for page in window.navigation.pages:
        window.navigation.show_page(page)
        qtbot.wait(200)  # what is read in the background arrives
    yield window
    window.closing.at_once()
    qtbot.waitUntil(lambda: workers_at_work() == (), timeout=LONG)
    qapp.findChild(Theme).choose("system")
    window.deleteLater()
    qapp.setPalette(before[0])
    qapp.setStyleSheet(before[1])
    qapp.setStyle(before[2])


def shown(page: QWidget, kind: type = QWidget) -> list:
    """The widgets of a kind that can be seen, at least in part or by scrolling."""
    return [each for each in page.findChildren(kind) if each.isVisible() and not each.rect().isEmpty()]


def name_of(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name) if interface is not None else ""


def told(widget: QWidget) -> str:
    """A widget for a message."""
    text = widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""
    return f"{type(widget).__name__} “{text or widget.accessibleName() or widget.objectName()}” {widget.geometry()}"


def cut_off(widget: QWidget) -> bool:
    """Whether a widget has less room than its text needs."""
    if isinstance(widget, QLabel) and widget.text():
        if widget.wordWrap():
            return widget.heightForWidth(widget.width()) > widget.height() + 1
        return widget.sizeHint().width() > widget.width() + 1
    if isinstance(widget, QAbstractButton) and widget.text():
        return widget.sizeHint().width() > widget.width() + 1 or widget.sizeHint().height() > widget.height() + 4
    if isinstance(widget, ElidingCombo):
        return widget.shown_text().endswith("…") and not widget.currentText().endswith("…")
    if isinstance(widget, QComboBox):
        option = QStyleOptionComboBox()
        widget.initStyleOption(option)
        field = widget.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, widget
        )
        return widget.fontMetrics().horizontalAdvance(widget.currentText()) > field.width()
    if isinstance(widget, QTabBar):
        return any(
            widget.tabRect(i).width() < widget.fontMetrics().horizontalAdvance(widget.tabText(i))
            for i in range(widget.count())
        )
    return False


def cut_cells(table: QTableView) -> list[str]:
    """Texts of a table, titles too, that are wider than their column."""
    found: list[str] = []
    header, model = table.horizontalHeader(), table.model()
    for column in range(model.columnCount()):
        if table.isColumnHidden(column) or header.isHidden():
            continue
        title = str(model.headerData(column, Qt.Orientation.Horizontal))
        arrow = 14 if header.isSortIndicatorShown() and header.sortIndicatorSection() == column else 0
        if header.fontMetrics().horizontalAdvance(title) + 2 * theme.SMALL + arrow > header.sectionSize(column):
            found.append(title)
        for row in range(min(model.rowCount(), 5)):
            index = model.index(row, column)
            text = index.data(Qt.ItemDataRole.DisplayRole)
            if isinstance(text, str) and table.fontMetrics().horizontalAdvance(text) > table.columnWidth(column):
                found.append(text)
    return found


def collisions(page: QWidget) -> list[str]:
    """Pairs of widgets in one layout, one of which lies upon the other."""
    found: list[str] = []
    for parent in [page, *shown(page)]:
        if parent.layout() is None:
            continue
        items = [parent.layout().itemAt(number) for number in range(parent.layout().count())]
        boxes = [(item, item.geometry()) for item in items if not item.isEmpty()]
        for (_, one), (_, other) in combinations(boxes, 2):
            if QRect(one).adjusted(1, 1, -1, -1).intersects(other):
                found.append(f"{told(parent)}: {one} and {other}")
    return found


def outside(page: QWidget) -> list[str]:
    """Widgets that stick out of what holds them, where nobody can scroll to them."""
    return [
        told(each)
        for each in shown(page)
        if each.parentWidget() is not None
        and each.parentWidget().objectName() != "qt_scrollarea_viewport"
        and not isinstance(each.parentWidget(), QAbstractItemView)
        and not each.parentWidget().rect().adjusted(-1, -1, 1, 1).contains(each.geometry())
    ]


def is_part_of_another(widget: QWidget) -> bool:
    """The text field of a spin box, a table's header, a scroll bar: used through what they belong to."""
    inside = widget.parentWidget()
    while inside is not None:
        if isinstance(inside, QAbstractSpinBox | QComboBox | QLineEdit | QHeaderView):
            return True
        if isinstance(inside, QAbstractItemView) and isinstance(widget, QHeaderView | QAbstractButton):
            return True
        inside = inside.parentWidget()
    return isinstance(widget, QHeaderView)


def usable(page: QWidget) -> list[QWidget]:
    return [each for each in shown(page) if isinstance(each, USABLE) and not is_part_of_another(each)]


def tab_stops(window: MainWindow) -> set[QWidget]:
    """Where the Tab key leads, pressed until it comes round."""
    seen: set[QWidget] = set()
    window.navigation.setFocus()
    for _ in range(200):  # several times round: a field that is passed may open others
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        if focus is not None:
            seen.add(focus)
    return seen


def problems(window: MainWindow, page: QWidget) -> list[str]:
    title = type(page).__name__
    found = [f"cut off: {told(each)}" for each in shown(page) if cut_off(each)]
    found += [f"cut off in {told(table)}: {text}" for table in shown(page, QTableView) for text in cut_cells(table)]
    found += [f"collision: {text}" for text in collisions(page)]
    found += [f"outside: {text}" for text in outside(page)]
    found += [f"no name: {told(each)}" for each in usable(page) if not name_of(each).strip()]
    stops = tab_stops(window)
    reached = {each for stop in stops for each in (stop, stop.parentWidget())}
    found += [f"no tab stop: {told(each)}" for each in usable(page) if each.isEnabled() and each not in reached]
    return [f"{title}: {text}" for text in found]


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_that_nothing_is_cut_off_or_out_of_reach(window: MainWindow, qtbot: QtBot, qapp: QApplication, choice) -> None:
    qapp.findChild(Theme).choose(choice)
    window.activateWindow()
    found: list[str] = []
    for size in SMALL:
        window.resize(*size)
        for page in window.navigation.pages:
            window.navigation.show_page(page)
            qtbot.waitUntil(page.isVisible)
            qtbot.waitUntil(lambda: workers_at_work() == (), timeout=LONG)
            qtbot.wait(50)
            found += [f"{size} {problem}" for problem in problems(window, page)]
    assert "\n".join(found) == ""


def test_that_what_the_tab_key_passes_over_is_found(window: MainWindow, qtbot: QtBot) -> None:
    page = window.pages.runs
    window.activateWindow()
    window.navigation.show_page(page)
    qtbot.waitUntil(page.isVisible)
    passed_over = next(each for each in usable(page) if isinstance(each, QPushButton) and each.isEnabled())
    before = passed_over.focusPolicy(), passed_over.text()
    passed_over.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    passed_over.setText("Passed over")
    found = problems(window, page)
    passed_over.setFocusPolicy(before[0])
    passed_over.setText(before[1])
    assert [text for text in found if "no tab stop" in text and "Passed over" in text]


def test_that_the_checks_above_can_fail(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    narrow, wrapped, nameless = QPushButton("A long text"), QLabel("word " * 60, wordWrap=True), QSlider()
    combo = QComboBox()
    combo.addItem("Something quite long")
    for widget in (narrow, wrapped, nameless, combo):
        column.addWidget(widget)
    page.resize(400, 400)
    page.show()
    assert not any(cut_off(each) for each in (narrow, wrapped, combo))
    assert not collisions(page)
    assert name_of(nameless) == ""
    narrow.setFixedWidth(30)
    combo.setFixedWidth(50)
    wrapped.setFixedHeight(10)
    page.layout().activate()
    assert all(cut_off(each) for each in (narrow, wrapped, combo))
    narrow.setGeometry(wrapped.geometry())
    assert collisions(page)
    narrow.move(390, 0)
    assert outside(page)

"""RunSelector: names the run that a page shows, and offers the others: newest first, found by a few letters."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QWidget,
)

from stl_tl_gui.engine.runs.run import Run, RunSummary
from stl_tl_gui.gui.runs.runs_model import STATE_ICONS, searched, short_date
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.words.run import run_in_words

_WIDTH, _ROWS, _MOST = 460, 12, 200
_LONGEST = 420
"""Pixels that the name of a run takes at most."""
_RUN = Qt.ItemDataRole.UserRole + 1
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class RunSelector(QPushButton):
    """Several may be in the window; all know the same runs, and each names the run of its page."""

    chosen = Signal(object)
    """The Run to show."""
    all_wanted = Signal()
    """The page with all runs."""
    opened = Signal()
    """The list is open: the runs may be read again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: Sequence[RunSummary] = ()
        self._run: Run | None = None
        self._other = ""
        self._words = ""
        self.popup: RunPopup | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setProperty("selector", True)
        self.clicked.connect(self._open)
        self._follow()

    @property
    def words(self) -> str:
        """What it names, not elided."""
        return self._words

    def show_run(self, run: Run | None, other: str = "") -> None:
        """Name a run, or in words something else that the page shows."""
        self._run, self._other = run, other
        self._follow()

    def set_runs(self, runs: Sequence[RunSummary]) -> None:
        """All runs, newest first."""
        self._runs = runs
        self._follow()
        if self.popup is not None:
            self.popup.set_runs(runs, self._run)

    def _follow(self) -> None:
        summary = next((each for each in self._runs if each.run == self._run), None)
        nothing = "Choose a run…" if self._runs else "No run yet"
        name = self._run.name if self._run is not None else self._other or nothing
        self._words = run_in_words(summary) if summary is not None else name
        place = f"{self._run.folder}\n{short_date(summary.created)}" if self._run and summary else ""
        self.setToolTip("\n".join(filter(None, (self._words, place, "Press to show another run"))))
        self.setAccessibleName(f"Run: {self._words}")
        self.setEnabled(bool(self._runs))
        self.updateGeometry()
        self.update()

    def _open(self) -> None:
        self.popup = RunPopup(self)
        self.popup.chosen.connect(self.chosen)
        self.popup.all_wanted.connect(self.all_wanted)
        self.popup.destroyed.connect(self._forget)
        self.popup.set_runs(self._runs, self._run)
        self.popup.open_below(self)
        self.opened.emit()

    def _forget(self) -> None:
        self.popup = None

    def sizeHint(self) -> QSize:
        size = super().sizeHint()
        width = min(self.fontMetrics().horizontalAdvance(self._words), _LONGEST)
        return QSize(width + 3 * theme.LARGE, size.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, super().sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_F4) and self.isEnabled():
            self._open()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A button with its text at the left, elided in the middle, and an arrow at the right."""
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        painter.drawControl(QStyle.ControlElement.CE_PushButtonBevel, option)
        room = self.rect().adjusted(theme.MEDIUM, 0, -theme.MEDIUM, 0)
        sign = icon("unfolded", "muted" if self.isEnabled() else "border").pixmap(12, 12)
        painter.drawPixmap(room.right() - 12, room.center().y() - 5, sign)
        room.setRight(room.right() - 12 - theme.SMALL)
        painter.setPen(theme.color("text" if self.isEnabled() else "muted"))
        text = self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


class RunPopup(QFrame):
    """A search field above the runs."""

    chosen = Signal(object)
    all_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        theme.card(self)
        self._runs: Sequence[RunSummary] = ()
        self._current: Run | None = None
        self.search, self.list = QLineEdit(), QListWidget()
        self.search.setPlaceholderText("Search runs by name, backbone, data")
        self.search.setAccessibleName("Search runs")
        self.search.setClearButtonEnabled(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName("Runs")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.all = QPushButton("All runs…")
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self._fill)
        self.search.returnPressed.connect(lambda: self._choose(self.list.currentItem()))
        self.list.itemClicked.connect(self._choose)
        self.all.clicked.connect(self._want_all)
        bottom = layouts.row(None, self.all)
        layouts.column(self.search, self.list, bottom, inside=self, spacing=theme.SMALL, margins=theme.MEDIUM)

    def set_runs(self, runs: Sequence[RunSummary], current: Run | None) -> None:
        """Show these runs, newest first, and mark the current one."""
        if list(runs) != list(self._runs) or current != self._current:
            self._runs, self._current = runs, current
            self._fill()

    def open_below(self, button: QWidget) -> None:
        """Show it below a button, inside the screen."""
        room = self.screen().availableGeometry()
        height = min(max(len(self._runs), 3), _ROWS) * max(self.list.sizeHintForRow(0), 1) + theme.MEDIUM
        self.list.setFixedSize(min(_WIDTH, room.width() - 2 * theme.LARGE), height)
        size, place = self.sizeHint(), button.mapToGlobal(QPoint(0, button.height() + theme.TINY))
        x = max(room.left(), min(place.x(), room.right() - size.width()))
        y = max(room.top(), min(place.y(), room.bottom() - size.height()))
        self.move(x, y)
        self.show()
        self.search.setFocus()

    def _fill(self) -> None:
        words = self.search.text().casefold().split()
        found = [each for each in self._runs if all(word in searched(each) for word in words)]
        self.list.clear()
        for summary in found[:_MOST]:
            text = f"{run_in_words(summary)} · {short_date(summary.created)}"
            item = QListWidgetItem(icon(*STATE_ICONS[summary.state]), text)
            item.setData(_RUN, summary.run)
            item.setToolTip(summary.run.name)
            self.list.addItem(item)
        if not found:
            nothing = QListWidgetItem("No run matches.")
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(nothing)
        rows = [row for row, each in enumerate(found[:_MOST]) if each.run == self._current]
        self.list.setCurrentRow(rows[0] if rows and not words else 0)

    def _choose(self, item: QListWidgetItem | None) -> None:
        run = item.data(_RUN) if item is not None else None
        if run is not None:
            self.close()
            self.chosen.emit(run)

    def _want_all(self) -> None:
        self.close()
        self.all_wanted.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Arrow keys go through the list while the letters are typed."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _MOVES:
            self.list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

"""Horizontal bars of the most probable classes: name, bar and percentage, in a widget or in a table's cell."""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.copying import copyable
from stl_tl_gui.gui.widgets.elided_names import elided_name
from stl_tl_gui.gui.widgets.table_text import Row
from stl_tl_gui.words.quantities import percent

_GAP = 8
_WIDEST_NAME = 0.45
"""Share of the width that names may take; longer ones are elided."""


@dataclass(frozen=True)
class Bar:
    """One class: the winner is the most probable one, `true` the label of the picture."""

    name: str
    probability: float
    winner: bool
    true: bool

    @property
    def percent(self) -> str:
        return percent(self.probability)


def top_bars(probabilities: Mapping[str, float], top: int = 5, truth: str | None = None) -> list[Bar]:
    """The `top` most probable classes, highest first; the true class is added below if it is not among them."""
    ranked = sorted(probabilities, key=lambda name: -_finite(probabilities[name]))
    shown = ranked[:top]
    if truth is not None and truth in probabilities and truth not in shown:
        shown.append(truth)
    return [Bar(name, probabilities[name], name == ranked[0], name == truth) for name in shown]


def paint_bars(
    painter: QPainter,
    rect: QRect,
    probabilities: Mapping[str, float],
    *,
    palette: QPalette,
    font: QFont,
    top: int = 5,
    truth: str | None = None,
    name_width: int | None = None,
    text_color: QColor | None = None,
) -> None:
    """Draw as many of the top classes as the rectangle has room for, at the font's line height or more.

    `name_width` keeps the bars of many cells in line. `text_color` is for cells whose background is a selection.
    """
    fitting = max(1, rect.height() // QFontMetrics(font).height())
    bars = top_bars(probabilities, top, truth)
    if not bars or rect.isEmpty():
        return
    if len(bars) > fitting:
        bars = bars[: fitting - 1] + bars[-1:] if bars[-1].true and fitting > 1 else bars[:fitting]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    columns, names = _columns(bars, rect, font, name_width), tuple(probabilities)
    for row, bar in zip(_rows(rect, len(bars)), bars, strict=True):
        _paint_bar(painter, row, bar, names, columns, palette, font, text_color)
    painter.restore()


def name_column_width(names: Iterable[str], font: QFont) -> int:
    """Room for the longest of these names, for `paint_bars`."""
    metrics = QFontMetrics(_bold(font))
    return max((metrics.horizontalAdvance(name) for name in names), default=0) + 1


def _finite(value: float) -> float:
    return min(max(value, 0.0), 1.0) if math.isfinite(value) else 0.0


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setBold(True)
    return bold


def _mark() -> str:
    return "✓ true"


def _label_width(bar: Bar, font: QFont) -> int:
    metrics = QFontMetrics(_bold(font))
    return metrics.horizontalAdvance(bar.name) + (metrics.horizontalAdvance(_mark()) + _GAP if bar.true else 0) + 1


def _columns(bars: list[Bar], rect: QRect, font: QFont, name_width: int | None) -> tuple[int, int]:
    """Widths of the name column and of the percent column."""
    wanted = name_width if name_width is not None else max(_label_width(bar, font) for bar in bars)
    number = QFontMetrics(_bold(font)).horizontalAdvance("100.0 %")
    return min(wanted, int(rect.width() * _WIDEST_NAME)), number


def _rows(rect: QRect, count: int) -> list[QRect]:
    edges = [rect.top() + round(index * rect.height() / count) for index in range(count + 1)]
    return [QRect(rect.left(), above, rect.width(), below - above) for above, below in itertools.pairwise(edges)]


def _paint_bar(
    painter: QPainter,
    row: QRect,
    bar: Bar,
    names: Sequence[str],
    columns: tuple[int, int],
    palette: QPalette,
    font: QFont,
    text_color: QColor | None,
) -> None:
    name_width, number_width = columns
    painter.setFont(_bold(font) if bar.winner else font)
    text = text_color or palette.color(QPalette.ColorRole.WindowText)
    _paint_name(painter, QRect(row.left(), row.top(), name_width, row.height()), bar, names, text, text_color is None)
    left = row.left() + name_width + _GAP
    track = QRectF(left, 0, max(0, row.right() - number_width - _GAP - left), min(14.0, row.height() * 0.62))
    track.moveTop(row.top() + (row.height() - track.height()) / 2)
    _paint_track(painter, track, bar, text, text_color is None)
    painter.setPen(text)
    number = QRect(row.right() - number_width + 1, row.top(), number_width, row.height())
    painter.drawText(number, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, bar.percent)


def _paint_name(painter: QPainter, rect: QRect, bar: Bar, names: Sequence[str], text: QColor, colored: bool) -> None:
    metrics = painter.fontMetrics()
    vertical = Qt.AlignmentFlag.AlignVCenter
    room = rect.width()
    if bar.true:
        mark_width = metrics.horizontalAdvance(_mark()) + 1
        painter.setPen(theme.color("good") if colored else text)
        painter.drawText(rect, vertical | Qt.AlignmentFlag.AlignRight, _mark())
        room -= mark_width + _GAP
    painter.setPen(text)
    name = elided_name(bar.name, names, painter.font(), max(room, 0))
    painter.drawText(rect, vertical | Qt.AlignmentFlag.AlignLeft, name)


def _paint_track(painter: QPainter, track: QRectF, bar: Bar, text: QColor, colored: bool) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    groove = QColor(text)
    groove.setAlphaF(0.10)
    painter.setBrush(groove)
    painter.drawRoundedRect(track, 2, 2)
    filled = QRectF(track)
    filled.setWidth(track.width() * _finite(bar.probability))
    if filled.width() >= 0.5:
        painter.setBrush(_bar_color(bar, text, colored))
        painter.drawRoundedRect(filled, 2, 2)


def _bar_color(bar: Bar, text: QColor, colored: bool) -> QColor:
    if colored and (bar.true or bar.winner):
        return theme.color("good" if bar.true else "accent")
    muted = QColor(text)
    muted.setAlphaF(0.9 if bar.true or bar.winner else 0.4)
    return muted


class ProbabilityBars(QWidget):
    """The most probable classes of one picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._probabilities: dict[str, float] = {}
        self._top = 5
        self._truth: str | None = None
        self.setAccessibleName("Class probabilities")
        copyable(self, lambda: [["class", "probability"], *self._rows()])
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_probabilities(self, probabilities: dict[str, float], top: int = 5, truth: str | None = None) -> None:
        """Show the `top` classes; an empty dict clears. `truth` is the true class."""
        self._probabilities, self._top, self._truth = dict(probabilities), top, truth
        self.setAccessibleDescription(self._description())
        self.updateGeometry()
        self.update()

    def bars(self) -> list[Bar]:
        """What is shown, from top to bottom."""
        return top_bars(self._probabilities, self._top, self._truth)

    def _rows(self) -> list[Row]:
        return [[bar.name, bar.probability] for bar in self.bars()]

    def sizeHint(self) -> QSize:
        widest = max((_label_width(bar, self.font()) for bar in self.bars()), default=80)
        number = QFontMetrics(_bold(self.font())).horizontalAdvance("100.0 %")
        return QSize(widest + number + 2 * _GAP + 160, self._height())

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self._height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_bars(
            painter,
            self.rect(),
            self._probabilities,
            palette=self.palette(),
            font=self.font(),
            top=self._top,
            truth=self._truth,
        )
        painter.end()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            bar = self.bar_at(event.pos())
            if bar is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), self._words(bar), self)
            return True
        return super().event(event)

    def bar_at(self, position: QPoint) -> Bar | None:
        """The bar under a position in the widget."""
        bars = self.bars()
        rows = _rows(self.rect(), len(bars)) if bars else []
        return next((bar for row, bar in zip(rows, bars, strict=True) if row.contains(position)), None)

    def _height(self) -> int:
        return max(1, len(self.bars())) * (QFontMetrics(self.font()).height() + 8)

    def _description(self) -> str:
        return "; ".join(self._words(bar) for bar in self.bars())

    def _words(self, bar: Bar) -> str:
        words = f"{bar.name}: {bar.percent}"
        return f"{words} (the true class)" if bar.true else words

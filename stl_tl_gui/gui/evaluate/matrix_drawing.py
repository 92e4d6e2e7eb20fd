"""How a confusion matrix is laid out and drawn: cells as one scaled image, numbers where they fit, headers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPen

from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.elided_names import elided_name

Counts = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]

SMALLEST, WIDEST, TALLEST = 8, 160, 100
"""Limits of a cell in pixels: large enough to hit with the mouse, not larger than a number needs."""
_NAME_LIMIT, _NAME_SHARE = 150, 0.4
"""Names of classes take no more than these pixels, and no more than this part of the room."""
_PAD = 6
_STEPS = 256
_MIDDLE_AND_FULL = {False: ("#6AA9DC", "#08306B"), True: ("#2F6EA5", "#CFE9FF")}
"""Half-full and full cells on light and dark. One hue: lightness alone carries the value, to be color-blind safe."""


def shares(counts: Counts) -> Shares:
    """Each row divided by its sum; rows without pictures are 0."""
    result: Shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return result


def cell_text(count: int, share: float, normalized: bool) -> str:
    if not normalized:
        return str(count)
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"


def heat_color(strength: float) -> QColor:
    """Color of a value in [0, 1] on the theme shown now."""
    middle, full = _MIDDLE_AND_FULL[theme.is_dark()]
    # the square root keeps rare mistakes visible beside a strong diagonal
    part = 0.0 if strength <= 0 else 0.04 + 0.96 * min(strength, 1.0) ** 0.5
    if part < 0.5:
        return mixed(theme.color("base"), QColor(middle), 2 * part)
    return mixed(QColor(middle), QColor(full), 2 * part - 1)


def mixed(low: QColor, high: QColor, part: float) -> QColor:
    """A color between two: `part` 0 is the low one, 1 the high one."""

    def channel(a: int, b: int) -> int:
        return round(a + (b - a) * part)

    return QColor(channel(low.red(), high.red()), channel(low.green(), high.green()), channel(low.blue(), high.blue()))


def ink_on(background: QColor) -> QColor:
    """Black or white, whichever is easier to read on a color (WCAG 2 contrast)."""
    light = luminance(background)
    return QColor("white") if 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 else QColor("black")


def luminance(color: QColor) -> float:
    """Relative luminance in [0, 1] as WCAG 2 defines it."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF())


@dataclass(frozen=True)
class Grid:
    """Where everything is, in pixels from the top left corner of the whole matrix."""

    classes: int
    left: int
    """Room for row names."""
    top: int
    """Room for column names."""
    width: int
    """Of one cell."""
    height: int
    upright: bool
    """Whether column names are horizontal."""

    @property
    def size(self) -> QSize:
        return QSize(self.left + self.classes * self.width + 1, self.top + self.classes * self.height + 1)

    def cell(self, row: int, column: int) -> QRect:
        return QRect(self.left + column * self.width, self.top + row * self.height, self.width, self.height)

    def at(self, position: QPoint, offset: QPoint) -> tuple[int, int] | None:
        """Row and column under a position when scrolled by `offset`; -1 for the header of the other. None: nothing."""
        column = (position.x() + offset.x() - self.left) // self.width if position.x() >= self.left else -1
        row = (position.y() + offset.y() - self.top) // self.height if position.y() >= self.top else -1
        inside = -1 <= row < self.classes and -1 <= column < self.classes
        return (row, column) if inside and (row, column) != (-1, -1) else None


def row_header_width(names: Sequence[str], font: QFont, room: int) -> int:
    """Pixels for the names of the rows and the title beside them, of `room` pixels."""
    metrics = QFontMetrics(_bold(font))
    widest = max((metrics.horizontalAdvance(name) for name in names), default=0)
    return metrics.height() + _PAD + _limited_name(widest, room) + 2 * _PAD


def _limited_name(widest: int, room: int) -> int:
    return min(widest, _NAME_LIMIT, max(int(_NAME_SHARE * room), 0))


def fit_grid(room: QSize, names: Sequence[str], font: QFont, zoom: float = 1.0, *, row_names: bool = True) -> Grid:
    """The grid that fills the room, or that is larger and has to be scrolled, when cells would be too small.

    Without `row_names` there is no room for them at the left.
    """
    metrics = QFontMetrics(_bold(font))
    line = metrics.height()
    widest = max((metrics.horizontalAdvance(name) for name in names), default=0)
    left = row_header_width(names, font, room.width()) if row_names else 0
    n = max(len(names), 1)
    width = _limited((room.width() - left - 1) / n * zoom, WIDEST)
    upright = width >= widest + _PAD
    top = line + _PAD + (line if upright else _limited_name(widest, room.height())) + 2 * _PAD
    height = _limited((room.height() - top - 1) / n * zoom, TALLEST)
    if zoom == 1.0:  # not too far from squares
        width, height = min(width, 2 * height), min(height, 2 * width)
        upright = width >= widest + _PAD
    return Grid(len(names), left, top, width, height, upright)


def _limited(value: float, most: int) -> int:
    return int(min(max(value, SMALLEST), most))


def _bold(font: QFont) -> QFont:
    return theme.scaled_font(font, 1.0, bold=True)


def number_font(font: QFont, letters: int, grid: Grid) -> QFont | None:
    """The largest font in which numbers of so many letters fit into their cells, or None if it would be unreadable."""
    for factor in (1.0, 0.9, 0.8):
        candidate = theme.scaled_font(font, factor)
        metrics = QFontMetrics(candidate)
        if metrics.horizontalAdvance("0" * letters) + 3 <= grid.width and metrics.height() <= grid.height:
            return candidate
    return None


def heat_image(values: Shares) -> QImage:
    """One pixel per cell."""
    table = np.array([heat_color(step / (_STEPS - 1)).rgb() for step in range(_STEPS)], np.uint32)
    steps = np.ceil(values / max(float(values.max(initial=0)), 1e-12) * (_STEPS - 1)).astype(np.int64)
    pixels = np.ascontiguousarray(table[steps])
    rows, columns = pixels.shape
    return QImage(pixels.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_RGB32).copy()


@dataclass(frozen=True)
class Cells:
    """What the cells of a matrix show."""

    image: QImage
    """Their colors, one pixel per cell."""
    texts: list[list[str]]
    """Their numbers, row by row."""
    faint: npt.NDArray[np.bool_]
    """(c, c): which of them have nothing to say."""


def heat_cells(counts: Counts, normalized: bool) -> Cells:
    """Counts, or shares of their rows, in one hue."""
    ratios = shares(counts)
    texts = [
        [cell_text(count, share, normalized) if count else "·" for count, share in zip(*row, strict=True)]
        for row in zip(counts.tolist(), ratios.tolist(), strict=True)
    ]
    return Cells(heat_image(ratios if normalized else counts.astype(np.float64)), texts, counts == 0)


def draw_cells(painter: QPainter, cells: Cells, grid: Grid, visible: QRect) -> None:
    """The colors, lines and numbers of the cells. `visible` is in the grid's own pixels; nothing else is drawn."""
    whole = QRect(grid.left, grid.top, grid.classes * grid.width, grid.classes * grid.height)
    painter.drawImage(whole, cells.image)
    _draw_lines(painter, whole, grid)
    _draw_diagonal(painter, cells.image, grid)
    texts, font = _fitting(cells.texts, painter.font(), grid)
    if font is None:
        return
    painter.save()
    painter.setFont(font)
    for row, column in _visible_cells(grid, visible):
        ground = cells.image.pixelColor(column, row)
        painter.setPen(theme.color("muted") if cells.faint[row, column] else ink_on(ground))
        painter.drawText(grid.cell(row, column), Qt.AlignmentFlag.AlignCenter, texts[row][column])
    painter.restore()


def _fitting(texts: list[list[str]], font: QFont, grid: Grid) -> tuple[list[list[str]], QFont | None]:
    """The texts, without their percent signs if need be, and a font in which all fit, if there is one."""
    shorter = [[text.removesuffix("%") for text in row] for row in texts]
    for candidate in (texts, shorter):
        found = number_font(font, max((len(text) for row in candidate for text in row), default=0), grid)
        if found is not None:
            return candidate, found
    return texts, None


def _visible_cells(grid: Grid, visible: QRect) -> list[tuple[int, int]]:
    def span(start: int, length: int, origin: int, step: int) -> range:
        first = max(0, (start - origin) // step)
        return range(first, min(grid.classes, (start + length - origin) // step + 1))

    rows = span(visible.top(), visible.height(), grid.top, grid.height)
    columns = span(visible.left(), visible.width(), grid.left, grid.width)
    return [(row, column) for row in rows for column in columns]


def _draw_lines(painter: QPainter, whole: QRect, grid: Grid) -> None:
    painter.setPen(QPen(theme.color("border"), 1))
    if min(grid.width, grid.height) >= 16:
        for index in range(1, grid.classes):
            x, y = grid.left + index * grid.width, grid.top + index * grid.height
            painter.drawLine(x, whole.top(), x, whole.bottom())
            painter.drawLine(whole.left(), y, whole.right(), y)
    painter.drawRect(whole)


def _draw_diagonal(painter: QPainter, image: QImage, grid: Grid) -> None:
    """Right answers have a frame, not only another color."""
    inset = 1 if min(grid.width, grid.height) < 20 else 2
    for index in range(grid.classes):
        pen = ink_on(image.pixelColor(index, index))
        pen.setAlphaF(0.75)
        painter.setPen(QPen(pen, 1))
        painter.drawRect(grid.cell(index, index).adjusted(inset, inset, -inset, -inset))


def draw_row_names(painter: QPainter, names: Sequence[str], grid: Grid, offset: int, marked: Sequence[int]) -> None:
    """Names at the left, already moved up by `offset`; those in `marked` are bold on a tint."""
    line = painter.fontMetrics().height()
    area = QRect(line + _PAD, 0, grid.left - line - _PAD, 0)
    for index in _labeled(len(names), grid.height, line, marked):
        rect = QRect(area.left(), grid.top + index * grid.height - offset, area.width(), grid.height)
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        _draw_name(painter, rect, names, index, index in marked, flags)


def draw_column_names(painter: QPainter, names: Sequence[str], grid: Grid, offset: int, marked: Sequence[int]) -> None:
    """Names at the top, already moved left by `offset`; vertical where they would not fit."""
    line = painter.fontMetrics().height()
    height = grid.top - line - _PAD
    for index in _labeled(len(names), grid.width, line, marked):
        x = grid.left + index * grid.width - offset
        if grid.upright:
            rect = QRect(x, line + _PAD, grid.width, height)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
            _draw_name(painter, rect, names, index, index in marked, flags)
            continue
        painter.save()
        painter.translate(x, grid.top)
        painter.rotate(-90)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        _draw_name(painter, QRect(0, 0, height, grid.width), names, index, index in marked, flags)
        painter.restore()


def _labeled(count: int, step: int, line: int, marked: Sequence[int]) -> list[int]:
    """Which names to draw so that none overlap: the first marked one before all others."""
    every = max(1, -(-line // step))
    chosen: list[int] = []
    for index in [*marked, *range(0, count, every)]:
        if all(abs(index - other) >= every for other in chosen[: len(marked)]):
            chosen.append(index)
    return chosen


def _draw_name(
    painter: QPainter, rect: QRect, names: Sequence[str], index: int, marked: bool, flags: Qt.AlignmentFlag
) -> None:
    line = painter.fontMetrics().height()
    painter.save()
    if marked:
        painter.setFont(_bold(painter.font()))
        grown = rect if rect.height() >= line else rect.adjusted(0, -(line - rect.height()) // 2, 0, line // 4)
        painter.fillRect(grown, theme.color("tint"))
    painter.setPen(theme.color("text"))
    inner = rect.adjusted(_PAD // 2, 0, -_PAD // 2, 0)
    room = inner.adjusted(0, -line, 0, line) if inner.height() < line else inner
    painter.drawText(room, flags, elided_name(names[index], names, painter.font(), inner.width()))
    painter.restore()


def draw_axis_titles(painter: QPainter, grid: Grid, room: QSize, rows: str, columns: str) -> None:
    """What rows and columns are, along the edges."""
    line = painter.fontMetrics().height()
    painter.setPen(theme.color("muted"))
    width = min(room.width() - grid.left, grid.classes * grid.width)
    painter.drawText(QRect(grid.left, 0, width, line + _PAD), Qt.AlignmentFlag.AlignCenter, columns)
    height = min(room.height() - grid.top, grid.classes * grid.height)
    painter.save()
    painter.translate(0, grid.top + height)
    painter.rotate(-90)
    painter.drawText(QRect(0, 0, height, line + _PAD), Qt.AlignmentFlag.AlignCenter, rows)
    painter.restore()

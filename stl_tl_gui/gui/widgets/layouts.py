"""Rows and columns of widgets, built in one call."""

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from stl_tl_gui.gui.widgets import theme

Piece = QWidget | QLayout
Part = Piece | tuple[Piece, int] | tuple[Piece, int, Qt.AlignmentFlag] | None
"""What goes into a layout, alone or with its stretch and alignment; None is empty room that stretches."""

Box = TypeVar("Box", bound=QBoxLayout)
Margins = tuple[int, int, int, int] | int | None
PAGE = (theme.LARGE, theme.LARGE, theme.LARGE, theme.MEDIUM)
CARD = (theme.LARGE, theme.MEDIUM, theme.LARGE, theme.MEDIUM)
BELOW_TABS = (0, theme.MEDIUM, 0, 0)


def row(*parts: Part, inside: QWidget | None = None, spacing: int | None = None, margins: Margins = 0) -> QHBoxLayout:
    """A row from left to right; None for `spacing` or `margins` is what the style has."""
    return _filled(QHBoxLayout(), parts, inside, spacing, margins)


def column(
    *parts: Part, inside: QWidget | None = None, spacing: int | None = None, margins: Margins = 0
) -> QVBoxLayout:
    """A column from top to bottom; None for `spacing` or `margins` is what the style has."""
    return _filled(QVBoxLayout(), parts, inside, spacing, margins)


def _filled(box: Box, parts: tuple[Part, ...], inside: QWidget | None, spacing: int | None, margins: Margins) -> Box:
    if inside is not None:
        inside.setLayout(box)
    if margins is not None:
        box.setContentsMargins(*(margins if isinstance(margins, tuple) else (margins,) * 4))
    if spacing is not None:
        box.setSpacing(spacing)
    for part in parts:
        if part is None:
            box.addStretch()
            continue
        piece, stretch, *alignment = part if isinstance(part, tuple) else (part, 0)
        if isinstance(piece, QLayout):
            box.addLayout(piece, stretch)
        else:
            box.addWidget(piece, stretch, *alignment)
    return box

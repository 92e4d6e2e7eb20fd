"""The layout of a tab of the compare page: a row of choices above, the view itself, a note below."""

from collections.abc import Sequence

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QWidget

from stl_tl_gui.gui.compare.legend import Legend, with_legend
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow


def lay_out_view(view: QWidget, choices: Sequence[QWidget], last: QWidget, main: QWidget, note: QWidget) -> None:
    """`last` stands at the right end of the row."""
    row = WrappingRow(*choices, None, last)
    layouts.column(row, (main, 1), note, inside=view, spacing=theme.MEDIUM, margins=layouts.BELOW_TABS)


def copy_button(legend: Legend, plot: QWidget) -> QPushButton:
    """Copies a plot with the legend above it."""
    button = QPushButton(icon("copy"), "Copy picture")
    button.setToolTip("Copy the plot with its legend")
    button.clicked.connect(lambda: QGuiApplication.clipboard().setPixmap(with_legend(legend, plot)))
    return button

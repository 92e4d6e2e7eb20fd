"""The layout of a tab of the compare page: a row of choices above, the view itself, a note below."""

from collections.abc import Sequence

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from stl_tl_gui.gui.compare.legend import Legend, with_legend
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow


def lay_out_view(view: QWidget, choices: Sequence[QWidget], last: QWidget, main: QWidget, note: QWidget) -> None:
    """`last` is at the right end of the row."""
    row = WrappingRow()
    for choice in choices:
        row.addWidget(choice)
    row.add_gap()
    row.addWidget(last)
    layout = QVBoxLayout(view)
    layout.setContentsMargins(0, theme.MEDIUM, 0, 0)
    layout.setSpacing(theme.MEDIUM)
    layout.addLayout(row)
    layout.addWidget(main, 1)
    layout.addWidget(note)


def copy_button(legend: Legend, plot: QWidget) -> QPushButton:
    """Copies a plot with the legend above it."""
    button = QPushButton(icon("copy"), "Copy picture")
    button.setToolTip("Copy the plot with its legend")
    button.clicked.connect(lambda: QGuiApplication.clipboard().setPixmap(with_legend(legend, plot)))
    return button

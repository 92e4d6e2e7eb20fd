"""Where to get data from: the built-in sample, STL-10, a folder, or data that was open before."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from stl_tl_gui.gui.data.data_opening import SAMPLE
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.choice_button import ChoiceButton
from stl_tl_gui.gui.widgets.remembered import recent_data

SAMPLE_TITLE = "Built-in sample (drawn)"


class SourceButtons(QWidget):
    """One large button for each kind of data, smaller once some is open; that of the open data is marked."""

    def __init__(self) -> None:
        super().__init__()
        self.sample = ChoiceButton(
            "sample", SAMPLE_TITLE, "Ten classes of drawn objects to try everything right away. No download."
        )
        self.stl10 = ChoiceButton("archive", "STL-10…", "Download it, or open “stl10_binary.tar.gz” or its folder.")
        self.folder = ChoiceButton(
            "pictures",
            "My pictures…",
            "Choose a folder with one subfolder per class. You can also drop it here, or a table (.csv), or a zip.",
        )
        layouts.row((self.sample, 1), (self.stl10, 1), (self.folder, 1), inside=self, spacing=theme.LARGE)

    def mark(self, kind: str) -> None:
        """Mark the source of the open data: “sample”, “stl10”, “folder”, “table”; empty: none."""
        for name, choice in (("sample", self.sample), ("stl10", self.stl10), ("folder", self.folder)):
            choice.set_chosen(kind == name)
            choice.set_compact(bool(kind))


class RecentButton(QPushButton):
    """A menu of the data that was open before."""

    chosen = Signal(str)
    """A location."""

    def __init__(self) -> None:
        super().__init__("Open recent")
        self.setMenu(QMenu(self))
        self.setToolTip("Open data that was open before")
        self.fill()

    def fill(self) -> None:
        """List what is remembered now."""
        menu = self.menu()
        menu.clear()
        for location in recent_data():
            text = SAMPLE_TITLE if location == SAMPLE else location.replace("&", "&&")
            menu.addAction(text).triggered.connect(lambda _=False, location=location: self.chosen.emit(location))
        self.setEnabled(not menu.isEmpty())

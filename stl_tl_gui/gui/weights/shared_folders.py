"""SharedFolders: a line that says where else weights are looked for, and lets the user change that."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QWidget

from stl_tl_gui.engine.places import chosen_weights_folders, shared_weights_folders, torch_hub_folder
from stl_tl_gui.engine.weight_store import set_chosen_weights_folders
from stl_tl_gui.gui import theme
from stl_tl_gui.gui.choosing import choose_folder
from stl_tl_gui.gui.dialogs import attempt
from stl_tl_gui.gui.icons import icon


class SharedFolders(QWidget):
    """A lab's folders, that are only read. Those from the environment and the system cannot be changed here."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = theme.muted("")
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.button = QPushButton(icon("search"), self.tr("Also look in"))
        self.button.setToolTip(self.tr("Name a folder of weights that this computer's users share; it is only read"))
        self.button.setMenu(QMenu(self.button))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.MEDIUM)
        row.addWidget(self.text, 1)
        row.addWidget(self.button)
        self.refresh()

    def refresh(self) -> None:
        """Say where is looked now."""
        hub = self.tr("torch hub's cache, {folder}").format(folder=torch_hub_folder())
        folders = "; ".join([*map(str, shared_weights_folders()), hub])
        self.text.setText(self.tr("Weights are also used from {folders}.").format(folders=folders))
        menu = self.button.menu()
        menu.clear()
        menu.addAction(icon("folder"), self.tr("A folder…")).triggered.connect(self.choose)
        for folder in chosen_weights_folders():
            text = self.tr("No longer in “{folder}”").format(folder=str(folder).replace("&", "&&"))
            action = menu.addAction(icon("close"), text)
            action.triggered.connect(lambda _=False, folder=folder: self.remove(folder))

    def choose(self) -> None:
        """Ask for a folder, and look there too from now on."""
        folder = choose_folder(self, "shared weights", self.tr("Choose a folder of weights"))
        if folder is not None:
            self._set([*(each for each in chosen_weights_folders() if each != folder), folder])

    def remove(self, folder: Path) -> None:
        """Look there no longer."""
        self._set([each for each in chosen_weights_folders() if each != folder])

    def _set(self, folders: list[Path]) -> None:
        if attempt(self, lambda: set_chosen_weights_folders(folders)):
            self.refresh()
            self.changed.emit()

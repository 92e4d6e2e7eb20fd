"""SharedFoldersDialog: further folders in which to look for weights, such as a lab's. They are only read."""

import os
from pathlib import Path

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QPushButton, QWidget

from stl_tl_gui.engine.storage.files import write_atomically
from stl_tl_gui.engine.storage.places import named_weights_folders, weights_list_file
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.choosing import choose_folder
from stl_tl_gui.gui.widgets.dialogs import attempt
from stl_tl_gui.gui.widgets.icons import icon


class SharedFoldersDialog(QDialog):
    """A list of folders. The command line uses them too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Shared weights folders")
        self.list = QListWidget()
        self.list.setAccessibleName(self.windowTitle())
        self.list.addItems([str(folder) for folder in named_weights_folders()])
        self.add = QPushButton(icon("folder"), "Add folder…")
        self.add.clicked.connect(self._add)
        self.remove = QPushButton(icon("close"), "Remove")
        self.remove.setToolTip("Stop using the selected folder; its files stay")
        self.remove.clicked.connect(lambda: self.list.takeItem(self.list.currentRow()))
        self.buttons = QDialogButtonBox()
        self.keep = self.buttons.addButton("OK", QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        self.buttons.accepted.connect(self._save)
        self.buttons.rejected.connect(self.reject)
        self.list.itemSelectionChanged.connect(self._follow)
        self._lay_out()
        self._follow()

    def folders(self) -> list[Path]:
        """As listed."""
        return [Path(self.list.item(row).text()) for row in range(self.list.count())]

    def _add(self) -> None:
        folder = choose_folder(self, "weights", "Choose a shared weights folder")
        if folder is not None and folder not in self.folders():
            self.list.addItem(str(folder))

    def _save(self) -> None:
        def write() -> None:
            path = weights_list_file()
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, "".join(f"{folder}\n" for folder in self.folders()).encode())

        if attempt(self, write):
            self.accept()

    def _follow(self) -> None:
        self.remove.setEnabled(bool(self.list.selectedItems()))

    def _lay_out(self) -> None:
        text = "The app uses weights in these folders and never writes there."
        lab = os.environ.get("STL_TL_GUI_WEIGHTS", "")
        if lab:
            text += f" Set by STL_TL_GUI_WEIGHTS on this computer: {lab}"
        row = layouts.row(self.add, self.remove, None)
        layouts.column(
            theme.muted(text),
            (self.list, 1),
            row,
            self.buttons,
            inside=self,
            spacing=theme.MEDIUM,
            margins=layouts.PAGE,
        )
        self.resize(560, 320)

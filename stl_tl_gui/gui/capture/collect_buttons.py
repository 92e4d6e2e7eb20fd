"""CollectButtons: start a data set of new pictures, or add pictures to the open one."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from stl_tl_gui.gui.capture.cameras import camera_installed, open_camera
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import icon

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.dataset import Dataset
    from stl_tl_gui.gui.capture.collect_dialog import CollectDialog


class CollectButtons(QWidget):
    """Two buttons. Their dialog is imported on first use: it would slow down the start."""

    collected = Signal(str)
    """A folder that pictures were added to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.folder: Path | None = None
        """Where pictures can be added."""
        sign = "camera" if camera_installed() else "pictures"
        self.new = QPushButton(icon("add"), "New data set…")
        self.new.setToolTip("Take or paste pictures, class by class")
        self.new.clicked.connect(self.begin)
        self.more = QPushButton(icon(sign), "Add pictures…")
        self.more.clicked.connect(self.add)
        layouts.row(self.new, self.more, inside=self, spacing=theme.MEDIUM)
        self.set_dataset(None)

    def set_dataset(self, dataset: "Dataset | None") -> None:
        """Pictures can be added to a folder that can be written."""
        mine = (
            dataset is not None
            and dataset.kind == "folder"
            and not _is_flat(dataset)
            and os.access(dataset.location, os.W_OK)
        )
        self.folder = Path(dataset.location) if dataset is not None and mine else None
        self.more.setEnabled(mine)
        tip = "Take, paste, or choose pictures to add to the open data"
        self.more.setToolTip(tip if mine else "Open a folder of your own pictures to add to it")

    def begin(self) -> "CollectDialog":
        """Collect pictures for a new data set, or one with only one class so far."""
        from stl_tl_gui.engine.data.additions import new_data_folder

        return self._open(new_data_folder())

    def add(self) -> "CollectDialog | None":
        """Collect pictures for the data that is open."""
        return self._open(self.folder) if self.folder is not None else None

    def _open(self, folder: Path) -> "CollectDialog":
        from stl_tl_gui.gui.capture.collect_dialog import CollectDialog

        source = open_camera() if camera_installed() else None
        dialog = CollectDialog(folder, source, self.window())
        dialog.collected.connect(self.collected)
        dialog.open()
        return dialog


def _is_flat(dataset: "Dataset") -> bool:
    """Whether its pictures are in no class folders."""
    return bool(dataset.unready) or all("/" not in id for images in dataset.splits.values() for id in images.ids[:1])

"""WeightsButtons: what can be done with pretrained weights."""

from collections.abc import Sequence

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QPushButton, QWidget

from stl_tl_gui.engine.models.weight_store import StoredWeights
from stl_tl_gui.engine.storage.places import weights_folder
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow


class WeightsButtons(QWidget):
    """A row of buttons; only those that make sense now can be pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = WrappingRow(inside=self)
        self.fetch = self._add("down", "Download", "Download the selected weights that are not on this computer")
        self.fetch_missing = self._add("", "Download all…", "Download all weights that are not on this computer")
        self.import_files = self._add("open", "Import files…", "Copy weights from files")
        self.import_folder = self._add(
            "folder", "Import folder…", "Copy all weights from a folder, such as one on a USB stick"
        )
        self.export = self._add("save", "Export…", "Copy the selected weights, or all, to a folder for other computers")
        self.check = self._add("check", "Check", "Compare the files on this computer with their checksums (SHA-256)")
        self.shared = self._add("more", "Shared folders…", "Choose folders where a lab keeps weights for everybody")
        self.reveal = self._add("folder", "Open folder", str(weights_folder()))
        self.reveal.clicked.connect(_open_folder)

    def follow(self, stored: Sequence[StoredWeights], selected: Sequence[StoredWeights], busy: bool) -> None:
        """Enable what makes sense with these rows."""
        self.fetch.setEnabled(not busy and any(each.to_download for each in selected))
        self.fetch_missing.setEnabled(not busy and any(each.to_download for each in stored))
        for button in (self.import_files, self.import_folder, self.shared):
            button.setEnabled(not busy)
        self.check.setEnabled(not busy and any(each.path is not None for each in stored))
        offered = selected or [each for each in stored if each.place != "included"]
        self.export.setEnabled(not busy and any(each.path is not None for each in offered))

    def _add(self, sign: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(icon(sign), text) if sign else QPushButton(text)
        button.setToolTip(tip)
        self._row.addWidget(button)
        return button


def _open_folder() -> None:
    weights_folder().mkdir(parents=True, exist_ok=True)
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(weights_folder())))

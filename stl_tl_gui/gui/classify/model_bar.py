"""The model in use: that of the run shown, of another run, or of a checkpoint file."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from stl_tl_gui.engine.models.weight_store import CHECKPOINT_SUFFIXES
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.gui.runs.run_selector import RunSelector
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.choosing import choose_file, choose_folder, file_kinds
from stl_tl_gui.gui.widgets.icons import icon

if TYPE_CHECKING:
    from stl_tl_gui.engine.evaluation.inference import Classifier


class ModelBar(QWidget):
    """The head of the classify page."""

    chosen = Signal(object)
    """The Path of a run folder or checkpoint file to classify with."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.selector = RunSelector()
        self.title = theme.muted("Train a model, or choose a run or a checkpoint file.")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.button = QPushButton(icon("open"), "From elsewhere…")
        self.button.setToolTip("Classify with the model of a run in another folder, or with a checkpoint file")
        menu = QMenu(self.button)
        menu.addAction(icon("folder"), "Run folder…", self._choose_run)
        menu.addAction(icon("open"), "Checkpoint file…", self._choose_checkpoint)
        self.button.setMenu(menu)
        layouts.row(self.selector, (self.title, 1), self.button, inside=self, spacing=theme.MEDIUM)

    def show_model(self, model: "Classifier", path: Path) -> None:
        """Name the model, and the run or the file that it comes from."""
        inside = path.parent if not path.is_dir() else path
        is_run = (inside / "settings.json").is_file()
        other = "" if path.is_dir() else f"“{path.name}”"
        self.selector.show_run(Run(inside) if is_run and path.is_dir() else None, other)
        self.title.setText(f"{model.title}, “{path.name}” of run “{inside.name}”" if is_run and other else model.title)
        self.title.setToolTip(str(path))

    def _choose_run(self) -> None:
        self._choose(choose_folder(self, "runs", "Choose the folder of a run"))

    def _choose_checkpoint(self) -> None:
        kinds = f"{file_kinds('Checkpoints', CHECKPOINT_SUFFIXES)};;All files (*)"
        self._choose(choose_file(self, "checkpoints", "Choose a checkpoint", kinds))

    def _choose(self, path: Path | None) -> None:
        if path is not None:
            self.chosen.emit(path)

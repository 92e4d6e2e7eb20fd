"""The model in use, and the menu to choose another: a run, a checkpoint file, or one of the latest runs."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from stl_tl_gui.engine.models.weight_store import CHECKPOINT_SUFFIXES
from stl_tl_gui.engine.runs.run import RunSummary
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.choosing import choose_file, choose_folder, file_kinds
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.words.quantities import percent
from stl_tl_gui.words.run import backbone_name

if TYPE_CHECKING:
    from stl_tl_gui.engine.evaluation.inference import Classifier

_RECENT = 8


class ModelBar(QWidget):
    """The head of the classify page."""

    chosen = Signal(object)
    """The Path of a run folder or checkpoint file to classify with."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = theme.heading("No model yet")
        self.origin = theme.muted("Train one, or choose a run or a checkpoint file.")
        for label in (self.title, self.origin):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.button = QPushButton(icon("open"), "Choose model…")
        self.button.setToolTip("Classify with the model of a run, or with a checkpoint file")
        self.button.setMenu(QMenu(self.button))
        texts = layouts.column(self.title, self.origin, spacing=theme.TINY)
        layouts.row((texts, 1), (self.button, 0, Qt.AlignmentFlag.AlignVCenter), inside=self)
        self.set_recent([])

    def show_model(self, model: "Classifier", path: Path) -> None:
        self.title.setText(model.title)
        self.origin.setText(_origin(path))
        self.origin.setToolTip(str(path))

    def set_recent(self, runs: list[RunSummary]) -> None:
        """Offer the latest of these runs that have a model. They come newest first."""
        menu = self.button.menu()
        menu.clear()
        menu.addAction(icon("folder"), "Run folder…", self._choose_run)
        menu.addAction(icon("open"), "Checkpoint file…", self._choose_checkpoint)
        menu.addSection("Latest runs")
        offered = [run for run in runs if run.run.best.is_file() or run.run.last.is_file()][:_RECENT]
        for summary in offered:
            action = menu.addAction(_entry(summary))
            action.triggered.connect(lambda _=False, folder=summary.run.folder: self.chosen.emit(folder))
        if not offered:
            menu.addAction("None yet").setEnabled(False)

    def _choose_run(self) -> None:
        self._choose(choose_folder(self, "runs", "Choose the folder of a run"))

    def _choose_checkpoint(self) -> None:
        kinds = f"{file_kinds('Checkpoints', CHECKPOINT_SUFFIXES)};;All files (*)"
        self._choose(choose_file(self, "checkpoints", "Choose a checkpoint", kinds))

    def _choose(self, path: Path | None) -> None:
        if path is not None:
            self.chosen.emit(path)


def _entry(summary: RunSummary) -> str:
    accuracy = summary.test_accuracy if summary.test_accuracy is not None else summary.best_val_accuracy
    text = f"{summary.run.name} – {backbone_name(summary.settings.backbone)}, {percent(accuracy)}"
    return text.replace("&", "&&")


def _origin(path: Path) -> str:
    if path.is_dir():
        return f"from run “{path.name}”"
    if (path.parent / "settings.json").is_file():
        return f"from “{path.name}” of run “{path.parent.name}”"
    return f"from “{path.name}”"

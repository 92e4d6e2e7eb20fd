"""RunButtons: Train, Pause, Stop, Resume and Save checkpoint."""

from PySide6.QtWidgets import QPushButton, QWidget

from stl_tl_gui.gui import theme
from stl_tl_gui.gui.icons import icon
from stl_tl_gui.gui.wrapping_row import WrappingRow


class RunButtons(QWidget):
    """A row of buttons; the page says which can be pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = WrappingRow(self)
        self.train = QPushButton(icon("play", "accent_text"), self.tr("Train"))
        theme.primary(self.train)
        self.pause = QPushButton(self.tr("Pause"))
        self.stop = QPushButton(icon("stop"), self.tr("Stop"))
        self.stop.setToolTip(self.tr("Stop after the batch under way; what was learnt is saved"))
        self.resume = QPushButton(icon("resume"), self.tr("Resume"))
        self.resume.setToolTip(self.tr("Go on with the run shown here from where it stopped"))
        self.save = QPushButton(icon("save"), self.tr("Save checkpoint as…"))
        self.save.setToolTip(self.tr("Copy the best model of the run shown here to a file of your own"))
        for button in (self.train, self.pause, self.stop, self.resume):
            row.addWidget(button)
        row.add_gap()
        row.addWidget(self.save)
        self.show_paused(False)

    def show_paused(self, paused: bool) -> None:
        """Make the pause button say what it would do."""
        self.pause.setText(self.tr("Continue") if paused else self.tr("Pause"))
        self.pause.setIcon(icon("play") if paused else icon("pause"))
        self.pause.setToolTip(self.tr("Go on with the run") if paused else self.tr("Hold the run; nothing is lost"))

"""EmptyState: the text in the middle of an empty page, and what to do next."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from stl_tl_gui.gui.widgets import theme


class EmptyState(QWidget):
    """A heading, a sentence, and perhaps a button."""

    def __init__(self, button: QPushButton | None = None) -> None:
        super().__init__()
        self.heading, self.sentence = theme.heading(""), theme.muted("")
        layout = QVBoxLayout(self)
        layout.addStretch()
        for label in (self.heading, self.sentence):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(label)
        if button is not None:
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch()

    def say(self, heading: str, sentence: str) -> None:
        self.heading.setText(heading)
        self.sentence.setText(sentence)

"""RunBanner: says how a run ended and what to do next."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from stl_tl_gui.engine.events import RunEnd
from stl_tl_gui.gui.train.transfer_answer import TransferAnswer
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow


class RunBanner(QFrame):
    """An icon, a heading, the run's own message, what transfer gave, and what to try. Hidden while empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.card(self)
        self._icon = QLabel(self)
        self._icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._heading = theme.heading("")
        self._message = QLabel(self)
        self._message.setWordWrap(True)
        self._message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._next = theme.muted("")
        self.transfer = TransferAnswer()
        top = WrappingRow(self._heading, None, self.transfer.compare)
        parts = (top, self._message, self.transfer, self._next)
        texts = layouts.column(*parts, spacing=theme.TINY)
        layouts.row(self._icon, (texts, 1), inside=self, spacing=theme.MEDIUM, margins=layouts.CARD)
        self.hide()

    def text(self) -> str:
        """All of its text."""
        parts = (self._heading.text(), self._message.text(), self.transfer.text(), self._next.text())
        return "\n".join(filter(None, parts))

    def show_end(self, end: RunEnd | None, *, resumable: bool) -> None:
        """Say how a run ended, or that it has not; `resumable` if there is a checkpoint to continue from."""
        heading, following = {
            None: ("This run is not finished", ""),
            "completed": (
                "Training complete",
                "Evaluate shows what the model gets right and wrong. Classify tries it on your own pictures.",
            ),
            "early_stopped": ("Training stopped early", "The best epoch is kept."),
            "stopped": ("Training stopped", ""),
            "failed": ("Training failed", "Change the settings on the left and train again."),
        }[end.reason if end else None]
        message = end.message if end else "It was interrupted, or is still training elsewhere."
        if resumable and (end is None or end.reason in ("failed", "early_stopped")):  # a stopped run says so itself
            following = f"{following} Press Resume to continue from the last checkpoint.".strip()
        self.say(heading, message, following, bad=end is not None and end.reason == "failed")

    def say(self, heading: str, message: str, following: str = "", *, bad: bool = False) -> None:
        """Show a heading, a message, and what to do next."""
        self.transfer.clear()
        kind = icon("warning", "bad") if bad else icon("info", "accent")
        self._icon.setPixmap(kind.pixmap(20, 20))
        for label, text in ((self._heading, heading), (self._message, message), (self._next, following)):
            label.setText(text)
            label.setVisible(bool(text))
        self.setAccessibleName(heading)
        self.setAccessibleDescription(f"{message} {following}".strip())
        self.show()

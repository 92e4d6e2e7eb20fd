"""Problems of the data: one card each, the most harmful first, with remedies."""

from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QWidget

from stl_tl_gui.engine.data.inspection import DataCard, Harm, Problem
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.dialogs import sentence_of
from stl_tl_gui.gui.widgets.icons import IconLabel, icon
from stl_tl_gui.gui.widgets.job_line import JobLine
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.dataset import Dataset

_SIGNS = {Harm.HIGH: ("warning", "bad"), Harm.MEDIUM: ("warning", "warning"), Harm.LOW: ("info", "muted")}


class ProblemsView(QWidget):
    """Checks the pictures in the background whenever data is opened."""

    counted = Signal(int)
    """How many problems there are; -1 while that is not known."""
    show_requested = Signal(object)
    """The Problem whose pictures are to be shown."""
    remedy_chosen = Signal(object)
    """The Remedy."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.card: DataCard | None = None
        self.looking = LatestJob(self)
        self.line = JobLine()
        self.looking.happened.connect(self.line.show_progress)
        self.looking.result.connect(self._show)
        self.looking.failed.connect(self._failed)
        self.looking.ended.connect(self._ended)
        self.line.cancelled.connect(self.looking.stop)
        self.again = QPushButton(icon("refresh"), "Check again")
        self.again.clicked.connect(self.look)
        self._dataset: Dataset | None = None
        self._facts = theme.muted("")
        self._cards = layouts.column(spacing=theme.MEDIUM)
        self._lay_out()

    def set_dataset(self, dataset: "Dataset") -> None:
        self._dataset = dataset
        self.look()

    def look(self) -> None:
        """Check all pictures in the background."""
        if self._dataset is not None:
            self.card = None
            self._clear()
            self.again.hide()
            self.line.show()
            self._facts.setText("")
            self.counted.emit(-1)
            self.looking.start(inspect_job(self._dataset))

    def _show(self, card: DataCard) -> None:
        self.card = card
        self._clear()
        for problem in card.problems:
            self._cards.addWidget(self._card_of(problem))
        if not card.problems:
            self._cards.addWidget(self._all_well())
        self._cards.addStretch()
        self.counted.emit(len(card.problems))
        self._facts.setText(facts_in_words(card))

    def _failed(self, error: Exception) -> None:
        self._facts.setText(sentence_of(error) or "The pictures could not be checked.")

    def _ended(self) -> None:
        self.line.hide()
        self.again.setVisible(self.card is None)
        if self.card is None and not self._facts.text():
            self._facts.setText("The check was canceled.")

    def _card_of(self, problem: Problem) -> QFrame:
        words = harm_in_words(problem.harm)
        card = _card(
            _SIGNS[problem.harm], words, f"{words}: {problem.sentence}", problem.advice, self._buttons(problem)
        )
        card.setObjectName(problem.kind)
        return card

    def _all_well(self) -> QFrame:
        sought = (
            "Checked for copies, mirrored copies, and look-alikes within and across splits; the same picture in "
            "different classes; blank, dark, and blurred pictures; unusual sizes and formats; small and unbalanced "
            "classes."
        )
        return _card(("check", "good"), "Good", "No problems were found.", sought, [])

    def _buttons(self, problem: Problem) -> list[QPushButton]:
        buttons = []
        if problem.groups:
            show = QPushButton(icon("pictures"), "Show pictures…")
            show.setToolTip("Look at the pictures and fix their labels")
            show.clicked.connect(lambda: self.show_requested.emit(problem))
            buttons.append(show)
        for remedy in problem.remedies:
            button = QPushButton(remedy.title)
            tip = "Changes a setting of the next run. You can undo it on the Train page."
            undo = "Changes no files. You can undo it under “Corrections”."
            button.setToolTip(undo if remedy.corrections else tip)
            button.clicked.connect(lambda _=False, remedy=remedy: self.remedy_chosen.emit(remedy))
            buttons.append(button)
        return buttons

    def _clear(self) -> None:
        while (item := self._cards.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()

    def _lay_out(self) -> None:
        content = QWidget()
        content.setLayout(self._cards)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        scroll.setAccessibleName("Problems")
        top = layouts.row((self._facts, 1), self.again)
        layouts.column(top, self.line, (scroll, 1), inside=self, spacing=theme.MEDIUM, margins=layouts.BELOW_TABS)
        self.again.hide()
        self.line.hide()


def _card(picture: tuple[str, str], meaning: str, sentence: str, advice: str, buttons: Sequence[QPushButton]) -> QFrame:
    """A sign, a sentence, what to do about it in gray, and perhaps buttons that do it."""
    frame = QFrame()
    theme.card(frame)
    sign = IconLabel(*picture, 22)
    sign.setAccessibleName(meaning)
    sign.setToolTip(meaning)
    texts = layouts.column(
        QLabel(sentence, wordWrap=True, textFormat=Qt.TextFormat.PlainText), theme.muted(advice), spacing=theme.TINY
    )
    if buttons:
        row = QWidget()
        WrappingRow(*buttons, inside=row)
        texts.addWidget(row)
    layouts.row(
        (sign, 0, Qt.AlignmentFlag.AlignTop), (texts, 1), inside=frame, spacing=theme.LARGE, margins=layouts.CARD
    )
    return frame


def facts_in_words(card: DataCard) -> str:
    """“1,500 pictures, 96×96 to 640×480 pixels; stored as RGB 1,490, L 10.”"""
    n = sum(card.modes.values())
    text = "{n} pictures checked".format(n=f"{n:,}")
    if card.sizes is not None:
        smallest, middle, largest = (f"{width}×{height}" for width, height in card.sizes)
        if smallest == largest:
            text += f", all {smallest} pixels"
        else:
            text += f", {smallest} to {largest} pixels, median {middle}"
    counted = len(card.modes) > 1
    modes = ", ".join(f"{mode} {count:,}" if counted else mode for mode, count in card.modes.items())
    return text + (f"; stored as {modes}." if modes else ".")


def harm_in_words(harm: Harm) -> str:
    """What a problem does, in a word or two."""
    words = {Harm.HIGH: "Makes results wrong", Harm.MEDIUM: "Costs accuracy", Harm.LOW: "Good to know"}
    return words[harm]


def inspect_job(dataset: "Dataset") -> Job:
    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, DataCard]:
        from stl_tl_gui.engine.data.inspection import inspect

        return (yield from inspect(dataset, should_stop))

    return job

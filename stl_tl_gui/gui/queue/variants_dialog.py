"""VariantsDialog: choose backbones, freezing, weights, and repeats, see the runs, and add them to the queue."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QGroupBox,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from stl_tl_gui.engine.settings.backbones import BACKBONES, Backbone
from stl_tl_gui.engine.settings.settings import TrainSettings, choices
from stl_tl_gui.engine.settings.variants import (
    COURSE_BACKBONES,
    COURSE_FREEZINGS,
    COURSE_WEIGHTS,
    Variant,
    combinations,
    missing_weights,
)
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.words.quantities import number_of
from stl_tl_gui.words.run import backbone_name, data_name, freeze_words, title_of, weights_words

_MOST_REPEATS = 20
_LIST_WIDTH = 400
_ICON = 16


class Ticks(QGroupBox):
    """Check boxes for the values of one setting."""

    changed = Signal()

    def __init__(self, title: str, labels: Mapping[str, str], ticked: Collection[str]) -> None:
        super().__init__(title)
        column = QVBoxLayout(self)
        column.setSpacing(theme.SMALL)
        self.boxes = {value: QCheckBox(label) for value, label in labels.items()}
        for value, box in self.boxes.items():
            box.setChecked(value in ticked)
            box.toggled.connect(self.changed)
            column.addWidget(box)
        column.addStretch()

    def values(self) -> list[str]:
        """The checked values, from top to bottom."""
        return [value for value, box in self.boxes.items() if box.isChecked()]

    def tick(self, values: Collection[str]) -> None:
        """Check these and no others."""
        for value, box in self.boxes.items():
            box.setChecked(value in values)


class VariantsDialog(QDialog):
    """Lists the runs to add. Show it with open(); `chosen` carries their settings."""

    chosen = Signal(list)

    def __init__(self, base: TrainSettings, queued: Collection[TrainSettings], parent: QWidget | None = None) -> None:
        """Variants of `base`, without those in `queued`."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Queue variants")
        self._base, self._queued = base, queued
        self.backbones = Ticks(
            "Backbones", {name: backbone_name(name) for name in {**BACKBONES, base.backbone: None}}, [base.backbone]
        )
        freezings = dict.fromkeys((*COURSE_FREEZINGS, "none", base.freeze))
        self.freezings = Ticks("Freezing", {name: _label("freeze", name) for name in freezings}, [base.freeze])
        weights = dict.fromkeys((*COURSE_WEIGHTS, base.weights))
        self.weights = Ticks("Weights", {name: _label("weights", name) for name in weights}, [base.weights])
        self.repeats = QSpinBox(minimum=1, maximum=_MOST_REPEATS)
        theme.number_box(self.repeats)
        self.repeats.setAccessibleName("Repeats")
        self.repeats.setToolTip(
            "Train each variant this many times, each with the next seed, to see how much the accuracy varies"
        )
        self.count = theme.heading("")
        self.list = QListWidget()
        self.list.setAccessibleName("Runs to add")
        self.list.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.list.setWordWrap(True)
        self.list.setIconSize(QSize(_ICON, _ICON))
        self.note = theme.muted("")
        self.buttons = QDialogButtonBox()
        self.course = QPushButton("Course table")
        self.course.setAutoDefault(False)
        self.course.setToolTip(
            "Choose what the course compares: three backbones, each with only a new head, fine-tuned, and from scratch"
        )
        self.buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        self.add = theme.primary(self.buttons.addButton("", QDialogButtonBox.ButtonRole.AcceptRole))
        self._lay_out()
        self.add.setDefault(True)  # only works once it is in the dialog
        for ticks in (self.backbones, self.freezings, self.weights):
            ticks.changed.connect(self._show)
        self.repeats.valueChanged.connect(self._show)
        self.course.clicked.connect(self.tick_course_table)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.accepted.connect(lambda: self.chosen.emit(self.runs()))
        self._show()

    def runs(self) -> list[TrainSettings]:
        """The settings of the runs to add."""
        return [variant.settings for variant in self._combinations() if variant.settings is not None]

    def tick_course_table(self) -> None:
        """Check what the course's table compares."""
        self.backbones.tick(COURSE_BACKBONES)
        self.freezings.tick(COURSE_FREEZINGS)
        self.weights.tick(COURSE_WEIGHTS)

    def _combinations(self) -> list[Variant]:
        backbones, freezings, weights = self.backbones.values(), self.freezings.values(), self.weights.values()
        return combinations(self._base, backbones, freezings, weights, self.repeats.value(), self._queued)

    def _show(self) -> None:
        found, names = self._combinations(), ["weights", "freeze"]
        if self.repeats.value() > 1:
            names.append("seed")
        runs = [variant.settings for variant in found if variant.settings is not None]
        self.list.clear()
        for settings in runs:
            self._list_run(title_of(settings, names), missing_weights(settings))
        for reason, count in Counter(variant.reason for variant in found if variant.reason).items():
            self._list_left_out(f"{count} left out: {reason}")
        self.count.setText(self._heading(len(runs), len(found)))
        self.note.setText(_download_note(runs))
        self.note.setVisible(bool(self.note.text()))
        self.add.setText(f"Add {number_of(len(runs), 'run')}")
        self.add.setEnabled(bool(runs))

    def _heading(self, runs: int, combined: int) -> str:
        if not combined:
            return "Choose at least one each of backbone, freezing, and weights"
        left_out = f" ({combined - runs} combinations left out, see below)"
        return number_of(runs, "run") + (left_out if combined > runs else "")

    def _list_run(self, title: str, missing: Backbone | None) -> None:
        item = QListWidgetItem(title, self.list)
        item.setIcon(icon("waiting", "muted") if missing is None else icon("warning", "warning"))
        if missing is not None:
            item.setText(f"{title} · to download")
            item.setToolTip("Weights not on this computer: downloaded when the run starts")

    def _list_left_out(self, text: str) -> None:
        item = QListWidgetItem(icon("info", "muted"), text, self.list)
        item.setForeground(theme.color("muted"))

    def _lay_out(self) -> None:
        base = self._base
        facts = {"data": data_name(base.data), "epochs": base.epochs, "size": base.input_size, "seed": base.seed}
        said = "{data}, {epochs} epochs, {size} pixels, seed {seed}. Other settings as on the Train page."
        repeats = QGroupBox("Repeats")
        QVBoxLayout(repeats).addWidget(self.repeats)
        middle = layouts.column(self.freezings, self.weights, repeats, None)
        right = layouts.column(self.count, (self.list, 1), self.note)
        self.list.setMinimumWidth(_LIST_WIDTH)
        row = layouts.row(self.backbones, middle, (right, 1), spacing=theme.LARGE)
        top = layouts.row((theme.muted(said.format(**facts)), 1), self.course)
        layouts.column(top, (row, 1), self.buttons, inside=self, spacing=theme.LARGE, margins=None)


def _download_note(runs: Iterable[TrainSettings]) -> str:
    """Which weights to download, and their size."""
    rows = {row.name: row for run in runs if (row := missing_weights(run)) is not None}
    if not rows:
        return ""
    text = "Weights for {names} not on this computer: {size:.0f}\u00a0MB to download when the runs start."
    names = ", ".join(backbone_name(name) for name in rows)
    return text.format(names=names, size=sum(row.weights.megabytes for row in rows.values()))


def _label(name: str, value: str) -> str:
    """Freezing or weights, labeled as in the form."""
    known = choices(name) or {}
    words = freeze_words(value) if name == "freeze" else weights_words(value)
    return known.get(value, words[:1].upper() + words[1:])

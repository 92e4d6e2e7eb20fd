"""SettingsForm: all settings of a run, built from TrainSettings; what is not chosen follows recommendations."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractSpinBox, QGridLayout, QHBoxLayout, QLabel, QToolButton, QWidget

from stl_tl_gui.engine.settings import advice
from stl_tl_gui.engine.settings.advice import NAMES, ON_DATA_PAGE, Values
from stl_tl_gui.engine.settings.backbones import known_row
from stl_tl_gui.engine.settings.groups.augmentation import CUSTOM
from stl_tl_gui.engine.settings.settings import DECIDED, InvalidSettings, TrainSettings, make_settings
from stl_tl_gui.gui.train.preset_box import PresetBox
from stl_tl_gui.gui.train.setting_fields import ChoiceField, DeviceField, FreezeField
from stl_tl_gui.gui.train.setting_row import SettingRow
from stl_tl_gui.gui.train.settings_history import HistoryButton, SettingsHistory
from stl_tl_gui.gui.train.stage_drawing import StageDrawing
from stl_tl_gui.gui.train.weights_field import WeightsField
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.words import settings as words

GROUPS = ("Model", "Training", "Pictures", "Augmentation", "Machine", "Data")


@dataclass(frozen=True)
class _DataFacts:
    """What the form needs to know of the data."""

    n_classes: int = 10
    n_train: int = 0
    kind: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)


class SettingsForm(QWidget):
    """The essential settings, a drawing of what is frozen, the others folded away; and what follows from the choices.

    Changes can be undone.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chosen: Values = {}
        self._data = _DataFacts()
        self._problems: dict[str, str] = {}
        self._rows = {name: SettingRow(name, self) for name in NAMES if name not in ON_DATA_PAGE}
        self._headings = {group: theme.heading(group) for group in GROUPS}
        self.presets = PresetBox(self)
        self.presets.chosen.connect(self.apply_preset)
        self.purpose = theme.muted("")
        self._refused: dict[str, str] = {}
        self.history = SettingsHistory(self._accept, self)
        self.undo, self.redo = HistoryButton(self.history, self), HistoryButton(self.history, self, redoes=True)
        self.stages = StageDrawing(self)
        self.stages.chosen.connect(partial(self._choose, "freeze"))
        self._beside: dict[str, QWidget] = {}
        self.advanced = _Disclosure(self)
        self.advanced.toggled.connect(self._fold)
        self._lay_out()
        for name, row in self._rows.items():
            row.editor.changed.connect(partial(self._choose_shown, name))
            row.reset.clicked.connect(partial(self._reset, name))
        self._show()

    def values(self) -> Values:
        """All settings but `data`, as the form shows them."""
        for row in self._rows.values():  # typed text counts, even before the cursor leaves
            if isinstance(row.editor, QAbstractSpinBox):
                row.editor.interpretText()
        return advice.filled(self._chosen, self._suggested())

    @property
    def chosen(self) -> Values:
        """What the user has chosen; the rest follows what is recommended for it and for the data."""
        return self._chosen

    def begin_with(self, chosen: Mapping[str, Any]) -> None:
        """Choose what was chosen last time, if it can be used; Undo goes back to what is recommended."""
        with suppress(InvalidSettings):
            if make_settings(chosen) != make_settings({}):
                self.set_values(chosen)

    def set_values(
        self, values: Mapping[str, Any], what: str = "filling in settings", *, mergeable: bool = False
    ) -> None:
        """Show the given settings. Those that are as recommended keep following what is recommended.

        `what`: what Undo calls the change; `mergeable`: with the one before, if that is called the same.
        """
        given = {name: value for name, value in values.items() if name in NAMES}
        suggested = self._suggested()
        wanted = advice.merged(self._chosen, given)
        if given.get("recipe") == "automatic":  # what it decides is not chosen
            wanted = {name: value for name, value in wanted.items() if name not in DECIDED}
        chosen = advice.essential(advice.possible(wanted, suggested), suggested)
        self._change(chosen, what, mergeable=mergeable)

    def settings(self, data: str) -> TrainSettings:
        """The settings for a run on the given data. Raises InvalidSettings."""
        values = self.values()
        if self._problems:
            raise InvalidSettings(self.problem())
        return make_settings({**values, "data": data})

    def problem(self) -> str:
        """Why the settings cannot be used, in a sentence; empty where they can."""
        return next(iter(self._problems.values()), "")

    def set_data(
        self, n_classes: int, n_train: int, kind: str = "", counts: Mapping[str, int] = MappingProxyType({})
    ) -> None:
        """Adapt to data: its number of classes and of training pictures (0: unknown), its kind, pictures per class."""
        self._data = _DataFacts(n_classes, n_train, kind, counts)
        self._accept(self._chosen)

    def set_devices(self, devices: Mapping[str, str]) -> None:
        """Offer these devices, names for display by value."""
        device = self._rows["device"].editor
        assert isinstance(device, DeviceField)
        device.offer(devices)

    def look_again(self) -> None:
        """Refresh what depends on files, such as whether weights are on this computer."""
        self._accept(self._chosen)

    def refuse(self, backbone: str, why: str) -> None:
        """From now on, a backbone is a problem for this reason."""
        self._refused[backbone] = why
        self.look_again()

    def apply_preset(self, name: str) -> None:
        """Set all but the model, the machine and the split as the preset says, else as recommended."""
        chosen = advice.preset(name, self._chosen, self._suggested())
        self._change(chosen, f"preset “{name}”")

    def row(self, name: str) -> SettingRow:
        """The widgets of one setting."""
        return self._rows[name]

    def put_below_essentials(self, widget: QWidget) -> None:
        """Show something between the essential settings and the others."""
        self._below.addWidget(widget)

    def put_below_heading(self, group: str, widget: QWidget) -> None:
        """Show something between the heading of a group and its settings."""
        self._beside[group] = widget
        self._headed[group].addWidget(widget)
        self._fold()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, theme.MEDIUM, 0)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(2, self._rows["epochs"].reset.sizeHint().width())
        grid.setVerticalSpacing(theme.SMALL)
        label = QLabel("Preset")
        label.setBuddy(self.presets)
        first = layouts.row((self.presets, 1), self.undo, self.redo, spacing=theme.SMALL)
        grid.addWidget(label, 0, 0)
        grid.addLayout(first, 0, 1, 1, 2)
        grid.addWidget(self.purpose, 1, 1, 1, 2)
        for row in self._rows.values():
            if not row.advanced:
                row.place(grid, grid.rowCount(), self.stages if row.name == "freeze" else None)
        self._headed = {group: QHBoxLayout() for group in GROUPS}
        self._below = QHBoxLayout()
        grid.addLayout(self._below, grid.rowCount(), 0, 1, 3)
        grid.addWidget(self.advanced, grid.rowCount(), 0, 1, 3)
        for group, heading in self._headings.items():
            heading.setContentsMargins(0, theme.MEDIUM, 0, 0)
            grid.addWidget(heading, grid.rowCount(), 0, 1, 3)
            grid.addLayout(self._headed[group], grid.rowCount(), 0, 1, 3)
            for row in self._rows.values():
                if row.group == group and row.advanced:
                    row.place(grid, grid.rowCount())
        grid.setRowStretch(grid.rowCount(), 1)

    def _choose_shown(self, name: str) -> None:
        editor = self._rows[name].editor
        if isinstance(editor, WeightsField) and editor.run is not None:  # with the backbone that they fit
            self.set_values(editor.run.settings(), self._rows[name].title, mergeable=True)
        else:
            self._choose(name, editor.value())

    def _choose(self, name: str, value: Any) -> None:
        chosen = advice.choose(name, value, self._chosen, self._suggested())
        self._change(chosen, self._rows[name].title, mergeable=True)

    def _reset(self, name: str) -> None:
        kept = {other: value for other, value in self._chosen.items() if other != name}
        self._change(advice.possible(kept, self._suggested()), self._rows[name].title)

    def _change(self, chosen: Values, what: str, *, mergeable: bool = False) -> None:
        """Make a change that can be undone. Where it changes nothing, editors go back to what they were."""
        if chosen == self._chosen:
            self._accept(chosen)
        else:
            self.history.change(self._chosen, chosen, what, mergeable)

    def _suggested(self) -> Values:
        """What the data suggests for the chosen backbone."""
        backbone = self._chosen.get("backbone", TrainSettings.model_fields["backbone"].default)
        return advice.for_data(self._data.kind, self._data.n_train, backbone)

    def _accept(self, chosen: Values) -> None:
        self._chosen = chosen
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        suggested = self._suggested()
        values = advice.filled(self._chosen, suggested)
        freeze = self._rows["freeze"].editor
        assert isinstance(freeze, FreezeField)
        backbone = known_row(values["backbone"])
        freeze.set_stages(tuple(stage.name for stage in backbone.stages))
        level = self._rows["augmentation"].editor
        assert isinstance(level, ChoiceField)
        level.set_available(CUSTOM, values["augmentation"] == CUSTOM, "Change a strength below.")
        freeze.set_available("head_then_all", values["weights"] != "none", words.scratch_note())
        idle = advice.without_effect(values)
        for name, row in self._rows.items():
            row.show_value(values[name], advice.advice_for(name, self._chosen, suggested))
            row.set_enabled(name not in idle)
        self.stages.setVisible(bool(backbone.stages))
        if backbone.stages:
            self.stages.show_for(backbone, values["freeze"])
        self.presets.show_for(self._chosen, suggested)
        preset = self.presets.currentData()
        self.purpose.setText(words.preset_note(preset, values, suggested) if preset else words.CUSTOM_NOTE)
        self._explain(values)

    def _explain(self, values: Values) -> None:
        self._problems = words.problems(values, self._data.n_train)
        if values["backbone"] in self._refused:
            self._problems["backbone"] = self._refused[values["backbone"]]
        balance = words.balance_notes(values, self._data.counts)
        said = {**words.notes(values, self._data.n_classes), **balance, **self._problems}
        for name, row in self._rows.items():
            row.say(said.get(name, ""), bad=name in self._problems)
        changed = sum(row.differs and row.advanced for row in self._rows.values())
        self.advanced.setText(f"Advanced settings ({changed} changed)" if changed else "Advanced settings")
        self._fold()

    def _fold(self) -> None:
        """Show the other settings or hide them, but for those with a problem."""
        unfolded = self.advanced.isChecked()
        for name, row in self._rows.items():
            row.set_shown(unfolded or not row.advanced or name in self._problems)
        for group, heading in self._headings.items():
            if group in self._beside:
                self._beside[group].setVisible(unfolded)
            heading.setVisible(unfolded and any(row.group == group and row.advanced for row in self._rows.values()))


class _Disclosure(QToolButton):
    """Unfolds what is below it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setProperty("disclosure", True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setToolTip("Settings you rarely need to change: batch size, pictures, schedule, device and more")
        self.toggled.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        self.setIcon(icon("unfolded" if self.isChecked() else "folded"))

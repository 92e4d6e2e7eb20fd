"""What tests of the train page share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import QUICK
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.data import open_dataset
from stl_tl_gui.engine.data.splits import Splitting
from stl_tl_gui.gui.train.settings_form import SettingsForm
from stl_tl_gui.gui.train.train_page import TrainPage


@pytest.fixture
def page(qtbot: QtBot, colours: Path, drain: Callable[..., Any]) -> TrainPage:
    """With data and quick settings, not shown."""
    page = TrainPage()
    qtbot.addWidget(page)
    _, data = drain(open_dataset(str(colours), Splitting(val_fraction=0.2)))
    page.set_dataset(data)
    page.form.set_values(QUICK)
    return page


@pytest.fixture
def form(qtbot: QtBot) -> SettingsForm:
    """All settings, on the screen."""
    form = SettingsForm()
    qtbot.addWidget(form)
    form.resize(500, 700)
    form.show()
    qtbot.waitExposed(form)
    return form

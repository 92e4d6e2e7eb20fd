from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale, Qt
from pytestqt.qtbot import QtBot

from stl_tl_gui.gui.train.setting_fields import MinutesField


@pytest.fixture(params=["en_US", "tr_TR"])
def field(qtbot: QtBot, request: pytest.FixtureRequest) -> Iterator[MinutesField]:
    """In a language with a decimal point, and in one with a comma."""
    usual = QLocale()
    QLocale.setDefault(QLocale(request.param))
    field = MinutesField("budget")
    qtbot.addWidget(field)
    yield field
    QLocale.setDefault(usual)


@pytest.mark.parametrize("seconds", [0.0, 3.0, 5.0, 30.0, 90.0, 3600.0])
def test_that_a_time_stays_as_it_is_when_its_text_is_read(field: MinutesField, seconds: float) -> None:
    field.set_value(seconds)
    field.interpretText()
    assert field.value() == seconds


@pytest.mark.parametrize("typed", ["2.5", "2,5"])
def test_that_minutes_are_typed_with_a_point_or_a_comma(field: MinutesField, qtbot: QtBot, typed: str) -> None:
    field.set_value(60.0)
    field.selectAll()
    qtbot.keyClicks(field.lineEdit(), typed)
    qtbot.keyClick(field.lineEdit(), Qt.Key.Key_Return)
    assert field.value() == 150.0


def test_that_no_limit_is_called_none_and_arrows_leave_it(field: MinutesField) -> None:
    field.set_value(0.0)
    assert field.text() == "None"
    field.stepBy(1)
    assert field.value() == 15.0
    field.stepBy(-1)
    assert field.text() == "None"

"""Colours: readable, and changed everywhere at once."""

from dataclasses import asdict

import pytest
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication, QCheckBox, QStyle, QStyleOptionButton, QWidget
from pytestqt.qtbot import QtBot

from stl_tl_gui import resource
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.theme import DARK, LIGHT, Colors, Theme, ThemeChoice


@pytest.fixture
def shown(qapp: QApplication) -> Theme:
    found = qapp.findChild(Theme)
    return found if isinstance(found, Theme) else Theme(qapp)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2, from 1 to 21."""

    def luminance(name: str) -> float:
        parts = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in QColor(name).getRgbF()[:3]  # type: ignore[index]
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colors", [LIGHT, DARK])
def test_that_texts_can_be_read(colors: Colors) -> None:
    for behind in (colors.window, colors.base, colors.alternate):
        for text in (colors.text, colors.muted, colors.accent, colors.good, colors.warning, colors.bad):
            assert contrast(text, behind) >= 4.5, (text, behind)
    assert contrast(colors.accent_text, colors.accent) >= 4.5
    for behind in (colors.button, colors.hover, colors.tint):
        assert contrast(colors.text, behind) >= 7
    assert contrast(colors.muted, colors.tint) >= 4.5


def test_that_every_widget_hears_of_a_change(shown: Theme, qtbot: QtBot) -> None:
    heard: list[str] = []

    class Plot(QWidget):
        def changeEvent(self, event: QEvent) -> None:
            if event.type() == QEvent.Type.PaletteChange:
                heard.append(theme.colors().text)

    plot = Plot()
    qtbot.addWidget(plot)
    plot.show()
    shown.choose("dark")
    assert heard[-1] == DARK.text
    shown.choose("light")
    assert heard[-1] == LIGHT.text
    shown.choose("system")


def test_that_the_system_is_followed_unless_a_choice_was_made(shown: Theme, monkeypatch: pytest.MonkeyPatch) -> None:
    shown.choose("system")
    monkeypatch.setattr(theme, "_system_is_dark", lambda: True)
    QGuiApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme.is_dark()
    shown.choose("light")
    QGuiApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert not theme.is_dark()
    monkeypatch.undo()
    shown.choose("system")


def test_that_the_style_sheet_knows_all_its_colors() -> None:
    text = resource("style.qss").read_text("utf-8")
    for name in ("name", "tick", "chevron_down", "chevron_up", *asdict(LIGHT)):
        text = text.replace(f"@{name}@", "#000000")
    assert "@" not in text


@pytest.mark.parametrize("name", sorted(path.stem for path in resource("icons").glob("*.svg")))
def test_that_every_icon_is_drawn(qapp: QApplication, name: str) -> None:
    assert _inked(icon(name)) > 20


def test_that_icons_follow_the_theme(shown: Theme) -> None:
    play = icon("play")
    pixels = []
    for choice in ("light", "dark"):
        shown.choose(choice)  # type: ignore[arg-type]
        image = play.pixmap(QSize(48, 48)).toImage()
        drawn = [image.pixelColor(x, 24) for x in range(48) if image.pixelColor(x, 24).alpha() == 255]
        pixels.append(drawn[0].lightness())
    shown.choose("system")
    assert pixels[0] < 80
    assert pixels[1] > 180


def test_that_a_copied_icon_outlives_its_original(qapp: QApplication) -> None:
    copy = QIcon(icon("stop"))
    copy.addPixmap(icon("play").pixmap(QSize(16, 16)))  # makes Qt clone the engine
    assert _inked(copy) > 20


def _inked(drawn: QIcon) -> int:
    image = drawn.pixmap(QSize(24, 24)).toImage()
    return sum(image.pixelColor(x, y).alpha() > 0 for x in range(24) for y in range(24))


@pytest.mark.parametrize(("choice", "colors"), [("light", LIGHT), ("dark", DARK)])
def test_that_check_boxes_can_be_seen(shown: Theme, qtbot: QtBot, choice: ThemeChoice, colors: Colors) -> None:
    shown.choose(choice)
    box = QCheckBox("Only mistakes")
    qtbot.addWidget(box)
    box.adjustSize()
    option = QStyleOptionButton()
    box.initStyleOption(option)
    place = box.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, box)
    frame = box.grab().toImage().pixelColor(place.left(), place.center().y())
    box.setChecked(True)
    ticked = box.grab().toImage().copy(place.adjusted(2, 2, -2, -2))
    shown.choose("system")
    assert contrast(frame.name(), colors.window) >= 3
    lights = [ticked.pixelColor(x, y).lightness() for x in range(ticked.width()) for y in range(ticked.height())]
    assert max(lights) - min(lights) > 80

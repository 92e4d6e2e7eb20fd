"""Colors, spacing and fonts, light and dark, on Qt's Fusion style.

Widgets that paint for themselves ask `colors()` when they paint. Those that keep colors (plots, pens) listen for
`QEvent.Type.PaletteChange` in their `changeEvent`: it reaches every widget whenever the theme changes.
"""

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Literal, get_args

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLabel, QPushButton, QStyleFactory, QWidget

from stl_tl_gui import resource

ThemeChoice = Literal["system", "light", "dark"]

TINY, SMALL, MEDIUM, LARGE, HUGE = 2, 4, 8, 16, 24
"""The spacing grid, in device-independent pixels."""

COLORS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#8C8C8C", "#F0E442")
"""Colors for curves and classes that color-blind people can tell apart (Okabe and Ito, 2008), gray for black."""


@dataclass(frozen=True)
class Colors:
    """One set of colors, as #RRGGBB. All texts have a contrast of at least 4.5 on `window` and `base`."""

    window: str
    base: str
    alternate: str
    button: str
    hover: str
    border: str
    text: str
    muted: str
    accent: str
    accent_text: str
    tint: str
    """Behind what is selected."""
    good: str
    warning: str
    bad: str


_LIGHT_AND_DARK = {
    "window": ("#F4F6F8", "#1A1D22"),
    "base": ("#FFFFFF", "#21252B"),
    "alternate": ("#F1F4F7", "#272C33"),
    "button": ("#FFFFFF", "#2A2F37"),
    "hover": ("#EAF1F8", "#323A45"),
    "border": ("#CBD2DA", "#434B56"),
    "text": ("#1B2129", "#E7EAEE"),
    "muted": ("#56606C", "#A0AAB6"),
    "accent": ("#0B66B0", "#5AAEF0"),
    "accent_text": ("#FFFFFF", "#0D1217"),
    "tint": ("#D9E9F8", "#234058"),
    "good": ("#00694F", "#4CC38A"),
    "warning": ("#8A5A00", "#E3B341"),
    "bad": ("#B3261E", "#FF8A80"),
}
LIGHT, DARK = (Colors(**{name: pair[side] for name, pair in _LIGHT_AND_DARK.items()}) for side in (0, 1))


def is_dark() -> bool:
    return QGuiApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128


def colors() -> Colors:
    """The colors shown now."""
    return _colors_of(QGuiApplication.palette().cacheKey())


def color(name: str) -> QColor:
    """One color shown now, by its name in Colors."""
    return QColor(_color_of(colors(), name))


@lru_cache(maxsize=8)
def _colors_of(palette: int) -> Colors:
    """Of the palette with this key, which is the one shown now. Painting asks thousands of times."""
    return DARK if is_dark() else LIGHT


@lru_cache(maxsize=64)
def _color_of(scheme: Colors, name: str) -> QColor:
    return QColor(getattr(scheme, name))


def title(text: str) -> QLabel:
    """A page's heading."""
    return _label(text, "title")


def heading(text: str) -> QLabel:
    """The heading of a part of a page."""
    return _label(text, "heading")


def muted(text: str) -> QLabel:
    """An explanation, quieter than the rest, that wraps."""
    label = _label(text, "muted")
    label.setWordWrap(True)
    return label


def number(text: str) -> QLabel:
    """A figure that matters, such as a loss while a model learns."""
    return _label(text, "number")


def big_number(text: str) -> QLabel:
    """The result, to read from a distance: at most one on a page."""
    return _label(text, "result")


def primary(button: QPushButton) -> QPushButton:
    """Mark the main button of a page."""
    button.setProperty("primary", True)
    return button


def card(widget: QWidget) -> QWidget:
    """Give a frame a quiet background and border of its own. Works for QFrame and its kinds."""
    widget.setProperty("card", True)
    return widget


def number_box(box: QAbstractSpinBox) -> None:
    """Give a spin box room before its text: style sheets cannot move it."""
    box.lineEdit().setTextMargins(5, 0, 0, 0)


def scaled_font(font: QFont, factor: float, *, bold: bool = False) -> QFont:
    """A copy of a font, larger or smaller."""
    copy = QFont(font)
    copy.setPointSizeF(max(font.pointSizeF(), 1.0) * factor)
    copy.setBold(bold)
    return copy


def _label(text: str, role: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", role)
    if role in _FONTS:
        factor, bold = _FONTS[role]
        label.setFont(scaled_font(QApplication.font(), factor, bold=bold))
    return label


_FONTS = {"title": (1.6, True), "heading": (1.1, True), "number": (1.7, True), "result": (3.0, True)}


class Theme(QObject):
    """Keeps the application in the chosen colors, following the system's light or dark where that is the choice."""

    changed = Signal()

    def __init__(self, app: QApplication, choice: ThemeChoice = "system") -> None:
        super().__init__(app)
        self.choice = choice
        app.setStyle(QStyleFactory.create("Fusion"))
        app.styleHints().colorSchemeChanged.connect(self._apply)
        self.choose(choice)

    def choose(self, choice: ThemeChoice) -> None:
        assert choice in get_args(ThemeChoice)
        self.choice = choice
        schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        QGuiApplication.styleHints().setColorScheme(schemes.get(choice, Qt.ColorScheme.Unknown))
        self._apply()

    def _apply(self) -> None:
        dark = self.choice == "dark" or (self.choice == "system" and _system_is_dark())
        scheme = DARK if dark else LIGHT
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.setPalette(_palette(scheme))
        app.setStyleSheet(_style_sheet(scheme))
        self.changed.emit()


def _system_is_dark() -> bool:
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def _palette(scheme: Colors) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette(QColor(scheme.button), QColor(scheme.window))
    for name, value in {
        role.Window: scheme.window,
        role.WindowText: scheme.text,
        role.Base: scheme.base,
        role.AlternateBase: scheme.alternate,
        role.Text: scheme.text,
        role.Button: scheme.button,
        role.ButtonText: scheme.text,
        role.BrightText: scheme.bad,
        role.Highlight: scheme.accent,
        role.HighlightedText: scheme.accent_text,
        role.Accent: scheme.accent,
        role.Link: scheme.accent,
        role.LinkVisited: scheme.accent,
        role.ToolTipBase: scheme.base,
        role.ToolTipText: scheme.text,
        role.PlaceholderText: scheme.muted,
    }.items():
        palette.setColor(name, QColor(value))
    faint = QColor(scheme.muted)
    faint.setAlphaF(0.6)
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, faint)
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(scheme.border))
    return palette


def _style_sheet(scheme: Colors) -> str:
    text = resource("style.qss").read_text("utf-8")
    for name, value in asdict(scheme).items():
        text = text.replace(f"@{name}@", value)
    signs = {
        "tick": "tick_on_light" if scheme is DARK else "tick_on_dark",  # the accent is light in the dark theme
        "chevron_down": "chevron_down_on_dark" if scheme is DARK else "chevron_down_on_light",
        "chevron_up": "chevron_up_on_dark" if scheme is DARK else "chevron_up_on_light",
    }
    for name, file in signs.items():
        text = text.replace(f"@{name}@", resource(f"icons/{file}.svg").as_posix())
    return text

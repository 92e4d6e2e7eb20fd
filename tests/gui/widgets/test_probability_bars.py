from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPalette

from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.probability_bars import ProbabilityBars, paint_bars, top_bars
from stl_tl_gui.words.quantities import percent

PROBABILITIES = {"cat": 0.7, "dog": 0.2, "horse": 0.05, "deer": 0.03, "bird": 0.01, "ship": 0.006, "car": 0.004}


def _painted(probabilities, width=300, height=100, **more):
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.WindowText, QColor("black"))
    paint_bars(painter, QRect(0, 0, width, height), probabilities, palette=palette, font=QFont(), **more)
    painter.end()
    return image


def _pixels(image, color):
    wanted = QColor(color).rgb()
    return sum(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))


def test_that_the_highest_come_first_and_only_one_wins():
    bars = top_bars(PROBABILITIES, top=3)
    assert [bar.name for bar in bars] == ["cat", "dog", "horse"]
    assert [bar.winner for bar in bars] == [True, False, False]


def test_that_the_true_class_is_shown_even_below_the_top():
    bars = top_bars(PROBABILITIES, top=2, truth="ship")
    assert [bar.name for bar in bars] == ["cat", "dog", "ship"]
    assert [bar.true for bar in bars] == [False, False, True]


def test_that_a_true_class_the_model_does_not_know_is_no_bar():
    assert [bar.name for bar in top_bars(PROBABILITIES, top=1, truth="zebra")] == ["cat"]


def test_that_a_probability_that_is_no_number_is_a_dash_and_never_wins():
    bars = top_bars({"a": float("nan"), "b": 0.3})
    assert [(bar.name, bar.percent, bar.winner) for bar in bars] == [("b", "30.0 %", True), ("a", "–", False)]
    assert percent(1.0) == "100.0 %"


def test_that_the_winning_bar_is_as_long_as_its_probability(qtbot):
    half = _pixels(_painted({"a": 0.5, "b": 0.1}), theme.LIGHT.accent)
    whole = _pixels(_painted({"a": 1.0, "b": 0.1}), theme.LIGHT.accent)
    assert 0.45 < half / whole < 0.55


def test_that_a_cell_too_low_for_all_keeps_the_winner_and_the_true_class(qtbot):
    two_lines = QFontMetrics(QFont()).height() * 2
    image = _painted({"cat": 0.5, "dog": 0.3, "ship": 0.2}, height=two_lines, truth="ship")
    assert _pixels(image, theme.LIGHT.accent) > 0
    assert _pixels(image, theme.LIGHT.good) > 0


def test_that_nothing_to_show_paints_nothing(qtbot):
    assert _pixels(_painted({}), "white") == 300 * 100


def test_that_the_widget_tells_a_screen_reader_what_it_shows(qtbot):
    widget = ProbabilityBars()
    qtbot.addWidget(widget)
    widget.set_probabilities(PROBABILITIES, top=2, truth="dog")
    assert widget.accessibleDescription() == "cat: 70.0 %; dog: 20.0 % (the true class)"


def test_that_the_size_grows_with_the_bars_and_the_row_under_the_mouse_is_found(qtbot):
    widget = ProbabilityBars()
    qtbot.addWidget(widget)
    widget.set_probabilities(PROBABILITIES, top=2)
    low = widget.sizeHint().height()
    widget.set_probabilities(PROBABILITIES, top=6)
    assert widget.sizeHint().height() == 3 * low
    widget.resize(300, 120)
    assert widget.bar_at(QPoint(10, 5)).name == "cat"
    assert widget.bar_at(QPoint(10, 115)).name == "ship"
    widget.set_probabilities({})
    assert widget.bar_at(QPoint(10, 5)) is None


def test_that_the_widget_paints_itself(qtbot):
    widget = ProbabilityBars()
    qtbot.addWidget(widget)
    widget.set_probabilities({"a name that is far too long to fit into so narrow a column": 0.9, "b": 0.1}, truth="b")
    widget.resize(200, 60)
    assert not widget.grab().isNull()

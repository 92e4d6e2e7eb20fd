"""Names of classes that are too long for their place."""

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QApplication

from stl_tl_gui.gui.widgets.elided_names import elided_name

ALIKE = [f"Staphylococcus aureus, {kind}, cultivated on agar at 37 degrees" for kind in ("alpha", "beta", "gamma")]


def test_that_a_name_that_fits_stays_as_it_is(qapp: QApplication) -> None:
    assert elided_name("cat", ["cat", "dog"], QFont(), 200) == "cat"


def test_that_a_long_name_keeps_its_beginning_and_its_end(qapp: QApplication) -> None:
    shown = elided_name(ALIKE[0], [ALIKE[0], "dog"], QFont(), 150)
    assert (shown[:2], shown[-1]) == ("St", "s")
    assert "…" in shown


def test_that_names_that_differ_in_the_middle_show_where(qapp: QApplication) -> None:
    shown = [elided_name(name, ALIKE, QFont(), 150) for name in ALIKE]
    assert len(set(shown)) == 3
    assert shown[0].startswith("…al")


@given(st.sets(st.text("ab ", min_size=30, max_size=60), min_size=2, max_size=6), st.integers(120, 400))
def test_that_no_two_names_ever_look_equal(qapp: QApplication, names: set[str], width: int) -> None:
    among, font = sorted(names), QFont()
    shown = [elided_name(name, among, font, width) for name in among]
    assert len(set(shown)) == len(among)
    assert all(QFontMetrics(font).horizontalAdvance(text) <= width for text in shown)

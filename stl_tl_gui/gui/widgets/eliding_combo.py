"""ElidingCombo: a combo box that may be narrower than its texts: the chosen one is shortened, the list shows all."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QWidget

from stl_tl_gui.gui.widgets import theme


class ElidingCombo(QComboBox):
    """Asks for the width of `letters` letters, whatever its entries are."""

    def __init__(self, letters: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(letters)

    def shown_text(self) -> str:
        """What fits of the chosen text: without its parentheses where that is unambiguous, else ending in dots."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        place = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        text, room = self.currentText() if self.currentIndex() >= 0 else self.placeholderText(), place.width() - 4
        brief = text.partition(" (")[0]
        if option.fontMetrics.horizontalAdvance(text) > room and self._begin_with(brief) == 1:
            text = brief
        return option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, room)

    def _begin_with(self, text: str) -> int:
        """How many entries begin with a text."""
        return sum(self.itemText(index).startswith(text) for index in range(self.count()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        if self.currentIndex() < 0:
            option.palette.setBrush(option.palette.ColorRole.ButtonText, option.palette.placeholderText())
        option.currentText = self.shown_text()
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()

    def showPopup(self) -> None:
        self.fit_list()
        super().showPopup()

    def fit_list(self) -> None:
        """Make the list wide enough for its longest entry, if the screen is."""
        view = self.view()
        wanted = view.sizeHintForColumn(0) + view.verticalScrollBar().sizeHint().width() + theme.MEDIUM
        view.setMinimumWidth(min(wanted, self.screen().availableGeometry().width()))

"""StageDrawing: the backbone as a row of blocks, from the picture to the head. A click freezes up to a block."""

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from stl_tl_gui.engine.settings.backbones import BACKBONES, Backbone
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.actions import set_keys
from stl_tl_gui.gui.widgets.copying import copyable

_HEIGHT = 58
"""Of the tallest block, in device-independent pixels."""
_GAP = 3


class StageDrawing(QWidget):
    """Blocks as wide as they have parameters (by order of magnitude) and as high as what they see is fine-grained.

    Fixed stages are hatched, those that learn are filled, those that a warm-up of the head keeps fixed at first are
    both. With the keyboard, Left and Right move the border between fixed and learning.
    """

    chosen = Signal(str)
    """What to freeze: "none", "head", or the stage up to which all stay fixed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._backbone, self._freeze = next(iter(BACKBONES.values())), "none"
        self._pointed: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Stages of the backbone")
        set_keys(self, {"Left, Right, Home, End": "Freeze fewer or more stages"})
        copyable(self)
        self._describe()

    def show_for(self, backbone: Backbone, freeze: str) -> None:
        """Show a backbone and what stays fixed in it."""
        self._backbone, self._freeze = backbone, freeze
        self._describe()
        self.update()

    @property
    def frozen(self) -> int:
        """How many stages stay fixed for the whole run."""
        return 0 if self._freeze == "head_then_all" else self._backbone.frozen_stages(self._freeze)

    def block_at(self, x: float) -> int | None:
        """The number of the block at a place, counted from the picture; the head is the last."""
        return next((number for number, box in enumerate(self._boxes()) if box.left() <= x <= box.right() + _GAP), None)

    def center_of(self, number: int) -> QPointF:
        """Where to click for a block."""
        return self._boxes()[number].center()

    def sizeHint(self) -> QSize:
        return QSize(300, _HEIGHT + self.fontMetrics().height() + 2 * theme.SMALL)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def mousePressEvent(self, event: QMouseEvent) -> None:  # Qt's name
        number = self.block_at(event.position().x())
        if number is not None and event.button() == Qt.MouseButton.LeftButton:
            self._freeze_up_to(number)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        self._point_at(self.block_at(event.position().x()))

    def leaveEvent(self, event: QEvent) -> None:  # Qt's name
        self._point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Home: -99, Qt.Key.Key_End: 99}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._choose(min(max(self.frozen + step, 0), len(self._backbone.stages)))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            number = self.block_at(event.pos().x())
            QToolTip.showText(event.globalPos(), self._tip(number) if number is not None else "", self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.scaled_font(self.font(), 0.85))
        for number, (box, name) in enumerate(zip(self._boxes(), _short_names(self._backbone), strict=True)):
            self._paint_block(painter, box, number)
            self._paint_name(painter, box, name)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _paint_block(self, painter: QPainter, box: QRectF, number: int) -> None:
        fixed, warming = number < self.frozen, self._warms_up(number)
        able = "accent" if self.isEnabled() else "muted"
        filling = theme.color("base" if fixed else "tint" if warming or not self.isEnabled() else able)
        edge = theme.color("text" if number == self._pointed else "muted" if fixed else able)
        painter.setPen(QPen(edge, 2 if number == self._pointed else 1))
        painter.setBrush(filling)
        painter.drawRoundedRect(box, 4, 4)
        if fixed or warming:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QBrush(theme.color("muted" if fixed else able), Qt.BrushStyle.BDiagPattern))
            painter.drawRoundedRect(box.adjusted(2, 2, -2, -2), 3, 3)

    def _paint_name(self, painter: QPainter, box: QRectF, name: str) -> None:
        painter.setPen(theme.color("text" if self.isEnabled() else "muted"))
        below = QRectF(box.left() - _GAP, _HEIGHT + 2 * theme.SMALL, box.width() + 2 * _GAP, self.height() - _HEIGHT)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, name)

    def _boxes(self) -> list[QRectF]:
        counts = [stage.parameters for stage in self._backbone.stages] + [10 * self._backbone.head_features]
        shares = [math.log10(count) - 1.5 for count in counts]
        room = self.width() - 2 * theme.SMALL - _GAP * (len(counts) - 1)
        boxes, left = [], float(theme.SMALL)
        for number, share in enumerate(shares):
            width = room * share / sum(shares)
            height = _HEIGHT * (1 - 0.6 * number / (len(counts) - 1))
            boxes.append(QRectF(left, theme.SMALL + (_HEIGHT - height) / 2, width, height))
            left += width + _GAP
        return boxes

    def _warms_up(self, number: int) -> bool:
        return self._freeze == "head_then_all" and number < len(self._backbone.stages)

    def _freeze_up_to(self, number: int) -> None:
        """Keep a block fixed and all before it; one that was the last of these learns from now on."""
        fixed = min(number + 1, len(self._backbone.stages))
        self._choose(number if fixed == self.frozen and number < len(self._backbone.stages) else fixed)

    def _choose(self, fixed: int) -> None:
        stages = self._backbone.stages
        freeze = "none" if fixed == 0 else "head" if fixed == len(stages) else stages[fixed - 1].name
        if freeze != self._freeze:
            self.chosen.emit(freeze)

    def _point_at(self, number: int | None) -> None:
        if number != self._pointed:
            self._pointed = number
            self.update()

    def _tip(self, number: int) -> str:
        stages = self._backbone.stages
        if number == len(stages):
            return "The head: it always learns. Click to train nothing else."
        name, count = stages[number].name, f"{stages[number].parameters:,}"
        if self._warms_up(number):
            text = "{name}: {count} parameters. Fixed while the head warms up, then it learns."
        elif number < self.frozen:
            text = "{name}: {count} parameters. Fixed."
        else:
            text = "{name}: {count} parameters. It learns."
        last = number + 1 == self.frozen
        act = "Click to let it learn." if last else "Click to keep fixed up to here."
        return f"{text.format(name=name, count=count)} {act}"

    def _describe(self) -> None:
        names = [stage.name for stage in self._backbone.stages]
        if self._freeze == "head_then_all":
            text = "First only the head learns, then all of {names}.".format(names=", ".join(names))
        else:
            fixed, learning = ", ".join(names[: self.frozen]), ", ".join(names[self.frozen :])
            text = "Fixed: {fixed}. Learning: {learning}.".format(
                fixed=fixed or "nothing",
                learning=", ".join(filter(None, (learning, "the head"))),
            )
        self.setAccessibleDescription(f"{text} Left and Right move the border.")


def _short_names(backbone: Backbone) -> list[str]:
    """“stem”, “1”, “2”, …, “head”: what fits below narrow blocks."""
    names = [stage.name for stage in backbone.stages]
    return [name.removeprefix("stage").removeprefix("layer") for name in names] + ["head"]

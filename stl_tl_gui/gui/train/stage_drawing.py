"""StageDrawing: the backbone as a row of blocks, from the picture to the head. A click freezes up to a block."""

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from stl_tl_gui.engine.settings.backbones import BACKBONES, Backbone
from stl_tl_gui.engine.settings.phases import frozen_in_phases
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.actions import set_keys
from stl_tl_gui.gui.widgets.copying import copyable

_HEIGHT = 58
"""Of the tallest block, in device-independent pixels."""
_GAP = 3
_HEAD_SHARE = 0.09
"""Of the width, at least: room for the head's name also beside many stages."""


class StageDrawing(QWidget):
    """Blocks: the more parameters, the wider (by order of magnitude); the finer the resolution, the taller.

    Frozen stages are hatched, learning ones filled, those frozen during a head warm-up both. Left and Right move the
    boundary between frozen and learning stages.
    """

    chosen = Signal(str)
    """What to freeze: "none", "head", or the stage up to which all is frozen."""

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
        """Show a backbone and what is frozen in it."""
        self._backbone, self._freeze = backbone, freeze
        self._describe()
        self.update()

    @property
    def frozen(self) -> int:
        """How many stages are frozen for the whole run."""
        return self._backbone.frozen_stages(frozen_in_phases(self._freeze)[-1])

    def block_at(self, x: float) -> int | None:
        """The number of the block at a position, counted from the picture; the head is the last."""
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
            painter.setPen(theme.color("text" if self.isEnabled() else "muted"))
            below = box.adjusted(-_GAP, _HEIGHT + 2 * theme.SMALL - box.top(), _GAP, 0)
            below.setBottom(self.height() + 2 * theme.SMALL)
            painter.drawText(below, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, name)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _paint_block(self, painter: QPainter, box: QRectF, number: int) -> None:
        frozen, warming = number < self.frozen, self._warms_up(number)
        able = "accent" if self.isEnabled() else "muted"
        filling = theme.color("base" if frozen else "tint" if warming or not self.isEnabled() else able)
        edge = theme.color("text" if number == self._pointed else "muted" if frozen else able)
        painter.setPen(QPen(edge, 2 if number == self._pointed else 1))
        painter.setBrush(filling)
        painter.drawRoundedRect(box, 4, 4)
        if frozen or warming:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QBrush(theme.color("muted" if frozen else able), Qt.BrushStyle.BDiagPattern))
            painter.drawRoundedRect(box.adjusted(2, 2, -2, -2), 3, 3)

    def _boxes(self) -> list[QRectF]:
        return _boxes(self._backbone, self.width())

    def _warms_up(self, number: int) -> bool:
        return len(frozen_in_phases(self._freeze)) > 1 and number < len(self._backbone.stages)

    def _freeze_up_to(self, number: int) -> None:
        """Freeze a block and all before it; if it was the last frozen one, let it learn."""
        frozen = min(number + 1, len(self._backbone.stages))
        self._choose(number if frozen == self.frozen and number < len(self._backbone.stages) else frozen)

    def _choose(self, frozen: int) -> None:
        stages = self._backbone.stages
        freeze = "none" if frozen == 0 else "head" if frozen == len(stages) else stages[frozen - 1].name
        if freeze != self._freeze:
            self.chosen.emit(freeze)

    def _point_at(self, number: int | None) -> None:
        if number != self._pointed:
            self._pointed = number
            self.update()

    def _tip(self, number: int) -> str:
        stages = self._backbone.stages
        if number == len(stages):
            return "Head: always learns. Click to train only the head."
        if self._warms_up(number):
            state = "Frozen while the head warms up, then it learns."
        else:
            state = "Frozen." if number < self.frozen else "Learns."
        act = "Click to let it learn." if number + 1 == self.frozen else "Click to freeze up to here."
        return f"{stages[number].name}: {stages[number].parameters:,} parameters. {state} {act}"

    def _describe(self) -> None:
        names = [stage.name for stage in self._backbone.stages]
        if self._warms_up(0):
            text = f"First only the head learns, then all of {', '.join(names)}."
        else:
            frozen, learning = ", ".join(names[: self.frozen]), ", ".join([*names[self.frozen :], "head"])
            text = f"Frozen: {frozen or 'nothing'}. Learning: {learning}."
        self.setAccessibleDescription(f"{text} Press Left or Right to freeze fewer or more stages.")


def _boxes(backbone: Backbone, width: int) -> list[QRectF]:
    """Where to draw each stage and the head."""
    counts = [stage.parameters for stage in backbone.stages] + [10 * backbone.head_features]
    shares = [math.log10(count) - 1.5 for count in counts]
    shares[-1] = max(shares[-1], _HEAD_SHARE * sum(shares))
    room = width - 2 * theme.SMALL - _GAP * (len(counts) - 1)
    boxes, left = [], float(theme.SMALL)
    for number, share in enumerate(shares):
        width_here = room * share / sum(shares)
        height = _HEIGHT * (1 - 0.6 * number / (len(counts) - 1))
        boxes.append(QRectF(left, theme.SMALL + (_HEIGHT - height) / 2, width_here, height))
        left += width_here + _GAP
    return boxes


def _short_names(backbone: Backbone) -> list[str]:
    """“stem”, “1”, “2”, …, “head”: what fits below narrow blocks."""
    names = [stage.name for stage in backbone.stages]
    return [name.removeprefix("stage").removeprefix("layer") for name in names] + ["head"]

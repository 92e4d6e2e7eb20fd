"""The results of the classify page: the table, and beside it the picture that is selected."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QWidget

from stl_tl_gui.engine.data.decoding import WHOLE
from stl_tl_gui.gui.classify.classified_table import THUMBNAIL, ClassifiedTable
from stl_tl_gui.gui.classify.picture_details import SIDE, PictureDetails
from stl_tl_gui.gui.widgets.pasted import Pasted, Source, SourceReader
from stl_tl_gui.gui.widgets.thumbnails import Thumbnails

if TYPE_CHECKING:
    from stl_tl_gui.engine.evaluation.inference import Classified, Classifier

_SHARPNESS = 2
"""Pixels read per logical pixel: enough for screens of high density."""
_DETAILS_WIDTH = 290


class ClassifiedView(QSplitter):
    """Keeps the pasted pictures, which have no file to be read from again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setObjectName("classify")
        self._pasted: dict[str, Image.Image] = {}
        self._part = WHOLE
        self._thumbnails = Thumbnails(self._reader(THUMBNAIL), THUMBNAIL, self)
        self.table = ClassifiedTable(self._thumbnails)
        self.details = PictureDetails(self._reader(SIDE))
        self.table.current_changed.connect(self.details.show_row)
        self.addWidget(self.table)
        area = _scrolled(self.details)
        area.setAccessibleName("Selected picture")
        self.addWidget(area)
        self.setChildrenCollapsible(False)
        self.setStretchFactor(0, 1)
        self.setHandleWidth(8)

    @property
    def rows(self) -> list["Classified"]:
        """All results, in the order they came."""
        return self.table.classified.rows

    def set_model(self, model: "Classifier") -> None:
        """The results from now on are of this model. Those before are forgotten, but not their pictures."""
        self.table.classified.clear()
        self.table.set_class_names(model.class_names)
        if model.part != self._part:
            self._part = model.part
            self._read_anew()
        read = SourceReader(self._pasted, model.preprocessing.input_size, self._part)
        self.details.models_picture.set_model(model.preprocessing, read)

    def keep(self, pasted: Pasted) -> None:
        """Remember a pasted picture, to show it when its result comes."""
        self._pasted[pasted.name] = pasted.image

    def append(self, rows: Sequence["Classified"]) -> None:
        first, shown = not self.rows, self.table.shown()
        self.table.classified.append(rows)
        if first and rows:
            self.table.setCurrentIndex(self.table.classified.index(0, 1))
        elif self.table.shown() > shown and self.table.in_order_of_arrival():
            self.table.scrollTo(self.table.classified.index(self.table.shown() - 1, 1))

    def sources(self) -> list[Source]:
        """What the results are of."""
        return [row.path or Pasted(row.name, self._pasted[row.name]) for row in self.rows]

    def clear(self) -> None:
        """Forget results and pictures."""
        self.table.classified.clear()
        self._pasted.clear()
        self._read_anew()

    def _read_anew(self) -> None:
        self._thumbnails.set_reader(self._reader(THUMBNAIL))
        self.details.pictures.set_reader(self._reader(SIDE))

    def close_readers(self) -> None:
        """End all threads."""
        self._thumbnails.close()
        self.details.pictures.close()
        self.details.models_picture.pictures.close()

    def _reader(self, side: int) -> SourceReader:
        return SourceReader(self._pasted, side * _SHARPNESS, self._part)


def _scrolled(details: PictureDetails) -> QScrollArea:
    """On a low screen the details scroll by themselves, and the table beside them stays in sight."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(details)
    area.setMinimumWidth(_DETAILS_WIDTH + area.verticalScrollBar().sizeHint().width())
    return area

"""PreviewStrip: some training pictures exactly as the model gets them with the current settings."""

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QImage, QPixmap, QShowEvent
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from stl_tl_gui.engine.settings.backbones import known_row
from stl_tl_gui.engine.settings.groups.augmentation import ITEMS
from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.gui.background.engine_import import import_engine
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.background.timers import make_timer
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.copying import copyable
from stl_tl_gui.gui.widgets.dialogs import sentence_of
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow
from stl_tl_gui.words.settings import value_in_words

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.dataset import Dataset
    from stl_tl_gui.engine.data.preview import PreviewPicture

SIDE = 72
"""Of a picture on the screen, in device-independent pixels."""
_MOST = 10
_WAIT = 250
"""Milliseconds without a change before pictures are read again."""
_SEEN = {"backbone", "input_size", "resize", "augmentation", *ITEMS}
"""Settings that change what the model sees."""
VERSIONS = 5
"""Of each picture, where draws of the augmentation are compared: unchanged, then changed again and again."""


class PreviewStrip(QWidget):
    """Reads only while visible. The pictures stay the same while settings change, to show what the settings do."""

    def __init__(self, versions: int = 1, parent: QWidget | None = None) -> None:
        """`versions`: how often each picture is shown: above 1, the first time unchanged."""
        super().__init__(parent)
        self._versions = versions
        self._dataset: Dataset | None = None
        self._settings: TrainSettings | None = None
        self._draw = 0
        self._shown: object = None
        self.again = QPushButton(icon("refresh"), "Show others")
        self.again.setToolTip("Show other pictures with new random augmentation")
        self.again.setAccessibleName("Show other training pictures")
        self.caption = theme.muted("")
        self.pictures = [QLabel() for _ in range(_MOST)]
        self._lay_out()
        self._timer = make_timer(self, _WAIT, self._read, once=True)
        self._job = LatestJob(self)
        self._job.result.connect(self._show)
        self._job.failed.connect(self._show_failure)
        self.again.clicked.connect(self._draw_again)
        copyable(self)
        self._follow()

    @property
    def reading(self) -> bool:
        return self._timer.isActive() or self._job.busy

    def show_for(self, dataset: "Dataset | None", settings: TrainSettings | None) -> None:
        """Show pictures of this data as a run with these settings would learn from them."""
        self._dataset, self._settings = dataset, settings
        self._follow()

    def showEvent(self, event: QShowEvent) -> None:  # Qt's name
        super().showEvent(event)
        self._follow()

    def hideEvent(self, event: QHideEvent) -> None:  # Qt's name
        super().hideEvent(event)
        self._timer.stop()
        if self._job.busy:
            self._shown = None  # they are read when the page is visible again
        self._job.drop()

    def _follow(self) -> None:
        """Read the pictures in a moment, if they differ from those shown."""
        self.again.setEnabled(self._dataset is not None)
        if self._dataset is None:
            self.caption.setText("Choose data to preview its pictures here.")
        elif self._settings is not None and self.isVisible() and self._wanted() != self._shown:
            if self._shown is None:
                self.caption.setText("Reading pictures…")
            self._timer.start()

    def _wanted(self) -> object:
        assert self._dataset is not None
        assert self._settings is not None
        return self._dataset.fingerprint, self._settings.model_dump_json(include=_SEEN), self._draw

    def _draw_again(self) -> None:
        self._draw += 1
        self._follow()

    def _read(self) -> None:
        if self._dataset is not None and self._settings is not None:
            self._shown = self._wanted()
            self._job.start(_preview_job(self._dataset, self._settings, self._draw, self._versions))

    def _show(self, pictures: "list[PreviewPicture]") -> None:
        assert self._settings is not None
        for number, (label, picture) in enumerate(zip(self.pictures, pictures, strict=False)):
            label.setPixmap(_pixmap(picture, self.devicePixelRatio()))
            name = f"{picture.class_name}, {picture.id}"
            if self._versions > 1:
                version = number % self._versions
                name += f", draw {version}" if version else ", unchanged"
            label.setToolTip(name)
            label.setAccessibleName(name)
        for number, label in enumerate(self.pictures):
            label.setVisible(number < len(pictures))
        self.caption.setText(_in_words(self._settings) if pictures else "No picture could be read.")

    def _show_failure(self, error: Exception) -> None:
        self.caption.setText(sentence_of(error) or "The pictures could not be read.")

    def _lay_out(self) -> None:
        top = layouts.row(theme.heading("What the model sees") if self._versions == 1 else None, None, self.again)
        row = WrappingRow()
        row.setSpacing(theme.SMALL)
        for label in self.pictures:
            label.setFixedSize(SIDE, SIDE)
            label.hide()
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            row.addWidget(label)
        layouts.column(top, row, self.caption, inside=self, spacing=theme.SMALL, margins=layouts.BELOW_TABS)


def _in_words(settings: TrainSettings) -> str:
    """“96 x 96 pixels. Stretch to a square. Augmentation: light.”"""
    text = "{n} x {n} pixels. {resize}. Augmentation: {augmentation}."
    row = known_row(settings.backbone)
    return text.format(
        n=row.fixed_size or settings.input_size or row.weights.input_size,
        resize=value_in_words("resize", settings.resize),
        augmentation=value_in_words("augmentation", settings.augmentation).lower(),
    )


def _pixmap(picture: "PreviewPicture", ratio: float) -> QPixmap:
    side = picture.after.shape[0]
    image = QImage(picture.after.data, side, side, 3 * side, QImage.Format.Format_RGB888)
    drawn = round(SIDE * ratio)
    smooth = Qt.TransformationMode.SmoothTransformation
    pixmap = QPixmap.fromImage(image.scaled(drawn, drawn, Qt.AspectRatioMode.IgnoreAspectRatio, smooth))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def _preview_job(dataset: "Dataset", settings: TrainSettings, draw: int, versions: int) -> Job:
    def job(should_stop: Callable[[], bool]) -> "Generator[Any, None, list[PreviewPicture]]":
        import_engine()
        from stl_tl_gui.engine.data.preview import preview

        yield from ()
        return preview(dataset, settings, _MOST // versions, draw, should_stop, versions)

    return job

"""LiveSwitch: the button that turns classifying with the camera on and off, where there can be a camera."""

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QStackedWidget, QWidget

from stl_tl_gui.gui.capture.cameras import camera_installed, open_camera
from stl_tl_gui.gui.widgets.icons import icon

if TYPE_CHECKING:
    from stl_tl_gui.engine.evaluation.inference import Classifier
    from stl_tl_gui.gui.capture.live_view import LiveView


class LiveSwitch(QPushButton):
    """Hidden without QtMultimedia. The view is made when it is first wanted."""

    failed = Signal(Exception)
    """The camera is switched off then."""

    def __init__(self, views: QStackedWidget, parent: QWidget | None = None) -> None:
        """`views`: where the view is to be put."""
        super().__init__(icon("camera"), "Camera", parent)
        self._views = views
        self._model: Classifier | None = None
        self.setCheckable(True)
        self.setToolTip("Classify what the camera sees, live")
        self.setVisible(camera_installed())

    @cached_property
    def view(self) -> "LiveView":
        from stl_tl_gui.gui.capture.live_view import LiveView

        view = LiveView(open_camera())
        view.failed.connect(self._give_up)
        self._views.addWidget(view)
        if self._model is not None:
            view.set_model(self._model)
        return view

    def set_model(self, model: "Classifier") -> None:
        """The model to classify with from now on."""
        self._model = model
        if "view" in self.__dict__:
            self.view.set_model(model)

    def _give_up(self, error: Exception) -> None:
        self.setChecked(False)
        self.failed.emit(error)

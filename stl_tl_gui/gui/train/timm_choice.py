"""TimmChoice: asks for a model of timm, and finds out about the one in the form, in the background."""

from collections.abc import Callable, Generator
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from stl_tl_gui.engine.settings.backbones import known_row
from stl_tl_gui.engine.settings.timm_models import timm_is_installed
from stl_tl_gui.gui.background.engine_import import import_engine
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.gui.train.backbone_field import BackboneField
from stl_tl_gui.gui.train.settings_form import SettingsForm
from stl_tl_gui.gui.train.timm_dialog import TimmDialog
from stl_tl_gui.gui.widgets.dialogs import sentence_of


class TimmChoice(QObject):
    """Watches a form's Backbone field while its page is shown: timm takes seconds to load."""

    def __init__(self, form: SettingsForm, page: QWidget) -> None:
        super().__init__(page)
        self._form, self._page, self._name = form, page, ""
        self._row = form.row("backbone")
        assert isinstance(self._row.editor, BackboneField)
        self._row.editor.asked.connect(self._ask)
        form.changed.connect(self.look_up)
        self._job = LatestJob(self)
        self._job.result.connect(self._show)
        self._job.failed.connect(self._refuse)

    def look_up(self) -> None:
        """Find out about the model that is chosen, unless that is known or under way."""
        name = self._form.chosen.get("backbone", "")
        wanted = name and not known_row(name).stages and timm_is_installed() and self._page.isVisible()
        if wanted and name != self._name:
            self._name = name
            self._job.start(_row_job(name))

    def _show(self) -> None:
        self._name = ""
        self._form.look_again()

    def _refuse(self, error: Exception) -> None:
        """Say why the model cannot be used, below the field."""
        self._form.refuse(self._name, sentence_of(error) or f"timm cannot build this model: {error}")

    def _ask(self) -> None:
        dialog = TimmDialog(self._page)
        dialog.chosen.connect(self._choose)
        dialog.open()

    def _choose(self, name: str) -> None:
        self._form.set_values({"backbone": name}, self._row.title, mergeable=True)


def _row_job(name: str) -> Job:
    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, None]:
        yield from ()
        import_engine()
        from stl_tl_gui.engine.settings.timm_models import backbone_row

        backbone_row(name)

    return job

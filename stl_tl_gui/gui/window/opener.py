"""Opener: brings a file or folder, dropped or chosen, to the page that it is for."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from stl_tl_gui.gui.widgets.dialogs import ask, attempt, show_message
from stl_tl_gui.gui.window.current_run import CurrentRun
from stl_tl_gui.gui.window.pages import Pages

if TYPE_CHECKING:
    from stl_tl_gui.gui.window.drops import Kind


@dataclass(frozen=True)
class Opener:
    """Knows where things belong: pictures and models to Classify, data to Data, runs to every page."""

    window: QWidget
    pages: Pages
    current: CurrentRun

    def drop(self, paths: list[Path]) -> None:
        """Open what was dropped; on the Train page, a run or weights become the start of the next run."""
        if self._is_start(paths):
            self.pages.train.weights.start_from(paths[0])
        else:
            self.open(paths)

    def open(self, paths: list[Path]) -> None:
        from stl_tl_gui.engine.runs.run import open_run

        pages, show = self.pages, self.pages.show
        match self.kind(paths):
            case "pictures" if pages.classify.has_model:
                show(pages.classify).classify(paths)
            case "pictures":
                self._offer(paths)
            case "archive":
                show(pages.data).import_archive(paths[0])
            case "picture_archive":
                show(pages.data).opening.import_pictures(paths[0])
            case "data":
                self._open_data(paths[0])
            case "run":
                attempt(self.window, lambda: self.current.open(open_run(paths[0])))
            case "checkpoint":
                show(pages.classify).set_model(paths[0])
            case "weights":
                show(pages.weights).import_from(paths)
            case "unknown":
                show_message(self.window, _cannot_open(paths), _EXPECTED if paths else "")

    def _open_data(self, folder: Path) -> None:
        self.pages.show(self.pages.data).opening.open(str(folder))

    def _offer(self, paths: list[Path]) -> None:
        """No model to classify with yet: offer the pictures as data, or to wait for one."""
        from stl_tl_gui.gui.window.drops import data_around

        pages, folder = self.pages, data_around(paths)
        answers: dict[str, Callable[[], object]] = {
            "Choose a model": lambda: pages.show(pages.classify).classify(paths)
        }
        if folder is None:
            more = (
                "Choose a trained model to classify them. To train a new one, make one folder per class and drop the "
                "folder that contains them."
            )
        else:
            more = f"They are in one of the class folders of “{folder.name}”: you can train a model on these."
            answers = {f"Train on “{folder.name}”": partial(self._open_data, folder), **answers}
        ask(self.window, "No model yet to classify these pictures.", more, answers)

    def promise(self, paths: list[Path]) -> str:
        """What `drop` would do, in a few words."""
        if self._is_start(paths):
            return f"Drop to start the next run from “{paths[0].name}”"
        kind = self.kind(paths)
        if kind == "pictures" and len(paths) > 1:
            return f"Drop to classify {len(paths)} files"
        if kind == "weights" and len(paths) > 1:
            return f"Drop to import weights from {len(paths)} files"
        return {
            "pictures": "Drop to classify “{name}”",
            "data": "Drop to open “{name}” as data",
            "archive": "Drop to import STL-10 from “{name}”",
            "picture_archive": "Drop to unpack “{name}” and open it as data",
            "run": "Drop to open the run “{name}”",
            "checkpoint": "Drop to classify with the model “{name}”",
            "weights": "Drop to import the weights “{name}”",
            "unknown": "“{name}” cannot be opened here",
        }[kind].format(name=paths[0].name)

    def _is_start(self, paths: list[Path]) -> bool:
        if len(paths) != 1 or self.pages.navigation.current is not self.pages.train:
            return False
        kind = self.kind(paths)
        return kind == "run" if paths[0].is_dir() else kind in ("checkpoint", "weights")

    def kind(self, paths: list[Path]) -> "Kind":
        """On the data page every folder but a run is opened as data; the page says what is wrong with it."""
        from stl_tl_gui.gui.window.drops import kind_of_all

        kind = kind_of_all(paths)
        on_data = self.pages.navigation.current is self.pages.data
        if on_data and len(paths) == 1 and paths[0].is_dir() and kind not in ("run", "weights"):
            return "data"
        return kind


def _cannot_open(paths: list[Path]) -> str:
    if not paths:
        return "Nothing was received. Please drop again."
    if len(paths) == 1:
        return f"“{paths[0].name}” cannot be opened here."
    return f"None of these {len(paths)} files can be opened here."


_EXPECTED = (
    "Drop pictures or a folder of pictures to classify them. To train on your pictures, drop a folder with one "
    "subfolder per class, a zip or tar of such a folder, a table (.csv) of paths and classes, or STL-10. "
    "Drop a run’s folder to see the run, a checkpoint (.pt or .pth) to classify with it, or ImageNet weights to keep "
    "them on this computer. On the Train page, a run or weights become the start of the next run."
)

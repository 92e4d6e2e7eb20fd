"""Opener: brings a file or folder, dropped or chosen, to the page that it is for."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stl_tl_gui.gui.widgets.dialogs import ask, attempt, show_message

if TYPE_CHECKING:
    from stl_tl_gui.gui.window.drops import Kind
    from stl_tl_gui.gui.window.main_window import MainWindow


@dataclass(frozen=True)
class Opener:
    """Knows where things belong: pictures and models to Classify, data to Data, runs to every page."""

    window: "MainWindow"

    def open(self, paths: list[Path]) -> None:
        from stl_tl_gui.engine.runs.run import open_run

        window = self.window
        match self.kind(paths):
            case "pictures" if window.classify_page.has_model:
                self._classify(paths)
            case "pictures":
                self._offer(paths)
            case "archive":
                window.navigation.show_page(window.data_page)
                window.data_page.import_archive(paths[0])
            case "picture_archive":
                window.navigation.show_page(window.data_page)
                window.data_page.opening.import_pictures(paths[0])
            case "data":
                self.open_data(paths[0])
            case "run":
                attempt(window, lambda: window.open_run(open_run(paths[0])))
            case "checkpoint":
                window.navigation.show_page(window.classify_page)
                window.classify_page.set_model(paths[0])
            case "weights":
                window.navigation.show_page(window.weights_page)
                window.weights_page.import_from(paths)
            case "unknown":
                show_message(window, _sentence(paths), _expected())

    def _classify(self, paths: list[Path]) -> None:
        self.window.navigation.show_page(self.window.classify_page)
        self.window.classify_page.classify(paths)

    def _offer(self, paths: list[Path]) -> None:
        """There is no model to classify with yet: offer the pictures as data, or to wait for one."""
        from stl_tl_gui.gui.window.drops import data_around

        window, folder = self.window, data_around(paths)
        answers: dict[str, Callable[[], object]] = {"Choose a model": lambda: self._classify(paths)}
        if folder is None:
            more = (
                "Choose a model that was trained before, and they are classified. To teach a new one, make one folder "
                "per class and drop the folder that holds them."
            )
        else:
            more = "They lie in one of the class folders of “{name}”: a model can be trained on these."
            more = more.format(name=folder.name)
            learn = f"Learn from “{folder.name}”"
            answers = {learn: lambda: self.open_data(folder), **answers}
        ask(window, "There is no model yet to classify these pictures with.", more, answers)

    def open_data(self, folder: Path) -> None:
        self.window.navigation.show_page(self.window.data_page)
        self.window.data_page.opening.open(str(folder))

    def promise(self, paths: list[Path]) -> str:
        """What `open` would do, in a few words."""
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

    def kind(self, paths: list[Path]) -> "Kind":
        """On the data page every folder but a run is meant as data, and if it is none the page says what is wrong."""
        from stl_tl_gui.gui.window.drops import kind_of_all

        kind = kind_of_all(paths)
        if (
            self.window.navigation.current is self.window.data_page
            and len(paths) == 1
            and paths[0].is_dir()
            and kind not in ("run", "weights")
        ):
            return "data"
        return kind


def _sentence(paths: list[Path]) -> str:
    if len(paths) == 1:
        return f"“{paths[0].name}” is nothing that can be opened here."
    return f"None of these {len(paths)} files can be opened here."


def _expected() -> str:
    return (
        "Drop pictures, or a folder of pictures, to classify them; a folder with one subfolder per class, a zip or tar "
        "of such a folder, a table (.csv) of paths and classes, STL-10’s folder or its archive, to train on it; a "
        "run’s folder to look at it; a checkpoint (.pt or .pth) to classify with it; or ImageNet weights to "
        "keep them."
    )

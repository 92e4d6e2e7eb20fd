"""What the entries of the menus do, and what pages ask for besides."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from stl_tl_gui.gui.background.file_copies import checkpoint_job
from stl_tl_gui.gui.background.worker import Worker
from stl_tl_gui.gui.widgets import choosing
from stl_tl_gui.gui.widgets.dialogs import show_error
from stl_tl_gui.gui.window.about import show_about
from stl_tl_gui.gui.window.menus import Do
from stl_tl_gui.gui.window.opener import Opener
from stl_tl_gui.gui.window.pages import Pages

if TYPE_CHECKING:
    from stl_tl_gui.engine.runs.run import Run


def commands(window: QMainWindow, pages: Pages, opener: Opener) -> dict[str, Do]:
    """A function per entry of `menus`, by name."""
    show = pages.show
    return {
        "sample": lambda: show(pages.data).opening.open_sample(),
        "stl10": lambda: show(pages.data).open_stl10(),
        "open_data": lambda: pages.data.choose() and show(pages.data),
        "open_file": lambda: pages.data.choose_file() and show(pages.data),
        "open_run": lambda: _choose_run(window, opener.open),
        "save": lambda: _choose_checkpoint_place(window, pages),
        "classify": lambda: _choose_pictures(window, pages),
        "paste": lambda: show(pages.classify).paste(),
        "quit": window.close,
        "train": lambda: show(pages.train).train(),  # the page says what is still missing
        "queue": lambda: pages.train.add_to_queue(),
        "pause": lambda: pages.train.toggle_pause(),
        "stop": lambda: pages.train.stop(),
        "resume": lambda: pages.train.resume(),
        "runs": lambda: show(pages.runs),
        "shortcuts": lambda: _show_shortcuts(window, pages),
        "self_test": lambda: _show_self_test(window),
        "about": lambda: show_about(window),
    }


def save_checkpoint(window: QMainWindow, run: "Run | None", target: Path, say: Callable[[str], object]) -> None:
    """Copy the best checkpoint of a run in the background, and say so."""
    worker = Worker(checkpoint_job(run, target))
    worker.result.connect(lambda _: say(f"Saved “{target}”."))
    worker.failed.connect(lambda error: show_error(window, error))
    worker.start()


def _choose_run(window: QMainWindow, open_paths: Callable[[list[Path]], object]) -> None:
    """By the settings.json in its folder, or by a checkpoint file."""
    from stl_tl_gui.engine.models.weight_store import CHECKPOINT_SUFFIXES

    kinds = choosing.file_kinds("Runs and checkpoints", CHECKPOINT_SUFFIXES, "settings.json")
    path = choosing.choose_file(window, "runs", "Choose a run’s settings.json, or a checkpoint", kinds)
    if path is not None:
        open_paths([path.parent if path.name == "settings.json" else path])


def _choose_checkpoint_place(window: QMainWindow, pages: Pages) -> None:
    run = pages.train.run  # the page may show another one when a place was chosen
    path = choosing.choose_new_file(window, "checkpoints", "Save checkpoint as", "model.pt", "Checkpoint (*.pt)")
    if path is not None:
        save_checkpoint(window, run, path, pages.said.emit)


def _choose_pictures(window: QMainWindow, pages: Pages) -> None:
    if paths := choosing.choose_pictures(window, "Choose pictures to classify"):
        pages.show(pages.classify).classify(paths)


def _show_self_test(window: QMainWindow) -> None:
    from stl_tl_gui.gui.window.self_test_dialog import SelfTestDialog

    SelfTestDialog(window).open()


def _show_shortcuts(window: QMainWindow, pages: Pages) -> None:
    from stl_tl_gui.gui.window.shortcuts_dialog import ShortcutsDialog, shortcuts

    actions = window.menuBar().findChildren(QAction)
    ShortcutsDialog(window, shortcuts(actions, pages.navigation.titled_pages())).open()

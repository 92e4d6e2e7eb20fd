"""What the entries of the menu bar do."""

from functools import partial
from typing import TYPE_CHECKING

from stl_tl_gui.gui.widgets import choosing
from stl_tl_gui.gui.widgets.remembered import remember_theme
from stl_tl_gui.gui.widgets.theme import Choice, Theme
from stl_tl_gui.gui.window.about import show_about
from stl_tl_gui.gui.window.menus import Do

if TYPE_CHECKING:
    from stl_tl_gui.gui.window.main_window import MainWindow


def commands(window: "MainWindow") -> dict[str, Do]:
    """A function per entry of `menus`, and what pages ask for besides, by name."""
    return {
        "sample": partial(open_sample, window),
        "stl10": partial(open_stl10, window),
        "open_data": partial(choose_data, window),
        "open_file": partial(choose_data_file, window),
        "open_run": partial(open_run, window),
        "save": partial(save_checkpoint, window),
        "classify": partial(classify, window),
        "paste": partial(paste, window),
        "quit": window.close,
        "train": partial(train, window),
        "queue": lambda: window.train_page.add_to_queue(),
        "pause": lambda: window.train_page.toggle_pause(),
        "stop": lambda: window.train_page.stop(),
        "resume": lambda: window.train_page.resume(),
        "runs": lambda: window.navigation.show_page(window.runs_page),
        "shortcuts": partial(show_shortcuts, window),
        "self_test": partial(show_self_test, window),
        "about": lambda: show_about(window),
    }


def open_sample(window: "MainWindow") -> None:
    window.navigation.show_page(window.data_page)
    window.data_page.opening.open_sample()


def open_stl10(window: "MainWindow") -> None:
    window.navigation.show_page(window.data_page)
    window.data_page.open_stl10()


def choose_data(window: "MainWindow") -> None:
    if window.data_page.choose():
        window.navigation.show_page(window.data_page)


def choose_data_file(window: "MainWindow") -> None:
    if window.data_page.choose_file():
        window.navigation.show_page(window.data_page)


def open_run(window: "MainWindow") -> None:
    """Choose a run by the settings.json in its folder, or a checkpoint file."""
    from stl_tl_gui.engine.models.weight_store import CHECKPOINT_SUFFIXES

    kinds = f"Runs and checkpoints (settings.json {_patterns(CHECKPOINT_SUFFIXES)})"
    title = "Choose a checkpoint, or the settings.json of a run"
    path = choosing.choose_file(window, "runs", title, kinds)
    if path is not None:
        window.opener.open([path.parent if path.name == "settings.json" else path])


def save_checkpoint(window: "MainWindow") -> None:
    kinds = "Checkpoint (*.pt)"
    run = window.train_page.run  # another one may be shown when a place was chosen
    path = choosing.choose_new_file(window, "checkpoints", "Save checkpoint as", "model.pt", kinds)
    if path is not None:
        window.save_checkpoint(run, path)


def classify(window: "MainWindow") -> None:
    from stl_tl_gui.engine.data.decoding import IMAGE_SUFFIXES

    kinds = f"Pictures ({_patterns(IMAGE_SUFFIXES)});;All files (*)"
    paths = choosing.choose_files(window, "pictures", "Choose pictures to classify", kinds)
    if paths:
        window.navigation.show_page(window.classify_page)
        window.classify_page.classify(paths)


def paste(window: "MainWindow") -> None:
    window.navigation.show_page(window.classify_page)
    window.classify_page.paste()


def train(window: "MainWindow") -> None:
    window.navigation.show_page(window.train_page)  # where it is said what is still missing
    window.train_page.train()


def show_self_test(window: "MainWindow") -> None:
    from stl_tl_gui.gui.window.self_test_dialog import SelfTestDialog

    SelfTestDialog(window).open()


def show_shortcuts(window: "MainWindow") -> None:
    from stl_tl_gui.gui.window.shortcuts_dialog import ShortcutsDialog, shortcuts

    pages = window.navigation.titled_pages()
    ShortcutsDialog(window, shortcuts(window.menus.actions.values(), pages)).open()


def choose_theme(theme: Theme, choice: Choice) -> None:
    theme.choose(choice)
    remember_theme(choice)


def _patterns(suffixes: frozenset[str]) -> str:
    return " ".join(f"*{suffix}" for suffix in sorted(suffixes))

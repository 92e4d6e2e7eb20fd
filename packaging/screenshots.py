#!/usr/bin/env python3
"""Pictures of every page of the real window, on a screen of its own (Xvfb): both themes, several sizes.

`.venv/bin/python packaging/screenshots.py FOLDER` trains three small runs on the drawn sample, opens the window once
per theme and size, and saves what the screen shows as PAGE-THEME-SIZE.png. `--docs` renews docs/images.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication, QWidget

    from stl_tl_gui.gui.window.main_window import MainWindow

ROOT = Path(__file__).resolve().parent.parent
QUICK = ["--weights", "none", "--input-size", "64", "--epochs", "12", "--batch-size", "32"]
RUNS = (
    ["--backbone", "resnet18"],
    ["--backbone", "resnet18", "--augmentation", "medium", "--epochs", "16"],
    ["--backbone", "resnet34"],
)
"""What is trained before, so that there is something to be seen."""
DOCS = ("home", "data", "problems", "label", "train", "evaluate", "classify", "compare", "runs", "weights")


@dataclass(frozen=True)
class Variant:
    """One window: its theme, its size in pixels, and how much it is magnified."""

    theme: str
    width: int
    height: int
    scale: float = 1.0

    def __str__(self) -> str:
        magnified = f"-{round(100 * self.scale)}percent" if self.scale != 1 else ""
        return f"{self.theme}-{self.width}x{self.height}{magnified}"


ODD_NAMES = (
    "Staphylococcus aureus subspecies aureus, methicillin-resistant",
    "Staphylococcus aureus subspecies aureus, methicillin-sensitive",
    "大型客运飞机",
    "سيارة حمراء",
    "🐈 cat & <b>kitten",
)
"""Class names that test a window: two that differ at the end of 62 letters, Chinese, Arabic, emoji and markup."""
SIZES = ((1366, 768, 1.0), (1920, 1080, 1.0), (1024, 600, 1.0), (1366, 768, 1.5), (3840, 2160, 2.0))
VARIANTS = [Variant(theme, *size) for size in SIZES[:4] for theme in ("light", "dark")]
VARIANTS += [Variant("dark", *SIZES[4])]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="where the pictures go")
    parser.add_argument("--docs", action="store_true", help="renew docs/images instead: light, 1366x768")
    parser.add_argument("--only", default="", help="pages, separated by commas")
    parser.add_argument("--variant", default="", help="only variants whose name has this in it, such as dark-1366")
    parser.add_argument("--home", type=Path, help="keep the runs here, to find them the next time")
    parser.add_argument("--odd-names", action="store_true", help="classes with long, Chinese, Arabic, emoji names")
    parser.add_argument("--inside", nargs=4, metavar=("THEME", "W", "H", "SCALE"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    folder = ROOT / "docs" / "images" if args.docs else args.folder
    if folder is None:
        parser.error("say where the pictures are to go, or --docs")
    if args.inside:
        theme, width, height, scale = args.inside
        photograph(Variant(theme, int(width), int(height), float(scale)), folder, args.only)
        return 0
    if shutil.which("Xvfb") is None:
        print("This needs Xvfb (Debian: apt-get install xvfb).", file=sys.stderr)
        return 2
    variants = VARIANTS[:1] if args.docs else [each for each in VARIANTS if args.variant in str(each)]
    with tempfile.TemporaryDirectory() as fresh:
        home = args.home or Path(fresh)
        environment = {**os.environ, "STL_TL_GUI_HOME": str(home), "PYTHONPATH": str(ROOT)}
        train_runs(home, environment, oddly_named(home / "odd names") if args.odd_names else "sample")
        for variant in variants:
            with screen(variant.width, variant.height) as display:
                open_window(variant, args, folder, {**environment, "DISPLAY": display})
    return 0


def oddly_named(folder: Path) -> str:
    """Class folders of some of the sample's pictures whose names test a window; the folder's path."""
    from stl_tl_gui.engine.data import open_dataset
    from stl_tl_gui.engine.events import result_of

    if folder.exists():
        return str(folder)
    sample = result_of(open_dataset("sample"))
    for split in ("train", "test"):
        images = sample.splits[split]
        for index in range(len(images)):
            if images.targets[index] < len(ODD_NAMES):
                place = folder / split / ODD_NAMES[images.targets[index]]
                place.mkdir(parents=True, exist_ok=True)
                images.read(index).save(place / f"{index:03}.png")
    return str(folder)


def train_runs(home: Path, environment: dict[str, str], data: str) -> None:
    """What the pages show, unless it is there from the last time."""
    if (home / "runs").exists():
        return
    for number, more in enumerate(RUNS):
        command = [
            sys.executable,
            "-m",
            "stl_tl_gui",
            "train",
            "--data",
            data,
            *QUICK,
            *more,
            "--seed",
            str(number),
        ]
        subprocess.run(command, check=True, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)


@contextmanager
def screen(width: int, height: int) -> Iterator[str]:
    """An X screen of that size, as the value of DISPLAY."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            yield f":{answer.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def open_window(variant: Variant, args: argparse.Namespace, folder: Path, environment: dict[str, str]) -> None:
    """Photograph one variant in a process of its own: Qt reads the magnification once."""
    shape = [variant.theme, str(variant.width), str(variant.height), str(variant.scale)]
    command = [sys.executable, __file__, str(folder.absolute()), "--only", args.only, "--inside", *shape]
    if args.docs:
        command.insert(3, "--docs")
    magnified = {**environment, "QT_QPA_PLATFORM": "xcb", "QT_SCALE_FACTOR": str(variant.scale)}
    subprocess.run(command, check=True, env=magnified, cwd=ROOT)


def photograph(variant: Variant, folder: Path, only: str) -> None:
    """Open the window as people do, fill its pages, and save a picture of each, or of those named in `only`."""
    from PySide6.QtWidgets import QApplication

    from stl_tl_gui.gui.app import make_window
    from stl_tl_gui.gui.background.worker import workers_at_work
    from stl_tl_gui.gui.widgets.theme import Theme

    app = QApplication([])
    Theme(app, "dark" if variant.theme == "dark" else "light")
    window = make_window(app)
    window.setGeometry(app.primaryScreen().geometry())
    window.painted.connect(window.start)
    window.show()
    rest(500)
    wait_for(lambda: not window.navigation.make_next() and not window.status.currentMessage())
    fill_pages(window)
    folder.mkdir(parents=True, exist_ok=True)
    docs = folder == ROOT / "docs" / "images"
    for name, show in scenes(window).items():
        if (only and name not in only.split(",")) or (docs and name not in DOCS):
            continue
        show()
        rest(1500)
        path = folder / (f"{name}.png" if docs else f"{name}-{variant}.png")
        app.primaryScreen().grabWindow(0).save(str(path))
        print(path)
        close_dialogs(app)
    window.closing.at_once()
    wait_for(lambda: not window.isVisible() and not workers_at_work())  # Qt aborts when a thread outlives its object


def fill_pages(window: "MainWindow") -> None:
    """The best run on all pages, all runs side by side, and some pictures of the sample to classify."""
    from stl_tl_gui.engine.runs.run import list_runs

    window.current.open(max(list_runs(), key=lambda summary: summary.best_val_accuracy or 0).run)
    window.pages.compare.compare([summary.run for summary in list_runs()])
    wait_for(lambda: window.pages.classify.work.model is not None)
    window.pages.classify.classify(sample_pictures(window))
    wait_for(lambda: len(window.pages.classify.results.rows) == 12)


def sample_pictures(window: "MainWindow") -> list[Path]:
    """Some test pictures of the data that is open, as files."""
    window.pages.data.opening.open_sample()
    wait_for(lambda: window.pages.data.dataset is not None and window.pages.data.dataset.kind == "sample")
    images = window.pages.data.dataset.splits["test"]
    folder = Path(tempfile.mkdtemp())
    paths = [folder / f"{re.sub(r'[^A-Za-z0-9]+', ' ', images.ids[index]).strip()}.png" for index in range(0, 240, 20)]
    for number, path in enumerate(paths):
        images.read(20 * number).save(path)
    return paths


def scenes(window: "MainWindow") -> dict[str, Callable[[], object]]:
    """What is photographed, by name, and how to get there."""
    pages = {type(page).__name__.removesuffix("Page").lower(): page for page in window.navigation.pages}
    found: dict[str, Callable[[], object]] = {
        name: lambda page=page: window.navigation.show_page(page) for name, page in pages.items()
    }
    for tab, name in enumerate(("compare-curves", "compare-table", "compare-cost", "compare-confusion")):
        found[name] = lambda tab=tab: compare(window, tab)
    found["problems"] = lambda: show_problems(window)
    found["label"] = lambda: show_labeling(window)
    found["train"] = lambda: show_train(window)
    found["advanced"] = lambda: unfold(window)
    found["shortcuts"] = lambda: window.menus.do("shortcuts")
    found["live"] = lambda: train_for_a_while(window)
    return found


def compare(window: "MainWindow", tab: int) -> None:
    """One way to compare runs."""
    window.pages.show(window.pages.compare).comparison.tabs.setCurrentIndex(tab)


def show_problems(window: "MainWindow") -> None:
    """What is wrong with pictures that were spoilt on purpose."""
    page = window.pages.data
    window.navigation.show_page(page)
    page.opening.open(str(spoilt_pictures(window)))
    wait_for(lambda: page.dataset is not None and page.dataset.kind == "folder")
    page.summary.tabs.setCurrentWidget(page.summary.tabs.problems)
    wait_for(lambda: page.summary.tabs.problems.card is not None)


def show_labeling(window: "MainWindow") -> None:
    """Pictures in no class folders, while they get their classes."""
    page, folder = window.pages.data, Path(tempfile.mkdtemp()) / "holiday pictures"
    folder.mkdir()
    page.opening.open_sample()
    wait_for(lambda: page.dataset is not None and page.dataset.kind == "sample")
    images = page.dataset.splits["test"]
    for index in range(0, 120):
        if page.dataset.class_names[images.targets[index]] in ("cat", "ship", "truck"):
            images.read(index).save(folder / f"IMG_{index:04}.png")
    window.navigation.show_page(page)
    page.opening.open(str(folder))
    wait_for(lambda: page.labeling is not None and page.labeling.knows_what_is_alike)
    view = page.labeling
    view.names.setText("cat, ship, truck")
    view.names.returnPressed.emit()
    view.type("1")


def spoilt_pictures(window: "MainWindow") -> Path:
    """Class folders of the sample's pictures with copies across the splits, two labels for one picture, a dark one."""
    images = window.pages.data.dataset.splits["test"]
    folder = Path(tempfile.mkdtemp()) / "garden and street"
    for index in range(0, 200):
        split = "test" if index % 5 == 0 else "train"
        place = folder / split / window.pages.data.dataset.class_names[images.targets[index]]
        place.mkdir(parents=True, exist_ok=True)
        picture = images.read(index)
        picture.save(place / f"{index:03}.png")
        if index % 50 == 0:  # once more, a little different, where the model learns
            other = folder / "train" / place.name
            other.mkdir(parents=True, exist_ok=True)
            picture.resize((90, 90)).save(other / f"copy of {index:03}.jpg")
        if index == 7:
            picture.point(lambda value: value // 20).save(place / "night.png")
        if index == 11:
            other = next(each for each in (folder / "train").iterdir() if each.name != place.name)
            picture.save(other / f"{index:03} too.png")
    (folder / "train" / place.name / "cut off.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    return folder


def show_train(window: "MainWindow") -> None:
    """The run, and what the next one would take."""
    window.pages.train.form.advanced.setChecked(False)
    window.navigation.show_page(window.pages.train)
    wait_for(lambda: not window.pages.train.estimate.measuring)


def unfold(window: "MainWindow") -> None:
    """All settings."""
    window.navigation.show_page(window.pages.train)
    window.pages.train.form.advanced.setChecked(True)


def train_for_a_while(window: "MainWindow") -> None:
    """A training under way, some epochs on."""
    window.pages.data.opening.open_sample()
    wait_for(lambda: window.pages.data.dataset is not None and window.pages.data.dataset.kind == "sample")
    window.pages.train.form.advanced.setChecked(False)
    values = {"backbone": "squeezenet1_1", "weights": "none", "freeze": "none", "epochs": 20}
    window.pages.train.form.set_values({**values, "input_size": 64, "batch_size": 32})
    window.pages.train.train()
    wait_for(lambda: window.pages.train.view.readout.epoch.number.text().startswith("7 /"))


def close_dialogs(app: "QApplication") -> None:
    dialog: QWidget | None = app.activeModalWidget()
    if dialog is not None:
        dialog.close()


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    """Let the window live until something holds. Raises TimeoutError."""
    for _ in range(round(seconds * 20)):
        if condition():
            return
        rest(50)
    raise TimeoutError("the window did not get there")


def rest(milliseconds: int) -> None:
    """Let the window live for a while. (QTest.qWait would keep Python from its other threads.)"""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


if __name__ == "__main__":
    sys.exit(main())

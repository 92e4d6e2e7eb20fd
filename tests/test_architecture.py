"""The dependency rule, and facts about the libraries that the app rests on."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "stl_tl_gui"
QT = {"PySide6", "pyqtgraph", "shiboken6"}
FLOORS = {
    "": ["engine", "words", "cli gui", "__main__"],
    "engine": [
        "errors events",
        "storage machine",
        "settings downloading",
        "data",
        "runs models",
        "arithmetic",
        "evaluation",
        "training",
        "queue benchmark self_test",
        "comparison",
    ],
    "gui": [
        "background",
        "widgets",
        "plots",
        "capture queue weights",
        "data runs train",
        "classify evaluate home",
        "compare",
        "window",
        "app",
    ],
}
"""The rooms of a house, the lowest floor first: a room imports from itself and from lower floors only."""

LIGHT = ("engine/settings", "engine/runs", "engine/queue", "engine/storage", "words", "cli")
"""Rooms that import no torch, so that the window and a login node can list runs at once."""

SOURCES = sorted(PACKAGE.rglob("*.py"))


def module(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module(path): path for path in SOURCES}


def imports(path: Path) -> set[str]:
    """Full names of all modules that a file imports, wherever in the file; annotations count."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"{path}: relative import"
            assert node.level == 0, f"{path}: relative import"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in names}
    return found


def room(name: str, house: str) -> str | None:
    """The room of a house ("" for the package itself) in which a module is; None if it is in none."""
    prefix = ".".join(filter(None, ("stl_tl_gui", house))) + "."
    return name.removeprefix(prefix).partition(".")[0] if name.startswith(prefix) else None


@pytest.mark.parametrize("house", FLOORS)
def test_that_imports_go_down_only(house: str) -> None:
    floors = {name: level for level, row in enumerate(FLOORS[house]) for name in row.split()}
    wrong = []
    for name, path in MODULES.items():
        here = room(name, house)
        if here is None:
            continue
        assert here in floors, f"{path} is in a room that has no floor: {here}"
        for other in filter(None, (room(used, house) for used in imports(path))):
            if other != here and floors.get(other, -1) >= floors[here]:
                wrong.append(f"{name} imports from {other}")
    assert not wrong, "\n".join(wrong)


def test_that_every_room_of_the_table_is_there() -> None:
    """Every room of the table is really there, so that the table cannot rot."""
    for house, rows in FLOORS.items():
        for name in " ".join(rows).split():
            assert (PACKAGE / house / name).is_dir() or (PACKAGE / house / f"{name}.py").is_file(), f"{house}/{name}"


def test_that_no_imports_go_in_a_circle() -> None:
    graph = {name: imports(path) & set(MODULES) - {name} for name, path in MODULES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("a circle: " + " -> ".join(error.args[1]))


@pytest.mark.parametrize("house", ["engine", "words", "cli"])
def test_that_only_the_window_knows_qt(house: str) -> None:
    for path in (PACKAGE / house).rglob("*.py"):
        assert not {name.split(".")[0] for name in imports(path)} & QT, path


def loaded_after(code: str) -> set[str]:
    """Top-level modules that are loaded in a fresh Python after some code."""
    report = code + "; import sys; print(*{name.split('.')[0] for name in sys.modules})"
    return set(
        subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True).stdout.split()
    )


def importing(*folders: str) -> str:
    names = (module(path) for folder in folders for path in sorted((PACKAGE / folder).rglob("*.py")))
    return "; ".join(f"import {name}" for name in names)


def test_that_the_whole_engine_loads_without_qt() -> None:
    assert not loaded_after(importing("engine")) & QT


def test_that_the_light_rooms_and_the_command_line_load_without_torch_and_qt() -> None:
    assert not loaded_after(importing(*LIGHT)) & (QT | {"torch", "torchvision"})


def test_that_the_window_is_painted_with_nothing_slow_to_import() -> None:
    if sys.platform == "win32":
        pytest.skip("on Windows torch must come before Qt")
    code = "import stl_tl_gui.gui.window.main_window, stl_tl_gui.gui.data.data_page"
    assert not loaded_after(code) & {"torch", "pyqtgraph", "numpy", "PIL", "pydantic"}


def test_that_this_pyside_survives_many_calls_that_return_nothing() -> None:
    """PySide6 6.12.0 on Python 3.11 dies after some 5,000: every call gives back a reference to None too many."""
    code = (
        "from PySide6.QtCore import QObject; o = QObject()\n"
        "for _ in range(20_000): o.setObjectName('x'); o.blockSignals(False); o.setParent(None)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
